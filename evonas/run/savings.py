"""Worker-hours that a search did not have to spend, estimated from those it did."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from evonas.run.accounting import Accounting

#: the reason by which strategies count draws whose candidate was asked before
_ASKED_BEFORE = "asked before"


def saved(
    accounting: Accounting, report: Mapping[str, Any]
) -> dict[str, dict[str, float]]:
    """Hours of a worker (of a GPU, where each has one) that were saved, by what.

    `reused`: draws of a candidate (architecture and recipe) that was asked before for
    the same task and fidelity; nothing is trained twice. `stopped`: trainings that a
    scheduler did not let go on. `refused`: draws that were known to exceed a limit or
    not to be buildable. Each draw counts a mean evaluation; a search that drew without
    looking would have spent it. `database`: trainings that a database's record stood in
    for, with the hours that they took where they were done.

    Args:
        accounting: of the run.
        report: of its strategy.

    Returns:
        Name → `count` and `hours`.
    """
    seconds = sum(accounting.busy_seconds.values())
    trained = accounting.evaluations - accounting.reused
    epochs = accounting.epochs - accounting.reused_epochs
    each = seconds / trained if trained else 0.0
    epoch = seconds / epochs if trained and epochs else 0.0
    rejected = report.get("rejected", {})
    reused = rejected.get(_ASKED_BEFORE, 0)
    refused = sum(rejected.values()) - reused
    stops, spared = _stopped(report.get("scheduler", {}))
    figures = {
        "reused": (reused, reused * each),
        "stopped": (stops, spared * epoch),
        "refused": (refused, refused * each),
        "database": (accounting.reused, accounting.reused_seconds),
    }
    return {
        name: {"count": count, "hours": unspent / 3600}
        for name, (count, unspent) in figures.items()
    }


def _stopped(scheduler: Mapping[str, Any]) -> tuple[int, float]:
    """Candidates that did not reach the last rung, and epochs that they lack.

    Those on their way at an early end count too: nobody trains them on. Candidates
    begin at any rung (Hyperband), so those that left one are not those that began.
    """
    rungs = scheduler.get("rungs", [])
    count, epochs = 0, 0.0
    for rung, after in pairwise(rungs):
        # those that began higher up never were at this one
        stayed = rung["candidates"] - (after["candidates"] - after.get("began", 0))
        count += stayed
        epochs += stayed * (rungs[-1]["epochs"] - rung["epochs"])
    return count, epochs

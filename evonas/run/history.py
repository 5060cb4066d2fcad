"""What a run has evaluated, read from its journal: more than its state remembers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from evonas.evaluation import Outcome, Record, Request
from evonas.population import Objective, gains
from evonas.run.incumbents import Incumbent, Incumbents
from evonas.storage import Journal, RunDirectory

#: what differs between errors that are the same: lengths, losses, step counts
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e[-+]?\d+)?")

Plain = Mapping[str, Any]


def evaluated(directory: RunDirectory) -> Iterator[tuple[Plain, Plain]]:
    """Request and record of each evaluation of the search, in the order of records.

    As plain JSON: most readers need little of a few, and a run may have many.

    Raises:
        RunDirectoryError: the journal is damaged.
    """
    waiting: dict[int, Plain] = {}
    for event in Journal.read(directory.journal):
        if event.name == "asked":
            for request in event.data["requests"]:
                waiting[request["request_id"]] = request
        elif event.name == "told":
            record = event.data["record"]
            if Outcome(record["outcome"]).retried:
                continue
            request = waiting.pop(record["request_id"])
            if request["purpose"] in ("search", "audit"):
                yield request, record


def find(directory: RunDirectory, numbers: Collection[int]) -> dict[int, Incumbent]:
    """Evaluations of the search by their numbers, failed ones too; those there are."""
    return {
        record["request_id"]: Incumbent(
            Request.from_json(request), Record.from_json(record)
        )
        for request, record in evaluated(directory)
        if record["request_id"] in numbers
    }


def seeds_of_search(directory: RunDirectory) -> frozenset[int]:
    """The seeds of everything that the search has asked for.

    Raises:
        RunDirectoryError: the journal is damaged.
    """
    return frozenset(
        request["seed"]
        for event in Journal.read(directory.journal)
        if event.name == "asked"
        for request in event.data["requests"]
        if request["purpose"] in ("search", "audit")
    )


def best_of(
    directory: RunDirectory, objectives: Sequence[Objective], count: int
) -> list[Incumbent]:
    """The best different networks of a search, ordered as `Incumbents.top` is.

    Args:
        directory: of the run.
        objectives: of the run; the first one orders.
        count: how many; fewer come where there are fewer.
    """
    best = Incumbents(objectives[:1], count)
    for request, data in evaluated(directory):
        record = Record.from_json(data)
        if gains(objectives, record) is not None:
            best.update(Request.from_json(request), record)
    return best.top


def why_none(directory: RunDirectory, objectives: Sequence[Objective]) -> str:
    """Why none of a run's evaluations is of use: the most frequent reason.

    Args:
        directory: of a run that has no best network.
        objectives: of the run.
    """
    counts: Counter[str] = Counter()
    examples: dict[str, str] = {}
    for _, data in evaluated(directory):
        reason = shortcoming(Record.from_json(data), objectives)
        alike = _NUMBER.sub("#", reason)
        counts[alike] += 1
        examples.setdefault(alike, reason)
    if not counts:
        return "expected a network to be evaluated, got none before the search ended"
    ((alike, count),) = counts.most_common(1)
    return (
        "expected a network that can be evaluated, got none in "
        f"{counts.total()} evaluations; the most frequent reason ({count} times): "
        f"{examples[alike]}"
    )


def shortcoming(record: Record, objectives: Sequence[Objective]) -> str:
    """Why a record is of no use for selection, in one line; "" where it is."""
    if gains(objectives, record) is not None:
        return ""
    if not record.ok:
        return f"{record.outcome.value.replace('_', ' ')}: {record.reason}"
    known = [*record.metrics, *record.cost]
    for objective in objectives:
        if objective.metric not in known:
            return (
                f"the record has no {objective.metric}, which is an objective; it has "
                f"{', '.join(known) or 'nothing'}"
            )
    values = {one.metric: record.value(one.metric) for one in objectives}
    return f"the objectives are beyond what can be compared: {values}"

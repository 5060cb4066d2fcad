"""What a run has evaluated, read from its journal: more than its state remembers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evonas.evaluation import Outcome, Record
from evonas.population import Objective
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
            if request["purpose"] != "final":
                yield request, record


def why_none(directory: RunDirectory, objectives: Sequence[Objective]) -> str:
    """Why none of a run's evaluations is of use: the most frequent reason.

    Args:
        directory: of a run that has no best network.
        objectives: of the run.
    """
    counts: Counter[str] = Counter()
    examples: dict[str, str] = {}
    for _, data in evaluated(directory):
        reason = _reason(Record.from_json(data), objectives)
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


def _reason(record: Record, objectives: Sequence[Objective]) -> str:
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

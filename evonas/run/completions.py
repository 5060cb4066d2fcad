"""From what an executor gives back to the record of a request."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from cluster import Completion, Failure, FailureKind
from evonas.evaluation import Outcome, Record, Request

_OUTCOMES = {
    FailureKind.RAISED: Outcome.CRASHED,
    FailureKind.DIED: Outcome.CRASHED,
    FailureKind.TIMED_OUT: Outcome.TIMED_OUT,
    FailureKind.OUT_OF_MEMORY: Outcome.OUT_OF_MEMORY,
    FailureKind.LOST: Outcome.LOST,
    FailureKind.CANCELLED: Outcome.PREEMPTED,
}


def record_of(request: Request, completion: Completion) -> Record:
    """The record of a completion, whatever the evaluator did.

    An evaluator of a user's own may raise, return nonsense or metrics that are no
    numbers: each is an outcome.
    """
    common: dict[str, Any] = {
        "seconds": completion.seconds,
        "worker": completion.worker,
    }
    failure: Failure | None = completion.failure
    if failure is not None:
        outcome = _OUTCOMES[failure.kind]
        return Record.failed(request, outcome, failure.detail, **common)
    record = completion.value
    if not isinstance(record, Record):
        return Record.failed(
            request,
            Outcome.CRASHED,
            "the evaluator returned no Record: expected evonas.evaluation.Record, got "
            f"{type(record).__name__}; return a Record from evaluate()",
            **common,
        )
    expected = (request.request_id, request.candidate.key())
    if (record.request_id, record.candidate_key) != expected:
        return Record.failed(
            request,
            Outcome.CRASHED,
            "the evaluator returned the record of another request: expected "
            f"{expected}, got {(record.request_id, record.candidate_key)}",
            **common,
        )
    for name, value in record.metrics.items():
        if not isinstance(value, int | float) or not math.isfinite(value):
            return Record.failed(
                request,
                Outcome.DIVERGED,
                f"metric {name} is {value!r}, expected a finite number",
                **common,
            )
    return replace(record, **common)

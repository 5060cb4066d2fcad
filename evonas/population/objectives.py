"""Objectives: which values of a record selection looks at, and in which direction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from evonas.evaluation import Record

Direction = Literal["maximise", "minimise"]

#: No measured value comes near this: it is beyond what 32-bit numbers hold.
ENORMOUS = 1e100


@dataclass(frozen=True, slots=True)
class Objective:
    """One value to optimise.

    Attributes:
        metric: name of a metric or cost of the record (`validation_accuracy`,
            `parameters`, `multiply_adds`, `latency_seconds`, …).
        direction: `maximise` or `minimise`.
    """

    metric: str
    direction: Direction = "maximise"

    def gain(self, record: Record) -> float:
        """The record's value, signed so that higher is better; NaN when it has none."""
        value = record.value(self.metric)
        return value if self.direction == "maximise" else -value


def gains(objectives: Sequence[Objective], record: Record) -> tuple[float, ...] | None:
    """All objectives of one record, higher is better; None when the record is no use.

    A record is of use when its outcome is OK and every objective is a number, and not
    an overflow that happened to stay finite: means over a population must be finite.
    """
    if not record.ok:
        return None
    values = tuple(objective.gain(record) for objective in objectives)
    return values if all(abs(value) < ENORMOUS for value in values) else None

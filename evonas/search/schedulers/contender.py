"""One candidate on its way up the rungs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evonas.evaluation import Fidelity, Record, Request
from evonas.population import Objective, gains
from evonas.search.schedulers.extrapolation import extrapolate
from evonas.search.schedulers.rungs import Rungs

#: objectives, higher is better; None: it failed
Value = tuple[float, ...] | None


@dataclass(frozen=True)
class Yardstick:
    """How candidates are compared.

    Attributes:
        rungs: at which.
        objectives: by which values.
        extrapolating: whether by those where the learning curve leads.
    """

    rungs: Rungs
    objectives: tuple[Objective, ...]
    extrapolating: bool = False

    def value(
        self, rung: int, record: Record, curve: Sequence[Mapping[str, float]]
    ) -> Value:
        """What a record counts at a rung; the curve may go on beyond it."""
        measured = gains(self.objectives, record)
        if measured is None or rung == self.rungs.top or not self.extrapolating:
            return measured
        here = self.rungs.fidelities[rung].epochs * (1 + 1e-9)
        full = self.rungs.fidelities[-1].epochs
        metrics = dict(record.metrics)
        for objective in self.objectives:
            points = [
                (point["epoch"], point[objective.metric])
                for point in curve
                if objective.metric in point and 0 < point.get("epoch", 0) <= here
            ]
            if points and objective.metric in metrics:
                metrics[objective.metric] = extrapolate(points, full)
        return gains(self.objectives, record.at(metrics=metrics)) or measured


@dataclass(eq=False)
class Contender:
    """A candidate that the inner strategy proposed, and what is known of it.

    Attributes:
        number: of the request that it began with.
        request: as the inner strategy asked it.
        rung: the last one that it arrived at, or began at.
        records: rung → what came back, where it arrived or what is known of it.
        values: rung → what it counts there.
        curve: one entry an epoch, over all its trainings.
        weights: reference of its stored training; None: it cannot be continued.
        reached: the fidelity of that training.
        told: whether the inner strategy has its result.
        stopped: whether it was passed over although it did not fail.
    """

    number: int
    request: Request
    rung: int
    records: dict[int, Record] = field(default_factory=dict)
    values: dict[int, Value] = field(default_factory=dict)
    curve: list[dict[str, float]] = field(default_factory=list)
    weights: str | None = None
    reached: Fidelity | None = None
    told: bool = False
    stopped: bool = False

    @property
    def value(self) -> Value:
        """What it counts at its rung."""
        return self.values[self.rung]

    def arrive(self, rung: int, record: Record, yardstick: Yardstick) -> None:
        """Take in the record of the training to a rung.

        Args:
            rung: that was asked for.
            record: what came back. A fidelity above the one asked for means that later
                rungs are known already.
            yardstick: of the search.
        """
        self.rung = rung
        self.weights, self.reached = record.weights, record.fidelity
        if record.curve:
            new = [_finite(point) for point in record.curve]
            first = new[0].get("epoch", 0.0)
            self.curve = [p for p in self.curve if p.get("epoch", 0.0) < first] + new
        if not record.ok:
            # Whatever it passed on the way, it did not get to this rung.
            self.records[rung], self.values[rung] = _bare(record), None
            return
        self.learn(record, yardstick)
        if rung not in self.records:
            self._know(rung, record, yardstick)

    def learn(self, record: Record, yardstick: Yardstick) -> None:
        """Take in what a record tells of rungs that nothing is known of yet."""
        if not record.ok:
            return
        passed = [
            record.at(
                fidelity=Fidelity.from_json(prefix["fidelity"]),
                metrics=prefix["metrics"],
            )
            for prefix in record.prefix_metrics
        ]
        for one in (*passed, record):
            rung = yardstick.rungs.rung_of(one.fidelity)
            if rung is not None and rung not in self.records:
                self._know(rung, one, yardstick)

    def _know(self, rung: int, record: Record, yardstick: Yardstick) -> None:
        bare = _bare(record)
        self.records[rung] = bare
        self.values[rung] = yardstick.value(rung, bare, self.curve)

    def result(self, shift: Sequence[float], objectives: Sequence[Objective]) -> Record:
        """The one record that the inner strategy is told.

        Its metrics are those at the last rung, moved so that all candidates compare;
        its `prefix_metrics` are those of every rung that it came by, as measured.

        Args:
            shift: added to each objective that is a metric.
            objectives: of the search.
        """
        value = self.value
        record = self.records[self.rung].at(
            request_id=self.request.request_id,
            curve=tuple(self.curve),
            prefix_metrics=tuple(
                {"fidelity": one.fidelity.to_json(), "metrics": dict(one.metrics)}
                for rung, one in sorted(self.records.items())
                if rung <= self.rung and one.ok
            ),
            weights=self.weights if self.request.keep_weights else None,
        )
        if value is None:
            return record
        metrics = dict(record.metrics)
        for objective, gain, more in zip(objectives, value, shift, strict=True):
            if objective.metric in metrics:
                sign = 1 if objective.direction == "maximise" else -1
                metrics[objective.metric] = sign * (gain + more)
        return record.at(metrics=metrics)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {
            "number": self.number,
            "request": self.request.to_json(),
            "rung": self.rung,
            "records": [[rung, one.to_json()] for rung, one in self.records.items()],
            "values": [
                [rung, None if value is None else list(value)]
                for rung, value in self.values.items()
            ],
            "curve": self.curve,
            "weights": self.weights,
            "reached": None if self.reached is None else self.reached.to_json(),
            "told": self.told,
            "stopped": self.stopped,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Contender:
        """The inverse of `to_json`."""
        reached = data["reached"]
        return cls(
            number=data["number"],
            request=Request.from_json(data["request"]),
            rung=data["rung"],
            records={rung: Record.from_json(one) for rung, one in data["records"]},
            values={
                rung: None if value is None else tuple(value)
                for rung, value in data["values"]
            },
            curve=list(data["curve"]),
            weights=data["weights"],
            reached=None if reached is None else Fidelity.from_json(reached),
            told=data["told"],
            stopped=data["stopped"],
        )


def _bare(record: Record) -> Record:
    """A record without what is kept elsewhere, as plain JSON can hold it."""
    return record.at(
        metrics=_finite(record.metrics), curve=(), prefix_metrics=(), weights=None
    )


def _finite(values: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in values.items() if math.isfinite(value)}

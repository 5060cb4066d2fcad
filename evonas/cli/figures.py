"""What a display shows of a run, worked out after each event."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from evonas.build import Resolved
from evonas.run import Accounting, Incumbent, RunState
from evonas.run.wording import number


@dataclass
class Remaining:
    """Estimates when a run will be through, from the speed of this session.

    Attributes:
        evaluations: that the search may use; None: any number.
        seconds: that the search may use; None: any time.
        final_share: length of the final training, in trainings like those of the
            search.
        epochs: that the search may use; None: any number.
    """

    evaluations: int | None
    seconds: float | None
    final_share: float
    epochs: float | None = None
    _first: tuple[float, int, float] | None = None

    @classmethod
    def of(cls, resolved: Resolved) -> Remaining:
        """For the budget of a config."""
        config, fidelity = resolved.config, resolved.fidelity
        minutes = config.budget.minutes
        return cls(
            config.budget.evaluations,
            None if minutes is None else minutes * 60,
            config.final.epochs / (fidelity.effort * fidelity.epoch_cost),
            config.budget.epochs,
        )

    def begin(self, elapsed: float, evaluations: int, epochs: float = 0.0) -> None:
        """Note where this session starts."""
        self._first = (elapsed, evaluations, epochs)

    def estimate(
        self,
        elapsed: float,
        evaluations: int,
        best_seconds: float,
        epochs: float = 0.0,
    ) -> float | None:
        """Seconds until the final training is done; None: nothing known yet.

        Args:
            elapsed: running seconds of the run.
            evaluations: finished.
            best_seconds: that a training of the best network at the search's full
                fidelity takes.
            epochs: trained.
        """
        if self._first is None or evaluations <= self._first[1]:
            return None
        passed = elapsed - self._first[0]
        left = math.inf
        if self.evaluations is not None:
            pace = passed / (evaluations - self._first[1])
            left = (self.evaluations - evaluations) * pace
        if self.epochs is not None and epochs > self._first[2]:
            pace = passed / (epochs - self._first[2])
            left = min(left, (self.epochs - epochs) * pace)
        if self.seconds is not None:
            left = min(left, self.seconds - elapsed)
        return max(0.0, left) + self.final_share * best_seconds


@dataclass(frozen=True)
class Figures:
    """One moment of a run, in words and numbers.

    Attributes:
        phase: what is being done.
        done: how many evaluations of the search are finished, and of how many; or
            trainings, where networks are chosen from.
        unit: of that.
        share: of what is to be done, 0 to 1.
        best: the best network so far, in words.
        best_value: who it is and its fitness, in fewer words.
        latest: the record told last, in words.
        outcomes: how evaluations ended, in words.
        progress: what the strategy tells of itself.
        elapsed: running seconds of the run, at the last record.
        remaining: estimated seconds to the end, or None.
    """

    phase: str = "starting"
    done: str = "0"
    unit: str = "evaluations"
    share: float = 0.0
    best: str = ""
    best_value: str = ""
    latest: str = ""
    outcomes: str = ""
    progress: str = ""
    elapsed: float = 0.0
    remaining: float | None = None


@dataclass
class Trainings:
    """How far a selection is, and when it will be through.

    Attributes:
        total: trainings that it has.
        before: of these done by earlier sessions.
    """

    total: int
    before: int
    _first: tuple[float, int] = (0.0, 0)

    def begin(self, state: RunState) -> None:
        """Note where this session starts."""
        self._first = state.accounting.elapsed_seconds, len(state.retrained)

    def done(self, state: RunState) -> int:
        """Trainings so far."""
        return self.before + len(state.retrained) - self._first[1]

    def estimate(self, state: RunState) -> float | None:
        """Seconds until the last one is done; None: nothing known yet."""
        elapsed, trained = self._first
        here = len(state.retrained) - trained
        if here == 0:
            return None
        pace = (state.accounting.elapsed_seconds - elapsed) / here
        return pace * (self.total - self.before - here)


@dataclass
class Gauge:
    """Turns a run's state into figures.

    Args:
        resolved: settings of the run.
    """

    resolved: Resolved
    remaining: Remaining = field(init=False)
    trainings: Trainings | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.remaining = Remaining.of(self.resolved)

    def begin(self, state: RunState, trainings: Trainings | None = None) -> None:
        """Note where this session starts.

        Args:
            state: of the run.
            trainings: of the selection that is the session's work; None: the search is.
        """
        accounting = state.accounting
        self.trainings = trainings
        if trainings is not None:
            trainings.begin(state)
        self.remaining.begin(
            accounting.elapsed_seconds, accounting.evaluations, accounting.epochs
        )

    def read(self, state: RunState) -> Figures:
        """The figures of this moment."""
        accounting, best = state.accounting, state.incumbents.best
        done, total = accounting.evaluations, self.remaining.evaluations
        share = self._share(accounting)
        if self.trainings is not None:
            done, total = self.trainings.done(state), self.trainings.total
            share = done / total
            left = self.trainings.estimate(state)
        else:
            left = self.remaining.estimate(
                accounting.elapsed_seconds,
                accounting.evaluations,
                0.0 if best is None else self._full_seconds(best),
                accounting.epochs,
            )
        return Figures(
            phase=self._phase(state),
            done=f"{done}/{total}" if total else f"{done}",
            unit="evaluations" if self.trainings is None else "trainings",
            share=share,
            best="" if best is None else self.words(best),
            best_value="" if best is None else self._value(best),
            latest="" if state.latest is None else self.words(state.latest),
            outcomes=", ".join(
                f"{count} {outcome.replace('_', ' ')}"
                for outcome, count in sorted(accounting.outcomes.items())
            ),
            progress=" · ".join(
                f"{name} {value:g}"
                for name, value in (
                    {} if state.strategy is None else state.strategy.progress()
                ).items()
            ),
            elapsed=accounting.elapsed_seconds,
            remaining=left,
        )

    def _full_seconds(self, found: Incumbent) -> float:
        """That a whole training at the full fidelity takes, by the part that it had."""
        return (
            found.record.seconds * self.resolved.fidelity.effort / found.request.effort
        )

    def _value(self, found: Incumbent) -> str:
        metric = self.resolved.objectives[0].metric
        return f"#{found.record.request_id} {number(found.record.value(metric))}"

    def words(self, found: Incumbent) -> str:
        """A record in a line: who, how it ended, its objectives, its size."""
        record, full = found.record, self.resolved.fidelity
        name = f"#{record.request_id}"
        if found.request.purpose == "final":
            what = "final training" if found.request.resume is None else "test"
            name = f"{what} of #{found.request.origin['request_id']}"
        elif found.request.purpose == "retrain":
            name = f"retraining of #{found.request.origin['request_id']}"
        if not record.ok:
            reason = f": {record.reason[:100]}" if record.error else ""
            return f"{name} {record.outcome.value.replace('_', ' ')}{reason}"
        metrics = [objective.metric for objective in self.resolved.objectives]
        metrics += [key for key in record.metrics if key.startswith("test_")]
        parts = [f"{key} {number(record.value(key))}" for key in metrics]
        if "parameters" not in metrics and "parameters" in record.cost:
            parts.append(f"parameters {number(record.cost['parameters'])}")
        if found.request.searching and record.fidelity != full:
            parts.append(f"after {record.fidelity.epochs:.3g} epochs")
        if record.reused:
            return f"{name} {' · '.join(parts)} · not trained, {record.worker}"
        return f"{name} {' · '.join(parts)} · {record.seconds:.1f} s, {record.worker}"

    def _phase(self, state: RunState) -> str:
        for one in state.outstanding.values():
            if one.purpose == "final":
                return "final training" if one.resume is None else "testing"
        if self.trainings is not None:
            return "retraining"
        if state.finals:
            return "exporting"
        return "searching"

    def _share(self, accounting: Accounting) -> float:
        budget, shares = self.remaining, [0.0]
        if budget.evaluations is not None:
            shares.append(accounting.evaluations / budget.evaluations)
        if budget.epochs is not None:
            shares.append(accounting.epochs / budget.epochs)
        if budget.seconds is not None:
            shares.append(accounting.elapsed_seconds / budget.seconds)
        return min(1.0, max(shares))


def front_words(result: Mapping[str, Any]) -> str:
    """The Pareto front of a run in words; "" where there is none.

    Args:
        result: content of `result.json`.
    """
    front, measured = result.get("front"), result.get("hypervolume")
    if not front:
        return ""
    words = f"{len(front)} network{'s' if len(front) > 1 else ''}"
    if not measured:
        return words
    return (
        f"{words}; {measured['share']:.1%} of the hypervolume of the table's own "
        f"front, {measured['found']} of its {measured['true_front']} points"
    )

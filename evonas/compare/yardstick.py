"""What the runs of a comparison are judged by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evonas.compare.contestants import Contestant
from evonas.compare.folder import Played
from evonas.compare.statistics import Floats


@dataclass(frozen=True)
class Yardstick:
    """What an incumbent counts, and what is told of it.

    Attributes:
        metric: that is told: `test_accuracy`, `validation_mse`, …
        curve_metric: the same for curves, which are of validation where networks are
            trained: they are tested once, at the end.
        direction: which way it is better.
        best: the best known value; the regret of a run is its distance from it. None:
            there is none, and the metric itself is told.
        notes: what a reader must know of it, in sentences.
    """

    metric: str
    curve_metric: str
    direction: str
    best: float | None
    notes: tuple[str, ...]

    @classmethod
    def of(cls, one: Contestant, played: Mapping[str, Sequence[Played]]) -> Yardstick:
        """The yardstick of a task.

        Args:
            one: any of the configs, which share the task.
            played: name of the config → its runs.
        """
        direction = one.resolved.objectives[0].direction
        validation, test = f"validation_{one.metric}", f"test_{one.metric}"
        if one.resolved.table is not None:
            return cls._of_table(one, direction)
        ends = [run.end for runs in played.values() for run in runs]
        if all(end.test is not None for end in ends):
            note = (
                f"Networks were tested once a run, at its end; curves are {validation}."
            )
            return cls(test, validation, direction, None, (note,))
        note = (
            f"Not every run has a test; {validation} is told, on which the searches "
            "have also chosen, so that it is too good."
        )
        return cls(validation, validation, direction, None, (note,))

    @classmethod
    def _of_table(cls, one: Contestant, direction: str) -> Yardstick:
        table, config = one.resolved.table, one.resolved.config
        assert table is not None
        epochs = config.final.epochs or config.fidelity.epochs
        cells = f"the {len(table):,} cells of {table.name}"
        best = table.best_test(epochs)
        if best is not None:
            metric = f"test_{one.metric}"
            note = (
                f"Regret is the distance from the best {metric} among {cells}, after "
                f"{epochs:g} epochs and as the mean over the runs that the table has; "
                "searches saw the validation of single runs."
            )
            return cls(metric, metric, direction, best, (note,))
        metric = f"validation_{one.metric}"
        note = (
            f"The table has no test metric. Regret is the distance from the best mean "
            f"{metric} among {cells}, after {epochs:g} epochs: searches have chosen on "
            "the same validation data, so that nothing here tells how networks "
            "generalise."
        )
        best = table.best_validation(epochs)
        return cls(metric, metric, direction, best, (note,))

    @property
    def told(self) -> str:
        """Name of what is told of a run's end."""
        return self.metric if self.best is None else f"regret of {self.metric}"

    @property
    def curve_told(self) -> str:
        """Name of what curves show."""
        if self.best is None:
            return self.curve_metric
        return f"regret of {self.curve_metric}"

    @property
    def smaller_is_better(self) -> bool:
        """Of what is told."""
        return self.best is not None or self.direction == "minimise"

    def shown(self, judged: Floats) -> Floats:
        """What is told of what incumbents count: their regret, or the value itself."""
        if self.best is None:
            return judged
        sign = 1.0 if self.direction == "maximise" else -1.0
        # a cell is as good as the best one where they differ by rounding alone
        regret = sign * (self.best - judged)
        return np.where(np.abs(regret) < 1e-12, 0.0, regret)

    def ends(self, runs: Sequence[Played]) -> Floats:
        """What is told of the ends of runs, (runs,)."""
        tested = self.best is None and self.metric.startswith("test_")
        values = [run.end.test if tested else run.end.judged for run in runs]
        return self.shown(np.array(values, dtype=float))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {
            "metric": self.metric,
            "curve_metric": self.curve_metric,
            "direction": self.direction,
            "best_known": self.best,
            "told": self.told,
            "smaller_is_better": self.smaller_is_better,
            "notes": list(self.notes),
        }

"""A table's own Pareto front: what a search over several objectives is held against."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evonas.errors import ConfigError
from evonas.population import KnownFront, Objective
from evonas.space import Limits
from evonas.tables.table import Table


class TableFront:
    """The cells that no other allowed cell dominates, by the means over all runs.

    A search sees single runs, and is measured by what its cells are worth on average: a
    lucky run widens no front.

    Args:
        table: that is searched.
        objectives: two or more, of values that the table has for every cell.
        epochs: length of the trainings.
        limits: of every candidate; what exceeds them is no part of the front.
        time_limit_seconds: of a training, likewise; None: no limit.

    Raises:
        ConfigError: an objective or a limit is nothing that the table has.
    """

    def __init__(
        self,
        table: Table,
        objectives: Sequence[Objective],
        epochs: float,
        *,
        limits: Limits,
        time_limit_seconds: float | None = None,
    ) -> None:
        self._table = table
        self._objectives = tuple(objectives)
        self._epochs = epochs
        self._limits = {
            name: limit for name, limit in limits.to_json().items() if limit is not None
        }
        if time_limit_seconds is not None:
            self._limits["seconds"] = time_limit_seconds
        for name in (*(one.metric for one in self._objectives), *self._limits):
            if not table.has(name):
                raise ConfigError(
                    f"the front of {table.name}: expected objectives and limits that "
                    f"the table tells for every cell, got {name}"
                )

    @cached_property
    def _gains(self) -> NDArray[np.float64]:
        """(cells, objectives) in the order of the table's keys, higher is better."""
        columns = [
            self._table.column(one.metric, self._epochs)
            * (1 if one.direction == "maximise" else -1)
            for one in self._objectives
        ]
        return np.stack(columns, axis=1)

    @cached_property
    def _place(self) -> dict[str, int]:
        return {key: place for place, key in enumerate(self._table.rows)}

    @cached_property
    def known(self) -> KnownFront:
        """The front of the allowed cells."""
        allowed = ~np.isnan(self._gains).any(axis=1)
        for name, limit in self._limits.items():
            allowed &= self._table.column(name, self._epochs) <= limit
        return KnownFront(self._gains[allowed])

    def measure(self, keys: Iterable[str]) -> dict[str, Any]:
        """How good some cells are together, as `result.json` tells it.

        Args:
            keys: of the cells, those of the front that a search has found.

        Returns:
            `share`: their hypervolume as a share of the table's front's; `true_front`:
            how many points that has; `found`: how many of these are among the cells.
        """
        points = self._gains[[self._place[key] for key in keys]]
        known = self.known
        true = {tuple(point) for point in known.points}
        return {
            "share": known.share(points),
            "true_front": len(known.points),
            "found": len(true & {tuple(point) for point in points}),
        }

"""Which records of a database are meant."""

from __future__ import annotations

import math
from dataclasses import dataclass

from evonas.architecture.wording import shown
from evonas.errors import ConfigError
from minibench.records import is_id
from minibench.reviews import State


@dataclass(frozen=True, slots=True)
class Selection:
    """A filter; what is not given excludes nothing.

    Attributes:
        problem: key of a problem.
        states: that the records may have.
        run: that they come from.
        strategy: that proposed them.
        fingerprint: of their network: the same up to isomorphism.
        ids: of records, whole.
        at_least: value of the problem's metric, in its own unit.
        at_most: likewise.
    """

    problem: str | None = None
    states: tuple[State, ...] = tuple(State)
    run: str | None = None
    strategy: str | None = None
    fingerprint: str | None = None
    ids: tuple[str, ...] = ()
    at_least: float | None = None
    at_most: float | None = None

    def __post_init__(self) -> None:
        for one in self.ids:
            if not is_id(one):
                raise ConfigError(f"id: expected 32 hex digits, got {shown(one)}")
        for limit in (self.at_least, self.at_most):
            if limit is not None and math.isnan(limit):
                raise ConfigError("a limit on the metric: expected a number, got nan")
        if self.problem is None and (self.at_least, self.at_most) != (None, None):
            raise ConfigError(
                "a limit on the metric: expected the problem that has it, got none; "
                "name one"
            )


#: excludes nothing
EVERYTHING = Selection()

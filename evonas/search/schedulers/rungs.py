"""Rungs: the fidelities at which candidates are compared, the lowest first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from evonas.evaluation import Fidelity
from evonas.population import pareto_fitness


class Bracket(NamedTuple):
    """So many candidates that begin at one rung."""

    start: int
    candidates: int


@dataclass(frozen=True)
class Rungs:
    """Lengths of training, each `reduction` times as long as the one before.

    Attributes:
        fidelities: the lowest first; the last is the full fidelity.
        reduction: also, one candidate in so many goes on.
    """

    fidelities: tuple[Fidelity, ...]
    reduction: int

    @classmethod
    def below(cls, full: Fidelity, count: int, reduction: int) -> Rungs:
        """So many rungs up to the full fidelity; only the epochs differ."""
        return cls(
            tuple(
                replace(full, epochs=full.epochs / reduction**down)
                for down in range(count - 1, -1, -1)
            ),
            reduction,
        )

    @property
    def top(self) -> int:
        """The number of the last rung; the first one is 0."""
        return len(self.fidelities) - 1

    def kept(self, count: int) -> int:
        """How many of so many go on; at least one does."""
        return max(1, count // self.reduction)

    def rung_of(self, fidelity: Fidelity) -> int | None:
        """The rung that has this fidelity; None if none has."""
        for rung, own in enumerate(self.fidelities):
            same = replace(fidelity, epochs=own.epochs) == own
            if same and math.isclose(fidelity.epochs, own.epochs, rel_tol=1e-9):
                return rung
        return None

    @property
    def full_size(self) -> int:
        """Candidates at the first rung of which one is left at the last."""
        return int(self.reduction**self.top)

    def counts(self, bracket: Bracket) -> list[int]:
        """Candidates at each rung of a bracket, if none fails."""
        counts = [bracket.candidates]
        while len(counts) <= self.top - bracket.start:
            counts.append(self.kept(counts[-1]))
        return counts

    def hyperband(self) -> tuple[Bracket, ...]:
        """The brackets of Hyperband (Li et al. 2018, algorithm 1), the widest first."""
        total, brackets = self.top + 1, []
        for start in range(total):
            steps = self.top - start
            # Whole numbers: a float may round up to one candidate too many.
            count = -(-total * self.reduction**steps // (steps + 1))
            brackets.append(Bracket(start, int(count)))
        return tuple(brackets)

    def mean_effort(self, brackets: Sequence[Bracket]) -> float:
        """Epochs that a request adds on average, if every training is continued."""
        requests, epochs = 0, 0.0
        for bracket in brackets:
            reached = 0.0
            for step, count in enumerate(self.counts(bracket)):
                effort = self.fidelities[bracket.start + step].effort
                requests += count
                epochs += count * (effort - reached)
                reached = effort
        return epochs / requests

    def epochs_text(self) -> str:
        """The epochs of all rungs, as words."""
        return " → ".join(f"{fidelity.epochs:.3g}" for fidelity in self.fidelities)


def ranked(values: Sequence[tuple[float, ...] | None]) -> list[int]:
    """Places of the values, the best first; the failed (None) are left out.

    One objective counts by itself, several by Pareto rank; of equals the earlier one is
    the better, so that the order is always the same.
    """
    alive = [place for place, value in enumerate(values) if value is not None]
    points = [value for value in values if value is not None]
    if points and len(points[0]) > 1:
        scalars = pareto_fitness(points)
    else:
        scalars = [point[0] for point in points]
    by_place = dict(zip(alive, scalars, strict=True))
    return sorted(alive, key=lambda place: (-by_place[place], place))

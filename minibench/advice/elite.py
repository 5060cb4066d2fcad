"""The best networks of a running search: provisional evidence about its own problem."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evonas.candidate import Candidate
from minibench.class_sets import ClassSets, Item, sets_of_candidates

#: the key that stands for the search's own problem
OWN = "this search"
#: share of the trained candidates that are the elite
SHARE = 0.2
#: least and most of them
LEAST, MOST = 5, 100
#: trainings after which the search's own elite counts as much as the database
PRIOR = 100


class Elite:
    """Keeps the best candidates, and counts what was trained."""

    def __init__(self) -> None:
        #: fitness, negated so that the best comes first, and order of arrival
        self._order: list[tuple[float, int]] = []
        self._candidates: dict[int, Candidate] = {}
        self._count = 0

    def add(self, fitness: float, candidate: Candidate) -> None:
        """Take a trained candidate in; of equal ones the first is the better."""
        place = (-fitness, self._count)
        self._count += 1
        if len(self._order) == MOST and place > self._order[-1]:
            return
        bisect.insort(self._order, place)
        self._candidates[place[1]] = candidate
        if len(self._order) > MOST:
            del self._candidates[self._order.pop()[1]]

    def best(self) -> list[Candidate]:
        """The elite, the best first; none while too few are trained."""
        if self._count < 2 * LEAST:
            return []
        count = min(MOST, max(LEAST, round(SHARE * self._count)))
        return [self._candidates[number] for _, number in self._order[:count]]

    @property
    def share(self) -> float:
        """How much the search's own elite counts beside the database, 0 to 1."""
        return self._count / (self._count + PRIOR)

    @staticmethod
    def sets(used: Sequence[Iterable[Item]]) -> ClassSets:
        """What the elite uses, as the sets of a problem of its own.

        Args:
            used: of each candidate, the best first.
        """
        return sets_of_candidates(OWN, used)

    def state(self) -> dict[str, Any]:
        """Plain JSON from which `restore` goes on."""
        return {
            "count": self._count,
            "best": [
                [-negated, number, self._candidates[number].to_json()]
                for negated, number in self._order
            ],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state written by `state`."""
        self._count = state["count"]
        self._order = [(-fitness, number) for fitness, number, _ in state["best"]]
        self._candidates = {
            number: Candidate.from_json(data) for _, number, data in state["best"]
        }

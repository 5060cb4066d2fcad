"""A running search's own trainings: provisional evidence about its own problem."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evonas.candidate import Candidate
from minibench.class_sets import ClassSets, Item, sets_of_candidates

#: the key that stands for the search's own problem
OWN = "this search"
#: share of the trained candidates that are the elite
SHARE = 0.2
#: least and most of them
LEAST, MOST = 5, 100
#: trainings before anything is learned from them
FIRST = 8
#: trainings after which the search's own elite counts as much as the database
PRIOR = 20
#: the latest trainings that are kept, beside the best `MOST`
LATEST = 200


#: how long a candidate was trained, and how good it is: who was let train longer, by a
#: scheduler, was better than who was stopped
Worth = tuple[float, float]
FAILED: Worth = (0.0, -math.inf)


@dataclass(frozen=True)
class Training:
    """One of them.

    Attributes:
        number: in the order of the records, from 0 up.
        worth: of the candidate.
        candidate: that was trained.
    """

    number: int
    worth: Worth
    candidate: Candidate


class Trainings:
    """Keeps the best and the latest of them, and counts them all."""

    def __init__(self) -> None:
        self._kept: list[Training] = []
        #: all that there were
        self.count = 0
        #: of these, those that were there when they were learned from last
        self.learned = 0

    def add(self, worth: Worth, candidate: Candidate) -> None:
        """Take one in; a candidate that was trained on is the same one.

        Args:
            worth: of the candidate.
            candidate: that was trained.
        """
        key = candidate.key()
        self._kept = [one for one in self._kept if one.candidate.key() != key]
        self._kept.append(Training(self.count, worth, candidate))
        self.count += 1

    @property
    def due(self) -> bool:
        """Whether there are enough new ones to learn from."""
        new = self.count - self.learned
        return self.count >= FIRST and new >= max(5, self.learned // 10)

    def learn(self) -> None:
        """Note that all that are here are learned from now; too old ones go."""
        self.learned = self.count
        best = {one.number for one in sorted(self._kept, key=_order)[:MOST]}
        first = self.count - LATEST
        self._kept = [
            one for one in self._kept if one.number >= first or one.number in best
        ]

    def known(self) -> list[Training]:
        """Those that were learned from, in an order that depends on no worker."""
        found = [one for one in self._kept if one.number < self.learned]
        return sorted(found, key=_order)

    def elite(self) -> list[Candidate]:
        """The best of all, the best first; none while too few are trained."""
        if self.count < FIRST:
            return []
        good = [one for one in self._kept if one.worth != FAILED]
        count = min(MOST, max(LEAST, round(SHARE * self.count)))
        return [one.candidate for one in sorted(good, key=_order)[:count]]

    @property
    def share(self) -> float:
        """How much the search's own elite counts beside the database, 0 to 1."""
        return self.count / (self.count + PRIOR)

    def state(self) -> dict[str, Any]:
        """Plain JSON from which `restore` goes on."""
        return {
            "count": self.count,
            "learned": self.learned,
            "kept": [
                [one.number, worth_to_json(one.worth), one.candidate.to_json()]
                for one in self._kept
            ],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state written by `state`."""
        self.count, self.learned = state["count"], state["learned"]
        self._kept = [
            Training(number, worth_from_json(worth), Candidate.from_json(candidate))
            for number, worth, candidate in state["kept"]
        ]


def worth_to_json(worth: Worth) -> list[float] | None:
    """Plain JSON form, which has no infinity."""
    return None if worth == FAILED else list(worth)


def worth_from_json(data: list[float] | None) -> Worth:
    """The inverse of `worth_to_json`."""
    return FAILED if data is None else (data[0], data[1])


def _order(training: Training) -> tuple[float, float, str]:
    """The best first; of equal ones an order that depends on no worker."""
    effort, fitness = training.worth
    return -effort, -fitness, training.candidate.key()


def own_sets(used: Sequence[Iterable[Item]]) -> ClassSets:
    """What the elite uses, as the sets of a problem of its own.

    Args:
        used: of each candidate, the best first.
    """
    return sets_of_candidates(OWN, used)

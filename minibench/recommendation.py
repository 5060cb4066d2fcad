"""A recommendation for a data set: what is expected of it, and by whose evidence."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evonas.candidate import Candidate
from evonas.evaluation import Fidelity
from minibench.problems import Problem
from minibench.records import BenchRecord

#: of what the quantiles of an expectation are told
QUANTILES = (0.1, 0.5, 0.9)
#: of the descriptor that counts training samples
SAMPLES = "samples"


@dataclass(frozen=True)
class Run:
    """A search of the database, as far as it kept its networks.

    Attributes:
        name: of it.
        networks: trained at the fidelity of most, that are kept.
        best: value of the problem's metric of the best one.
        record: id of that one.
        seconds: that these trainings took together; None: not known of all.
    """

    name: str
    networks: int
    best: float
    record: str
    seconds: float | None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {
            "run": self.name,
            "networks": self.networks,
            "best": self.best,
            "record": self.record,
            "seconds": self.seconds,
        }


@dataclass(frozen=True)
class Neighbour:
    """A problem that resembles the data, and what is known of it.

    Attributes:
        problem: of the database.
        weight: how much it counts; those of all sum to 1.
        why: it does, in words.
        comparable: whether its metric is the task's, of the same kind of prediction.
        fidelity: that most of its networks were trained at.
        best: its records at that fidelity, the best first.
        runs: its searches, the best first.
    """

    problem: Problem
    weight: float
    why: str
    comparable: bool
    fidelity: Fidelity
    best: tuple[BenchRecord, ...]
    runs: tuple[Run, ...]

    @property
    def seconds(self) -> list[float]:
        """Of each training of which it is known."""
        known = (one.cost.seconds for one in self.best)
        return [one for one in known if one is not None]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {
            "problem": self.problem.key,
            "weight": self.weight,
            "why": self.why,
            "comparable": self.comparable,
            "metric": self.problem.metric,
            "fidelity": self.fidelity.to_json(),
            "networks": len(self.best),
            "runs": [one.to_json() for one in self.runs],
        }


@dataclass(frozen=True)
class Start:
    """The network to begin with.

    Attributes:
        record: that it comes from.
        candidate: it as the task's space has it.
        changes: what differs from the record, in words; none: nothing does.
        distance: of the two, from 0 (equal) to 1.
        parameters: of it on this task.
        multiply_adds: likewise, of one sample.
    """

    record: BenchRecord
    candidate: Candidate
    changes: tuple[str, ...]
    distance: float
    parameters: int
    multiply_adds: int

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {
            "record": self.record.id,
            "problem": self.record.problem,
            "exact": not self.changes,
            "changes": list(self.changes),
            "distance": self.distance,
            "parameters": self.parameters,
            "multiply_adds": self.multiply_adds,
            "candidate": self.candidate.to_json(),
        }


@dataclass(frozen=True)
class Expectation:
    """A value that is not known yet, from those of neighbours.

    Attributes:
        quantiles: its 10, 50 and 90 % quantiles, each problem with its weight.
        count: values that these are of.
        problems: keys of the problems that they come from.
    """

    quantiles: tuple[float, ...]
    count: int
    problems: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {
            "quantiles": dict(zip(map(str, QUANTILES), self.quantiles, strict=True)),
            "count": self.count,
            "problems": list(self.problems),
        }


@dataclass(frozen=True)
class Recommendation:
    """What a database has to say to a data set.

    Attributes:
        task: it, with its characterisation.
        neighbours: the nearest first; none: nothing is known of its modality.
        modalities: of which problems are known.
        start: to begin with; None: no network of a neighbour can be told in the space.
        closest: of the best networks of the same problem the one that can be told best;
            None: it is `start`, or there is none.
        metric: best value that a search may reach; None: no neighbour is comparable.
        seconds: of one training; None: nobody has measured it.
        parameters: of a neighbour's best networks.
        misses: how far off the middle of `metric` was for each problem of the database
            that is left out in turn: key → distance.
    """

    task: Problem
    neighbours: tuple[Neighbour, ...]
    modalities: tuple[str, ...]
    start: Start | None
    closest: Start | None
    metric: Expectation | None
    seconds: Expectation | None
    parameters: Expectation | None
    misses: Mapping[str, float]

    @property
    def known(self) -> bool:
        """Whether the database knows this very problem."""
        return any(one.problem.key == self.task.key for one in self.neighbours)

    @property
    def miss(self) -> float | None:
        """How far off such a guess is on average; None: it was never tried."""
        return statistics.fmean(self.misses.values()) if self.misses else None

    def samples(self, neighbour: Neighbour) -> float | None:
        """How many times the training samples of a neighbour this task has."""
        own, other = _samples(self.task), _samples(neighbour.problem)
        return own / other if own and other else None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""

        def told(one: Start | Expectation | None) -> Any:
            return None if one is None else one.to_json()

        return {
            "task": {**self.task.to_json(), "key": self.task.key},
            "known": self.known,
            "modalities": list(self.modalities),
            "neighbours": [one.to_json() for one in self.neighbours],
            "start": told(self.start),
            "closest": told(self.closest),
            "expected": {
                "metric": self.task.metric,
                "best": told(self.metric),
                "misses": dict(self.misses),
                "seconds": told(self.seconds),
                "parameters": told(self.parameters),
            },
        }


def _samples(problem: Problem) -> float | None:
    found = (one.value for one in problem.characterisation if one.name == SAMPLES)
    return next(found, None)

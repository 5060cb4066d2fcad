"""What classifiers say of a network, and what is decided by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Judgement:
    """What classifiers say of a network.

    Attributes:
        problems: key → probability that a network like this is among that problem's
            best rather than another one's; sum 1.
        best: key → probability that, on that problem, it would be among the best and
            not in the background.
        unseen: share of its groups that no network of the database has; the more, the
            less the rest says.
    """

    problems: Mapping[str, float]
    best: Mapping[str, float]
    unseen: float

    @property
    def relevant(self) -> float | None:
        """Probability of being among the best, weighted by its own `problems`."""
        return self.weighted(self.problems)

    def weighted(self, weights: Mapping[str, float]) -> float | None:
        """Probability of being among the best, weighted by the problems.

        Problems without a classifier of their best do not count, nor do those without a
        weight; None: none is left.

        Args:
            weights: key → how relevant a problem is, 0 or more; of any sum.
        """
        total = sum(weights.get(key, 0.0) for key in self.best)
        if not total:
            return None
        return sum(weights.get(key, 0.0) * p for key, p in self.best.items()) / total


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a network is worth its training.

    Attributes:
        accepted: it is, or nothing speaks against it.
        probability: of being among the best, weighted by the problems; None: nobody can
            say.
        confidence: probability, as the classifiers see it, that the decision is right.
    """

    accepted: bool
    probability: float | None
    confidence: float


@dataclass(frozen=True, slots=True)
class Nearest:
    """The known network that is most like another one.

    Attributes:
        record: its id in the database.
        problem: key of the problem whose best it is among.
        similarity: cosine of both networks' features, 1 where they are equal.
    """

    record: str
    problem: str
    similarity: float

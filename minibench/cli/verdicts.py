"""What an entry of a database saved or cost the searches that it advised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evonas.compare.folder import Played
from evonas.compare.statistics import holm, mean_interval, signed_rank
from evonas.run import CONFIDENCE
from evonas.run.wording import number

#: of the generator that draws the resamples
_SEED = 0
#: name of all advice together, beside the entries
ALL = "all advice"


@dataclass(frozen=True)
class Difference:
    """A paired difference over seeds; above 0 the entry is of use.

    Attributes:
        mean: over the seeds.
        low: lower end of its 95 % bootstrap interval.
        high: upper end.
        p: two-sided p of Wilcoxon's signed-rank test, corrected for all that are told
            together (Holm).
    """

    mean: float
    low: float
    high: float
    p: float

    @property
    def sign(self) -> int:
        """1 and -1: the whole interval lies on that side of 0; 0: it does not."""
        return 1 if self.low > 0 else -1 if self.high < 0 else 0

    @property
    def harmful(self) -> bool:
        """Whether the interval lies on the cost side, and not by chance of many."""
        return self.sign < 0 and self.p <= 1 - CONFIDENCE

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {"mean": self.mean, "interval": [self.low, self.high], "p": self.p}


@dataclass(frozen=True)
class Verdict:
    """What one entry did to one search.

    Attributes:
        search: its name.
        entry: name of what was left out, or `ALL`.
        trainings: fewer until the target was reached, by this entry.
        final: how much better what was found in the end is, in the metric's unit.
        reached: share of the searches that reached the target, with and without.
    """

    search: str
    entry: str
    trainings: Difference
    final: Difference
    reached: tuple[float, float]

    @property
    def harmful(self) -> bool:
        """One difference is surely a cost, and the other one is no gain."""
        both = self.trainings, self.final
        return any(one.harmful for one in both) and not any(
            one.sign > 0 for one in both
        )

    @property
    def useful(self) -> bool:
        """One of the intervals lies on the side of the gains."""
        return self.trainings.sign > 0 or self.final.sign > 0

    @property
    def words(self) -> str:
        """What it saved or cost."""
        one = self.trainings
        if one.sign == 0:
            return f"nothing sure: {one.mean:+.1f} ({one.low:.1f} to {one.high:.1f})"
        verb = "saves" if one.sign > 0 else "costs"
        low, high = sorted((abs(one.low), abs(one.high)))
        return f"{verb} {abs(one.mean):.1f} trainings ({low:.1f} to {high:.1f})"

    @property
    def final_words(self) -> str:
        """The same of what was found in the end."""
        one = self.final
        verb = {1: "better by ", -1: "worse by ", 0: "nothing sure: "}[one.sign]
        mean = abs(one.mean) if one.sign else one.mean
        ends = sorted(
            (abs(one.low), abs(one.high)) if one.sign else (one.low, one.high)
        )
        return f"{verb}{number(mean)} ({number(ends[0])} to {number(ends[1])})"

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {
            "search": self.search,
            "entry": self.entry,
            "trainings": self.trainings.to_json(),
            "final": self.final.to_json(),
            "reached": {"with": self.reached[0], "without": self.reached[1]},
            "harmful": self.harmful,
            "words": f"{self.words}; {self.final_words}",
        }


@dataclass(frozen=True)
class Runs:
    """A search with some advice, seed by seed.

    Attributes:
        trainings: until the target was reached; all of them where it was not.
        reached: whether it was.
        final: what was found in the end, higher is better.
    """

    trainings: NDArray[np.float64]
    reached: NDArray[np.bool_]
    final: NDArray[np.float64]

    @classmethod
    def of(cls, played: Sequence[Played], target: float, sign: float) -> Runs:
        """Read off the curves.

        Args:
            played: a run for each seed.
            target: a value of the metric.
            sign: 1 where higher is better, else -1.
        """
        first = [
            next(
                (
                    point.evaluations
                    for point in one.points
                    if sign * point.judged >= sign * target
                ),
                None,
            )
            for one in played
        ]
        ends = [one.end for one in played]
        return cls(
            np.array(
                [
                    end.evaluations if at is None else at
                    for at, end in zip(first, ends, strict=True)
                ],
                dtype=float,
            ),
            np.array([at is not None for at in first]),
            np.array([sign * end.judged for end in ends]),
        )


def target_of(unadvised: Sequence[Played]) -> float:
    """What the searches without advice reach: the median of what they end with.

    Args:
        unadvised: a run for each seed.
    """
    return float(np.median([one.end.judged for one in unadvised]))


def verdicts(search: str, advised: Runs, others: Mapping[str, Runs]) -> list[Verdict]:
    """What each entry did to a search; p is not corrected yet.

    Args:
        search: its name.
        advised: with all advice.
        others: name of an entry → without it.
    """
    return [
        Verdict(
            search,
            name,
            _difference(other.trainings - advised.trainings),
            _difference(advised.final - other.final),
            (float(advised.reached.mean()), float(other.reached.mean())),
        )
        for name, other in others.items()
    ]


def corrected(found: Sequence[Verdict]) -> list[Verdict]:
    """The same with p values corrected for all of them.

    Args:
        found: all that are told together.
    """
    values = [one.p for verdict in found for one in (verdict.trainings, verdict.final)]
    adjusted = iter(holm(values))
    return [
        replace(
            one,
            trainings=replace(one.trainings, p=next(adjusted)),
            final=replace(one.final, p=next(adjusted)),
        )
        for one in found
    ]


def _difference(values: NDArray[np.float64]) -> Difference:
    ends = mean_interval(values, np.random.default_rng(_SEED))
    assert ends is not None  # the command asks for more seeds than one
    # what differs from 0 by rounding alone is on no side
    mean, low, high = (round(float(one), 12) for one in (values.mean(), *ends))
    return Difference(mean, low, high, signed_rank(values))

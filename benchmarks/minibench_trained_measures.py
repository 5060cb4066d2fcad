"""What the figures of two arms say of each other, with intervals."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np

from minibench.advice.audits import GOOD, LEAST, wilson

BASELINE = "unconstrained"
RESAMPLES = 10_000
#: of what the searches of a problem and seed differ in
Differences = Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class Search:
    """One search, as its file tells it."""

    data: Mapping[str, Any]

    @property
    def problem(self) -> str:
        """Name of its config."""
        return str(self.data["problem"])

    @property
    def modality(self) -> str:
        """Of the problem."""
        return str(self.data["modality"])

    @property
    def accuracy(self) -> bool:
        """Whether shares of samples are measured, which can be told in points."""
        return str(self.data["metric"]) == "validation_accuracy"

    @cached_property
    def gains(self) -> np.ndarray:
        """Value of each training, more is better; NaN where it failed."""
        sign = 1.0 if self.data["direction"] == "maximise" else -1.0
        given = [math.nan if one is None else one for one in self.data["value"]]
        return sign * np.array(given)

    @cached_property
    def incumbents(self) -> np.ndarray:
        """The best so far after 1, 2, … trainings; NaN while there is none."""
        return np.fmax.accumulate(self.gains)

    @property
    def best(self) -> float:
        """Of the whole search."""
        return float(self.incumbents[-1])

    @property
    def mean(self) -> float:
        """Of all trainings that did not fail."""
        return float(np.nanmean(self.gains))

    def reaches(self, level: float) -> float:
        """Trainings until the best is so good; infinite where it never is."""
        there = np.flatnonzero(self.incumbents >= level - 1e-12)
        return float(there[0] + 1) if len(there) else math.inf

    @property
    def epoch_seconds(self) -> float:
        """Of a training, on its worker; without the first one, which loads the data."""
        return float(sum(self.data["seconds"][1:]) / sum(self.data["epochs"][1:]))

    @property
    def wall_epoch_seconds(self) -> float:
        """Of the search: what all workers together take for an epoch."""
        return float(self.data["wall_seconds"] / sum(self.data["epochs"]))

    @property
    def multiply_adds(self) -> float:
        """Mean over its networks: time that no other work on the machine changes."""
        known = [one for one in self.data["multiply_adds"] if one is not None]
        return float(np.mean(known))

    @property
    def invalid(self) -> float:
        """Share of the networks drawn that cannot be built or exceed a limit."""
        return float(self.data["invalid_share"])


class Found:
    """All searches that there are.

    Args:
        searches: of all arms.
    """

    def __init__(self, searches: Sequence[Search]) -> None:
        self._of = {
            (one.problem, str(one.data["arm"]), int(one.data["seed"])): one
            for one in searches
        }

    @classmethod
    def read(cls, folder: Path) -> Found:
        """Those of a folder."""
        texts = [path.read_text() for path in sorted(folder.glob("*.json"))]
        return cls([Search(json.loads(text)) for text in texts])

    def of(self, problem: str, arm: str) -> list[Search]:
        """The searches of a problem by an arm, by seed."""
        return [
            one
            for (name, kind, _), one in sorted(self._of.items())
            if (name, kind) == (problem, arm)
        ]

    def all(self) -> list[Search]:
        """Every one."""
        return list(self._of.values())

    def pairs(
        self, arm: str, problems: Sequence[str], base: str = BASELINE
    ) -> dict[str, list[tuple[Search, Search]]]:
        """Problem → searches of an arm with those of another one of the same seed."""
        found: dict[str, list[tuple[Search, Search]]] = {}
        for (problem, kind, seed), one in sorted(self._of.items()):
            other = self._of.get((problem, base, seed))
            if kind == arm and other is not None and problem in problems:
                found.setdefault(problem, []).append((one, other))
        return found


class Scale:
    """A common scale of a problem, made of its unconstrained trainings.

    Args:
        searches: the unconstrained ones.
    """

    def __init__(self, searches: Sequence[Search]) -> None:
        values = np.concatenate([one.gains for one in searches])
        # a failed training is worse than any other
        self._sorted = np.sort(np.where(np.isnan(values), -np.inf, values))
        self._best = float(np.nanmax(values))
        self._middle = float(np.nanmedian(values))

    def regret(self, gain: float) -> float:
        """0: the best of the unconstrained trainings, 1: their median."""
        return (self._best - gain) / ((self._best - self._middle) or 1.0)

    def rank(self, gain: float) -> float:
        """Share of the unconstrained trainings that are worse; of equal ones half."""
        below = np.searchsorted(self._sorted, gain - 1e-12)
        upto = np.searchsorted(self._sorted, gain + 1e-12)
        return float((below + upto) / 2 / len(self._sorted))


class Estimate(NamedTuple):
    """A mean and its interval; NaN where one search is all."""

    mean: float
    low: float
    high: float

    def text(self, digits: int = 2, unit: str = "") -> str:
        """As a table has it."""
        if math.isnan(self.mean):
            return "–"
        mean = f"{self.mean:+.{digits}f}{unit}"
        if math.isnan(self.low):
            return mean
        return f"{mean} [{self.low:+.{digits}f}, {self.high:+.{digits}f}]"


def estimate(differences: Differences, rng: np.random.Generator) -> Estimate:
    """Mean of the problems' means with its 95 % interval.

    Problems are resampled, and within each the seeds; of one problem the seeds alone.

    Args:
        differences: problem → of each seed.
        rng: resamples.
    """
    groups = [np.array(one, dtype=float) for one in differences.values() if len(one)]
    if not groups:
        return Estimate(math.nan, math.nan, math.nan)
    mean = float(np.mean([one.mean() for one in groups]))
    if sum(map(len, groups)) < 2:
        return Estimate(mean, math.nan, math.nan)
    total = np.zeros(RESAMPLES)
    for _ in groups:
        drawn = rng.integers(len(groups), size=RESAMPLES)
        for place, one in enumerate(groups):
            mine = drawn == place
            seeds = rng.integers(len(one), size=(int(mine.sum()), len(one)))
            total[mine] += one[seeds].mean(axis=1)
    low, high = np.quantile(total / len(groups), [0.025, 0.975])
    return Estimate(mean, float(low), float(high))


Pair = Callable[[Search, Search], float]


def relative(measure: Callable[[Search], float]) -> Pair:
    """Difference in percent of the other's value; more is better or more is more."""

    def compare(one: Search, other: Search) -> float:
        return 100 * (measure(one) - measure(other)) / abs(measure(other))

    return compare


def absolute(measure: Callable[[Search], float], times: float = 1.0) -> Pair:
    """Difference in the measure's own unit."""

    def compare(one: Search, other: Search) -> float:
        return times * (measure(one) - measure(other))

    return compare


def measures(scales: Mapping[str, Scale]) -> dict[str, Pair]:
    """Name → what is compared of two searches."""

    def regret(one: Search) -> float:
        return scales[one.problem].regret(one.best)

    def rank(one: Search) -> float:
        scale = scales[one.problem]
        return float(np.mean([scale.rank(gain) for gain in _worst(one.gains)]))

    return {
        "best, relative": relative(lambda one: one.best),
        "best, absolute": absolute(lambda one: one.best),
        "mean, relative": relative(lambda one: one.mean),
        "mean, absolute": absolute(lambda one: one.mean),
        "regret": absolute(regret),
        "rank": absolute(rank),
        "time": relative(lambda one: one.epoch_seconds),
        "multiply-adds": relative(lambda one: one.multiply_adds),
        "invalid": absolute(lambda one: one.invalid, 100),
    }


def _worst(gains: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(gains), -np.inf, gains)


def compared(
    pairs: Mapping[str, Sequence[tuple[Search, Search]]],
    measure: Pair,
    rng: np.random.Generator,
) -> Estimate:
    """A measure's difference over all pairs."""
    return estimate(
        {
            problem: [measure(one, other) for one, other in own]
            for problem, own in pairs.items()
        },
        rng,
    )


class Reached(NamedTuple):
    """Trainings to what the baseline of the same seed has in the end."""

    searches: int
    reached: int
    median: float
    baseline: float

    def text(self) -> str:
        """As a table has it."""
        if not self.searches:
            return "–"
        needed = "never" if math.isinf(self.median) else f"{self.median:.0f}"
        return (
            f"{needed} against {self.baseline:.0f} "
            f"({self.reached} of {self.searches} get there)"
        )


def reached(pairs: Mapping[str, Sequence[tuple[Search, Search]]]) -> Reached:
    """Medians; a search that never gets there needs infinitely many."""
    both = [pair for own in pairs.values() for pair in own]
    if not both:
        return Reached(0, 0, math.nan, math.nan)
    needed = [one.reaches(other.best) for one, other in both]
    own = [other.reaches(other.best) for _, other in both]
    there = sum(map(math.isfinite, needed))
    return Reached(len(both), there, median(needed), median(own))


def false_rejections(searches: Sequence[Search]) -> str:
    """Share of the audited refusals that were wrong, with its interval, as text.

    As the advisor counts them: as good as the better quarter of what it accepted in
    the same search.

    Args:
        searches: whose audits are taken together.
    """
    false = audited = 0
    for one in searches:
        gains = np.where(np.isnan(one.gains), -np.inf, one.gains)
        is_audit = np.array([kind == "audit" for kind in one.data["kind"]])
        bar = np.quantile(gains[~is_audit], 1 - GOOD, method="higher")
        audited += int(is_audit.sum())
        false += int(((gains >= bar) & np.isfinite(gains) & is_audit).sum())
    if audited < LEAST:
        return f"too few audits ({audited})"
    share, low, high = wilson(false, audited)
    return f"{share:.0%} of {audited} [{low:.0%}, {high:.0%}]"

"""Intervals and tests that assume nothing of the distribution."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from evonas.run import CONFIDENCE

Floats = NDArray[np.float64]

#: resamples of an interval
RESAMPLES = 10_000


def mean_interval(
    values: Floats, rng: np.random.Generator, resamples: int = RESAMPLES
) -> tuple[Floats, Floats] | None:
    """Percentile bootstrap interval of the mean over the first axis.

    (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.)

    Args:
        values: (seeds, …).
        rng: draws the resamples.
        resamples: how many.

    Returns:
        Lower and upper ends; None: one seed tells nothing of the spread.
    """
    count = len(values)
    if count < 2:
        return None
    shares = rng.multinomial(count, [1 / count] * count, size=resamples) / count
    return _ends(np.tensordot(shares, values, axes=1))


def median_interval(
    values: Floats, rng: np.random.Generator
) -> tuple[Floats, Floats] | None:
    """The same of the median of values of shape (seeds,)."""
    count = len(values)
    if count < 2:
        return None
    places = rng.integers(count, size=(RESAMPLES, count))
    return _ends(np.median(values[places], axis=1))


def _ends(resampled: Floats) -> tuple[Floats, Floats]:
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(resampled, [tail, 1 - tail], axis=0)
    return low, high


def signed_rank(differences: Floats) -> float:
    """Two-sided p of Wilcoxon's signed-rank test for paired differences.

    Equal pairs say nothing and are left out, as Wilcoxon did; 1 where all are equal.

    Args:
        differences: of each pair, (seeds,).
    """
    # what differs by rounding alone is a tie
    rounded = np.round(differences, 12)
    unequal = rounded[rounded != 0]
    if len(unequal) == 0:
        return 1.0
    with warnings.catch_warnings():
        # few seeds are told in the report, where the user sees it
        warnings.simplefilter("ignore")
        return float(stats.wilcoxon(unequal).pvalue)


def holm(values: Sequence[float]) -> list[float]:
    """P values corrected for so many tests (Holm, Scand. J. Stat. 6, 1979).

    Args:
        values: of each test.
    """
    adjusted = [0.0] * len(values)
    highest = 0.0
    for rank, place in enumerate(sorted(range(len(values)), key=values.__getitem__)):
        highest = max(highest, min(1.0, (len(values) - rank) * values[place]))
        adjusted[place] = highest
    return adjusted


def seeds_needed(tests: int) -> int:
    """Fewest seeds with which so many corrected tests can find anything.

    All signs alike has the chance 2 · 2⁻ⁿ, and the smallest p is multiplied by `tests`.
    """
    seeds = 1
    while 2.0 * tests / 2**seeds > 1 - CONFIDENCE + 1e-12:
        seeds += 1
    return seeds

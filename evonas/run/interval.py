"""Intervals for the mean of a few trainings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import stdtrit

#: how often an interval holds the true mean
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean, and between which values the true one lies.

    Attributes:
        mean: of the values.
        low: lower end; None: one value tells nothing of the spread.
        high: upper end; None likewise.
        count: of the values.
    """

    mean: float
    low: float | None
    high: float | None
    count: int


def t_interval(values: Sequence[float]) -> Interval | None:
    """Student's interval for the mean of normal values, at `CONFIDENCE`.

    x̄ ± t(n − 1) · s / √n (Student, "The Probable Error of a Mean", Biometrika 6, 1908).

    **After a choice.** The interval holds for values that had no part in deciding whose
    values they are. The best of several by its mean is one whose mean came out high:
    its own interval lies too high and holds the true mean too seldom. So the winner of
    a selection is trained again, on seeds of which the selection knows nothing, and its
    interval is taken from those trainings alone. Given who has won they are a fresh
    sample, so that the interval holds the true mean as often as it says, whatever the
    rule of the selection was (data splitting: D. R. Cox, "A Note on Data-Splitting for
    the Evaluation of Significance Levels", Biometrika 62, 1975).

    Args:
        values: any number of them.

    Returns:
        None where there is no value.
    """
    count = len(values)
    if count == 0:
        return None
    mean = math.fsum(values) / count
    if count == 1:
        return Interval(mean, None, None, count)
    variance = math.fsum((value - mean) ** 2 for value in values) / (count - 1)
    quantile = float(stdtrit(count - 1, (1 + CONFIDENCE) / 2))
    half = quantile * math.sqrt(variance / count)
    return Interval(mean, mean - half, mean + half, count)

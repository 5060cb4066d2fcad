"""Learning curves carried on: what a training that is stopped would have reached.

An ensemble of parametric curves, as in Domhan et al. 2015 ("Speeding up automatic
hyperparameter optimization of deep neural networks by extrapolation of learning
curves"), fitted by least squares instead of sampled: each is `c + a·g(x)` with a shape
`g` from a fixed list, so a fit is a line, always found and always the same.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: a shorter curve cannot tell a shape from noise: its last value counts
MIN_POINTS = 4
#: share of the curve's own range that a fit may be off without being worse than others
_TOLERANCE = 0.001


def extrapolate(points: Sequence[tuple[float, float]], at: float) -> float:
    """The value of a learning curve at a later epoch.

    The mean over the ensemble, weighted by likelihood. It never moves further from the
    last value than the curve's whole range so far: the shapes agree on where a curve is
    going, not on how far it gets in an endless training. Scaling and shifting the
    values scales and shifts the answer, so any metric will do.

    Args:
        points: epoch and value, in the order of epochs.
        at: epoch, after the last point.
    """
    last = points[-1][1]
    if len(points) < MIN_POINTS:
        return last
    epochs, values = np.array(points, dtype=np.float64).T
    # Halves: the range of two huge values of opposite sign is no number.
    spread = float(values.max() / 2 - values.min() / 2) * 2
    if not 0 < spread < np.inf or at <= epochs[-1]:
        return last
    scaled = (values - values[-1]) / spread
    if not np.isfinite(scaled).all():
        return last
    here, there = _shapes(epochs / at)
    middle = here.mean(axis=1, keepdims=True)
    away, height = here - middle, scaled - scaled.mean()
    slopes = (away @ height) / (away**2).sum(axis=1)
    misses = height - slopes[:, None] * away
    errors = (misses**2).mean(axis=1)
    predictions = scaled.mean() + slopes * (there - middle[:, 0])
    noise = max(float(errors.min()), _TOLERANCE**2)
    weights = np.exp(-0.5 * len(points) * (errors - errors.min()) / noise)
    step = float(np.average(np.clip(predictions, -1, 1), weights=weights))
    return last + step * spread


def _shapes(x: Array) -> tuple[Array, Array]:
    """Every shape, a row each, at the points and at 1; x is the share of the way."""
    powers = np.array([0.125, 0.25, 0.5, 1.0, 2.0])[:, None]
    rates = np.geomspace(0.5, 64.0, 43)[:, None]
    halves = np.geomspace(0.01, 1.0, 24)[:, None]

    def at(where: Array) -> Array:
        hill = where / halves
        return np.concatenate(
            (
                np.log(where)[None],
                where**-powers,  # pow3
                np.exp(-rates * where),  # exp3
                np.exp(-rates * np.sqrt(where)),  # Janoschek, slower at first
                1 / (1 + hill),  # Hill
                1 / (1 + hill**2),
            )
        )

    return at(x), at(np.ones(1))[:, 0]

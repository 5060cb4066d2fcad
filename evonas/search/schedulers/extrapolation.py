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
_TOLERANCE = 0.01


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
    errors, predictions = [], []
    for here, there in _shapes(epochs / at):
        design = np.stack((np.ones_like(here), here), axis=1)
        (level, slope), *_ = np.linalg.lstsq(design, scaled, rcond=None)
        errors.append(float(np.mean((level + slope * here - scaled) ** 2)))
        predictions.append(float(level + slope * there))
    least = min(errors)
    noise = max(least, _TOLERANCE**2)
    weights = np.exp(-0.5 * len(points) * (np.array(errors) - least) / noise)
    step = float(np.average(np.clip(predictions, -1, 1), weights=weights))
    return last + step * spread


def _shapes(x: Array) -> list[tuple[Array, float]]:
    """Every shape at the points and at 1; x is the share of the way to go."""
    shapes: list[tuple[Array, float]] = [(np.log(x), 0.0)]
    for power in (0.25, 0.5, 1.0, 2.0):  # pow3
        shapes.append((x**-power, 1.0))
    for rate in (1.0, 2.0, 4.0, 8.0, 16.0, 32.0):  # exp, and Janoschek's slower start
        shapes.append((np.exp(-rate * x), float(np.exp(-rate))))
        shapes.append((np.exp(-rate * np.sqrt(x)), float(np.exp(-rate))))
    for half in (0.02, 0.05, 0.1, 0.2, 0.5):  # Hill
        for power in (1.0, 2.0):
            shapes.append(
                (1 / (1 + (x / half) ** power), 1 / (1 + (1 / half) ** power))
            )
    return shapes

"""How long a training will take, predicted from what earlier ones took.

The prediction is a sum of parts that each grow with one thing (multiply-adds, bytes of
activations, layers, steps, ...), whose prices per unit are fitted to the trainings of
this process: non-negative, by relative errors, and drawn towards prices that were
measured once. It lives and dies with the process that trains. **It decides nothing but
a refusal** of what is far beyond the time limit, which would have ended the same way;
no metric depends on it.
"""

from __future__ import annotations

from collections import deque
from math import prod

import numpy as np
from numpy.typing import NDArray

from evonas.architecture import Architecture, Shape
from evonas.candidate import Recipe

Vector = NDArray[np.float64]
#: amounts of work by kind, as `workload` gives them
Workload = Vector

#: seconds a unit on one thread of a 2023 server CPU, in the order of `workload`; only
#: where to start from
_PRIOR = np.array([5e-3, 3e-10, 1e-9, 5e-10, 1.5e-10, 5e-10, 2e-5, 2e-5, 2e-9, 1e-4])
#: how strongly the prices are held to those: as much as so many trainings would
_HOLD = 0.5
#: trainings that are remembered
_REMEMBERED = 300
#: trainings before a prediction is trusted
ENOUGH = 10

_DEPTHWISE = frozenset({"separable_conv", "mbconv"})
_RECURRENT = frozenset({"lstm", "gru"})


def workload(
    architecture: Architecture,
    shape: Shape,
    recipe: Recipe,
    *,
    steps: int,
    batch_size: int,
    measured: int,
) -> Workload:
    """What there is to do in a training, by kind of work.

    Args:
        architecture: as it is trained.
        shape: of the samples that it reads.
        recipe: its augmentation counts.
        steps: still to be taken.
        batch_size: samples a step.
        measured: samples of all validations together.
    """
    samples = steps * batch_size
    multiply_adds = dict.fromkeys(("dense", "depthwise", "recurrent"), 0)
    length = 0
    shapes = architecture.shapes(shape)
    for position, cost in enumerate(architecture.layer_costs(shape)):
        layer = architecture.layers[position]
        kind = "dense"
        if layer.op in _DEPTHWISE or int(layer.params.get("groups", 1)) > 1:
            kind = "depthwise"
        elif layer.op in _RECURRENT:
            kind = "recurrent"
            length += shapes[architecture.inputs_of(position)[0]][-1]
        multiply_adds[kind] += cost.multiply_adds
    cost = architecture.cost(shape)
    changed = any(
        (
            recipe.horizontal_flip,
            recipe.shift,
            recipe.scaling,
            recipe.crop < 1,
            recipe.cutout,
            recipe.erasing,
        )
    )
    return np.array(
        [
            1.0,
            multiply_adds["dense"] * samples,
            multiply_adds["depthwise"] * samples,
            multiply_adds["recurrent"] * samples,
            cost.activation_bytes * samples,
            (cost.multiply_adds + cost.activation_bytes / 4) * measured,
            len(architecture.layers) * steps,
            length * steps,
            cost.parameters * steps + prod(shape) * samples * changed,
            float(steps),
        ]
    )


class Calibration:
    """Prices of work on this machine, from the trainings that it has seen."""

    def __init__(self) -> None:
        self._seen: deque[tuple[Vector, float]] = deque(maxlen=_REMEMBERED)
        self._prices: Vector | None = _PRIOR

    @property
    def trusted(self) -> bool:
        """Whether it has seen enough to refuse a candidate."""
        return len(self._seen) >= ENOUGH

    def add(self, work: Workload, seconds: float) -> None:
        """Take in what a training took.

        Args:
            work: by `workload`.
            seconds: above 0.
        """
        self._seen.append((work, seconds))
        self._prices = None

    def predict(self, work: Workload) -> float:
        """Seconds that a training will take.

        Args:
            work: by `workload`.
        """
        if self._prices is None:
            rows = np.array([work / seconds for work, seconds in self._seen])
            self._prices = _fitted(rows)
        return float(work @ self._prices)


def _fitted(rows: Vector) -> Vector:
    """Non-negative prices at which every row comes near to 1.

    Coordinate descent on the squared errors, in units of the prior prices on a machine
    as many times faster or slower as the median training was.
    """
    prior = _PRIOR / float(np.median(rows @ _PRIOR))
    scaled = rows * prior
    gram = scaled.T @ scaled
    target = scaled.sum(0)
    hold = _HOLD * float(np.diag(gram).mean()) / len(rows)
    gram = gram + hold * np.eye(len(gram))
    target = target + hold
    prices = np.ones(len(gram))
    for _ in range(500):
        before = prices.copy()
        for at in range(len(prices)):
            rest = target[at] - gram[at] @ prices + gram[at, at] * prices[at]
            prices[at] = max(0.0, rest / gram[at, at])
        if np.abs(prices - before).max() < 1e-6:
            break
    fitted: Vector = prices * prior
    return fitted

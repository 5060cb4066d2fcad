"""One linear model for every two classes, and one probability for each class.

Every pair's margin becomes the probability of its first class by a sigmoid that was
fitted on networks of other runs (Platt 1999); the pairs' probabilities are joined by
the second method of Wu, Lin and Weng (JMLR 5, 2004), a small system of linear
equations. Fitted elsewhere, evaluated here, in NumPy alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evonas.errors import DataError
from minibench import strict
from minibench.classifier import arrays

#: most classes that a model can have
MAX_CLASSES = 100
#: probabilities of pairs are kept this far from 0 and 1, so that all can be joined
_SURE = 1e-7

_KEYS = ("classes", "weights", "intercepts", "slopes", "offsets")


@dataclass(frozen=True)
class PairwiseModel:
    """Fitted linear models, a row a pair of classes: (0, 1), (0, 2), …, (1, 2), ….

    The probability of a pair's first class is 1 / (1 + exp(slope × margin + offset)),
    where the margin is weights · x + intercept.

    Attributes:
        classes: names, two or more.
        weights: (pairs, features).
        intercepts: (pairs,).
        slopes: (pairs,), below 0 where the margin is right.
        offsets: (pairs,).
    """

    classes: tuple[str, ...]
    weights: NDArray[np.float64]
    intercepts: NDArray[np.float64]
    slopes: NDArray[np.float64]
    offsets: NDArray[np.float64]

    def pairs(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probability of every pair's first class, given that it is one of the two.

        Args:
            x: (…, features).

        Returns:
            (…, pairs).
        """
        margins = x @ self.weights.T + self.intercepts
        # beyond 500 there is no difference but an overflow
        power = np.minimum(np.maximum(self.slopes * margins + self.offsets, -500), 500)
        found: NDArray[np.float64] = 1.0 / (1.0 + np.exp(power))
        return found

    def probabilities(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probability of every class.

        Args:
            x: (…, features).

        Returns:
            (…, classes), with sum 1.
        """
        return couple(self.pairs(x), len(self.classes))

    def said(
        self, x: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What `pairs` and `probabilities` give.

        Args:
            x: (…, features).
        """
        pairs = self.pairs(x)
        return pairs, couple(pairs, len(self.classes))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {
            "classes": list(self.classes),
            "weights": self.weights.tolist(),
            "intercepts": self.intercepts.tolist(),
            "slopes": self.slopes.tolist(),
            "offsets": self.offsets.tolist(),
        }

    @classmethod
    def from_json(cls, data: Any, features: int, place: str = "model") -> PairwiseModel:
        """The inverse of `to_json`; DataError for anything else.

        Args:
            data: JSON values from anywhere.
            features: that it must read.
            place: of the data, for messages.
        """
        fields = strict.Fields(data, place, _KEYS)
        names = read_classes(fields)
        count = pair_count(len(names))
        return cls(
            names,
            arrays.read(fields.raw("weights"), f"{place}: weights", (count, features)),
            *[
                arrays.read(fields.raw(key), f"{place}: {key}", (count,))
                for key in _KEYS[2:]
            ],
        )


def read_classes(fields: strict.Fields) -> tuple[str, ...]:
    """The names under `classes`, two or more, each once.

    Args:
        fields: of a model.
    """
    place = f"{fields.place}: classes"
    names = [
        strict.text(one, f"{place}[{at}]", 200)
        for at, one in enumerate(fields.items("classes", MAX_CLASSES))
    ]
    if len(set(names)) != len(names) or len(names) < 2:
        raise DataError(f"{place}: expected two or more, each once, got {len(names)}")
    return tuple(names)


def pair_count(classes: int) -> int:
    """How many pairs so many classes make."""
    return classes * (classes - 1) // 2


def couple(pairs: NDArray[np.float64], classes: int) -> NDArray[np.float64]:
    """Probabilities of classes from those of pairs.

    They minimise Σ (p_i r_ji - p_j r_ij)² over all pairs, where r_ij is the probability
    of i against j, and have the sum 1; they are never negative (Wu, Lin and Weng 2004,
    theorem 3).

    Args:
        pairs: (…, pairs), of each pair's first class.
        classes: how many.

    Returns:
        (…, classes).
    """
    sure = np.minimum(np.maximum(pairs, _SURE), 1.0 - _SURE)
    if classes == 2:
        return np.stack([sure[..., 0], 1.0 - sure[..., 0]], axis=-1)
    first, second = _places(classes)
    against = np.zeros((*pairs.shape[:-1], classes, classes))
    against[..., first, second] = sure
    against[..., second, first] = 1.0 - sure
    lost = np.swapaxes(against, -1, -2)
    system = np.zeros((*pairs.shape[:-1], classes + 1, classes + 1))
    system[..., :classes, :classes] = -lost * against
    own = (lost * lost).sum(axis=-1)
    diagonal = np.arange(classes)
    system[..., diagonal, diagonal] = own
    system[..., :classes, classes] = system[..., classes, :classes] = 1.0
    wanted = np.zeros((*pairs.shape[:-1], classes + 1, 1))
    wanted[..., classes, 0] = 1.0
    found = np.linalg.solve(system, wanted)[..., :classes, 0]
    # of the last bits alone
    found = np.maximum(found, 0.0)
    result: NDArray[np.float64] = found / found.sum(axis=-1, keepdims=True)
    return result


@lru_cache
def _places(classes: int) -> tuple[list[int], list[int]]:
    """First and second class of every pair."""
    both = list(combinations(range(classes), 2))
    return [one for one, _ in both], [other for _, other in both]

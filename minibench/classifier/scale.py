"""Recipes on one scale, so that a classifier reads all of their numbers as equals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evonas.encoding import RECIPE
from evonas.errors import DataError
from minibench import strict
from minibench.classifier import arrays

#: most numbers
MAX_NAMES = 400
#: longest name of one
_LONGEST = 200
#: deviations from the mean beyond which a number says no more
FAR = 4.0
#: deviation below which numbers are the same
_SAME = 1e-9

_KEYS = ("names", "means", "deviations")


def _none() -> NDArray[np.float64]:
    return np.zeros(0)


@dataclass(frozen=True)
class Scale:
    """What a classifier reads of recipes; by default nothing.

    Numbers are standardised, and have about length 1 together. What is the same in all
    that were seen is left out: of another value of it nothing is known.

    Attributes:
        names: of the numbers, sorted.
        means: of each.
        deviations: of each, above 0.
    """

    names: tuple[str, ...] = ()
    means: NDArray[np.float64] = field(default_factory=_none)
    deviations: NDArray[np.float64] = field(default_factory=_none)

    @classmethod
    def fit(cls, networks: Sequence[Mapping[str, float]]) -> Scale:
        """The scale of some networks' recipes.

        Args:
            networks: what is told of each; only what begins with `RECIPE` counts, and
                only those of which any such thing is told.
        """
        told = [
            {name: value for name, value in one.items() if name.startswith(RECIPE)}
            for one in networks
        ]
        told = [one for one in told if one]
        names = sorted({name for one in told for name in one})
        if not names:
            return cls()
        values = np.array([[one.get(name, 0.0) for name in names] for one in told])
        deviations = values.std(axis=0)
        vary = deviations > _SAME
        return cls(
            tuple([name for name, one in zip(names, vary, strict=True) if one]),
            values.mean(axis=0)[vary],
            deviations[vary],
        )

    def __len__(self) -> int:
        return len(self.names)

    def vector(self, told: Mapping[str, float]) -> NDArray[np.float64]:
        """What a model reads of a recipe; zeros, the mean, where it is not known.

        Args:
            told: of one network's recipe; empty: it is not known.
        """
        if not told:
            return np.zeros(len(self.names))
        found = np.array([told.get(name, 0.0) for name in self.names])
        far = (found - self.means) / self.deviations
        near = np.minimum(np.maximum(far, -FAR), FAR)
        scaled: NDArray[np.float64] = near / max(1, len(self.names)) ** 0.5
        return scaled

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {
            "names": list(self.names),
            "means": self.means.tolist(),
            "deviations": self.deviations.tolist(),
        }

    @classmethod
    def from_json(cls, data: Any, place: str) -> Scale:
        """The inverse of `to_json`; DataError for anything else.

        Args:
            data: JSON values from anywhere.
            place: of them, for messages.
        """
        fields = strict.Fields(data, place, _KEYS)
        names = [
            strict.text(one, f"{place}: names[{at}]", _LONGEST)
            for at, one in enumerate(fields.items("names", MAX_NAMES))
        ]
        if sorted(set(names)) != names:
            raise DataError(f"{place}: names: expected sorted names, each once")
        size = (len(names),)
        means = arrays.read(fields.raw("means"), f"{place}: means", size)
        deviations = arrays.read(fields.raw("deviations"), f"{place}: deviations", size)
        if not (deviations > 0).all():
            raise DataError(
                f"{place}: deviations: expected numbers above 0, got "
                f"{deviations.min():g}"
            )
        return cls(tuple(names), means, deviations)

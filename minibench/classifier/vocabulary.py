"""Vocabulary: features of networks as vectors of one length."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import log1p
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evonas.encoding import RECIPE, STATISTIC, Features
from evonas.errors import DataError
from minibench import strict
from minibench.classifier import arrays
from minibench.classifier.scale import FAR, Scale

#: most labels that a vocabulary has, the most frequent ones
MAX_LABELS = 4_000
#: most statistics
MAX_STATISTICS = 400
#: longest name of a feature: a folded group of long names
MAX_NAME = 1_000
#: networks that a label must be in, so that it says something about others
_LEAST = 2
#: begins the labels of groups themselves, before any round
_FIRST_ROUND = "0 "
#: begin the names of what is no label
_NO_LABELS = (STATISTIC, RECIPE)

_KEYS = ("labels", "statistics", "means", "deviations", "recipe")


class _Parts(NamedTuple):
    """Features taken apart: labels as shares of their length and statistics; recipe."""

    plain: list[tuple[str, float]]
    recipe: dict[str, float]


class Prepared(dict[str, float]):
    """Features of a network that several vocabularies read, and nobody changes."""

    @cached_property
    def parts(self) -> _Parts:
        """What every vocabulary would work out."""
        return _parts(self)


def _parts(features: Features) -> _Parts:
    labels, statistics, recipe = [], [], {}
    length = 0.0
    for name, value in features.items():
        if name.startswith(RECIPE):
            recipe[name] = value
        elif name.startswith(STATISTIC):
            statistics.append((name, value))
        else:
            value = log1p(value)
            length += value * value
            labels.append((name, value))
    if length:
        length **= 0.5
        labels = [(name, value / length) for name, value in labels]
    return _Parts(labels + statistics, recipe)


@dataclass(frozen=True)
class Vocabulary:
    """The features that a classifier reads, and how.

    Counts of labels become logarithms, and their vector has length 1 with the labels
    that are not known here: the more of a network was never seen, the less the rest
    says. Statistics are standardised, and have about the same length together; so has
    what is told of the recipe.

    Attributes:
        labels: names of labels, sorted.
        statistics: names of statistics, sorted.
        means: of the statistics.
        deviations: of the statistics, above 0.
        recipe: what is read of recipes; by default nothing.
    """

    labels: tuple[str, ...]
    statistics: tuple[str, ...]
    means: NDArray[np.float64]
    deviations: NDArray[np.float64]
    recipe: Scale = field(default_factory=Scale)

    @classmethod
    def fit(
        cls, networks: Sequence[Features], most: int = MAX_LABELS, recipe: bool = False
    ) -> Vocabulary:
        """The vocabulary of some networks.

        Args:
            networks: their features.
            most: labels that it may have; those that more networks have come first.
            recipe: whether the recipe is read.
        """
        seen = Counter(name for features in networks for name in features)
        labels = [
            name
            for name, count in seen.items()
            if count >= _LEAST and not name.startswith(_NO_LABELS)
        ]
        labels.sort(key=lambda name: (-seen[name], name))
        statistics = sorted(name for name in seen if name.startswith(STATISTIC))
        values = np.array(
            [[one.get(name, 0.0) for name in statistics] for one in networks]
        ).reshape(len(networks), len(statistics))
        deviations = values.std(axis=0)
        deviations[deviations < 1e-9] = 1.0  # the same in all: nothing to tell apart
        return cls(
            tuple(sorted(labels[:most])),
            tuple(statistics),
            values.mean(axis=0) if len(networks) else np.zeros(0),
            deviations,
            Scale.fit(networks) if recipe else Scale(),
        )

    def __len__(self) -> int:
        return len(self.labels) + len(self.statistics) + len(self.recipe)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: at for at, name in enumerate((*self.labels, *self.statistics))}

    def vector(self, features: Features) -> NDArray[np.float64]:
        """What a linear model reads; names that are not known count by their length.

        Args:
            features: of one network.
        """
        places, labels = self._places, len(self.labels)
        own = features.parts if isinstance(features, Prepared) else _parts(features)
        found = np.zeros(len(places))
        for name, value in own.plain:
            at = places.get(name)
            if at is not None:
                found[at] = value
        if self.statistics:
            far = (found[labels:] - self.means) / self.deviations
            far = np.minimum(np.maximum(far, -FAR), FAR)
            found[labels:] = far / len(self.statistics) ** 0.5
        return np.concatenate([found, self.recipe.vector(own.recipe)])

    def vectors(self, networks: Sequence[Features]) -> NDArray[np.float64]:
        """One row a network."""
        rows = [self.vector(one) for one in networks]
        return np.array(rows).reshape(len(networks), len(self))

    def unseen(self, features: Features) -> float:
        """Share of a network's groups whose label is not known here.

        Args:
            features: of one network.
        """
        counts = {
            name: value
            for name, value in features.items()
            if name.startswith(_FIRST_ROUND)
        }
        total = sum(counts.values())
        known = sum(value for name, value in counts.items() if name in self._places)
        return 1.0 - known / total if total else 0.0

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {
            "labels": list(self.labels),
            "statistics": list(self.statistics),
            "means": self.means.tolist(),
            "deviations": self.deviations.tolist(),
            "recipe": self.recipe.to_json(),
        }

    @classmethod
    def from_json(cls, data: Any, place: str = "vocabulary") -> Vocabulary:
        """The inverse of `to_json`; DataError for anything else.

        Args:
            data: JSON values from anywhere.
            place: of them, for messages.
        """
        fields = strict.Fields(data, place, _KEYS)
        labels = _names(fields, "labels", MAX_LABELS, False)
        statistics = _names(fields, "statistics", MAX_STATISTICS, True)
        size = (len(statistics),)
        means = arrays.read(fields.raw("means"), f"{place}: means", size)
        deviations = arrays.read(fields.raw("deviations"), f"{place}: deviations", size)
        if not (deviations > 0).all():
            raise DataError(
                f"{place}: deviations: expected numbers above 0, got "
                f"{deviations.min():g}"
            )
        recipe = Scale()  # of files that are older than recipes in them
        if fields.has("recipe"):
            recipe = Scale.from_json(fields.raw("recipe"), f"{place}: recipe")
        return cls(labels, statistics, means, deviations, recipe)


def _names(
    fields: strict.Fields, key: str, most: int, are_statistics: bool
) -> tuple[str, ...]:
    place = f"{fields.place}: {key}"
    names = [
        strict.text(one, f"{place}[{at}]", MAX_NAME)
        for at, one in enumerate(fields.items(key, most))
    ]
    if any(name.startswith(STATISTIC) != are_statistics for name in names):
        which = "with" if are_statistics else "without"
        raise DataError(
            f"{place}: expected names {which} {STATISTIC.strip()!r} before them, got "
            "another one"
        )
    if sorted(set(names)) != names:
        raise DataError(f"{place}: expected sorted names, each once, got others")
    return tuple(names)

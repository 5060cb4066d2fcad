"""The best networks that are known, to name the one that is most like another one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evonas.encoding import Encoding, Features
from evonas.errors import DataError
from minibench import strict
from minibench.classifier import arrays
from minibench.classifier.judgement import Nearest
from minibench.classifier.samples import Sample
from minibench.classifier.vocabulary import Vocabulary
from minibench.problems import check_key
from minibench.records import is_id

#: most networks of a problem
NETWORKS = 100
#: most labels of the vocabulary
_LABELS = 2_000
#: most networks of a file
_MAX_NETWORKS = 10_000
#: digits of the numbers that are kept
_DIGITS = 4

_KEYS = ("vocabulary", "networks")
_NETWORK = ("record", "problem", "places", "values")


@dataclass(frozen=True)
class KnownNetwork:
    """A network, in the numbers of a vocabulary that are not 0.

    Attributes:
        record: id of its record, of several trainings the first.
        problem: key of the problem whose best it is among.
        places: of the numbers, ascending.
        values: of the numbers, with length 1 together.
    """

    record: str
    problem: str
    places: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True)
class Known:
    """The best networks of all problems.

    Attributes:
        vocabulary: what is compared, the recipe too.
        networks: that are known.
    """

    vocabulary: Vocabulary
    networks: tuple[KnownNetwork, ...]

    @classmethod
    def fit(cls, encoding: Encoding, samples: Sequence[Sample]) -> Known:
        """What is known of some networks.

        Args:
            encoding: that features are made by.
            samples: the best of each problem first; `NETWORKS` of each are kept.
        """
        counts = Counter[str]()
        kept = []
        for one in samples:
            counts[one.problem] += 1
            if counts[one.problem] <= NETWORKS:
                kept.append(one)
        features = [
            encoding.features(
                one.architecture,
                one.shape,
                None if one.recipe is None else one.recipe.to_json(),
            )
            for one in kept
        ]
        vocabulary = Vocabulary.fit(features, _LABELS, recipe=True)
        networks = [
            KnownNetwork(one.records[0], one.problem, *_sparse(vocabulary.vector(own)))
            for one, own in zip(kept, features, strict=True)
        ]
        return cls(vocabulary, tuple(networks))

    @cached_property
    def _columns(self) -> NDArray[np.float64]:
        """(numbers, networks): few numbers of a network are not 0."""
        found = np.zeros((len(self.vocabulary), len(self.networks)))
        for column, one in enumerate(self.networks):
            found[list(one.places), column] = one.values
        return found

    def nearest(
        self, features: Features, problems: Collection[str] | None = None
    ) -> Nearest | None:
        """The network that is most like another one; of several, the first.

        Args:
            features: of the other one.
            problems: keys of the problems whose networks count; None: all.

        Returns:
            None where none counts.
        """
        counting = [
            at
            for at, one in enumerate(self.networks)
            if problems is None or one.problem in problems
        ]
        if not counting:
            return None
        vector = self.vocabulary.vector(features)
        length = float(np.linalg.norm(vector)) or 1.0
        places = np.flatnonzero(vector)
        found = vector[places] @ self._columns[places] / length
        found = found[counting] if len(counting) < len(found) else found
        place = int(found.argmax())
        one = self.networks[counting[place]]
        return Nearest(one.record, one.problem, min(1.0, float(found[place])))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {
            "vocabulary": self.vocabulary.to_json(),
            "networks": [
                {
                    "record": one.record,
                    "problem": one.problem,
                    "places": list(one.places),
                    "values": list(one.values),
                }
                for one in self.networks
            ],
        }

    @classmethod
    def from_json(cls, data: Any, place: str = "known") -> Known:
        """The inverse of `to_json`; DataError for anything else.

        Args:
            data: JSON values from anywhere.
            place: of them, for messages.
        """
        fields = strict.Fields(data, place, _KEYS)
        vocabulary = Vocabulary.from_json(
            fields.raw("vocabulary"), f"{place}: vocabulary"
        )
        networks = [
            _network(one, f"{place}: networks[{at}]", len(vocabulary))
            for at, one in enumerate(fields.items("networks", _MAX_NETWORKS))
        ]
        return cls(vocabulary, tuple(networks))


def _sparse(vector: NDArray[np.float64]) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Places and values of what is not 0, with length 1."""
    unit = np.round(vector / (float(np.linalg.norm(vector)) or 1.0), _DIGITS)
    places = np.flatnonzero(unit)
    return tuple(places.tolist()), tuple(unit[places].tolist())


def _network(data: Any, place: str, size: int) -> KnownNetwork:
    fields = strict.Fields(data, place, _NETWORK)
    record = fields.raw("record")
    if not is_id(record):
        raise DataError(f"{place}: record: expected the id of a record, got another")
    problem = check_key(fields.raw("problem"), f"{place}: problem")
    places = [
        strict.whole(one, f"{place}: places[{at}]")
        for at, one in enumerate(fields.items("places", size))
    ]
    if sorted(set(places)) != places or (places and places[-1] >= size):
        raise DataError(
            f"{place}: places: expected ascending numbers below {size:,}, each once"
        )
    values = arrays.read(fields.raw("values"), f"{place}: values", (len(places),))
    return KnownNetwork(record, problem, tuple(places), tuple(values.tolist()))

"""Kinds of classifiers: linear ones, and graph networks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from evonas.architecture import Architecture, Shape
from evonas.candidate import Recipe
from evonas.encoding import Encoding
from minibench import strict
from minibench.classifier.graph_network import GraphNetwork, pairs
from minibench.classifier.pairwise import PairwiseModel
from minibench.classifier.vocabulary import Prepared, Vocabulary

Array = NDArray[np.float64]


class Classifier(ABC):
    """Tells classes of networks apart.

    It reads what its `encode` makes of an architecture; classifiers of one kind and
    encoding read the same.
    """

    #: as files name it
    name: ClassVar[str]

    @property
    @abstractmethod
    def classes(self) -> tuple[str, ...]:
        """Names of the classes."""

    @staticmethod
    @abstractmethod
    def encode(
        encoding: Encoding,
        architecture: Architecture,
        shape: Shape,
        recipe: Recipe | None,
    ) -> Any:
        """What it reads of an architecture and its recipe.

        Args:
            encoding: that it was fitted with.
            architecture: of the network.
            shape: of one sample, channels first.
            recipe: that the network is trained by; None: not known.
        """

    @abstractmethod
    def said(self, networks: Sequence[Any]) -> tuple[Array, Array]:
        """What it says of some networks.

        Args:
            networks: encoded.

        Returns:
            (networks, pairs), the probability of each pair's first class if it is one
            of the two, and (networks, classes).
        """

    @abstractmethod
    def unseen(self, network: Any) -> float:
        """Share of a network's groups that were never seen.

        Args:
            network: encoded.
        """

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""

    @classmethod
    @abstractmethod
    def from_json(cls, data: Any, place: str) -> Classifier:
        """The inverse of `to_json`; DataError for anything else.

        Args:
            data: JSON values from anywhere.
            place: of them, for messages.
        """

    def probabilities(self, network: Any) -> dict[str, float]:
        """Probability of each class.

        Args:
            network: encoded.
        """
        _, found = self.said([network])
        return dict(zip(self.classes, found[0].tolist(), strict=True))


@dataclass(frozen=True)
class LinearClassifier(Classifier):
    """One linear model for every two classes, over features.

    Attributes:
        vocabulary: what it reads of them.
        model: of the classes.
    """

    name: ClassVar[str] = "linear"

    vocabulary: Vocabulary
    model: PairwiseModel

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self.model.classes

    @staticmethod
    def encode(
        encoding: Encoding,
        architecture: Architecture,
        shape: Shape,
        recipe: Recipe | None,
    ) -> Any:
        """Its features."""
        fields = None if recipe is None else recipe.to_json()
        return Prepared(encoding.features(architecture, shape, fields))

    def said(self, networks: Sequence[Any]) -> tuple[Array, Array]:
        """See `Classifier.said`."""
        return self.model.said(self.vocabulary.vectors(networks))

    def unseen(self, network: Any) -> float:
        """Share of groups whose label is not in the vocabulary."""
        return self.vocabulary.unseen(network)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {
            "vocabulary": self.vocabulary.to_json(),
            "model": self.model.to_json(),
        }

    @classmethod
    def from_json(cls, data: Any, place: str = "classifier") -> LinearClassifier:
        """The inverse of `to_json`; DataError for anything else."""
        fields = strict.Fields(data, place, ("vocabulary", "model"))
        vocabulary = Vocabulary.from_json(
            fields.raw("vocabulary"), f"{place}: vocabulary"
        )
        model = fields.raw("model")
        return cls(
            vocabulary,
            PairwiseModel.from_json(model, len(vocabulary), f"{place}: model"),
        )


@dataclass(frozen=True)
class GraphClassifier(Classifier):
    """A graph network over folded graphs in words.

    Attributes:
        network: fitted.
    """

    name: ClassVar[str] = "graph"

    network: GraphNetwork

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self.network.classes

    @staticmethod
    def encode(
        encoding: Encoding,
        architecture: Architecture,
        shape: Shape,
        recipe: Recipe | None,
    ) -> Any:
        """Its folded graph and recipe; neither rounds nor statistics matter."""
        fields = None if recipe is None else recipe.to_json()
        return encoding.graph(architecture, fields)

    def said(self, networks: Sequence[Any]) -> tuple[Array, Array]:
        """See `Classifier.said`."""
        found = self.network.probabilities(networks)
        return pairs(found), found

    def unseen(self, network: Any) -> float:
        """Share of groups of which a word is not known."""
        return self.network.unseen(network)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return self.network.to_json()

    @classmethod
    def from_json(cls, data: Any, place: str = "classifier") -> GraphClassifier:
        """The inverse of `to_json`; DataError for anything else."""
        return cls(GraphNetwork.from_json(data, place))


#: name → kind of classifier
KINDS: Mapping[str, type[Classifier]] = MappingProxyType(
    {kind.name: kind for kind in (LinearClassifier, GraphClassifier)}
)

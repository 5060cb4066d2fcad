"""What every point of a published space can do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from evonas.architecture import Architecture, Shape
from evonas.architecture.layer import Value

#: choice → the value that it has
Values = Mapping[str, Value]

#: a label for each vertex, and the edges between their places
Graph = tuple[tuple[str, ...], tuple[tuple[int, int], ...]]


class Cell(ABC):
    """One point of a published search space; subclasses are frozen dataclasses.

    Making one checks it: what the space does not hold raises ArchitectureError.
    """

    #: name of the kind of cell, as JSON forms and keys have it
    kind: ClassVar[str]

    @abstractmethod
    def key(self) -> str:
        """The cell's own key, equal for isomorphic cells; it begins with the kind.

        Cheap, since every query needs it: nothing is unrolled.
        """

    @abstractmethod
    def architecture(self) -> Architecture:
        """The whole network that the published table has trained, unrolled."""

    def graph(self) -> Graph | None:
        """The cell as a small labelled graph; None: its choices make none."""
        return None

    @property
    @abstractmethod
    def input_shape(self) -> Shape:
        """Of one sample of the data that the network is for."""

    def fitted(self, input_shape: Shape, outputs: int) -> Cell:
        """The same cell for other data, where its network can be made for them.

        Args:
            input_shape: of one sample.
            outputs: values that the network is to give for a sample.
        """
        return self

    @abstractmethod
    def recipe(self) -> dict[str, Value]:
        """Fields of the recipe that the published table has trained it with."""

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """Plain JSON form; it holds the kind under `kind`."""

    @classmethod
    @abstractmethod
    def from_json(cls, data: Mapping[str, Any]) -> Cell:
        """The inverse of `to_json`; ArchitectureError for anything else."""

"""Parts of cells: sub-graphs that evolve, and what they are put into.

A cell is a value for each of its choices. A *cell module* gives values to some of them
that hang together (edges of the cell that share a vertex, an operation with the edges
at its vertex): a sub-graph with operations. A *cell blueprint* is a whole cell whose
places name species of modules; the modules that fill them are laid over the cell one
after the other, and where two overlap the later place wins. The choice's name is the
gene's historical marking.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from evonas.architecture.layer import Value
from evonas.errors import ArchitectureError
from evonas.genome.genome import check_format, refuse_json


@dataclass(frozen=True, kw_only=True)
class CellModule:
    """Values of choices that hang together.

    Attributes:
        genome_id: unique within the run.
        values: choice → its value, in the order of the space's choices.
        parents: genome ids; none for one that was drawn.
    """

    genome_id: int
    values: Mapping[str, Value] = field(hash=False)
    parents: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not self.values:
            raise ArchitectureError("cell module: expected a choice or more, got none")
        object.__setattr__(self, "values", MappingProxyType(dict(self.values)))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {
            "format": 1,
            "id": self.genome_id,
            "values": dict(self.values),
            "parents": list(self.parents),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> CellModule:
        """The inverse of `to_json`; ArchitectureError for anything else."""
        check_format(data, "cell module")
        try:
            return cls(
                genome_id=data["id"],
                values=data["values"],
                parents=tuple(data["parents"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            refuse_json("cell module", error)


@dataclass(frozen=True, kw_only=True)
class CellBlueprint:
    """A whole cell, and the module species that are laid over it.

    Attributes:
        genome_id: unique within the run.
        values: every choice → its value where no module says another.
        places: a module species each, the first laid first.
        parents: genome ids; none for one that was drawn.
    """

    genome_id: int
    values: Mapping[str, Value] = field(hash=False)
    places: tuple[int, ...]
    parents: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not self.places:
            raise ArchitectureError("cell blueprint: expected a place, got none")
        object.__setattr__(self, "values", MappingProxyType(dict(self.values)))

    @property
    def species(self) -> frozenset[int]:
        """The module species that its places name."""
        return frozenset(self.places)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {
            "format": 1,
            "id": self.genome_id,
            "values": dict(self.values),
            "places": list(self.places),
            "parents": list(self.parents),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> CellBlueprint:
        """The inverse of `to_json`; ArchitectureError for anything else."""
        check_format(data, "cell blueprint")
        try:
            return cls(
                genome_id=data["id"],
                values=data["values"],
                places=tuple(data["places"]),
                parents=tuple(data["parents"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            refuse_json("cell blueprint", error)

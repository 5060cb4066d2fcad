"""The blueprint genome: a graph of pointers to module species, with a recipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

from evonas.architecture.layer import Value
from evonas.errors import ArchitectureError
from evonas.genome.genes import BlueprintNode
from evonas.genome.genome import (
    Genome,
    check_format,
    connections_from_json,
    refuse_json,
)


@dataclass(frozen=True, kw_only=True)
class BlueprintGenome(Genome[BlueprintNode]):
    """A blueprint: nodes name module species, and the whole has one recipe.

    Attributes:
        recipe: recipe field → value, for every recipe field of the space.
    """

    recipe: Mapping[str, Value] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "recipe", MappingProxyType(dict(self.recipe)))

    @cached_property
    def species(self) -> frozenset[int]:
        """The module species that its nodes name."""
        return frozenset(gene.species for gene in self.nodes)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {**self._graph_json(), "recipe": dict(self.recipe)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> BlueprintGenome:
        """The inverse of `to_json`."""
        check_format(data, "blueprint genome")
        try:
            return cls(
                genome_id=data["id"],
                nodes=tuple(BlueprintNode(*gene) for gene in data["nodes"]),
                connections=connections_from_json(data["connections"]),
                merge=data["merge"],
                parents=tuple(data["parents"]),
                recipe=data["recipe"],
            )
        except ArchitectureError:
            raise
        except (KeyError, TypeError, ValueError) as error:
            refuse_json("blueprint genome", error)

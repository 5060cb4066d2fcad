"""The module genome: a small graph of blocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evonas.errors import ArchitectureError
from evonas.genome.genes import NodeGene
from evonas.genome.genome import (
    Genome,
    check_format,
    connections_from_json,
    refuse_json,
)


@dataclass(frozen=True, kw_only=True)
class ModuleGenome(Genome[NodeGene]):
    """A module: nodes are blocks of layers (DeepNEAT's chromosome, small)."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return self._graph_json()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ModuleGenome:
        """The inverse of `to_json`."""
        check_format(data, "module genome")
        try:
            return cls(
                genome_id=data["id"],
                nodes=tuple(NodeGene(*gene) for gene in data["nodes"]),
                connections=connections_from_json(data["connections"]),
                merge=data["merge"],
                parents=tuple(data["parents"]),
            )
        except ArchitectureError:
            raise
        except (KeyError, TypeError, ValueError) as error:
            refuse_json("module genome", error)

"""Genes: the parts that genomes are made of, each with a historical marking.

A marking is the number of the structural event that made the gene, the same in every
genome of a run (see `InnovationLedger`). Nodes and connections share one count; two
markings are fixed: `INPUT` and `OUTPUT`, the ends of every graph.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from evonas.architecture.layer import Value

#: Marking of the place where a graph's input comes in.
INPUT = 0
#: Marking of the place where a graph's result goes out.
OUTPUT = 1


@dataclass(frozen=True, slots=True)
class Connection:
    """Says that node `target` reads the output of node `source` (markings).

    Attributes:
        marking: of the event that first joined the two.
        source: marking of a node, or INPUT.
        target: marking of a node, or OUTPUT.
        enabled: a disabled connection is remembered but not decoded.
    """

    marking: int
    source: int
    target: int
    enabled: bool = True

    def to_json(self) -> list[Any]:
        """Plain JSON form."""
        return [self.marking, self.source, self.target, self.enabled]


@dataclass(frozen=True, slots=True)
class NodeGene:
    """A node of a module: one block of layers with its hyper-parameters.

    Attributes:
        marking: of the event that made the node.
        block: name of the block in the space.
        merge: how several inputs are joined: `sum`, `concat` or `gated_sum`.
        fields: the block's hyper-parameters.
    """

    marking: int
    block: str
    merge: str
    fields: Mapping[str, Value] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "fields", MappingProxyType(dict(self.fields)))

    def to_json(self) -> list[Any]:
        """Plain JSON form."""
        return [self.marking, self.block, self.merge, dict(self.fields)]


@dataclass(frozen=True, slots=True)
class BlueprintNode:
    """A node of a blueprint: a pointer to a species of modules, never to a module.

    Attributes:
        marking: of the event that made the node.
        species: number of the module species.
        merge: how several inputs are joined: `sum`, `concat` or `gated_sum`.
    """

    marking: int
    species: int
    merge: str

    def to_json(self) -> list[Any]:
        """Plain JSON form."""
        return [self.marking, self.species, self.merge]

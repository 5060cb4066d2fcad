"""What module genomes and blueprint genomes share: a graph of marked genes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, NoReturn, TypeVar

from evonas.errors import ArchitectureError
from evonas.genome.genes import BlueprintNode, Connection, NodeGene
from evonas.genome.topology import fault, inputs_by_target, order

NodeT = TypeVar("NodeT", NodeGene, BlueprintNode)

FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class Genome(ABC, Generic[NodeT]):
    """A graph of genes from INPUT to OUTPUT; checked whenever one is made.

    It is valid when markings are unique, connections join nodes that exist, no two
    connections have the same ends, enabled connections form no cycle, and every node
    lies on a path of enabled connections from INPUT to OUTPUT.

    Attributes:
        genome_id: number within the run.
        nodes: inner nodes, by marking.
        connections: by marking.
        merge: how several inputs of OUTPUT are joined: `sum`, `concat` or `gated_sum`.
        parents: ids of the genomes it was made from; none for the first ones.
    """

    genome_id: int
    nodes: tuple[NodeT, ...]
    connections: tuple[Connection, ...]
    merge: str
    parents: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        nodes = tuple(sorted(self.nodes, key=lambda gene: gene.marking))
        connections = tuple(sorted(self.connections, key=lambda gene: gene.marking))
        object.__setattr__(self, "nodes", nodes)
        object.__setattr__(self, "connections", connections)
        object.__setattr__(self, "parents", tuple(self.parents))
        reason = fault([gene.marking for gene in nodes], connections)
        if reason:
            raise ArchitectureError(f"genome {self.genome_id}: {reason}")

    @cached_property
    def node_by_marking(self) -> Mapping[int, NodeT]:
        """The inner nodes by marking."""
        return {gene.marking: gene for gene in self.nodes}

    @cached_property
    def connection_by_marking(self) -> Mapping[int, Connection]:
        """The connections by marking."""
        return {gene.marking: gene for gene in self.connections}

    @cached_property
    def markings(self) -> frozenset[int]:
        """The markings of all genes."""
        return frozenset((*self.node_by_marking, *self.connection_by_marking))

    @cached_property
    def latest(self) -> int:
        """The highest marking: the latest event in this genome's history."""
        return max(self.markings)

    @cached_property
    def order(self) -> tuple[int, ...]:
        """Inner nodes so that each comes after what it reads; ties by marking."""
        return order(self.node_by_marking, self.connections)

    @cached_property
    def inputs(self) -> Mapping[int, tuple[int, ...]]:
        """For each node and OUTPUT, the markings of what it reads, ascending."""
        return inputs_by_target(self.connections)

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""

    def _graph_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "id": self.genome_id,
            "nodes": [gene.to_json() for gene in self.nodes],
            "connections": [gene.to_json() for gene in self.connections],
            "merge": self.merge,
            "parents": list(self.parents),
        }


def connections_from_json(data: list[Any]) -> tuple[Connection, ...]:
    """The connections of a genome's JSON form."""
    return tuple(Connection(m, s, t, bool(enabled)) for m, s, t, enabled in data)


def check_format(data: Mapping[str, Any], what: str) -> None:
    """Refuse JSON of another format."""
    if not isinstance(data, Mapping) or data.get("format") != FORMAT:
        found = data.get("format") if isinstance(data, Mapping) else data
        raise ArchitectureError(
            f"{what}: expected JSON of format {FORMAT}, got {found!r}; write it again "
            "with this version"
        )


def refuse_json(what: str, error: Exception) -> NoReturn:
    """Say that JSON of the right format does not hold what it should."""
    raise ArchitectureError(
        f"{what}: expected the keys and types that to_json writes, got "
        f"{type(error).__name__}: {error}"
    ) from error

"""The ledger of innovations: equal structural events get equal markings, all run long.

The strategy owns the ledger (a genome or a config never does), so that it can be saved
and so that its memory has no generations: an event that comes again after a thousand
evaluations, from another worker's genome, is still the same event.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from types import MappingProxyType
from typing import Any

from evonas.genome.genes import OUTPUT


class InnovationLedger:
    """Gives markings to connections (by their ends) and nodes (by what they split).

    Args:
        first: the first marking that it gives.
        connections: that have a marking already, as (source, target) → marking.
    """

    def __init__(
        self,
        first: int = OUTPUT + 1,
        connections: Mapping[tuple[int, int], int] = MappingProxyType({}),
    ) -> None:
        self._next = first
        self._connections = dict(connections)
        self._splits: dict[tuple[int, int], int] = {}

    def connection(self, source: int, target: int) -> int:
        """The marking of the connection from one node to another."""
        return self._marking(self._connections, (source, target))

    def split(self, connection: int, taken: Container[int] = ()) -> int:
        """The marking of the node that splits a connection.

        Args:
            connection: marking of the connection.
            taken: markings of the nodes that the genome has; where it was split
                already, the node of the next split is meant.
        """
        count = 0
        while (marking := self._marking(self._splits, (connection, count))) in taken:
            count += 1
        return marking

    def state(self) -> dict[str, Any]:
        """Plain JSON from which `restore` goes on."""
        return {
            "next": self._next,
            "connections": [[*key, m] for key, m in self._connections.items()],
            "splits": [[*key, m] for key, m in self._splits.items()],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state written by `state`."""
        self._next = int(state["next"])
        self._connections = {(s, t): m for s, t, m in state["connections"]}
        self._splits = {(c, count): m for c, count, m in state["splits"]}

    def _marking(
        self, known: dict[tuple[int, int], int], event: tuple[int, int]
    ) -> int:
        marking = known.get(event)
        if marking is None:
            marking = known[event] = self._next
            self._next += 1
        return marking

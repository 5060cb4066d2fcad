"""The ledger of innovations: equal structural events get equal markings, all run long.

The strategy owns the ledger (a genome or a config never does), so that it can be saved
and so that its memory has no generations: an event that comes again after a thousand
evaluations, from another worker's genome, is still the same event.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from evonas.genome.genes import INPUT, OUTPUT

#: before what was split, and how often before, in the event of a node; that of a
#: connection has its two ends
_SPLIT = -1


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
        self._events = self._read_events()

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

    def history(self, markings: Iterable[int]) -> list[list[int]]:
        """The events of markings and of all that they rest on, the earliest first.

        Args:
            markings: that this ledger gave.
        """
        found: dict[int, list[int]] = {}
        wanted = list(markings)
        while wanted:
            marking = wanted.pop()
            event = self._events.get(marking)
            if event is None or marking in found:
                # an end of every graph, or had
                continue
            found[marking] = [marking, *event]
            wanted += event[1:2] if event[0] == _SPLIT else event
        return [found[marking] for marking in sorted(found)]

    def replay(self, history: Iterable[Sequence[int]]) -> dict[int, int]:
        """Have the events of another ledger happen here; their markings → those here.

        An event that this one knows already is the same event, so that genes of two
        runs line up wherever they have a history in common.

        Args:
            history: as `history` gave it.
        """
        here = {INPUT: INPUT, OUTPUT: OUTPUT}
        for marking, *event in history:
            if event[0] == _SPLIT:
                known, key = self._splits, (here[event[1]], event[2])
            else:
                known, key = self._connections, (here[event[0]], here[event[1]])
            here[marking] = self._marking(known, key)
        return here

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
        self._events = self._read_events()

    def _read_events(self) -> dict[int, tuple[int, ...]]:
        """Marking → its event."""
        events: dict[int, tuple[int, ...]] = {
            marking: ends for ends, marking in self._connections.items()
        }
        for key, marking in self._splits.items():
            events[marking] = (_SPLIT, *key)
        return events

    def _marking(
        self, known: dict[tuple[int, int], int], event: tuple[int, int]
    ) -> int:
        marking = known.get(event)
        if marking is None:
            marking = known[event] = self._next
            split = (_SPLIT,) if known is self._splits else ()
            self._events[marking] = (*split, *event)
            self._next += 1
        return marking

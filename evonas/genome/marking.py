"""Markings for graphs that were not bred: equal structures get equal ones."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from itertools import pairwise

from evonas.genome.genes import INPUT, OUTPUT, Connection
from evonas.genome.ledger import InnovationLedger

#: number that stands for the input of a graph
FROM_INPUT = -1


def marked(
    reads: Sequence[Sequence[int]],
    last: Sequence[int],
    slots: Sequence[Sequence[int]],
    ledger: InnovationLedger,
) -> tuple[list[int], tuple[Connection, ...]]:
    """The markings of nodes, in their order, and the connections between them.

    The first node is the one of every minimal genome, and each further one splits the
    connection from the one before to the output: so nodes of other networks that stand
    at the same place of their graphs are the same gene. What a node reads is joined in
    the order of the markings, which is that of its slots wherever that can be.

    Args:
        reads: for each node the nodes that it reads, by number; each after those.
        last: what the output reads.
        slots: of these, those whose order means something.
        ledger: gives the markings.
    """
    markings = [0] * len(reads)
    before = INPUT
    for node in _order(len(reads), slots):
        before = ledger.split(ledger.connection(before, OUTPUT))
        markings[node] = before
    ends = [
        (INPUT if source == FROM_INPUT else markings[source], target)
        for target, sources in [*zip(markings, reads, strict=True), (OUTPUT, last)]
        for source in sources
    ]
    return markings, tuple(
        Connection(ledger.connection(source, target), source, target)
        for source, target in ends
    )


def _order(count: int, slots: Sequence[Sequence[int]]) -> list[int]:
    """All nodes by number, but those of earlier slots first where that can be."""
    after: list[set[int]] = [set() for _ in range(count)]
    waiting = [0] * count
    for sources in slots:
        nodes = [source for source in sources if source != FROM_INPUT]
        for first, second in pairwise(nodes):
            if second not in after[first]:
                after[first].add(second)
                waiting[second] += 1
    ready = [node for node in range(count) if not waiting[node]]
    heapq.heapify(ready)
    found: list[int] = []
    while ready:
        node = heapq.heappop(ready)
        found.append(node)
        for other in sorted(after[node]):
            waiting[other] -= 1
            if not waiting[other]:
                heapq.heappush(ready, other)
    return found if len(found) == count else list(range(count))

"""Graph questions about connections: cycles, order, what lies on a path.

Plain dictionaries and lists: the graphs have a handful of nodes and these functions run
several times for every genome bred, where building a networkx graph would cost more
than the whole answer.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable

from evonas.genome.genes import INPUT, OUTPUT, Connection

Links = dict[int, list[int]]


def links(connections: Iterable[Connection]) -> tuple[Links, Links]:
    """Enabled connections as targets by source and sources by target."""
    forward: Links = {}
    backward: Links = {}
    for gene in connections:
        if gene.enabled:
            forward.setdefault(gene.source, []).append(gene.target)
            backward.setdefault(gene.target, []).append(gene.source)
    return forward, backward


def inputs_by_target(connections: Iterable[Connection]) -> dict[int, tuple[int, ...]]:
    """For each node that reads something, the markings of what it reads, ascending."""
    _, backward = links(connections)
    return {target: tuple(sorted(sources)) for target, sources in backward.items()}


def reached(start: int, step: Links) -> set[int]:
    """Everything that can be reached from `start`, which is included."""
    found = {start}
    waiting = [start]
    while waiting:
        for node in step.get(waiting.pop(), ()):
            if node not in found:
                found.add(node)
                waiting.append(node)
    return found


def makes_cycle(connections: Iterable[Connection], source: int, target: int) -> bool:
    """Whether an enabled connection from `source` to `target` would close a cycle."""
    forward, _ = links(connections)
    return source in reached(target, forward)


def on_paths(connections: Iterable[Connection]) -> set[int]:
    """Nodes on a path of enabled connections from INPUT to OUTPUT, the ends included.

    Empty where there is no such path.
    """
    forward, backward = links(connections)
    ahead = reached(INPUT, forward)
    return ahead & reached(OUTPUT, backward) if OUTPUT in ahead else set()


def order(nodes: Collection[int], connections: Iterable[Connection]) -> tuple[int, ...]:
    """Inner nodes in topological order, the smallest marking first where several fit.

    Nodes on a cycle and behind one are left out.
    """
    forward, backward = links(connections)
    waiting = {
        node: sum(source in nodes for source in backward.get(node, ()))
        for node in nodes
    }
    ready = [node for node, count in waiting.items() if count == 0]
    heapq.heapify(ready)
    found: list[int] = []
    while ready:
        node = heapq.heappop(ready)
        found.append(node)
        for target in forward.get(node, ()):
            if target in waiting:
                waiting[target] -= 1
                if waiting[target] == 0:
                    heapq.heappush(ready, target)
    return tuple(found)


def fault(nodes: list[int], connections: tuple[Connection, ...]) -> str:
    """What keeps genes from being a valid graph; empty if nothing does."""
    known = {INPUT, OUTPUT, *nodes}
    if not nodes or len(known) < len(nodes) + 2:
        return f"expected one or more nodes with different markings, got {nodes}"
    markings = {gene.marking for gene in connections}
    ends = {(gene.source, gene.target) for gene in connections}
    if len(markings | known) < len(connections) + len(known):
        return (
            "expected a marking of its own for every gene, got one that is used twice"
        )
    if len(ends) < len(connections):
        return "expected one connection between two nodes, got two with the same ends"
    for source, target in ends:
        if not {source, target} <= known or source == OUTPUT or target == INPUT:
            return (
                "expected connections from INPUT or a node to OUTPUT or a node, "
                f"got one from {source} to {target}; the nodes are {nodes}"
            )
    if len(order(nodes, connections)) < len(nodes):
        return "expected enabled connections without a cycle, got a cycle"
    loose = set(nodes) - on_paths(connections)
    if loose:
        return (
            "expected every node on an enabled path from INPUT to OUTPUT, "
            f"got nodes {sorted(loose)} on none"
        )
    return ""

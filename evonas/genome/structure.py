"""Structural operators, the same for modules and blueprints.

Each makes exactly one structural change and gives a valid genome of the same id, or
None where no such change is possible.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from evonas.genome.blueprint import BlueprintGenome
from evonas.genome.genes import INPUT, OUTPUT, BlueprintNode, Connection, NodeGene
from evonas.genome.ledger import InnovationLedger
from evonas.genome.module import ModuleGenome
from evonas.genome.topology import makes_cycle, on_paths

GenomeT = TypeVar("GenomeT", ModuleGenome, BlueprintGenome)


def add_node(
    genome: GenomeT,
    ledger: InnovationLedger,
    rng: np.random.Generator,
    new_node: Callable[[int], NodeGene | BlueprintNode],
) -> GenomeT:
    """Split an enabled connection: it is disabled, and a node with two new ones added.

    Args:
        genome: to be changed; there is always a connection to split.
        ledger: gives the markings.
        rng: of the choice.
        new_node: makes the node gene from its marking.
    """
    enabled = [gene for gene in genome.connections if gene.enabled]
    old: Connection = enabled[int(rng.integers(len(enabled)))]
    marking = ledger.split(old.marking, genome.node_by_marking)
    into = ledger.connection(old.source, marking)
    out = ledger.connection(marking, old.target)
    return _changed(
        genome,
        [*genome.nodes, new_node(marking)],
        [
            *(gene for gene in genome.connections if gene is not old),
            replace(old, enabled=False),
            Connection(into, old.source, marking),
            Connection(out, marking, old.target),
        ],
    )


def remove_node(
    genome: GenomeT, ledger: InnovationLedger, rng: np.random.Generator
) -> GenomeT | None:
    """Take a node out with its connections and bridge the gaps that it leaves.

    What fed only this node, and what it alone fed, is joined across the gap, so every
    other node stays on a path. None where the genome has only one node.
    """
    if len(genome.nodes) < 2:
        return None
    gone = genome.nodes[int(rng.integers(len(genome.nodes)))].marking
    sources = genome.inputs[gone]
    targets = [g.target for g in genome.connections if g.enabled and g.source == gone]
    kept = [g for g in genome.connections if gone not in (g.source, g.target)]
    for source in sources:
        if not any(g.enabled and g.source == source for g in kept):
            _join(kept, source, targets[int(rng.integers(len(targets)))], ledger)
    for target in targets:
        if not any(g.enabled and g.target == target for g in kept):
            _join(kept, sources[int(rng.integers(len(sources)))], target, ledger)
    return _changed(genome, [g for g in genome.nodes if g.marking != gone], kept)


def add_connection(
    genome: GenomeT, ledger: InnovationLedger, rng: np.random.Generator
) -> GenomeT | None:
    """Join two nodes that are not joined, without a cycle: exactly one connection more.

    A disabled connection between them is enabled again. None where all are joined.
    """
    joined = {(g.source, g.target) for g in genome.connections if g.enabled}
    free = [
        (source, target)
        for source in (INPUT, *genome.node_by_marking)
        for target in (*genome.node_by_marking, OUTPUT)
        if source != target and (source, target) not in joined
    ]
    for place in rng.permutation(len(free)):
        source, target = free[place]
        if not makes_cycle(genome.connections, source, target):
            connections = list(genome.connections)
            _join(connections, source, target, ledger)
            return _changed(genome, genome.nodes, connections)
    return None


def remove_connection(genome: GenomeT, rng: np.random.Generator) -> GenomeT | None:
    """Take out one enabled connection that no node needs; None where all are needed."""
    needed = len(genome.nodes) + 2
    for place in rng.permutation(len(genome.connections)):
        if genome.connections[place].enabled:
            kept = [g for at, g in enumerate(genome.connections) if at != place]
            if len(on_paths(kept)) == needed:
                return _changed(genome, genome.nodes, kept)
    return None


def _join(
    connections: list[Connection], source: int, target: int, ledger: InnovationLedger
) -> None:
    marking = ledger.connection(source, target)
    connections[:] = [gene for gene in connections if gene.marking != marking]
    connections.append(Connection(marking, source, target))


def _changed(
    genome: GenomeT,
    nodes: Sequence[NodeGene | BlueprintNode],
    connections: Sequence[Connection],
) -> GenomeT:
    return replace(genome, nodes=tuple(nodes), connections=tuple(connections))  # type: ignore[arg-type]

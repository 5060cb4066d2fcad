"""Crossover by historical marking, as in NEAT (Stanley & Miikkulainen 2002)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from evonas.genome.blueprint import BlueprintGenome
from evonas.genome.genes import INPUT, OUTPUT, Connection
from evonas.genome.structure import GenomeT
from evonas.genome.topology import makes_cycle, on_paths

#: Probability that a gene disabled in a parent is disabled in the child.
STAYS_DISABLED = 0.75


def crossover(
    fitter: GenomeT,
    other: GenomeT,
    rng: np.random.Generator,
    new_id: int,
    equal: bool = False,
) -> GenomeT:
    """A child of two modules or of two blueprints.

    Matching genes come from either parent at random; disjoint and excess genes from the
    fitter one. The child is valid: a connection that would close a cycle is disabled,
    one that would cut a node off stays enabled.

    Args:
        fitter: the parent with the higher fitness, whose structure the child has.
        other: the other parent.
        rng: of the choices.
        new_id: id of the child.
        equal: neither parent is fitter: the structure comes from one of them at random,
            and disjoint and excess genes of the other join it as long as the child has
            no more nodes than the larger parent.
    """
    first, second = fitter, other
    if equal and rng.random() < 0.5:
        first, second = other, fitter
    nodes: dict[int, Any] = dict(first.node_by_marking)
    for marking, gene in second.node_by_marking.items():
        if marking in nodes:
            nodes[marking] = gene if rng.random() < 0.5 else nodes[marking]
        elif equal and len(nodes) < max(len(first.nodes), len(second.nodes)):
            nodes[marking] = gene
    connections = _connections(first, second, nodes, rng, equal)
    used = on_paths(connections)
    changes: dict[str, Any] = {}
    if isinstance(first, BlueprintGenome) and isinstance(second, BlueprintGenome):
        # equal values draw nothing: a field that is fixed does not change the search
        changes["recipe"] = {
            name: theirs if theirs != ours and rng.random() < 0.5 else ours
            for name, ours in first.recipe.items()
            for theirs in [second.recipe.get(name, ours)]
        }
    return replace(
        first,
        genome_id=new_id,
        nodes=tuple(gene for marking, gene in nodes.items() if marking in used),
        connections=tuple(c for c in connections if {c.source, c.target} <= used),
        merge=first.merge if rng.random() < 0.5 else second.merge,
        parents=(fitter.genome_id, other.genome_id),
        **changes,
    )


def _connections(
    first: GenomeT,
    second: GenomeT,
    nodes: Mapping[int, Any],
    rng: np.random.Generator,
    equal: bool,
) -> list[Connection]:
    """The child's connections, without a cycle, every node of `first` on a path."""
    known = {INPUT, OUTPUT, *nodes}
    child = dict(first.connection_by_marking)
    if equal:
        for marking, gene in second.connection_by_marking.items():
            if marking not in child and {gene.source, gene.target} <= known:
                child[marking] = replace(gene, enabled=False)
    wanted = {marking: _wanted(marking, first, second, rng) for marking in child}
    # First everything is joined that may be, so that what is cut afterwards can be
    # spared where a node would lose its last path.
    for marking, gene in child.items():
        if wanted[marking] and not gene.enabled:
            cycle = makes_cycle(child.values(), gene.source, gene.target)
            child[marking] = replace(gene, enabled=not cycle)
    reached = on_paths(child.values())
    for marking, gene in child.items():
        if gene.enabled and not wanted[marking]:
            child[marking] = replace(gene, enabled=False)
            if not reached <= on_paths(child.values()):
                child[marking] = gene
    return list(child.values())


def _wanted(
    marking: int, first: GenomeT, second: GenomeT, rng: np.random.Generator
) -> bool:
    """Whether the child should have the connection enabled."""
    genes = (genome.connection_by_marking.get(marking) for genome in (first, second))
    if all(gene.enabled for gene in genes if gene is not None):
        return True
    return float(rng.random()) >= STAYS_DISABLED

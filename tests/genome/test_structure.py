"""Each structural operator makes exactly one change, and the result is valid."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from strategies import Lineage, lineages, module_genomes

from evonas.genome import (
    INPUT,
    OUTPUT,
    Connection,
    InnovationLedger,
    ModuleGenome,
    NodeGene,
)
from evonas.genome.structure import (
    add_connection,
    add_node,
    remove_connection,
    remove_node,
)
from evonas.genome.topology import makes_cycle


def _enabled(genome: ModuleGenome) -> set[tuple[int, int]]:
    return {(g.source, g.target) for g in genome.connections if g.enabled}


def _split(genome: ModuleGenome, lineage: Lineage) -> ModuleGenome:
    return add_node(
        genome,
        lineage.ledger,
        lineage.rng,
        lambda marking: NodeGene(marking, "conv", "sum"),
    )


@given(st.data(), lineages())
def test_add_node_splits_one_connection(data: st.DataObject, lineage: Lineage) -> None:
    """One enabled connection gives way to two, the old gene is kept disabled."""
    genome = data.draw(module_genomes(lineage))
    child = _split(genome, lineage)
    (old,) = _enabled(genome) - _enabled(child)
    (new,) = child.node_by_marking.keys() - genome.node_by_marking.keys()
    assert _enabled(child) - _enabled(genome) == {(old[0], new), (new, old[1])}
    assert genome.connection_by_marking.keys() < child.connection_by_marking.keys()


@given(st.data(), lineages())
def test_the_same_split_gets_the_same_markings_in_every_genome(
    data: st.DataObject, lineage: Lineage
) -> None:
    """Two genomes that split alike have the same genes, so they match later."""
    genome = data.draw(module_genomes(lineage))
    twin = replace(lineage, rng=np.random.default_rng(5))
    again = replace(lineage, rng=np.random.default_rng(5))
    first, second = _split(genome, twin), _split(genome, again)
    assert first.markings == second.markings


@given(st.data(), lineages())
def test_pitfall_2_add_connection_adds_exactly_one(
    data: st.DataObject, lineage: Lineage
) -> None:
    """TFNE joined the drawn node to all later ones; here it is one, without a cycle."""
    genome = data.draw(module_genomes(lineage))
    child = add_connection(genome, lineage.ledger, lineage.rng)
    if child is None:
        ends = [(s, t) for s in (INPUT, *genome.order) for t in (*genome.order, OUTPUT)]
        assert all(
            s == t
            or (s, t) in _enabled(genome)
            or makes_cycle(genome.connections, s, t)
            for s, t in ends
        )
    else:
        assert _enabled(genome) < _enabled(child)
        assert len(_enabled(child)) == len(_enabled(genome)) + 1
        assert child.nodes == genome.nodes


@given(st.data(), lineages())
def test_remove_connection_takes_exactly_one(
    data: st.DataObject, lineage: Lineage
) -> None:
    """And only one that no node needs; a chain has none to spare."""
    genome = data.draw(module_genomes(lineage))
    child = remove_connection(genome, lineage.rng)
    if child is None:
        for gone in (gene for gene in genome.connections if gene.enabled):
            rest = [gene for gene in genome.connections if gene is not gone]
            heads, tails = (
                {g.source for g in rest if g.enabled},
                {g.target for g in rest if g.enabled},
            )
            assert gone.source not in heads or gone.target not in tails
    else:
        assert len(_enabled(child)) == len(_enabled(genome)) - 1
        assert child.nodes == genome.nodes


@given(st.data(), lineages())
def test_remove_node_takes_exactly_one_and_keeps_the_others_connected(
    data: st.DataObject, lineage: Lineage
) -> None:
    """The gap is bridged, so no other node is lost with it."""
    genome = data.draw(module_genomes(lineage))
    child = remove_node(genome, lineage.ledger, lineage.rng)
    if len(genome.nodes) == 1:
        assert child is None
        return
    assert child is not None
    (gone,) = genome.node_by_marking.keys() - child.node_by_marking.keys()
    assert len(child.nodes) == len(genome.nodes) - 1
    bridged = _enabled(child) - _enabled(genome)
    assert all(
        source in genome.inputs[gone] and gone in genome.inputs[target]
        for source, target in bridged
    )


def test_a_disabled_connection_is_enabled_again_by_joining() -> None:
    """The pair gets its old gene back, not a second one."""
    ledger = InnovationLedger()
    direct = ledger.connection(INPUT, OUTPUT)
    node = ledger.split(direct)
    genome = ModuleGenome(
        genome_id=1,
        nodes=(NodeGene(node, "conv", "sum"),),
        connections=(
            Connection(direct, INPUT, OUTPUT, enabled=False),
            Connection(ledger.connection(INPUT, node), INPUT, node),
            Connection(ledger.connection(node, OUTPUT), node, OUTPUT),
        ),
        merge="sum",
    )
    child = add_connection(genome, ledger, np.random.default_rng(0))
    assert child is not None
    assert child.connection_by_marking[direct].enabled
    assert len(child.connections) == 3
    assert add_connection(child, ledger, np.random.default_rng(0)) is None

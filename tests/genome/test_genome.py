"""Genomes are checked whenever one is made, and keep what they worked out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import Lineage, lineages, module_genomes

from evonas.errors import ArchitectureError
from evonas.genome import INPUT, OUTPUT, Connection, ModuleGenome, NodeGene


def test_genes_are_kept_by_marking() -> None:
    """The order in which they were given says nothing."""
    genome = ModuleGenome(
        genome_id=1,
        nodes=(NodeGene(5, "conv", "sum"), NodeGene(2, "conv", "sum")),
        connections=(
            Connection(9, 5, 1),
            Connection(3, 0, 2),
            Connection(7, 2, 5),
        ),
        merge="sum",
    )
    assert [gene.marking for gene in genome.nodes] == [2, 5]
    assert [gene.marking for gene in genome.connections] == [3, 7, 9]
    assert genome.order == (2, 5)
    assert genome.latest == 9


def test_an_invalid_graph_is_no_genome() -> None:
    """The message names the genome and the fault."""
    with pytest.raises(ArchitectureError, match="genome 7: expected every node on an"):
        ModuleGenome(
            genome_id=7,
            nodes=(NodeGene(2, "conv", "sum"),),
            connections=(Connection(3, 0, 1),),
            merge="sum",
        )


@given(st.data(), lineages())
def test_order_and_inputs_describe_the_enabled_graph(
    data: st.DataObject, lineage: Lineage
) -> None:
    """Every node comes after what it reads, and everything read exists."""
    genome = data.draw(module_genomes(lineage))
    seen = {INPUT}
    for marking in genome.order:
        assert set(genome.inputs[marking]) <= seen
        seen.add(marking)
    assert set(genome.inputs[OUTPUT]) <= seen
    assert seen == {INPUT, *genome.node_by_marking}
    reads = sum(len(sources) for sources in genome.inputs.values())
    assert reads == sum(gene.enabled for gene in genome.connections)


@given(st.data(), lineages())
def test_a_genome_is_hashable_and_equal_by_content(
    data: st.DataObject, lineage: Lineage
) -> None:
    """Copies are the same genome; another id is another."""
    genome = data.draw(module_genomes(lineage))
    assert hash(replace(genome)) == hash(genome)
    assert replace(genome) == genome
    assert replace(genome, genome_id=99) != genome

"""Crossover by marking: what comes from whom, and a child that is always valid."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from strategies import Lineage, blueprint_genomes, lineages, module_genomes

from evonas.genome import (
    INPUT,
    OUTPUT,
    Connection,
    ModuleGenome,
    NodeGene,
    crossover,
)


def _module(genome_id: int, block: str, *joined: tuple[int, int, int]) -> ModuleGenome:
    """A module of one block, from (marking, source, target) of its connections."""
    markings = {end for _, *ends in joined for end in ends} - {INPUT, OUTPUT}
    return ModuleGenome(
        genome_id=genome_id,
        nodes=tuple(NodeGene(marking, block, "sum") for marking in markings),
        connections=tuple(Connection(*gene) for gene in joined),
        merge="sum",
    )


@given(st.data(), lineages(), st.booleans())
def test_a_child_is_valid_and_no_larger_than_its_parents(
    data: st.DataObject, lineage: Lineage, equal: bool
) -> None:
    """For modules; its genes are its parents' genes."""
    fitter, other = (data.draw(module_genomes(lineage, n)) for n in (1, 2))
    child = crossover(fitter, other, lineage.rng, 3, equal=equal)
    assert (child.genome_id, child.parents) == (3, (1, 2))
    assert len(child.nodes) <= max(len(fitter.nodes), len(other.nodes))
    assert set(child.nodes) <= {*fitter.nodes, *other.nodes}
    ends = {(g.marking, g.source, g.target) for g in child.connections}
    assert ends <= {
        (g.marking, g.source, g.target)
        for g in (*fitter.connections, *other.connections)
    }


@given(st.data(), lineages())
def test_pitfall_7_the_structure_is_the_fitter_parents(
    data: st.DataObject, lineage: Lineage
) -> None:
    """The cdn code compared a fitness with itself and always took the second parent."""
    fitter, other = (data.draw(module_genomes(lineage, n)) for n in (1, 2))
    child = crossover(fitter, other, lineage.rng, 3)
    assert child.markings == fitter.markings
    assert crossover(other, fitter, lineage.rng, 3).markings == other.markings


@given(st.data(), lineages(), st.booleans())
def test_a_blueprints_child_has_a_recipe_of_both(
    data: st.DataObject, lineage: Lineage, equal: bool
) -> None:
    """Every field comes from one of the two."""
    fitter, other = (data.draw(blueprint_genomes(lineage, n)) for n in (1, 2))
    child = crossover(fitter, other, lineage.rng, 3, equal=equal)
    assert child.recipe.keys() == lineage.space.recipe.keys()
    for name, value in child.recipe.items():
        assert value in (fitter.recipe[name], other.recipe[name])


@given(st.data(), lineages(), st.integers(0, 2**32))
def test_a_field_that_is_fixed_changes_nothing_else(
    data: st.DataObject, lineage: Lineage, seed: int
) -> None:
    """A recipe field with one value may join, and a search of old is repeated."""
    plain = [data.draw(blueprint_genomes(lineage, n)) for n in (1, 2)]
    longer = [replace(one, recipe={"fixed": 0.5, **one.recipe}) for one in plain]
    one, two = (
        crossover(*parents, np.random.default_rng(seed), 3)
        for parents in (plain, longer)
    )
    assert two == replace(one, recipe={"fixed": 0.5, **one.recipe})


@given(st.data(), lineages())
def test_crossing_a_genome_with_itself_gives_its_content(
    data: st.DataObject, lineage: Lineage
) -> None:
    """But for connections that were disabled, which may come back."""
    genome = data.draw(module_genomes(lineage))
    child = crossover(genome, genome, lineage.rng, 3)
    assert child.nodes == genome.nodes
    for old, new in zip(genome.connections, child.connections, strict=True):
        assert new.enabled >= old.enabled


def test_matching_genes_come_from_either_parent_alike() -> None:
    """About half of 400 children take the node of each."""
    first = _module(1, "conv", (3, 0, 2), (4, 2, 1))
    second = _module(2, "gru", (3, 0, 2), (4, 2, 1))
    rng = np.random.default_rng(0)
    children = [crossover(first, second, rng, 3) for _ in range(400)]
    assert 160 < sum(child.nodes[0].block == "conv" for child in children) < 240


def test_a_gene_disabled_in_a_parent_stays_so_in_three_of_four() -> None:
    """Whichever parent it was."""
    joined = ((3, 0, 2), (4, 2, 1), (5, 0, 1))
    whole = _module(1, "conv", *joined)
    connections = tuple(
        replace(gene, enabled=gene.marking != 5) for gene in whole.connections
    )
    cut = replace(whole, genome_id=2, connections=connections)
    for fitter, other in ((whole, cut), (cut, whole), (cut, cut)):
        rng = np.random.default_rng(0)
        disabled = sum(
            not crossover(fitter, other, rng, 3).connection_by_marking[5].enabled
            for _ in range(400)
        )
        assert 270 < disabled < 330


def test_pitfall_11_parents_that_disagree_on_direction_give_no_cycle() -> None:
    """One has 2 → 6, the other 6 → 2; a child of equals keeps one of them."""
    first = _module(1, "conv", (3, 0, 2), (4, 2, 1), (7, 0, 6), (8, 6, 1), (9, 2, 6))
    second = _module(2, "conv", (3, 0, 2), (4, 2, 1), (7, 0, 6), (8, 6, 1), (10, 6, 2))
    rng = np.random.default_rng(0)
    directions = set()
    for _ in range(60):
        child = crossover(first, second, rng, 3, equal=True)
        directions |= {g.marking for g in child.connections if g.enabled} & {9, 10}
        assert len(child.order) == 2
    assert directions == {9, 10}


def test_pitfall_11_no_node_is_orphaned_by_genes_that_stay_disabled() -> None:
    """A connection that alone feeds a node is kept though a parent disabled it."""
    fitter = _module(1, "conv", (3, 0, 2), (4, 2, 6), (5, 6, 1))
    base = _module(2, "conv", (3, 0, 2), (4, 2, 6), (5, 6, 1), (7, 2, 1), (8, 0, 6))
    connections = tuple(
        replace(gene, enabled=gene.marking != 4) for gene in base.connections
    )
    other = replace(base, connections=connections)
    rng = np.random.default_rng(0)
    for _ in range(60):
        child = crossover(fitter, other, rng, 3)
        assert child.order == (2, 6)
        assert child.connection_by_marking[4].enabled


def test_equal_parents_share_their_genes_up_to_the_larger_size() -> None:
    """A small genome takes the node of a larger one when neither is fitter."""
    small = _module(1, "conv", (3, 0, 2), (4, 2, 1))
    large = _module(2, "conv", (3, 0, 2), (4, 2, 1), (7, 0, 6), (8, 6, 1))
    rng = np.random.default_rng(0)
    assert all(
        len(crossover(small, large, rng, 3, equal=True).nodes) == 2 for _ in range(20)
    )
    assert all(len(crossover(small, large, rng, 3).nodes) == 1 for _ in range(20))

"""Mutation: any chain gives valid genomes within the space, and something changes."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import (
    SPECIES,
    Lineage,
    blueprint_genomes,
    lineages,
    module_genomes,
    mutation_counts,
    rates,
)

from evonas.errors import ConfigError
from evonas.genome import (
    BlueprintGenome,
    InnovationLedger,
    ModuleGenome,
    MutationRates,
    initial_blueprint,
    initial_module,
    mutate_blueprint,
    mutate_module,
    repoint,
)
from evonas.genome.mutation import (
    change_block,
    change_species,
    mutate_fields,
    mutate_recipe,
)
from evonas.space import default_space, space_from_json


@given(lineages(), rates, mutation_counts)
def test_any_chain_of_mutations_gives_a_valid_module_that_round_trips(
    lineage: Lineage, rates: MutationRates, count: int
) -> None:
    """The first of the three properties that hold the design up, for modules."""
    space = lineage.space
    genome = lineage.module(0, rates, 0)
    for new_id in range(1, count + 1):
        parent = genome
        genome = mutate_module(
            parent, space, lineage.ledger, lineage.rng, rates, new_id
        )
        assert (genome.genome_id, genome.parents) == (new_id, (parent.genome_id,))
        assert 1 <= len(genome.nodes) <= space.module_nodes
        for gene in genome.nodes:
            domains = space.blocks[gene.block]
            assert gene.fields.keys() == domains.keys()
            assert all(domains[name].contains(v) for name, v in gene.fields.items())
            assert space.merges.contains(gene.merge)
    text = json.dumps(genome.to_json())
    assert ModuleGenome.from_json(json.loads(text)) == genome


@given(lineages(), rates, mutation_counts)
def test_any_chain_of_mutations_gives_a_valid_blueprint_that_round_trips(
    lineage: Lineage, rates: MutationRates, count: int
) -> None:
    """The same property for blueprints."""
    space = lineage.space
    genome = lineage.blueprint(0, rates, 0)
    for new_id in range(1, count + 1):
        parent = genome
        genome = mutate_blueprint(
            parent, space, lineage.ledger, lineage.rng, rates, new_id, SPECIES
        )
        assert (genome.genome_id, genome.parents) == (new_id, (parent.genome_id,))
        assert 1 <= len(genome.nodes) <= space.blueprint_nodes
        assert genome.species <= set(SPECIES)
        assert genome.recipe.keys() == space.recipe.keys()
        assert all(space.recipe[n].contains(v) for n, v in genome.recipe.items())
    text = json.dumps(genome.to_json())
    assert BlueprintGenome.from_json(json.loads(text)) == genome


def _content(genome: ModuleGenome | BlueprintGenome) -> ModuleGenome | BlueprintGenome:
    return replace(genome, genome_id=0, parents=())


@given(st.data(), lineages(), rates)
def test_a_mutation_always_changes_something(
    data: st.DataObject, lineage: Lineage, rates: MutationRates
) -> None:
    """Even where every rate is 0 or where two changes undo each other."""
    space, ledger, rng = lineage.space, lineage.ledger, lineage.rng
    module = data.draw(module_genomes(lineage))
    child = mutate_module(module, space, ledger, rng, rates, 9)
    assert _content(child) != _content(module)
    blueprint = data.draw(blueprint_genomes(lineage))
    other = mutate_blueprint(blueprint, space, ledger, rng, rates, 9, SPECIES)
    assert _content(other) != _content(blueprint)


def test_the_smallest_space_still_has_something_to_change() -> None:
    """With all fields constant and one node, a skip connection comes and goes."""
    fields = {"units": 8, "batch_norm": True, "activation": "relu", "dropout": 0.0}
    data = {
        "blocks": {"dense": {**fields, "init_scale": 1.0}, "dense_block": False},
        "merges": "sum",
        "module_nodes": 1,
    }
    space = space_from_json(data, "table", (3,))
    rng, ledger = np.random.default_rng(0), InnovationLedger()
    genome = initial_module(space, ledger, rng, 1)
    still = MutationRates(0, 0, 0, 0, 0, 0)
    child = mutate_module(genome, space, ledger, rng, still, 2)
    assert len(child.connections) == 3
    grandchild = mutate_module(child, space, ledger, rng, still, 3)
    assert _content(grandchild) == _content(genome)


def test_a_structural_change_is_forced_where_no_field_can_change() -> None:
    """A blueprint of constants with one species still grows."""
    recipe = default_space("table", (3,)).recipe
    constant = {name: domain.extremes()[0] for name, domain in recipe.items()}
    space = space_from_json(
        {"merges": "sum", "recipe": constant, "blueprint_nodes": 1}, "table", (3,)
    )
    rng, ledger = np.random.default_rng(0), InnovationLedger()
    genome = initial_blueprint(space, ledger, rng, 1, (1,))
    still = MutationRates(0, 0, 0, 0, 0, 0)
    child = mutate_blueprint(genome, space, ledger, rng, still, 2, (1,))
    assert _content(child) != _content(genome)


@given(st.data(), lineages())
def test_change_block_touches_one_node_and_keeps_shared_values(
    data: st.DataObject, lineage: Lineage
) -> None:
    """Fields that both blocks know keep their values where they are allowed."""
    genome = data.draw(module_genomes(lineage))
    child = change_block(genome, lineage.space, lineage.rng)
    if child is None:
        assert len(lineage.space.blocks) == 1
        return
    pairs = zip(genome.nodes, child.nodes, strict=True)
    ((old, new),) = [(a, b) for a, b in pairs if a != b]
    assert old.block != new.block
    for name, domain in lineage.space.blocks[new.block].items():
        if name in old.fields and domain.contains(old.fields[name]):
            assert new.fields[name] == old.fields[name]


@given(st.data(), lineages())
def test_field_operators_change_one_or_all(
    data: st.DataObject, lineage: Lineage
) -> None:
    """Rate 0 with `least` 1 changes one field, rate 1 every one, rate 0 none."""
    space, rng = lineage.space, lineage.rng
    genome = data.draw(module_genomes(lineage))
    assert mutate_fields(genome, space, rng, 0.0) is None
    one = mutate_fields(genome, space, rng, 0.0, least=1)
    every = mutate_fields(genome, space, rng, 1.0)
    assert one is not None
    assert every is not None
    assert _differences(genome, one) == 1
    merges = 0 if space.merges.constant else len(genome.nodes) + 1
    fields = sum(len(space.searched[gene.block]) for gene in genome.nodes)
    assert _differences(genome, every) == fields + merges


def _differences(old: ModuleGenome, new: ModuleGenome) -> int:
    count = int(old.merge != new.merge)
    for a, b in zip(old.nodes, new.nodes, strict=True):
        count += a.merge != b.merge
        count += sum(a.fields[name] != b.fields[name] for name in a.fields)
    return count


@given(st.data(), lineages())
def test_recipe_operators_change_one_or_all(
    data: st.DataObject, lineage: Lineage
) -> None:
    """As for modules, over recipe fields and merges."""
    space, rng = lineage.space, lineage.rng
    genome = data.draw(blueprint_genomes(lineage))
    assert mutate_recipe(genome, space, rng, 0.0) is None
    every = mutate_recipe(genome, space, rng, 1.0)
    assert every is not None
    changed = {n for n in genome.recipe if genome.recipe[n] != every.recipe[n]}
    assert changed == {name for name, _ in space.searched_recipe}
    assert (genome.merge != every.merge) != space.merges.constant


@given(st.data(), lineages())
def test_change_species_points_one_node_elsewhere(
    data: st.DataObject, lineage: Lineage
) -> None:
    """To a species that is offered; with one species there is nowhere to point."""
    genome = data.draw(blueprint_genomes(lineage))
    child = change_species(genome, (*SPECIES, 8), lineage.rng)
    assert child is not None
    pairs = list(zip(genome.nodes, child.nodes, strict=True))
    assert sum(a.species != b.species for a, b in pairs) == 1
    lone = replace(
        genome, nodes=tuple(replace(gene, species=1) for gene in genome.nodes)
    )
    assert change_species(lone, (1,), lineage.rng) is None


@given(st.data(), lineages())
def test_vanished_species_are_pointed_elsewhere(
    data: st.DataObject, lineage: Lineage
) -> None:
    """Only nodes that named one change; a blueprint that named none is returned."""
    genome = data.draw(blueprint_genomes(lineage))
    child = repoint(genome, (1, 7), lineage.rng)
    assert child.species <= {1, 7}
    for old, new in zip(genome.nodes, child.nodes, strict=True):
        assert old.species != 1 or new == old
    assert repoint(genome, SPECIES, lineage.rng) is genome


@pytest.mark.parametrize("rate", [-0.1, 1.1, float("nan")])
def test_a_rate_is_a_probability(rate: float) -> None:
    """Anything else is told with the name of the rate."""
    with pytest.raises(
        ConfigError, match="mutation rate retype: expected a number from"
    ):
        MutationRates(retype=rate)

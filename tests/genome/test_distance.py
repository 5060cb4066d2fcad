"""The compatibility distance is a symmetric measure of genes and hyper-parameters."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import Lineage, blueprint_genomes, lineages, module_genomes

from evonas.genome import (
    BlueprintGenome,
    BlueprintNode,
    Coefficients,
    Connection,
    ModuleGenome,
    NodeGene,
    distance,
)
from evonas.space import space_from_json

SPACE = space_from_json(
    {
        "merges": "sum",
        "blocks": {
            "dense": {
                "units": {"low": 10, "high": 110},
                "activation": "relu",
                "dropout": 0.0,
                "init_scale": 1.0,
            }
        },
    },
    "table",
    (4,),
)
FIELDS = {"activation": "relu", "dropout": 0.0, "init_scale": 1.0}


def _chain(units: int, batch_norm: bool, *more: Connection) -> ModuleGenome:
    fields = {**FIELDS, "units": units, "batch_norm": batch_norm}
    return ModuleGenome(
        genome_id=1,
        nodes=(NodeGene(2, "dense", "sum", fields),),
        connections=(Connection(3, 0, 2), Connection(4, 2, 1), *more),
        merge="sum",
    )


@given(st.data(), lineages())
def test_module_distance_is_symmetric_and_0_for_equal_genomes(
    data: st.DataObject, lineage: Lineage
) -> None:
    """Exactly, so that speciation does not depend on the order of arguments."""
    first, second = (data.draw(module_genomes(lineage, n)) for n in (1, 2))
    space = lineage.space
    assert distance(first, replace(first, genome_id=9), space) == 0.0
    assert distance(first, second, space) == distance(second, first, space)
    assert 0.0 <= distance(first, second, space) <= 3.0


@given(st.data(), lineages())
def test_blueprint_distance_is_symmetric_and_0_for_equal_genomes(
    data: st.DataObject, lineage: Lineage
) -> None:
    """With the recipe as one more part."""
    first, second = (data.draw(blueprint_genomes(lineage, n)) for n in (1, 2))
    space = lineage.space
    assert distance(first, replace(first, genome_id=9), space) == 0.0
    assert distance(first, second, space) == distance(second, first, space)
    assert 0.0 <= distance(first, second, space) <= 4.0


def test_pitfall_1_equal_flags_are_near_and_different_ones_far() -> None:
    """TFNE added the difference of flags to the *likeness* of two genomes."""
    assert distance(_chain(10, True), _chain(10, True), SPACE) == 0.0
    # units and batch_norm are searched, merge counts too: 1 of 3 differs
    assert distance(_chain(10, True), _chain(10, False), SPACE) == pytest.approx(1 / 3)


def test_numbers_count_by_their_share_of_the_range() -> None:
    """A quarter of the range in one of three fields."""
    found = distance(_chain(10, True), _chain(35, True), SPACE)
    assert found == pytest.approx(0.25 / 3)


def test_another_block_is_as_far_as_a_node_can_be() -> None:
    """Whatever fields the two share."""
    first = _chain(10, True)
    other = replace(first, nodes=(replace(first.nodes[0], block="conv"),))
    assert distance(first, other, SPACE) == 1.0


def test_excess_and_disjoint_genes_have_their_own_weights() -> None:
    """5 is disjoint (older than the other's 7), 7 and 8 are excess."""
    first = _chain(10, True, Connection(6, 0, 1))
    second = replace(
        _chain(10, True),
        nodes=(first.nodes[0], NodeGene(5, "dense", "sum", first.nodes[0].fields)),
        connections=(
            *_chain(10, True).connections,
            Connection(7, 0, 5),
            Connection(8, 5, 1),
        ),
    )
    only = Coefficients(excess=1.0, disjoint=0.0, fields=0.0)
    assert distance(first, second, SPACE, only) == pytest.approx(2 / 6)
    only = Coefficients(excess=0.0, disjoint=1.0, fields=0.0)
    assert distance(first, second, SPACE, only) == pytest.approx(2 / 6)


def _blueprint(species: int, optimizer: str) -> BlueprintGenome:
    recipe = {name: d.extremes()[0] for name, d in SPACE.recipe.items()}
    return BlueprintGenome(
        genome_id=1,
        nodes=(BlueprintNode(2, species, "sum"),),
        connections=(Connection(3, 0, 2), Connection(4, 2, 1)),
        merge="sum",
        recipe={**recipe, "optimizer": optimizer},
    )


def test_species_pointers_and_recipes_count_for_blueprints() -> None:
    """Each with its own weight."""
    first = _blueprint(1, "sgd")
    assert distance(first, _blueprint(2, "sgd"), SPACE) == 1.0
    share = 1 / len(SPACE.searched_recipe)
    assert distance(first, _blueprint(1, "adamw"), SPACE) == pytest.approx(share)
    weights = Coefficients(fields=0.5, recipe=0.0)
    assert distance(first, _blueprint(2, "adamw"), SPACE, weights) == 0.5

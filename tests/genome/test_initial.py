"""First genomes: minimal ones share their markings, random ones reach every size."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from strategies import SPECIES, Lineage, lineages

from evonas.genome import (
    INPUT,
    OUTPUT,
    InnovationLedger,
    initial_blueprint,
    initial_module,
    random_blueprint,
    random_module,
)
from evonas.space import space_from_json


@given(lineages())
def test_minimal_genomes_have_one_node_with_the_same_marking(lineage: Lineage) -> None:
    """So the first crossovers of a run already have matching genes."""
    space, ledger, rng = lineage.space, lineage.ledger, lineage.rng
    first = initial_module(space, ledger, rng, 1)
    second = initial_module(space, ledger, rng, 2)
    assert first.markings == second.markings
    assert len(first.nodes) == 1
    assert first.inputs[OUTPUT] == first.order
    assert first.inputs[first.order[0]] == (INPUT,)
    blueprint = initial_blueprint(space, ledger, rng, 3, SPECIES)
    assert len(blueprint.nodes) == 1
    assert blueprint.recipe.keys() == space.recipe.keys()


@given(lineages())
def test_random_genomes_stay_within_the_spaces_size(lineage: Lineage) -> None:
    """Modules and blueprints alike, with every value inside the space."""
    space, ledger, rng = lineage.space, lineage.ledger, lineage.rng
    module = random_module(space, ledger, rng, 1)
    blueprint = random_blueprint(space, ledger, rng, 2, SPECIES)
    assert 1 <= len(module.nodes) <= space.module_nodes
    assert 1 <= len(blueprint.nodes) <= space.blueprint_nodes
    for gene in module.nodes:
        domains = space.blocks[gene.block]
        assert all(domains[name].contains(v) for name, v in gene.fields.items())


def test_random_modules_reach_every_size_and_branch() -> None:
    """Random search looks at the whole space, not at its simplest corner."""
    space = space_from_json({"module_nodes": 4}, "image", (1, 8, 8))
    rng, ledger = np.random.default_rng(0), InnovationLedger()
    modules = [random_module(space, ledger, rng, number) for number in range(200)]
    assert {len(module.nodes) for module in modules} == {1, 2, 3, 4}
    branching = sum(
        any(len(sources) > 1 for sources in module.inputs.values())
        for module in modules
    )
    assert branching > 60

"""Genomes follow a space that was narrowed under them."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from strategies import (
    SPECIES,
    Lineage,
    blueprint_genomes,
    lineages,
    module_genomes,
    rates,
)

from evonas.genome import (
    MutationRates,
    conform_blueprint,
    conform_module,
    distance,
    mutate_blueprint,
    mutate_module,
)
from evonas.space import Choice, ConstraintSet, Space


def _narrow(space: Space) -> ConstraintSet:
    """One block with one value of its first field, one merge, one optimizer."""
    block = space.block_names[-1]
    name, domain = next(iter(space.blocks[block].items()))
    return ConstraintSet(
        {block: {name: Choice((domain.extremes()[0],))}},
        Choice((str(space.merges.extremes()[0]),)),
        {"optimizer": Choice(("adamw",))},
    )


@given(st.data(), lineages())
def test_a_genome_of_the_space_is_left_alone(
    data: st.DataObject, lineage: Lineage
) -> None:
    """The same object comes back."""
    module = data.draw(module_genomes(lineage))
    blueprint = data.draw(blueprint_genomes(lineage))
    assert conform_module(module, lineage.space, lineage.rng) is module
    assert conform_blueprint(blueprint, lineage.space, lineage.rng) is blueprint


@given(st.data(), lineages(), rates)
def test_everything_outside_is_drawn_anew(
    data: st.DataObject, lineage: Lineage, rates: MutationRates
) -> None:
    """By conforming itself and by every mutation; the graph stays."""
    module = data.draw(module_genomes(lineage))
    blueprint = data.draw(blueprint_genomes(lineage))
    constraints = _narrow(lineage.space)
    space = constraints.apply(lineage.space)
    kept = conform_module(module, space, lineage.rng)
    assert kept.connections == module.connections
    for child in (
        kept,
        mutate_module(module, space, lineage.ledger, lineage.rng, rates, 5),
    ):
        assert all(constraints.allows(g.block, g.fields) for g in child.nodes)
        assert all(constraints.allows_merge(g.merge) for g in (child, *child.nodes))
    for child in (
        conform_blueprint(blueprint, space, lineage.rng),
        mutate_blueprint(
            blueprint, space, lineage.ledger, lineage.rng, rates, 5, SPECIES
        ),
    ):
        assert constraints.allows_recipe(child.recipe)
        assert all(constraints.allows_merge(g.merge) for g in (child, *child.nodes))


@given(st.data(), lineages())
def test_distances_survive_a_narrower_space(
    data: st.DataObject, lineage: Lineage
) -> None:
    """Genomes from before are still compared, since some of them live on."""
    first, second = (data.draw(module_genomes(lineage)) for _ in range(2))
    space = _narrow(lineage.space).apply(lineage.space)
    assert distance(first, second, space) >= 0.0
    assert distance(first, replace(first), space) == 0.0

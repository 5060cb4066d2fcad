"""Modules and blueprints together."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from searching import OUTPUTS, SHAPE, reread, space, text

from evonas.genome import OUTPUT, MutationRates, assemble
from evonas.population import PopulationSettings
from evonas.search.breeding import GenePool
from evonas.search.coevolution import Coevolution
from evonas.space import Choice, ConstraintSet

seeds = st.integers(0, 2**32 - 1)
FEW = settings(max_examples=25)


def founded(seed: int, **module_settings: Any) -> Coevolution:
    """Twelve modules of about three species and six blueprints."""
    made = unfounded(seed, **module_settings)
    made.found(1, minimal=False)
    return made


def unfounded(seed: int, **module_settings: Any) -> Coevolution:
    """The same before its first generation."""
    return Coevolution(
        GenePool(space(), np.random.default_rng(seed)),
        PopulationSettings(size=12, species=3, **module_settings),
        PopulationSettings(size=6, species=2),
        MutationRates(),
        MutationRates(),
    )


def living(made: Coevolution) -> set[int]:
    """The module species there are."""
    return {group.species_id for group in made.modules.species}


def named(made: Coevolution) -> set[int]:
    """The module species that blueprints name."""
    return {s for genome in made.blueprints.members.values() for s in genome.species}


def luck(made: Coevolution, rng: np.random.Generator) -> tuple[Any, Any]:
    """Fitness at random for about two genomes of three."""
    blueprints, modules = (
        {one: float(rng.normal()) for one in population.members if rng.random() < 0.7}
        for population in (made.blueprints, made.modules)
    )
    return blueprints, modules


def drawn_evenly(made: Coevolution, networks: int) -> None:
    """Draw so many networks and hold the counts against each other."""
    blueprints: Counter[int] = Counter()
    modules: Counter[int] = Counter()
    for _ in range(networks):
        blueprint, parts = made.draw_evenly()
        assert parts.keys() == blueprint.species
        blueprints[blueprint.genome_id] += 1
        modules.update(genome.genome_id for genome in parts.values())
    groups = [list(group.members) for group in made.modules.species]
    for counts, members in [
        (blueprints, list(made.blueprints.members)),
        *((modules, group) for group in groups),
    ]:
        often = [counts[member] for member in members]
        assert max(often) - min(often) <= 1


@given(seeds, st.integers(1, 40))
@FEW
def test_every_part_is_drawn_about_equally_often(seed: int, networks: int) -> None:
    """Blueprints, and the modules of a species, differ by one draw at most."""
    drawn_evenly(founded(seed), networks)


@given(seeds)
@FEW
def test_pitfall_10_use_counts_begin_anew_with_each_generation(seed: int) -> None:
    """Elites are not passed over for having been drawn before (kcdn's `==`)."""
    made, rng = founded(seed), np.random.default_rng(seed)
    for _ in range(3):
        drawn_evenly(made, 17)
        made.evolve(*luck(made, rng))


@given(seeds)
@FEW
def test_pitfall_10_blueprints_name_species_and_not_modules(seed: int) -> None:
    """One blueprint gives networks of different modules; equal nodes get the same."""
    made = founded(seed)
    wide = max(made.modules.species, key=lambda group: len(group.members))
    met: dict[int, set[int]] = {}
    for _ in range(30):
        blueprint, parts = made.draw_evenly()
        assert {gene.species for gene in blueprint.nodes} == parts.keys()
        for species, genome in parts.items():
            assert made.modules.species_of(genome.genome_id) == species
            met.setdefault(species, set()).add(genome.genome_id)
    if wide.species_id in met:
        assert len(met[wide.species_id]) > 1


def test_pitfall_10_more_than_two_inputs_are_joined() -> None:
    """All that feed a node go into one merge, whose slots are in order."""
    made = founded(0)
    joins: Counter[int] = Counter()
    for _ in range(200):
        genome = made.pool.blueprint([1], minimal=False)
        module = made.pool.module(minimal=True)
        joined = len(genome.inputs[OUTPUT])
        candidate = assemble(genome, {1: module}, space(), SHAPE, OUTPUTS)
        layers = candidate.architecture.layers
        inputs = [
            len(candidate.architecture.inputs_of(place))
            for place, layer in enumerate(layers)
            if layer.marking == "merge"
        ]
        assert inputs == ([joined] if joined > 1 else [])
        joins[joined] += 1
    assert joins[3] > 0


@given(seeds)
@FEW
def test_extinction_points_blueprints_at_living_species(seed: int) -> None:
    """Whatever dies out, in whichever way the populations move."""
    made, rng = founded(seed, stagnation=1), np.random.default_rng(seed)
    for _ in range(4):
        made.evolve(*luck(made, rng))
        assert named(made) <= living(made)
        drawn_evenly(made, 6)
    for _ in range(12):
        blueprints, modules = luck(made, rng)
        made.add_module(modules)
        assert named(made) <= living(made)
        made.add_blueprint(blueprints)
        made.make_room(blueprints, modules, ())
        assert named(made) <= living(made)
    made.turn(*luck(made, rng))
    assert named(made) <= living(made)
    made.keep({*list(made.modules.members)[:2], *list(made.blueprints.members)[:2]})
    assert named(made) <= living(made)
    assert len(made.modules.members) == len(made.blueprints.members) == 2


@given(seeds)
@FEW
def test_a_blueprint_of_living_species_is_not_touched_by_extinction(seed: int) -> None:
    """An elite stays the object that it was."""
    made, rng = founded(seed), np.random.default_rng(seed)
    before = dict(made.blueprints.members)
    made.evolve(*luck(made, rng))
    for genome_id in before.keys() & made.blueprints.members.keys():
        if before[genome_id].species <= living(made):
            assert made.blueprints.members[genome_id] is before[genome_id]


@given(seeds)
@FEW
def test_a_new_part_is_in_every_network_drawn_for_it(seed: int) -> None:
    """A module in a blueprint that names its species; if none does, in a trial one."""
    made, rng = founded(seed), np.random.default_rng(seed)
    for _ in range(6):
        blueprints, modules = luck(made, rng)
        module = made.add_module(modules)
        blueprint, parts = made.draw_with_module(module, blueprints, modules)
        species = made.modules.species_of(module.genome_id)
        assert parts[species] is module
        assert parts.keys() == blueprint.species
        kept = made.blueprints.members.get(blueprint.genome_id)
        assert kept is (None if species not in named(made) else blueprint)
        child = made.add_blueprint(blueprints)
        drawn, parts = made.draw_with_blueprint(child, modules)
        assert drawn is child
        assert parts.keys() == child.species


@given(seeds)
@FEW
def test_a_narrower_space_changes_only_what_lies_outside(seed: int) -> None:
    """The ids stay, and tell which genomes changed."""
    made = founded(seed)
    assert made.conform() == set()
    before = {**made.modules.members, **made.blueprints.members}
    narrow = ConstraintSet(
        blocks={"dense": {"activation": Choice(("elu",))}},
        recipe={"optimizer": Choice(("adamw",))},
    )
    made.pool.narrow(narrow)
    changed = made.conform()
    after = {**made.modules.members, **made.blueprints.members}
    assert before.keys() == after.keys()
    assert changed == {one for one in before if before[one] is not after[one]}
    for module in made.modules.members.values():
        assert all(gene.fields["activation"] == "elu" for gene in module.nodes)
    for blueprint in made.blueprints.members.values():
        assert blueprint.recipe["optimizer"] == "adamw"


@given(seeds, st.integers(0, 3))
@FEW
def test_restored_populations_go_on_exactly(seed: int, generations: int) -> None:
    """Between two draws of one generation."""
    made, rng = founded(seed), np.random.default_rng(seed)
    for _ in range(generations):
        made.evolve(*luck(made, rng))
    for _ in range(5):
        made.draw_evenly()
    again = unfounded(seed)
    again.restore(reread(made.state()))
    again.rng.bit_generator.state = made.rng.bit_generator.state
    for _ in range(5):
        assert made.draw_evenly() == again.draw_evenly()
    fitness = luck(made, rng)
    made.evolve(*fitness)
    again.evolve(*fitness)
    assert text(again.state()) == text(made.state())

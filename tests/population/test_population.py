"""One population: sharing, elites, stagnation, parents."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numbers_as_genomes import Number, NumberBreeder, population

from evonas.population import Population, PopulationSettings, apportion, ranking

seeds = st.integers(0, 2**32 - 1)
finite = st.floats(-1e100, 1e100)
value_lists = st.lists(st.floats(-50, 50), min_size=2, max_size=25)


@st.composite
def evaluated(draw: st.DrawFn, **settings: Any) -> tuple[Population[Number], dict]:  # type: ignore[type-arg]
    """A population and the fitness of some of its genomes, any finite numbers."""
    made, _ = population(draw(value_lists), seed=draw(seeds), **settings)
    known = [one for one in made.members if draw(st.integers(0, 3))]
    return made, {one: draw(finite) for one in known}


def two_species(**settings: Any) -> tuple[Population[Number], NumberBreeder]:
    """Numbers around 0 (ids 1 to 5) and around 100 (ids 6 to 10)."""
    values = [0.0, 0.1, 0.2, 0.3, 0.4, 100.0, 100.1, 100.2, 100.3, 100.4]
    made, breeder = population(values, **{"species": 2, **settings})
    assert [group.members for group in made.species] == [
        [*range(1, 6)],
        [*range(6, 11)],
    ]
    return made, breeder


def sizes(made: Population[Number]) -> dict[str, int]:
    """Genomes near 0 and near 100."""
    low = sum(genome.value < 50 for genome in made.members.values())
    return {"low": low, "high": len(made.members) - low}


# Sharing --------------------------------------------------------------------------


@given(st.lists(st.floats(5e-324, 1e308), min_size=1, max_size=20), st.integers(0, 60))
def test_shares_add_up_and_follow_the_weights(weights: list[float], total: int) -> None:
    """To the last child, by largest remainder; each gets one while there are enough."""
    shares = apportion(weights, total)
    assert sum(shares) == total
    assert min(shares) >= (1 if total >= len(weights) else 0)
    for first, many in zip(weights, shares, strict=True):
        for second, few in zip(weights, shares, strict=True):
            assert not (first > second and many < few)
    spare = total - min(len(weights), total)
    if total >= len(weights):
        whole = sum(map(Fraction, weights))
        for weight, share in zip(weights, shares, strict=True):
            assert abs(share - 1 - spare * Fraction(weight) / whole) < 1 + 1e-6


@given(evaluated(), seeds)
def test_pitfall_4_any_finite_fitness_gives_a_full_generation(
    made: tuple[Population[Number], dict[int, float]], seed: int
) -> None:
    """Zero, negative, huge: the size stays, and every genome is in one species."""
    population_, fitness = made
    rng = np.random.default_rng(seed)
    for _ in range(3):
        population_.evolve(fitness, rng)
        assert len(population_.members) == population_.settings.size
        in_species = [m for group in population_.species for m in group.members]
        assert sorted(in_species) == sorted(population_.members)
        fitness = {member: -1.0 * member for member in population_.members}


@given(st.integers(-1000, 1000), st.sampled_from((0.25, 1.0, 8.0)), seeds)
def test_pitfall_4_the_zero_and_the_unit_of_fitness_do_not_matter(
    shift: int, unit: float, seed: int
) -> None:
    """Negated errors breed as accuracies do (floats stay exact with these numbers)."""
    ends = []
    for transform in (lambda x: x, lambda x: (x + shift) * unit):
        made, _ = two_species()
        rng = np.random.default_rng(seed)
        fitness = {member: transform(float(member % 7)) for member in made.members}
        made.evolve(fitness, rng)
        ends.append(list(made.members.values()))
    assert ends[0] == ends[1]


def test_the_fitter_species_gets_more_children() -> None:
    """In proportion to its mean above a tenth of the range."""
    made, _ = two_species()
    made.evolve({m: float(m > 5) for m in made.members}, np.random.default_rng(0))
    # 8 children beside one each, in proportion 0.1 to 1.1
    assert sizes(made) == {"low": 2, "high": 8}


def test_a_large_species_does_not_win_by_its_size() -> None:
    """Fitness is shared: the mean counts, not the sum."""
    made, _ = population([0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 100.0], species=2)
    made.evolve(dict.fromkeys(made.members, 1.0), np.random.default_rng(0))
    assert sizes(made) == {"low": 4, "high": 4}


@given(seeds, st.sets(st.integers(1, 5), min_size=1, max_size=4))
def test_pitfall_3_genomes_that_were_not_tried_do_not_pull_their_species_down(
    seed: int, untried: set[int]
) -> None:
    """A species' share is the same as if they were not there."""
    made, _ = two_species(crossover=0.0)
    made.evolve(
        {m: 1.0 for m in made.members if m not in untried}, np.random.default_rng(seed)
    )
    assert sizes(made) == {"low": 5, "high": 5}


def test_pitfall_3_a_species_of_which_nothing_was_tried_counts_as_average() -> None:
    """Nothing is known for or against it."""
    made, _ = two_species()
    made.evolve(dict.fromkeys(range(1, 6), 1.0), np.random.default_rng(0))
    assert sizes(made) == {"low": 5, "high": 5}


# Elites and parents ---------------------------------------------------------------


@given(evaluated(elitism=2), seeds)
def test_the_best_of_each_species_live_on_unchanged(
    made: tuple[Population[Number], dict[int, float]], seed: int
) -> None:
    """The very same genome, in as many places as its species' share allows."""
    population_, fitness = made
    groups = [list(group.members) for group in population_.species]
    assume(len(groups) * 2 <= population_.settings.size)
    before = dict(population_.members)
    population_.evolve(fitness, np.random.default_rng(seed))
    for members in groups:
        known = [one for one in ranking(members, fitness) if one in fitness]
        for elite in known[:1]:
            assert population_.members[elite] is before[elite]
    survivors = before.keys() & population_.members.keys()
    assert survivors <= fitness.keys()
    assert len(survivors) <= 2 * len(groups)


@given(seeds)
def test_only_the_better_part_of_a_species_breeds(seed: int) -> None:
    """The share `survival` of those tried, rounded up; nobody mates far away."""
    made, _ = two_species(survival=0.4, interspecies=0.0, elitism=0)
    fitness = {member: -float(member) for member in made.members}
    made.evolve(fitness, np.random.default_rng(seed))
    for genome in made.members.values():
        assert set(genome.parents) <= {1, 2} or set(genome.parents) <= {6, 7}


@given(seeds)
def test_untried_genomes_breed_only_where_nothing_was_tried(seed: int) -> None:
    """They cannot be told apart from each other, but from those that were tried."""
    made, _ = two_species(interspecies=0.0, survival=1.0)
    made.evolve({2: 0.5, 4: 0.1}, np.random.default_rng(seed))
    for genome in made.members.values():
        if genome.parents and genome.value < 50:
            assert set(genome.parents) <= {2, 4}


@given(evaluated(crossover=1.0, elitism=0, interspecies=0.5), seeds)
def test_pitfall_7_the_fitter_parent_comes_first(
    made: tuple[Population[Number], dict[int, float]], seed: int
) -> None:
    """Whichever was drawn first; `equal` only when they are equally fit."""
    population_, fitness = made
    breeder = population_._breeder
    assert isinstance(breeder, NumberBreeder)
    population_.evolve(fitness, np.random.default_rng(seed))
    for fitter, other, equal in breeder.crossovers:
        first, second = (fitness.get(g.genome_id, -math.inf) for g in (fitter, other))
        assert first >= second
        assert equal == (first == second)
        assert fitter is not other


# Stagnation -----------------------------------------------------------------------


def evolve_still(
    made: Population[Number], generations: int, low: float, high: float
) -> None:
    """Generations in which each of the two species has always the same fitness."""
    for _ in range(generations):
        made.evolve(
            {m: low if g.value < 50 else high for m, g in made.members.items()},
            np.random.default_rng(0),
        )


@pytest.mark.parametrize(("low", "high"), [(0.2, 0.9), (-7.0, -3.0), (0.0, 1e-12)])
def test_a_species_without_progress_goes_but_never_the_best(
    low: float, high: float
) -> None:
    """However bad the best is in itself."""
    made, _ = two_species(stagnation=4)
    evolve_still(made, 4, low, high)
    assert sizes(made)["low"] > 0
    evolve_still(made, 1, low, high)
    assert sizes(made) == {"low": 0, "high": 10}
    evolve_still(made, 10, low, high)
    assert sizes(made) == {"low": 0, "high": 10}


def test_pitfall_4_progress_below_zero_is_progress() -> None:
    """The best fitness of a species does not start at 0."""
    made, _ = two_species(stagnation=2)
    for generation in range(12):
        evolve_still(made, 1, generation - 50.0, -1.0)
    assert sizes(made)["low"] > 0


def test_a_new_species_is_not_taken_for_an_old_one() -> None:
    """Its generations count from its founding, even if it was not tried at once."""
    made, breeder = population([0.0, 0.1, 0.2, 0.3], species=1, stagnation=2)
    for _ in range(6):
        made.evolve(dict.fromkeys(made.members, 1.0), np.random.default_rng(0))
    newcomer = breeder.new(1000.0)
    made.members[newcomer.genome_id] = newcomer
    made._speciation.join(newcomer, made.species, made.generation)
    made.evolve(
        {m: 1.0 for m in made.members if m != newcomer.genome_id},
        np.random.default_rng(0),
    )
    assert any(genome.value > 500 for genome in made.members.values())


# One child at a time --------------------------------------------------------------


@given(value_lists, seeds, st.lists(st.floats(-9, 9), min_size=30, max_size=30))
def test_one_child_at_a_time_keeps_the_size_and_the_best(
    values: list[float], seed: int, results: list[float]
) -> None:
    """The best of those tried stays; what has no result and expects none goes first."""
    made, _ = population(values)
    rng = np.random.default_rng(seed)
    fitness: dict[int, float] = {}
    for turn, result in enumerate(results):
        child = made.add_child(fitness, rng)
        idle = set(made.members) - set(fitness) - {child.genome_id}
        made.make_room(fitness, {child.genome_id})
        assert len(made.members) == len(values)
        assert child.genome_id in made.members
        if idle and not fitness:
            assert len(idle & set(made.members)) == len(idle) - 1
        fitness[child.genome_id] = result
        fitness = {m: f for m, f in fitness.items() if m in made.members}
        assert max(fitness.values()) >= max(results[: turn + 1])
        if turn % 7 == 6:
            made.turn(fitness, rng)


@given(value_lists, seeds)
def test_genomes_that_wait_for_their_record_stay(
    values: list[float], seed: int
) -> None:
    """The population may be too large for as long as it waits."""
    made, _ = population(values)
    rng = np.random.default_rng(seed)
    everyone = set(made.members)
    for _ in range(5):
        everyone.add(made.add_child({}, rng).genome_id)
        made.make_room({}, everyone)
    assert set(made.members) == everyone
    made.make_room({member: float(member) for member in everyone}, ())
    assert len(made.members) == len(values)


def test_a_turn_clears_what_stagnates_for_children_of_the_others() -> None:
    """Without ever falling below the best species."""
    made, _ = two_species(stagnation=3)
    rng = np.random.default_rng(0)
    fitness = {m: 0.9 if g.value > 50 else 0.1 for m, g in made.members.items()}
    for _ in range(4):
        made.turn(fitness, rng)
    assert sizes(made) == {"low": 0, "high": 5}
    while len(made.members) < 10:
        child = made.add_child(fitness, rng)
        fitness[child.genome_id] = 0.9
    assert sizes(made) == {"low": 0, "high": 10}


def test_a_genome_that_is_taken_out_leaves_its_species() -> None:
    """And a species without members is none."""
    made, _ = population([0.0, 100.0, 100.1], species=2)
    assert made.species_of(1) != made.species_of(2)
    made.discard(1)
    made.discard(1)
    assert [group.members for group in made.species] == [[2, 3]]
    with pytest.raises(KeyError, match="1"):
        made.species_of(1)


# Back and forth -------------------------------------------------------------------


@given(evaluated(), seeds)
def test_a_restored_population_goes_on_exactly(
    made: tuple[Population[Number], dict[int, float]], seed: int
) -> None:
    """Members, species and threshold go through JSON."""
    first, fitness = made
    first.evolve(fitness, np.random.default_rng(seed))
    breeder = NumberBreeder(seed)
    second: Population[Number] = Population(first.settings, breeder)
    second.restore(json.loads(json.dumps(first.state())), Number.from_json)
    first._breeder = NumberBreeder(seed)
    for population_ in (first, second):
        rng = np.random.default_rng(seed)
        for _ in range(3):
            population_.evolve({m: float(m % 5) for m in population_.members}, rng)
    assert first.state() == second.state()


def test_converting_tells_what_changed() -> None:
    """Genomes that come back as they are do not count."""
    made, _ = population([1.0, 2.0, 3.0])
    changed = made.convert(
        lambda one: one if one.value > 1.5 else Number(one.genome_id, 9.0)
    )
    assert changed == {1}
    assert [genome.value for genome in made.members.values()] == [9.0, 2.0, 3.0]


@pytest.mark.parametrize(
    "wrong", [{"size": 1}, {"survival": 0.0}, {"crossover": 1.1}, {"threshold": 1}]
)
def test_settings_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    """With the name of the setting."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        PopulationSettings(**wrong)

"""Speciation: who belongs together, and the threshold that decides it."""

from __future__ import annotations

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numbers_as_genomes import Number, NumberBreeder

from evonas.population import Speciation, Species

value_lists = st.lists(st.floats(-50, 50), min_size=1, max_size=30)


def numbers(values: list[float], first_id: int = 1) -> list[Number]:
    """Genomes of these values."""
    return [Number(first_id + place, value) for place, value in enumerate(values)]


def speciation(target: int = 3, **settings: float) -> Speciation[Number]:
    """By the distance of numbers."""
    return Speciation(NumberBreeder().distance, target, **settings)


def by_id(genomes: list[Number]) -> dict[int, Number]:
    """Members as a population keeps them."""
    return {genome.genome_id: genome for genome in genomes}


@given(value_lists, value_lists, st.integers(1, 6))
def test_every_genome_is_in_one_species_near_its_representative(
    first: list[float], second: list[float], target: int
) -> None:
    """In the first generation, in the next and after a newcomer joined."""
    divide = speciation(target)
    old, new = numbers(first), numbers(second, 100)
    species = divide.found(old)
    assert sorted(m for group in species for m in group.members) == list(by_id(old))
    threshold = divide.threshold
    rng = np.random.default_rng(0)
    species = divide.speciate(new, species, by_id(old), rng, 1)
    assert sorted(m for group in species for m in group.members) == list(by_id(new))
    for group in species:
        for member in group.members:
            near = abs(by_id(new)[member].value - group.representative.value)
            assert near < threshold or near == 0
    before = sum(len(group.members) for group in species)
    divide.join(Number(999, 0.0), species, 1)
    assert sum(len(group.members) for group in species) == before + 1
    assert len({group.species_id for group in species}) == len(species)


@given(st.integers(1, 8), st.integers(0, 2**32 - 1))
def test_the_first_generation_has_the_species_that_are_wanted(
    target: int, seed: int
) -> None:
    """Among genomes spread evenly some threshold gives every count."""
    rng = np.random.default_rng(seed)
    values = [float(value) for value in rng.uniform(0, 10, 60)]
    assert abs(len(speciation(target).found(numbers(values))) - target) <= 1


def test_pitfall_8_the_threshold_moves_both_ways() -> None:
    """Up with too many species, down with too few, not at all on the target; and back.

    cdn's `max(min, base * direction)` could only ever raise it.
    """
    divide = speciation(2, threshold=1.0, step=0.25)
    rng = np.random.default_rng(0)

    def after(values: list[float]) -> float:
        divide.speciate(numbers(values), [], {}, rng, 1)
        return divide.threshold

    assert after([0.0, 10.0, 20.0]) == 1.25
    assert after([0.0, 10.0, 20.0]) == 1.5625
    assert after([0.0, 10.0]) == 1.5625
    assert after([0.0, 0.1]) == 1.25
    assert after([0.0, 0.1]) == 1.0
    assert after([0.0, 0.1]) == 0.8
    assert after([0.0, 10.0, 20.0]) == 1.0


@given(st.integers(0, 300), st.booleans())
def test_the_threshold_can_always_come_back(generations: int, many: bool) -> None:
    """It stops at bounds that are neither 0 nor infinite."""
    divide = speciation(2, step=0.9)
    values = [0.0, 1e6, 2e6] if many else [0.0]
    for generation in range(generations):
        divide.speciate(numbers(values), [], {}, np.random.default_rng(0), generation)
    assert 1e-3 <= divide.threshold <= 1e3


def test_a_species_keeps_its_id_and_gives_it_to_no_other() -> None:
    """Also when it dies out; its record of progress lives as long as it."""
    divide = speciation(2, threshold=1.0, step=0.01)
    rng = np.random.default_rng(0)
    first = numbers([0.0, 10.0])
    species = divide.speciate(first, [], {}, rng, 0)
    assert [group.species_id for group in species] == [1, 2]
    species[0].best, species[0].improved = 0.7, 3
    second = numbers([0.1, 30.0], 10)
    species = divide.speciate(second, species, by_id(first), rng, 4)
    assert [group.species_id for group in species] == [1, 3]
    assert (species[0].best, species[0].improved) == (0.7, 3)
    assert (species[1].best, species[1].improved) == (None, 4)


@given(value_lists, st.integers(0, 2**32 - 1))
def test_a_representative_is_a_member_of_the_generation_before(
    values: list[float], seed: int
) -> None:
    """A random one of its own species (Stanley & Miikkulainen 2002)."""
    divide = speciation()
    rng = np.random.default_rng(seed)
    genomes = numbers(values)
    species = divide.found(genomes)
    for generation in range(1, 4):
        members = {group.species_id: group.members for group in species}
        children = numbers(values, 100 * generation)
        species = divide.speciate(children, species, by_id(genomes), rng, generation)
        for group in species:
            if group.species_id in members:
                assert group.representative.genome_id in members[group.species_id]
        genomes = children


@given(value_lists)
def test_species_and_threshold_go_through_json(values: list[float]) -> None:
    """Restored, they are the same."""
    divide = speciation()
    species = divide.found(numbers(values))
    text = json.dumps([divide.state(), [group.to_json() for group in species]])
    state, groups = json.loads(text)
    again = speciation()
    again.restore(state)
    assert again.state() == divide.state()
    assert [Species.from_json(one, Number.from_json) for one in groups] == species

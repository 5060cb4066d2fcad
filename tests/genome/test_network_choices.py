"""Networks of layers as named choices."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from searching import OUTPUTS, SHAPE, space

from evonas.errors import ArchitectureError
from evonas.genome import NetworkGenomes
from evonas.space import Choice, ConstraintSet

seeds = st.integers(0, 2**32 - 1)

IMAGE = (3, 16, 16)


def genomes(**keys: object) -> NetworkGenomes:
    """Networks over `space(**keys)`."""
    return NetworkGenomes(space(**keys), SHAPE, OUTPUTS)


def drawn_values(found: NetworkGenomes, seed: int) -> dict[str, object]:
    """A value at random for every choice that applies, chosen in order."""
    rng = np.random.default_rng(seed)
    values: dict[str, object] = {}
    for name, domain in found.choices.items():
        if found.applies(name, values):  # type: ignore[arg-type]
            values[name] = domain.draw(rng)
    return values


@given(seeds, st.integers(0, 12))
@settings(max_examples=40)
def test_every_network_that_mutation_reaches_has_a_form(seed: int, steps: int) -> None:
    """Made of it again, the network is the same, and so are its values.

    (A concatenation may read in another order; here inputs are summed.)
    """
    found = genomes(merges="sum")
    rng = np.random.default_rng(seed)
    genome = found.draw(rng)
    for _ in range(steps):
        genome = found.mutate(genome, rng)
    values = found.values(genome)
    again = found.from_values(values)
    assert found.decode(again).key() == found.decode(genome).key()
    assert found.values(again) == values


@given(seeds)
@settings(max_examples=40)
def test_any_values_make_a_network(seed: int) -> None:
    """Whatever is joined to what; only connections may be added to what was chosen."""
    found = genomes()
    values = drawn_values(found, seed)
    genome = found.from_values(values)  # type: ignore[arg-type]
    for name, value in found.values(genome).items():
        assert value == values[name] or (">" in name and value is True)


@given(seeds)
@settings(max_examples=20)
def test_the_values_are_those_that_apply_in_their_order(seed: int) -> None:
    """No more and no less, each from its domain."""
    found = genomes()
    values = found.values(found.draw(np.random.default_rng(seed)))
    before: dict[str, object] = {}
    for name, domain in found.choices.items():
        assert found.applies(name, before) == (name in values)  # type: ignore[arg-type]
        if name in values:
            assert domain.contains(values[name])
            before[name] = values[name]
    assert list(values) == list(before)


def test_a_network_of_more_species_than_names_is_numbered_anew() -> None:
    """As CoDeepNEAT's species are, whose numbers go on counting."""
    wide = NetworkGenomes(space(merges="sum"), SHAPE, OUTPUTS, species=6)
    narrow = wide.with_species(3)
    rng = np.random.default_rng(0)
    drawn = (wide.draw(rng) for _ in range(200))
    genome = next(one for one in drawn if set(one.modules) - {0, 1, 2})
    assert len(genome.modules) <= 3
    names = {v for n, v in narrow.values(genome).items() if n.endswith("/module")}
    assert names <= {"module_0", "module_1", "module_2"}
    again = narrow.from_values(narrow.values(genome))
    assert wide.decode(again).key() == wide.decode(genome).key()


def test_a_missing_value_is_named() -> None:
    """It would have to be guessed."""
    found = genomes()
    values = drawn_values(found, 1)
    del values["network/merge"]
    with pytest.raises(ArchitectureError, match="got none for 'network/merge'"):
        found.from_values(values)  # type: ignore[arg-type]


def test_a_narrower_space_has_fewer_choices() -> None:
    """Of blocks that are gone there is nothing to choose."""
    found = genomes()
    dense = found.narrowed(ConstraintSet(blocks={"dense": {}}))
    assert dense.choices["module_0/1/block"] == Choice(("dense",))
    assert any("dense_block" in name for name in found.choices)
    assert not any("dense_block" in name for name in dense.choices)

"""Recipes of one network."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from searching import OUTPUTS, PLAIN_RECIPE, SHAPE, space

from evonas.candidate import Candidate, Recipe
from evonas.cells import FcnetCell
from evonas.errors import ArchitectureError, ConfigError
from evonas.genome import NetworkGenomes, RecipeGenomes, fcnet_space
from evonas.space import Choice, ConstraintSet

LISTED = {**PLAIN_RECIPE, "batch_size": [16, 32, 64], "nesterov": [False, True]}


def genomes(seed: int = 0, **keys: Any) -> RecipeGenomes:
    """Of a random network of the tests' table."""
    whole = space(**keys)
    drawn = NetworkGenomes(whole, SHAPE, OUTPUTS)
    candidate = drawn.decode(drawn.draw(np.random.default_rng(seed)))
    return RecipeGenomes(whole, candidate.architecture, SHAPE)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=15)
def test_whatever_is_made_is_a_recipe_for_the_one_network(seed: int) -> None:
    """Through values and JSON, by drawing, mutation and crossover."""
    every, rng = genomes(seed % 7), np.random.default_rng(seed)
    first, second = every.draw(rng), every.draw(rng)
    for one in (first, every.mutate(first, rng), every.crossover(first, second, rng)):
        assert every.from_values(every.values(one)) == one
        assert every.from_json(json.loads(json.dumps(every.to_json(one)))) == one
        assert every.genome_of(every.decode(one)) == one
        assert every.vector(one).shape == every.vector(first).shape
        assert every.conform(one, rng) is one
        assert every.graph(one) is None
    assert every.neighbours(first) is None
    mutated = every.values(every.mutate(first, rng))
    changed = [n for n, value in every.values(first).items() if value != mutated[n]]
    assert len(changed) == 1
    assert every.decode(first).architecture == every.decode(second).architecture


def test_listed_fields_have_neighbours() -> None:
    """Each differs in one field."""
    every = genomes(recipe=LISTED)
    here = every.draw(np.random.default_rng(0))
    found = every.neighbours(here)
    assert found is not None
    assert len(found) == len(set(found)) == 3


def test_a_constraint_set_narrows_the_recipe_alone() -> None:
    """Whatever it says of blocks; what lies outside is drawn anew."""
    every, rng = genomes(recipe=LISTED), np.random.default_rng(0)
    narrow = ConstraintSet(blocks={"nothing": {}}, recipe={"batch_size": Choice((64,))})
    less = every.narrowed(narrow)
    assert {less.draw(rng).batch_size for _ in range(10)} == {64}
    assert less.conform(Recipe.from_json({**PLAIN_RECIPE}), rng).batch_size == 64
    outside = Recipe.from_json({**PLAIN_RECIPE, "batch_size": 16})
    assert less.conform(outside, rng).batch_size == 64


def test_limits_hold_and_other_networks_are_none_of_it() -> None:
    """Larger batches need more memory."""
    every = genomes(recipe=LISTED, limits={"memory_bytes": 1})
    candidate = every.decode(every.draw(np.random.default_rng(0)))
    assert every.refusal(candidate).startswith("above space.limits.memory_bytes")
    assert every.genome_of(Candidate.of(FcnetCell("000000000"))) is None


def test_what_is_no_recipe_of_the_space_is_refused() -> None:
    """A value too few, a list, a space without a choice."""
    every = genomes()
    values = dict(every.values(every.draw(np.random.default_rng(0))))
    del values["optimizer"]
    with pytest.raises(ArchitectureError, match="got more or less: optimizer"):
        every.from_values(values)
    with pytest.raises(ArchitectureError, match="expected a mapping of fields"):
        every.from_json([])
    with pytest.raises(ConfigError, match="more than one value to search"):
        genomes(recipe=PLAIN_RECIPE)


@pytest.mark.parametrize("part", ["architecture", "recipe"])
def test_a_space_of_cells_can_hold_either_part(part: Any) -> None:
    """The names of the recipe's choices say which is which."""
    whole, rng = fcnet_space(), np.random.default_rng(1)
    base = whole.decode(whole.draw(rng))
    left = whole.holding(base, part=part)
    names = {n for n, domain in left.choices.items() if not domain.constant}
    recipe = {"batch_size", "init_lr", "lr_schedule"}
    assert set(whole.recipe) == recipe
    assert names == (recipe if part == "recipe" else set(whole.choices) - recipe)
    cell = base.cell
    assert isinstance(cell, FcnetCell)
    for _ in range(5):
        drawn = left.mutate(left.draw(rng), rng)
        assert all(
            value == cell.values[name]
            for name, value in drawn.values.items()
            if name not in names
        )

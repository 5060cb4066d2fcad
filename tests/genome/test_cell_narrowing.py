"""Cells of a table under a constraint set, in all of its modes."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from evonas.errors import ConfigError, SpaceExhaustedError
from evonas.genome import (
    CellSpace,
    fcnet_space,
    nasbench101_space,
    nasbench201_space,
    nasbench_graph_space,
)
from evonas.space import Choice, ConstraintSet
from evonas.space.text_form import from_values

SPACES: dict[str, CellSpace[Any]] = {
    "nasbench101": nasbench101_space(4),
    "nasbench201": nasbench201_space(),
    "fcnet": fcnet_space(),
    "nasbench_graph": nasbench_graph_space(),
}
every_space = pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
seeds = st.integers(0, 2**32 - 1)
SPACE = SPACES["nasbench201"]
OPS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")


def made_of(space: CellSpace[Any], rng: np.random.Generator) -> ConstraintSet:
    """A set that allows what a cell has, and half of what else there is."""
    cell = space.values(space.draw(rng))
    choices = {
        name: from_values(
            [
                value
                for value in domain.values() or ()
                if value == cell[name] or rng.random() < 0.5
            ]
        )
        for name, domain in space.choices.items()
    }
    weights = {
        f"choices.{name}": {value: float(rng.random()) for value in one.values() or ()}
        for name, one in choices.items()
        if rng.random() < 0.5
    }
    return ConstraintSet(choices=choices, weights=weights)


@every_space
@given(seed=seeds)
@settings(max_examples=8)
def test_a_hard_set_is_never_left(space: CellSpace[Any], seed: int) -> None:
    """By no draw, and by no mutation of what is drawn."""
    rng = np.random.default_rng(seed)
    made = made_of(space, rng)
    narrow = space.narrowed(made)
    for _ in range(3):
        cell = narrow.draw(rng)
        assert made.allows_choices(space.values(cell))
        for _ in range(3):
            try:
                cell = narrow.mutate(cell, rng)
            except SpaceExhaustedError:
                break  # the set has no other cell
            assert made.allows_choices(space.values(cell))


@every_space
@given(seed=seeds)
@settings(max_examples=4)
def test_a_soft_set_keeps_every_value(space: CellSpace[Any], seed: int) -> None:
    """Of every choice; and the text form is the space's."""
    rng = np.random.default_rng(seed)
    soft = space.narrowed(replace(made_of(space, rng), mode="soft"))
    assert set(soft.choices) == set(space.choices)
    for name, domain in soft.choices.items():
        assert domain.to_json() == space.choices[name].to_json()
        values = space.choices[name].values() or ()
        assert {domain.draw(rng) for _ in range(60 * len(values))} == set(values)


def test_draws_follow_the_weights_of_a_choice() -> None:
    """Most are of the set, the rest of all alike."""
    made = ConstraintSet(
        choices={"op_01": Choice(("skip_connect", "nor_conv_3x3"))},
        weights={"choices.op_01": {"skip_connect": 0.25, "nor_conv_3x3": 0.75}},
        mode="soft",
        outside=0.5,
    )
    narrow, rng = SPACE.narrowed(made), np.random.default_rng(4)
    counts = Counter(narrow.choices["op_01"].draw(rng) for _ in range(4000))
    shares = dict.fromkeys(OPS, 0.1)
    shares["skip_connect"] += 0.125
    shares["nor_conv_3x3"] += 0.375
    found = [counts[op] for op in OPS]
    assert chisquare(found, [4000 * shares[op] for op in OPS]).pvalue > 0.001
    assert narrow.choices["op_02"] is SPACE.choices["op_02"]


def test_operations_may_be_named_as_blocks_and_numbers_as_recipe_fields() -> None:
    """What the set says of the choice itself comes first."""
    made = ConstraintSet(
        blocks={"nor_conv_3x3": {}, "skip_connect": {}, "dense": {}},
        choices={"op_01": Choice(("none",))},
        weights={"blocks": {"nor_conv_3x3": 1.0}},
    )
    narrow, rng = SPACE.narrowed(made), np.random.default_rng(1)
    for _ in range(10):
        values = dict(SPACE.values(narrow.draw(rng)))
        assert values["op_01"] == "none"
        del values["op_01"]
        assert set(values.values()) == {"nor_conv_3x3"}
    assert narrow.choices["op_02"].contains("skip_connect")
    fcnet = SPACES["fcnet"]
    name, domain = next(
        (name, one) for name, one in fcnet.choices.items() if "batch" in name
    )
    kept = domain.extremes()[0]
    narrow = fcnet.narrowed(ConstraintSet(recipe={name: Choice((kept,))}))
    assert fcnet.values(narrow.draw(rng))[name] == kept


def test_a_set_that_leaves_nothing_is_refused_only_if_it_is_hard() -> None:
    """Soft ones pass over what they cannot use; `off` changes nothing at all."""
    blocks = ConstraintSet(blocks={"dense": {}})
    choices = ConstraintSet(choices={"op_01": Choice(("dense",))})
    with pytest.raises(ConfigError, match="allows none of the values of op_01"):
        SPACE.narrowed(blocks)
    with pytest.raises(ConfigError, match=r"choices\.op_01: the space has"):
        SPACE.narrowed(choices)
    for made in (blocks, choices):
        soft = SPACE.narrowed(replace(made, mode="soft"))
        assert soft.choices == SPACE.choices
        assert SPACE.narrowed(replace(made, mode="off")) is SPACE

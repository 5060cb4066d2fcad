"""A constraint set narrows a space, answers what it allows, and has a stable hash."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare
from strategies import Setting, settings_of_spaces

from evonas.errors import ConfigError
from evonas.space import (
    Choice,
    ConstraintSet,
    IntegerRange,
    Ordinal,
    default_space,
)
from evonas.space.weighted import Preferring, Weighted

SPACE = default_space("image", (1, 8, 8))
SOME = ConstraintSet(
    blocks={"conv": {"filters": IntegerRange(16, 32, 8), "kernel": Choice((3,))}},
    merges=Choice(("sum",)),
    recipe={"optimizer": Choice(("sgd",))},
    provenance={"problems": ["digits"]},
)


@given(settings_of_spaces())
def test_an_empty_constraint_set_changes_nothing(setting: Setting) -> None:
    """No restriction, no difference."""
    assert ConstraintSet().apply(setting.space) == setting.space


@given(settings_of_spaces())
def test_applying_twice_is_applying_once(setting: Setting) -> None:
    """A space restricted to one of its blocks is not restricted further by it."""
    space = setting.space
    block = space.block_names[0]
    name, domain = next(iter(space.blocks[block].items()))
    constraints = ConstraintSet({block: {name: Choice((domain.extremes()[0],))}})
    once = constraints.apply(space)
    assert constraints.apply(once) == once
    assert once.block_names == (block,)
    assert once.blocks[block][name].constant


def test_only_what_is_allowed_is_left() -> None:
    """Blocks that are not named go; fields that are not named stay whole."""
    space = SOME.apply(SPACE)
    assert space.block_names == ("conv",)
    assert space.blocks["conv"]["filters"] == Ordinal((16, 24, 32))
    assert space.blocks["conv"]["dropout"] == SPACE.blocks["conv"]["dropout"]
    assert space.merges == Choice(("sum",))
    assert space.recipe["optimizer"] == Choice(("sgd",))
    assert space.recipe["momentum"] == SPACE.recipe["momentum"]


def test_it_answers_for_single_genes() -> None:
    """The same rules as for whole spaces."""
    assert SOME.allows("conv", {"filters": 16, "kernel": 3, "dropout": 0.1})
    assert not SOME.allows("conv", {"filters": 8, "kernel": 3})
    assert not SOME.allows("mbconv", {})
    assert SOME.allows_merge("sum")
    assert not SOME.allows_merge("concat")
    assert SOME.allows_recipe({"optimizer": "sgd", "momentum": 0.5})
    assert not SOME.allows_recipe({"optimizer": "adamw"})


def test_soft_leaves_every_value_and_off_allows_all() -> None:
    """Only hard narrows; off is as if there were none."""
    soft, off = replace(SOME, mode="soft"), replace(SOME, mode="off")
    assert off.apply(SPACE) is SPACE
    leaning = soft.apply(SPACE)
    assert leaning.block_names == SPACE.block_names
    assert leaning.to_json() == SPACE.to_json()
    assert not soft.allows("mbconv", {})
    assert off.allows("mbconv", {})
    assert off.allows_merge("concat")
    assert off.allows_recipe({"optimizer": "adamw"})


def test_the_json_form_round_trips() -> None:
    """Through text, with an equal hash."""
    for constraints in (SOME, ConstraintSet()):
        data = json.loads(json.dumps(constraints.to_json()))
        again = ConstraintSet.from_json(data)
        assert again == constraints
        assert again.content_hash() == constraints.content_hash()


def test_the_hash_is_of_the_content() -> None:
    """Where it comes from does not count; what it allows does."""
    assert replace(SOME, provenance={}).content_hash() == SOME.content_hash()
    assert replace(SOME, merges=None).content_hash() != SOME.content_hash()
    assert replace(SOME, mode="soft").content_hash() != SOME.content_hash()


@pytest.mark.parametrize(
    ("constraints", "message"),
    [
        (ConstraintSet({"gru": {}}), "allows none of the space's blocks: it names gru"),
        (
            ConstraintSet({"conv": {"filters": Choice((9,))}}),
            r"space\.blocks\.conv\.filters: .* leaves nothing",
        ),
        (
            ConstraintSet(recipe={"optimizer": Choice(("adam",))}),
            r"space\.recipe\.optimizer: .* leaves nothing",
        ),
        (
            ConstraintSet(merges=Choice(("mean",))),
            r"space\.merges: .* leaves nothing",
        ),
    ],
)
def test_a_set_that_leaves_nothing_is_told(
    constraints: ConstraintSet, message: str
) -> None:
    """With both sides of the contradiction."""
    with pytest.raises(ConfigError, match=message):
        constraints.apply(SPACE)


def test_wrong_modes_and_formats_are_told() -> None:
    """Before anything is applied."""
    with pytest.raises(ConfigError, match=r"constraints\.mode: expected one of hard"):
        ConstraintSet(mode="strict")
    with pytest.raises(ConfigError, match="expected format 1 or 2, got 3"):
        ConstraintSet.from_json({"format": 3})


# Weights, choices, leaning ------------------------------------------------------------

WEIGHED = replace(
    SOME,
    choices={"op1": Choice(("skip", "conv"))},
    weights={
        "blocks": {"conv": 0.9},
        "blocks.conv.filters": {16: 0.75, 24: 0.25},
        "choices.op1": {"skip": 0.2, "conv": 0.8},
        "recipe.nesterov": {True: 0.9, False: 0.1},
    },
    outside=0.25,
)


@given(settings_of_spaces(), st.integers(0, 2**32 - 1), st.booleans())
@settings(max_examples=30, deadline=None)
def test_soft_reaches_every_value_and_hard_leaves_none_outside(
    setting: Setting, seed: int, weighed: bool
) -> None:
    """Whatever the space, with weights or without."""
    space, rng = setting.space, np.random.default_rng(seed)
    block = space.block_names[int(rng.integers(len(space.block_names)))]
    allowed = {
        name: Choice((domain.extremes()[0],))
        for name, domain in space.blocks[block].items()
    }
    merge = space.merges.extremes()[0]
    recipe = {n: Choice((d.extremes()[-1],)) for n, d in space.recipe.items()}
    weights = {"blocks": {block: 1.0}, "merges": {merge: 1.0}} if weighed else {}
    made = ConstraintSet(
        {block: allowed}, Choice((merge,)), recipe, weights=weights, outside=0.5
    )
    hard = made.apply(space)
    assert hard.block_names == (block,)
    for _ in range(10):
        assert made.allows(hard.draw_block(rng), hard.draw_fields(block, rng))
        assert made.allows_merge(str(hard.merges.draw(rng)))
        assert made.allows_recipe({n: d.draw(rng) for n, d in hard.recipe.items()})
    soft = replace(made, mode="soft").apply(space)
    assert soft.to_json() == space.to_json()
    enough = 60 * len(space.block_names)
    drawn = {soft.draw_block(rng) for _ in range(enough)}
    assert drawn == set(space.block_names)
    domains = {**soft.recipe, "merges": soft.merges, **soft.blocks[block]}
    for domain in domains.values():
        values = domain.values()
        if values is not None and len(values) < 6:
            assert {domain.draw(rng) for _ in range(150)} == set(values)
            found = {domain.mutate(domain.extremes()[0], rng) for _ in range(150)}
            assert len(found) >= min(2, len(values) - 1)
        assert all(domain.contains(domain.draw(rng)) for _ in range(3))


def test_soft_draws_blocks_by_their_weights() -> None:
    """The rest of the chance is shared evenly by all blocks."""
    made = ConstraintSet(
        {"conv": {}, "mbconv": {}},
        mode="soft",
        weights={"blocks": {"conv": 3.0, "mbconv": 1.0, "elsewhere": 9.0}},
        outside=0.4,
    )
    space = made.apply(SPACE)
    even = 0.4 / len(SPACE.blocks)
    shares = dict.fromkeys(SPACE.block_names, even)
    shares["conv"] += 0.6 * 0.75
    shares["mbconv"] += 0.6 * 0.25
    rng = np.random.default_rng(3)
    counts = Counter(space.draw_block(rng) for _ in range(5000))
    expected = [5000 * share for share in shares.values()]
    assert chisquare([counts[one] for one in shares], expected).pvalue > 0.001
    others = {space.draw_block(rng, other_than="conv") for _ in range(500)}
    assert others == set(SPACE.block_names) - {"conv"}
    assert replace(made, weights={}).apply(SPACE).block_weights["conv"] == (
        pytest.approx(even + 0.3)
    )


def test_hard_draws_by_weights_and_what_has_none_only_if_nothing_else_is_left() -> None:
    """Blocks and values alike; without any weights all are alike."""
    rng = np.random.default_rng(3)
    space = replace(WEIGHED, blocks={"conv": {}, "mbconv": {}}).apply(SPACE)
    assert {space.draw_block(rng) for _ in range(100)} == {"conv"}
    assert space.draw_block(rng, other_than="conv") == "mbconv"
    filters = WEIGHED.apply(SPACE).blocks["conv"]["filters"]
    counts = Counter(filters.draw(rng) for _ in range(2000))
    assert set(counts) == {16, 24}
    assert chisquare([counts[16], counts[24]], [1500, 500]).pvalue > 0.001
    plain = SOME.apply(SPACE).blocks["conv"]["filters"]
    assert {plain.draw(rng) for _ in range(100)} == {16, 24, 32}


def test_one_domain_is_restricted_as_the_mode_says() -> None:
    """A place that the set does not name is as before, but for its weights."""
    domain = Ordinal((1, 3, 5))
    hard, soft = (ConstraintSet(mode=mode) for mode in ("hard", "soft"))
    off = ConstraintSet(mode="off", weights={"x": {3: 1.0}})
    for one in (hard, soft, off):
        assert one.restricted(domain, None, "x") is domain
    assert off.restricted(domain, Ordinal((3, 5)), "x") is domain
    assert hard.restricted(domain, Ordinal((3, 5)), "x") == Ordinal((3, 5))
    leaning = soft.restricted(domain, Ordinal((3, 5)), "x")
    assert leaning == Preferring(domain, Ordinal((3, 5)), soft.outside)
    # what the set has nothing of is no reason to draw nothing
    assert soft.restricted(domain, Choice((7,)), "x") is domain
    with pytest.raises(ConfigError, match=r"space\.x: the space has .* leaves nothing"):
        hard.restricted(domain, Choice((7,)), "x")
    with pytest.raises(ConfigError, match=r"^choices\.op1: the space has"):
        hard.restricted(domain, Choice((7,)), "choices.op1")
    only = Choice((3,))
    assert hard.restricted(only, Ordinal((3, 5)), "x") is only
    assert soft.restricted(only, Choice((7,)), "x") is only
    with pytest.raises(ConfigError, match="widen one of them"):
        hard.restricted(only, Choice((7,)), "x")
    weighed = replace(hard, weights={"x": {3: 1.0}})
    assert weighed.restricted(domain, None, "x") == Weighted(domain, {3: 1.0})


def test_choices_of_cells_are_answered_for() -> None:
    """Those that are not named may be anything."""
    assert WEIGHED.allows_choices({"op1": "skip", "op2": "pool"})
    assert not WEIGHED.allows_choices({"op1": "pool"})
    assert replace(WEIGHED, mode="off").allows_choices({"op1": "pool"})


def test_weights_and_choices_go_through_json_and_count_for_the_hash() -> None:
    """Values keep their kind; a set of format 1 has neither, and can be read."""
    again = ConstraintSet.from_json(json.loads(json.dumps(WEIGHED.to_json())))
    assert again == WEIGHED
    assert again.content_hash() == WEIGHED.content_hash()
    hashes = {
        one.content_hash()
        for one in (
            WEIGHED,
            replace(WEIGHED, weights={}),
            replace(WEIGHED, choices={}),
            replace(WEIGHED, outside=0.3),
            replace(WEIGHED, mode="soft"),
        )
    }
    assert len(hashes) == 5
    assert replace(WEIGHED, provenance={}).content_hash() == WEIGHED.content_hash()
    old = {
        key: value
        for key, value in SOME.to_json().items()
        if key not in ("choices", "weights", "outside")
    }
    assert ConstraintSet.from_json({**old, "format": 1}) == SOME


def test_numbers_that_are_no_chances_or_weights_are_told() -> None:
    """With the place."""
    with pytest.raises(ConfigError, match=r"outside: expected a chance .* got 1\.5"):
        ConstraintSet(outside=1.5)
    with pytest.raises(ConfigError, match=r"weights\.merges: expected a weight of 0"):
        ConstraintSet(weights={"merges": {"sum": -1.0}})

"""A constraint set narrows a space, answers what it allows, and has a stable hash."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from strategies import Setting, settings_of_spaces

from evonas.errors import ConfigError
from evonas.space import Choice, ConstraintSet, IntegerRange, Ordinal, default_space

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

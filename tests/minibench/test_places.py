"""A space place by place, and what a set leaves of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from advised_runs import SPACE
from hypothesis import given
from hypothesis import strategies as st
from strategies import seeds

from evonas.errors import ConfigError
from evonas.space import Choice, ConstraintSet, FloatRange, Ordinal
from minibench.places import Whole, block_of, places_of, told

WHOLE = Whole.of_section(SPACE.to_json())
FREE = ConstraintSet()


def some(rng: np.random.Generator) -> ConstraintSet:
    """A set that allows some values of every listed field of some blocks."""
    blocks = {}
    for block, fields in SPACE.blocks.items():
        if rng.random() < 0.6:
            blocks[block] = {
                name: Choice((rng.choice(np.array(values, dtype=object)),))
                for name, domain in fields.items()
                if (values := domain.values()) and rng.random() < 0.5
            }
    return ConstraintSet(blocks or None)


@given(seeds)
def test_the_share_of_nodes_is_the_chance_of_an_even_draw(seed: int) -> None:
    """Of 400 nodes drawn about as many lie inside as the share says."""
    rng = np.random.default_rng(seed)
    made = some(rng)
    share = WHOLE.shares(made).node
    assert share is not None
    blocks = [SPACE.draw_block(rng) for _ in range(400)]
    inside = [made.allows(block, SPACE.draw_fields(block, rng)) for block in blocks]
    # six standard deviations of 400 draws
    assert abs(np.mean(inside) - share) <= 6 * (share * (1 - share) / 400) ** 0.5


@given(seeds)
def test_a_wider_set_leaves_no_less(seed: int) -> None:
    """Shares are between 0 and 1, and all of them 1 for a set that allows all."""
    made = some(np.random.default_rng(seed))
    wider = replace(made, blocks=None)
    for one, other in zip(
        WHOLE.shares(made).to_json().values(),
        WHOLE.shares(wider).to_json().values(),
        strict=True,
    ):
        assert (one is None) == (other is None)
        if one is not None and other is not None:
            assert 0 <= one <= other <= 1
    assert set(WHOLE.shares(FREE).to_json().values()) == {1.0, None}
    assert all(left.share == 1 for left in WHOLE.left(FREE))


def test_real_numbers_count_by_the_steps_of_their_grid() -> None:
    """One number of a range is one point of it, and not nothing."""
    whole = Whole({"recipe.momentum": FloatRange(0.5, 1.0)})
    one = ConstraintSet(recipe={"momentum": Choice((0.9,))})
    half = ConstraintSet(recipe={"momentum": FloatRange(0.5, 0.75)})
    assert whole.shares(one).recipe == pytest.approx(1 / 11)
    assert whole.shares(half).recipe == pytest.approx(6 / 11)
    rates = Whole({"recipe.learning_rate": FloatRange(0.001, 0.1, log=True)})
    decade = ConstraintSet(recipe={"learning_rate": FloatRange(0.01, 0.1, log=True)})
    assert rates.shares(decade).recipe == pytest.approx(4 / 7)


def test_of_blocks_that_are_not_allowed_the_fields_are_left_out() -> None:
    """And blocks of the user's own, whose names have dots, are found."""
    made = ConstraintSet({"conv": {"kernel": Ordinal((3, 5))}})
    places = [left.place for left in WHOLE.left(made)]
    assert "blocks.conv.filters" in places
    assert not any(place.startswith("blocks.mbconv.") for place in places)
    assert places_of(made) == ["blocks", "blocks.conv.kernel"]
    assert block_of("blocks.own.parts:Layer.units") == "own.parts:Layer"
    assert block_of("recipe.optimizer") is None


def test_domains_are_told_in_words() -> None:
    """Values are listed, ranges have ends."""
    assert told(Choice((True,))) == "true"
    assert told(Ordinal((3, 5))) == "3, 5"
    assert told(FloatRange(0.001, 0.1)) == "0.001 to 0.1"


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (ConstraintSet({"lstm": {}}), r"blocks: expected something .* got \['lstm'\]"),
        (
            ConstraintSet({"conv": {"kernel": Choice((99,))}}),
            "blocks.conv.kernel: expected something .* got 99",
        ),
    ],
)
def test_a_hard_set_that_leaves_nothing_is_named(
    made: ConstraintSet, message: str
) -> None:
    """A soft one always leaves something."""
    with pytest.raises(ConfigError, match=message):
        WHOLE.check(made)
    WHOLE.check(replace(made, mode="soft"))


@given(st.sampled_from(sorted(WHOLE.domains)))
def test_a_space_without_constraints_is_open_where_it_has_values(place: str) -> None:
    """A constant leaves no choice, and a place that is not there either."""
    assert WHOLE.open(place) == (not WHOLE.domains[place].constant)
    assert not WHOLE.open("blocks.conv.nothing")

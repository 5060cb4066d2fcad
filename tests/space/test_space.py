"""The space draws from every field and tells all of itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from strategies import Setting, seeds, settings_of_spaces

from evonas.errors import ConfigError
from evonas.space import default_space
from evonas.space.space import KEYS


@given(settings_of_spaces(), seeds)
def test_draws_lie_inside(setting: Setting, seed: int) -> None:
    """Blocks, fields, merges and recipes come from their domains."""
    space, rng = setting.space, np.random.default_rng(seed)
    block = space.draw_block(rng)
    fields = space.draw_fields(block, rng)
    assert fields.keys() == space.blocks[block].keys()
    assert all(space.blocks[block][name].contains(v) for name, v in fields.items())
    assert space.merges.contains(space.draw_merge(rng))
    assert all(space.recipe[n].contains(v) for n, v in space.draw_recipe(rng).items())


@given(settings_of_spaces())
def test_searched_fields_are_those_that_can_change(setting: Setting) -> None:
    """Constants are left out, everything else is in."""
    space = setting.space
    for block, domains in space.blocks.items():
        names = {name for name, _ in space.searched[block]}
        assert names == {n for n, domain in domains.items() if not domain.constant}
    assert all(not domain.constant for _, domain in space.searched_recipe)


def test_the_text_form_has_every_key() -> None:
    """What --dry-run shows hides nothing, and blocks that are off are told as such."""
    data = default_space("image", (1, 8, 8)).to_json()
    assert tuple(data) == KEYS
    assert data["blocks"]["factorised_conv"] is False
    assert data["limits"]["parameters"] is None


def test_a_space_without_blocks_is_refused() -> None:
    """Nothing could be drawn from it."""
    with pytest.raises(ConfigError, match=r"space\.blocks: expected one block or more"):
        replace(default_space("table", (3,)), blocks={})

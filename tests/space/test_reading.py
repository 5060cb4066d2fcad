"""The `space:` section: what is laid over the defaults, and what is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from strategies import Setting, settings_of_spaces

from evonas.errors import ConfigError
from evonas.space import (
    Choice,
    FloatRange,
    Limits,
    Ordinal,
    default_space,
    space_from_json,
)

SHAPE = (1, 8, 8)


@given(settings_of_spaces())
def test_the_text_form_gives_the_same_space(setting: Setting) -> None:
    """What --dry-run prints, pasted into a config, means the same, through JSON too."""
    space = setting.space
    data = json.loads(json.dumps(space.to_json()))
    assert space_from_json(data, space.modality, setting.input_shape) == space


def test_a_key_overrides_only_itself() -> None:
    """Other fields of the block, and other blocks, keep their defaults."""
    default = default_space("image", SHAPE)
    space = space_from_json({"blocks": {"conv": {"filters": [8, 16]}}}, "image", SHAPE)
    assert space.blocks["conv"]["filters"] == Ordinal((8, 16))
    assert space.blocks["conv"]["kernel"] == default.blocks["conv"]["kernel"]
    assert space.blocks.keys() == default.blocks.keys()


def test_blocks_are_switched_on_and_off() -> None:
    """true, {} and null mean the block's defaults; false means without it."""
    chosen = {"mbconv": False, "pool": True, "squeeze_excitation": {}, "conv": None}
    space = space_from_json({"blocks": chosen}, "image", SHAPE)
    assert tuple(space.blocks) == (
        "conv",
        "separable_conv",
        "pool",
        "squeeze_excitation",
    )


@pytest.mark.parametrize("section", ["blocks", "recipe", "limits"])
def test_a_section_with_nothing_in_it_is_as_if_it_were_absent(section: str) -> None:
    """All of it may be a comment; a single value that is missing is an error."""
    space = space_from_json({section: None}, "image", SHAPE)
    assert space == default_space("image", SHAPE)
    for data in (
        {"merges": None},
        {"head": None},
        {"module_nodes": None},
        {"recipe": {"optimizer": None}},
        {"blocks": {"conv": {"kernel": None}}},
    ):
        with pytest.raises(ConfigError, match=r"^space\..*: expected .*got None"):
            space_from_json(data, "image", SHAPE)


def test_limits_and_sizes_are_taken() -> None:
    """Numbers go where they belong."""
    data = {
        "limits": {"parameters": 1000},
        "module_nodes": 2,
        "stem_filters": 8,
        "stem_stride": 2,
    }
    space = space_from_json(data, "image", SHAPE)
    assert space.limits == Limits(parameters=1000)
    assert (space.module_nodes, space.stem_filters, space.stem_stride) == (2, 8, 2)


def test_whole_numbers_do_where_real_ones_are_meant() -> None:
    """`dropout: {low: 0, high: 1}` and `dropout: 0` are what they look like."""
    data = {"blocks": {"conv": {"dropout": {"low": 0, "high": 1}, "init_scale": 1}}}
    space = space_from_json(data, "image", SHAPE)
    assert space.blocks["conv"]["dropout"] == FloatRange(0.0, 1.0)
    assert space.blocks["conv"]["init_scale"] == Choice((1,))


def test_a_kind_of_ones_own_is_a_block() -> None:
    """Its fields are the kind's parameters that are named."""
    data = {"blocks": {"strategies:Repeat": {"times": [1, 2]}}}
    space = space_from_json(data, "image", SHAPE)
    assert space.blocks["strategies:Repeat"] == {"times": Ordinal((1, 2))}
    assert space.to_json()["blocks"]["strategies:Repeat"] == {"times": [1, 2]}


def test_text_needs_a_vocabulary() -> None:
    """From the task or from the section, and an embedding has a size by default."""
    assert default_space("text", (9,), vocabulary=50).vocabulary == 50
    assert space_from_json({"vocabulary": 7}, "text", (9,)).embedding_dimension == 32
    with pytest.raises(
        ConfigError, match=r"space\.vocabulary: expected a whole number"
    ):
        default_space("text", (9,))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"block": {}}, r"space\.block: unknown key.*did you mean 'blocks'"),
        ({"blocks": {"convv": {}}}, r"space\.blocks\.convv: .*did you mean 'conv'"),
        (
            {"blocks": {"conv": {"filter": 8}}},
            r"space\.blocks\.conv\.filter: unknown key.*did you mean 'filters'",
        ),
        ({"recipe": {"lr": 0.1}}, r"space\.recipe\.lr: unknown key; expected one of"),
        ({"recipe": {"hue_shift": 1.0}}, r"space\.recipe\.hue_shift: unknown key"),
        ({"limits": {"flops": 1}}, r"space\.limits\.flops: unknown key"),
        ({"limits": {"parameters": 0}}, r"space\.limits\.parameters: .*above 0"),
        ({"limits": {"parameters": "1e6"}}, r"space\.limits\.parameters: .*'1e6'"),
        ({"blocks": {"conv": 3}}, r"space\.blocks\.conv: expected a mapping"),
        ({"blocks": []}, r"space\.blocks: expected a mapping"),
        (
            {"blocks": {"conv": {"batch_norm": 1}}},
            r"space\.blocks\.conv\.batch_norm: expected true or false, got 1",
        ),
        (
            {"blocks": {"conv": {"filters": 8.5}}},
            r"space\.blocks\.conv\.filters: expected a whole number, got 8\.5",
        ),
        (
            {"blocks": {"conv": {"dropout": "much"}}},
            r"space\.blocks\.conv\.dropout: expected a number, got 'much'",
        ),
        (
            {"blocks": {"conv": {"filters": {"low": 9, "high": 3}}}},
            r"space\.blocks\.conv\.filters: expected low < high",
        ),
        (
            {"merges": ["sum", "mean"]},
            r"space\.merges: expected one or more of sum, conc",
        ),
        ({"head": "dense"}, r"space\.head: expected one of global_pool, attenti"),
        ({"module_nodes": 0}, r"space\.module_nodes: expected a whole number of 1"),
        ({"module_nodes": True}, r"space\.module_nodes: expected a whole number"),
        ({"vocabulary": 5}, r"space\.vocabulary: expected 0 for image"),
        (
            {"blocks": {"conv": False, "separable_conv": False, "mbconv": False}},
            r"space\.blocks: expected one block or more, got none; switch on",
        ),
        (
            {"blocks": {"strategies:Nothing": {}}},
            r"space\.blocks\.strategies:Nothing: .*Nothing",
        ),
        (
            {"blocks": {"strategies:Repeat": {"time": 2}}},
            r"space\.blocks\.strategies:Repeat\.time: .*did you mean 'times'",
        ),
    ],
)
def test_a_wrong_section_is_told_by_its_path(data: dict, message: str) -> None:
    """Path, what was expected, what was found, and the nearest key."""
    with pytest.raises(ConfigError, match=message):
        space_from_json(data, "image", SHAPE)


def test_a_flat_block_is_refused_for_volumes() -> None:
    """Switching on a two-dimensional block for a three-dimensional image is told."""
    with pytest.raises(ConfigError, match=r"mbconv: .*two-dimensional maps"):
        space_from_json({"blocks": {"mbconv": True}}, "image", (1, 4, 8, 8))

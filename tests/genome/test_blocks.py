"""Blocks decode for every shape, and never make a map collapse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import Setting, seeds, settings_of_spaces

from evonas.architecture import Architecture, Shape
from evonas.errors import ArchitectureError
from evonas.genome.blocks import BLOCKS, decode_block

CONV: Mapping[str, Any] = {
    "filters": 8,
    "kernel": 3,
    "stride": 1,
    "dilation": 1,
    "groups": 1,
    "batch_norm": True,
    "activation": "relu",
    "max_pool": True,
    "dropout": 0.1,
    "init_scale": 1.0,
}


@given(settings_of_spaces(), seeds, st.integers(1, 30))
def test_every_block_accepts_what_any_block_leaves(
    setting: Setting, seed: int, depth: int
) -> None:
    """A deep chain of random blocks is a network whose shapes are as announced."""
    space, rng = setting.space, np.random.default_rng(seed)
    shape = setting.input_shape if space.modality != "text" else (4, 12)
    announced: list[Shape] = []
    layers = []
    for _ in range(depth):
        block = space.draw_block(rng)
        if shape[0] > 500 and ":" in block:
            continue
        added, shape = decode_block(block, space.draw_fields(block, rng), shape)
        assert added
        layers.extend(added)
        announced.append(shape)
    if layers:
        start = setting.input_shape if space.modality != "text" else (4, 12)
        shapes = Architecture.chain(layers).shapes(start)
        assert announced[-1] == shapes[-1]
        assert set(announced) <= set(shapes)


@given(settings_of_spaces("image"), seeds, st.integers(1, 30))
def test_pitfall_6_no_side_falls_below_two(
    setting: Setting, seed: int, depth: int
) -> None:
    """However many pools and strides, a side that was 2 or more stays so."""
    space, rng = setting.space, np.random.default_rng(seed)
    shape: Shape = (1, 37, 9, 6) if len(setting.input_shape) == 4 else (1, 37, 9)
    for _ in range(depth):
        block = space.draw_block(rng)
        if ":" not in block:
            fields = space.draw_fields(block, rng)
            _, shape = decode_block(block, {**fields, "max_pool": True}, shape)
    assert min(shape[1:]) >= 2


def test_the_layers_of_a_convolution_come_in_order() -> None:
    """Convolution without bias before batch norm, activation, pool, dropout."""
    layers, shape = decode_block("conv", CONV, (1, 8, 8))
    ops = [layer.op for layer in layers]
    assert ops == ["conv", "batch_norm", "activation", "max_pool", "dropout"]
    assert layers[0].params["bias"] is False
    assert shape == (8, 4, 4)


def test_what_is_switched_off_is_no_layer() -> None:
    """No batch norm, activation `none`, no pool, dropout 0: the convolution alone."""
    off = {"batch_norm": False, "activation": "none", "max_pool": False, "dropout": 0.0}
    layers, _ = decode_block("conv", {**CONV, **off}, (1, 8, 8))
    assert [layer.op for layer in layers] == ["conv"]
    assert layers[0].params["bias"] is True


@pytest.mark.parametrize(
    ("shape", "fields", "repaired"),
    [
        ((4, 3, 8), {"stride": 2}, {"stride": 1}),
        ((4, 4, 8), {"stride": 2}, {"stride": 2}),
        ((4, 2, 2), {"kernel": 5}, {"kernel": 3}),
        ((4, 1, 1), {"kernel": 5}, {"kernel": 1}),
        ((4, 3, 1), {"kernel": 5, "dilation": 2}, {"kernel": 3}),
        ((4, 8, 8), {"kernel": 5, "dilation": 2}, {"kernel": 5}),
        ((6, 8, 8), {"groups": 4}, {"groups": 2}),
        ((8, 8, 8), {"groups": 4}, {"groups": 4}),
    ],
)
def test_repairs_are_those_on_the_page(
    shape: Shape, fields: dict[str, int], repaired: dict[str, int]
) -> None:
    """Only what cannot be, or has no effect, is changed."""
    layers, _ = decode_block("conv", {**CONV, **fields}, shape)
    assert {name: layers[0].params[name] for name in repaired} == repaired


def test_a_dense_block_is_one_layer_with_what_may_follow() -> None:
    """On vectors without a window, whatever the kernel says."""
    fields = {"layers": 2, "growth": 8, "activation": "relu", "dropout": 0.1}
    more = {**fields, "kernel": 5, "max_pool": True}
    layers, shape = decode_block("dense_block", more, (4, 20))
    assert [layer.op for layer in layers] == ["dense_block", "max_pool", "dropout"]
    assert (layers[0].params["kernel"], shape) == (5, (20, 10))
    layers, shape = decode_block("dense_block", fields, (4,))
    assert [layer.op for layer in layers] == ["dense_block", "dropout"]
    assert (layers[0].params["kernel"], shape) == (1, (20,))


def test_a_kind_of_ones_own_is_one_layer() -> None:
    """Its fields are its parameters."""
    layers, shape = decode_block("strategies:Repeat", {"times": 3}, (2, 8, 8))
    assert [layer.op for layer in layers] == ["strategies:Repeat"]
    assert dict(layers[0].params) == {"times": 3, "scale": 1.0}
    assert shape == (6, 8, 8)


def test_an_unknown_block_is_told() -> None:
    """With the blocks that there are."""
    with pytest.raises(
        ArchitectureError, match=f"expected a block of {next(iter(BLOCKS))}"
    ):
        decode_block("attention", {}, (1, 8))

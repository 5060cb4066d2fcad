"""Layers and architectures in words."""

from __future__ import annotations

import pytest
from architecture_strategies import architectures
from hypothesis import given

from evonas.architecture import Architecture, Layer, Shape, describe, to_text


@pytest.mark.parametrize(
    ("layer", "rank", "text"),
    [
        (Layer("conv", {"filters": 32}), 2, "conv 3×3, 32 filters"),
        (Layer("conv", {"filters": 32}), 1, "conv 3, 32 filters"),
        (Layer("conv", {"filters": 32}), None, "conv 3, 32 filters"),
        (
            Layer("conv", {"filters": 32, "stride": 2, "bias": False}),
            3,
            "conv 3×3×3, 32 filters, no bias, stride 2",
        ),
        (Layer("activation", {"function": "gelu"}), 2, "activation, gelu"),
        (Layer("lstm", {"units": 8, "bidirectional": True}), 1, "lstm, 8 units, "),
        (
            Layer("embedding", {"vocabulary": 99, "dimension": 8}),
            0,
            "embedding, dimension 8, vocabulary 99",
        ),
        (Layer("mbconv", {"filters": 4, "squeeze_ratio": 0.5}), 2, "squeeze ratio 0.5"),
        (Layer("flatten"), 2, "flatten"),
    ],
)
def test_a_layer_is_told_in_a_line(layer: Layer, rank: int | None, text: str) -> None:
    """Kernel and size always, the rest where it is unusual."""
    complete = Architecture.chain([layer]) if layer.op != "embedding" else None
    shown = complete.layers[1] if complete else layer
    assert text in describe(shown, rank)


@given(architectures())
def test_the_table_has_a_line_a_layer_and_the_totals(
    drawn: tuple[Architecture, Shape],
) -> None:
    """Head, two rules, the layers and the sum."""
    architecture, shape = drawn
    lines = to_text(architecture, shape).splitlines()
    assert len(lines) == len(architecture.layers) + 4
    assert f"{architecture.cost(shape).parameters:,}" in lines[-1]


def test_the_table_is_readable() -> None:
    """As a user sees it."""
    layers = [Layer("conv", {"filters": 8}), Layer("global_pool")]
    assert to_text(Architecture.chain(layers), (1, 8, 8)) == (
        "   layer                 reads  output  parameters  multiply-adds\n"
        "─────────────────────────────────────────────────────────────────\n"
        "0  input                        1×8×8\n"
        "1  conv 3×3, 8 filters   0      8×8×8           80          4,608\n"
        "2  global_pool, average  1      8\n"
        "3  output                2      8\n"
        "─────────────────────────────────────────────────────────────────\n"
        "   all                                          80          4,608"
    )

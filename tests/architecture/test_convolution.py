"""Shapes and costs of convolutions, by hand; torch's word is in tests/network."""

from __future__ import annotations

from typing import Any

import pytest

from evonas.architecture import CATALOGUE, Cost, Shape
from evonas.errors import ArchitectureError


def shape_and_cost(op: str, shape: Shape, **params: Any) -> tuple[Shape, Cost]:
    """What the kind says of one input."""
    kind = CATALOGUE[op]
    complete = kind.check(params)
    return kind.output_shape(complete, [shape]), kind.cost(complete, [shape])


@pytest.mark.parametrize(
    ("shape", "params", "result"),
    [
        ((3, 20), {}, (8, 20)),
        ((3, 9, 7), {}, (8, 9, 7)),
        ((3, 5, 9, 7), {}, (8, 5, 9, 7)),
        ((3, 9, 8), {"stride": 2}, (8, 5, 4)),
        ((3, 9, 8), {"kernel": 5, "dilation": 2}, (8, 9, 8)),
        ((3, 9, 8), {"padding": "valid"}, (8, 7, 6)),
        ((3, 9, 8), {"padding": "valid", "kernel": 2, "stride": 2}, (8, 4, 4)),
        ((3, 1, 1), {"kernel": 7, "stride": 4}, (8, 1, 1)),
    ],
)
def test_conv_gives_the_sides_of_the_formula(
    shape: Shape, params: dict[str, Any], result: Shape
) -> None:
    """floor((n + 2p - d(k - 1) - 1) / s) + 1 in one, two and three dimensions."""
    assert shape_and_cost("conv", shape, filters=8, **params)[0] == result


def test_conv_costs_its_window_times_its_outputs() -> None:
    """Groups divide what each output reads."""
    assert shape_and_cost("conv", (6, 8, 8), filters=4)[1] == Cost(
        4 * (6 * 9) + 4, 4 * 64 * 6 * 9
    )
    grouped = shape_and_cost("conv", (6, 8), filters=4, groups=2, bias=False)[1]
    assert grouped == Cost(4 * 3 * 3, 4 * 8 * 3 * 3)


def test_separable_conv_costs_its_two_parts() -> None:
    """Depthwise without bias, then pointwise; the tensor between them is kept."""
    shape, cost = shape_and_cost("separable_conv", (6, 8, 8), filters=4, stride=2)
    assert shape == (4, 4, 4)
    assert cost == Cost(
        6 * 9 + 6 * 4 + 4, 16 * 6 * 9 + 16 * 6 * 4, activation_bytes=16 * 6 * 4
    )


def test_factorised_conv_splits_window_and_stride() -> None:
    """The width is strided first, the height second."""
    shape, cost = shape_and_cost("factorised_conv", (6, 8, 10), filters=4, stride=2)
    assert shape == (4, 4, 5)
    between = 4 * 8 * 5
    assert cost == Cost(
        4 * 6 * 7 + 4 * 4 * 7 + 4,
        between * 6 * 7 + 4 * 4 * 5 * 4 * 7,
        activation_bytes=between * 4,
    )


def test_asymmetric_conv_reads_one_side() -> None:
    """The sides stay, and either way costs the same."""
    for along in ("width", "height"):
        shape, cost = shape_and_cost(
            "asymmetric_conv", (6, 8, 10), filters=4, along=along
        )
        assert shape == (4, 8, 10)
        assert cost == Cost(4 * 6 * 7 + 4, 4 * 80 * 6 * 7)


def test_transposed_conv_multiplies_sides_exactly() -> None:
    """Whatever the kernel, sides times stride."""
    for kernel, stride in ((3, 2), (5, 2), (5, 3), (1, 1)):
        shape, cost = shape_and_cost(
            "transposed_conv", (6, 5, 7), filters=4, kernel=kernel, stride=stride
        )
        assert shape == (4, 5 * stride, 7 * stride)
        assert cost.multiply_adds == 6 * 35 * 4 * kernel**2
        assert cost.parameters == 6 * 4 * kernel**2 + 4


@pytest.mark.parametrize(
    ("op", "shape", "params", "message"),
    [
        ("conv", (3,), {}, r"of shape \(channels, length\) or .* got \(3,\)"),
        ("conv", (3, 9, 9), {"groups": 2}, "divisible by groups = 2, got 3"),
        ("conv", (3, 4), {"kernel": 5, "padding": "valid"}, "at least 5 for kernel 5"),
        ("separable_conv", (3, 9), {"kernel": 2}, "kernel: expected an odd number"),
        ("factorised_conv", (3, 9), {}, r"\(channels, height, width\), got \(3, 9\)"),
        ("asymmetric_conv", (3, 9), {}, r"\(channels, height, width\), got \(3, 9\)"),
        ("transposed_conv", (3, 9), {"stride": 3}, "at least 2 stride - 1 = 5, got 3"),
    ],
)
def test_a_convolution_that_does_not_fit_is_refused(
    op: str, shape: Shape, params: dict[str, Any], message: str
) -> None:
    """Expected and got, with numbers."""
    with pytest.raises(ArchitectureError, match=message):
        shape_and_cost(op, shape, filters=8, **params)

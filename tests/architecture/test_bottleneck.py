"""MBConv and squeeze-excitation, part by part."""

from __future__ import annotations

import pytest

from evonas.architecture import CATALOGUE, Cost
from evonas.architecture.bottleneck import squeezed
from evonas.errors import ArchitectureError

MBCONV, SQUEEZE = CATALOGUE["mbconv"], CATALOGUE["squeeze_excitation"]


def test_mbconv_is_the_sum_of_its_parts() -> None:
    """Expand, depthwise, squeeze-excitation and project, with their batch norms."""
    params = MBCONV.check({"filters": 24, "stride": 2})
    assert MBCONV.output_shape(params, [(16, 8, 8)]) == (24, 4, 4)
    cost = MBCONV.cost(params, [(16, 8, 8)])
    inner, middle = 64, 4
    expand, project = 16 * inner, inner * 24
    gates = 2 * inner * middle
    norms = 2 * inner + 2 * inner + 2 * 24
    biases = middle + inner
    assert cost.parameters == expand + inner * 9 + gates + biases + project + norms
    assert cost.multiply_adds == 64 * expand + 16 * (inner * 9 + project) + gates


def test_mbconv_without_expansion_and_squeeze_is_a_separable_convolution() -> None:
    """Expansion 1 leaves the first part out, squeeze ratio 0 the third."""
    params = MBCONV.check({"filters": 16, "expansion": 1, "squeeze_ratio": 0.0})
    cost = MBCONV.cost(params, [(16, 8, 8)])
    assert cost.parameters == 16 * 9 + 2 * 16 + 16 * 16 + 2 * 16
    assert cost.multiply_adds == 64 * (16 * 9 + 16 * 16)


def test_squeeze_excitation_has_two_small_dense_layers_with_bias() -> None:
    """Channels to a quarter and back, whatever the rank."""
    params = SQUEEZE.check({})
    for shape in ((16, 9), (16, 9, 3), (16, 3, 3, 3)):
        assert SQUEEZE.output_shape(params, [shape]) == shape
        assert SQUEEZE.cost(params, [shape]) == Cost(
            2 * 16 * 4 + 4 + 16, 2 * 16 * 4, (16 + 4 + 16) * 4
        )


def test_at_least_one_channel_is_left_after_squeezing() -> None:
    """Few channels and a small ratio round down to nothing otherwise."""
    assert [squeezed(count, 0.25) for count in (1, 3, 7, 8)] == [1, 1, 1, 2]


def test_blocks_for_maps_refuse_vectors() -> None:
    """There is nothing to average or to slide over."""
    with pytest.raises(
        ArchitectureError, match=r"expected an input of shape .* \(16,\)"
    ):
        SQUEEZE.output_shape(SQUEEZE.check({}), [(16,)])
    with pytest.raises(ArchitectureError, match=r"\(channels, height, width\), got"):
        MBCONV.output_shape(MBCONV.check({"filters": 3}), [(16, 4)])

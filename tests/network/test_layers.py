"""Every kind of the catalogue as a torch module."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from architecture_strategies import PARAMETERS, RANKS, parameters_of, shapes
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from network_counting import multiply_adds, parameters
from torch import nn
from torch.nn import functional

from evonas.architecture import CATALOGUE, Shape, kind_of
from evonas.architecture.activation import ACTIVATIONS as FUNCTIONS
from evonas.errors import ArchitectureError
from evonas.network.layers import ACTIVATIONS, LAYERS, PASS_THROUGH


def made(op: str, inputs: list[Shape], **params: Any) -> nn.Module:
    """The module of a layer, in eval mode."""
    complete = kind_of(op).check(params)
    kind_of(op).output_shape(complete, inputs)
    return LAYERS[op](complete, inputs).make().eval()


def test_every_kind_of_the_catalogue_is_built_here() -> None:
    """No kind can be proposed that cannot be built, and none is here in vain."""
    assert set(LAYERS) | PASS_THROUGH == set(CATALOGUE)
    assert set(LAYERS).isdisjoint(PASS_THROUGH)


def test_every_activation_function_is_built_here() -> None:
    """The names are those of the catalogue."""
    assert set(ACTIVATIONS) == set(FUNCTIONS)


@pytest.mark.parametrize("op", sorted(LAYERS))
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_shape_parameters_and_multiply_adds_are_what_torch_counts(
    op: str, data: st.DataObject
) -> None:
    """To the last parameter and the last multiplication, for every kind."""
    kind = CATALOGUE[op]
    ranks = RANKS.get(op, (0,) if op == "embedding" else (0, 1, 2, 3))
    one = st.sampled_from(ranks).flatmap(lambda rank: shapes(rank, rank))
    most = 4 if kind.arity == "many" else 1
    inputs = data.draw(st.lists(one, min_size=1, max_size=most))
    given_params = data.draw(parameters_of(op))
    try:
        params = kind.check(given_params)
        shape = kind.output_shape(params, inputs)
    except ArchitectureError:
        assume(False)
    module = LAYERS[op](params, inputs).make().eval()
    if op == "embedding":
        batches = [torch.zeros((2, *inputs[0]), dtype=torch.int64)]
    else:
        batches = [torch.randn((2, *one)) for one in inputs]
    cost = kind.cost(params, inputs)
    assert tuple(module(*batches).shape) == (2, *shape)
    assert parameters(module) == cost.parameters
    assert multiply_adds(module, *batches) == cost.multiply_adds


def test_the_shared_strategies_cover_every_kind() -> None:
    """Otherwise the property above would be about less than it says."""
    assert set(PARAMETERS) == set(CATALOGUE)


def test_a_merge_of_maps_and_vectors_averages_the_maps() -> None:
    """Where ranks differ everything becomes a vector."""
    maps, vectors = torch.randn(2, 3, 4, 4), torch.randn(2, 3)
    merged = made("sum", [(3, 4, 4), (3,)])(maps, vectors)
    torch.testing.assert_close(merged, maps.mean((2, 3)) + vectors)


def test_a_merge_of_different_sizes_max_pools_to_the_smallest() -> None:
    """Side by side: the smallest height and the smallest width."""
    tall, wide = torch.randn(2, 1, 6, 2), torch.randn(2, 2, 3, 4)
    merged = made("concat", [(1, 6, 2), (2, 3, 4)])(tall, wide)
    expected = [
        functional.max_pool2d(tall, (2, 1)),
        functional.max_pool2d(wide, (1, 2)),
    ]
    assert torch.equal(merged, torch.cat(expected, 1))


def test_concatenation_keeps_the_order_of_the_slots() -> None:
    """Weights behind it rely on that."""
    first, second = torch.randn(2, 1, 3), torch.randn(2, 2, 3)
    merged = made("concat", [(1, 3), (2, 3)])(first, second)
    assert torch.equal(merged[:, :1], first)
    assert torch.equal(merged[:, 1:], second)


def test_a_sum_projects_only_what_has_fewer_channels_than_the_most() -> None:
    """Inputs that fit pass as they are."""
    module = made("sum", [(2, 5), (4, 5)])
    few, many = torch.zeros(3, 2, 5), torch.randn(3, 4, 5)
    assert torch.equal(module(few, many), many)


def test_a_dense_layer_on_a_sequence_is_the_same_at_each_position() -> None:
    """(C, L) gives (units, L) by one and the same matrix."""
    module = made("dense", [(3, 4)], units=2)
    x = torch.randn(1, 3, 4)
    swapped = x[:, :, [1, 0, 2, 3]]
    torch.testing.assert_close(module(swapped), module(x)[:, :, [1, 0, 2, 3]])


def test_average_pooling_does_not_count_its_padding() -> None:
    """The mean of ones is one, at the border too."""
    module = made("average_pool", [(1, 5, 5)], kernel=3, stride=1, padding="same")
    assert torch.equal(module(torch.ones(1, 1, 5, 5)), torch.ones(1, 1, 5, 5))


def test_average_pooling_of_volumes_smaller_than_the_window_is_as_of_larger_ones() -> (
    None
):
    """Torch's own refuses them; a flat volume must give what a map gives."""
    params = {"kernel": 5, "stride": 2, "padding": "same"}
    maps = torch.randn(2, 3, 6, 7)
    expected = made("average_pool", [(3, 6, 7)], **params)(maps)
    pooled = made("average_pool", [(3, 1, 6, 7)], **params)(maps.unsqueeze(2))
    torch.testing.assert_close(pooled.squeeze(2), expected)


def test_layer_norm_of_a_map_normalises_over_channels_at_each_position() -> None:
    """Mean 0 and variance 1 over the channels, wherever one looks."""
    normal = made("layer_norm", [(8, 3, 3)])(torch.randn(2, 8, 3, 3) * 5 + 2)
    torch.testing.assert_close(normal.mean(1), torch.zeros(2, 3, 3), atol=1e-5, rtol=0)
    variance = normal.var(1, unbiased=False)
    torch.testing.assert_close(variance, torch.ones(2, 3, 3), atol=1e-3, rtol=0)


@pytest.mark.parametrize(("shape", "whole"), [((4,), False), ((4, 6), True)])
def test_dropout_drops_elements_of_vectors_and_channels_of_maps(
    shape: Shape, whole: bool
) -> None:
    """A channel of a map is zero everywhere or nowhere."""
    module = made("dropout", [shape], rate=0.5).train()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        dropped = module(torch.ones(50, *shape)) == 0
    assert dropped.any()
    assert not dropped.all()
    if whole:
        assert torch.equal(dropped.any(2), dropped.all(2))


@pytest.mark.parametrize("op", ["lstm", "gru"])
def test_the_last_hidden_state_sees_the_sequence_from_both_sides(op: str) -> None:
    """Forwards it is the last step's state, backwards the first step's."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        every = made(op, [(3, 5)], units=2, bidirectional=True)
        torch.manual_seed(0)
        last = made(op, [(3, 5)], units=2, bidirectional=True, sequence=False)
    x = torch.randn(4, 3, 5)
    states = every(x)
    expected = torch.cat([states[:, :2, -1], states[:, 2:, 0]], 1)
    torch.testing.assert_close(last(x), expected)


def test_an_inverted_bottleneck_adds_its_input_where_the_shapes_agree() -> None:
    """With its last batch norm at zero gain such a block hands its input on."""
    module = made("mbconv", [(4, 5, 5)], filters=4)
    nn.init.zeros_(module.path[-1].weight)
    x = torch.randn(2, 4, 5, 5)
    assert torch.equal(module(x), x)


@pytest.mark.parametrize(
    "params", [{"filters": 5}, {"filters": 4, "stride": 2}], ids=["channels", "stride"]
)
def test_an_inverted_bottleneck_without_equal_shapes_adds_nothing(
    params: dict[str, int],
) -> None:
    """With its last batch norm at zero gain such a block gives zeros."""
    module = made("mbconv", [(4, 5, 5)], **params)
    nn.init.zeros_(module.path[-1].weight)
    assert not module(torch.randn(2, 4, 5, 5)).any()


def test_squeeze_excitation_scales_channels_by_gates_between_zero_and_one() -> None:
    """Each channel keeps its pattern and never grows."""
    module = made("squeeze_excitation", [(4, 3, 3)])
    x = torch.randn(2, 4, 3, 3)
    gates = module(x) / x
    torch.testing.assert_close(gates, gates[:, :, :1, :1].expand_as(gates))
    assert ((gates > 0) & (gates < 1)).all()

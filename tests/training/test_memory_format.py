"""Tests of channels-last: same results, and one format in both directions."""

from __future__ import annotations

import pytest
import torch
from small_networks import branching, convolutional, layer

from evonas.architecture import Architecture
from evonas.network import build
from evonas.training.memory_format import channels_last, use_channels_last


@pytest.mark.parametrize("channels", [1, 3])
def test_maps_keep_their_values_and_change_their_strides(channels: int) -> None:
    """One channel as well, where torch cannot tell the two formats apart."""
    maps = torch.randn(2, channels, 4, 5)
    changed = channels_last(maps)
    assert torch.equal(maps, changed)
    assert changed.stride() == (20 * channels, 1, 5 * channels, channels)


@pytest.mark.parametrize("shape", [(3, 4), (3, 4, 5), (3, 4, 5, 6, 7)])
def test_other_ranks_stay_as_they_are(shape: tuple[int, ...]) -> None:
    """Vectors, series and volumes."""
    x = torch.randn(shape)
    assert channels_last(x) is x


@pytest.mark.parametrize("architecture", [convolutional(), branching()])
def test_a_network_in_channels_last_computes_the_same(
    architecture: Architecture,
) -> None:
    """Outputs and gradients agree with those of the usual format."""
    plain, changed = (build(architecture, (2, 8, 8), 5) for _ in range(2))
    use_channels_last(changed)
    batch = torch.randn(6, 2, 8, 8)
    first, second = plain(batch), changed(channels_last(batch))
    torch.testing.assert_close(first, second)
    first.square().sum().backward()
    second.square().sum().backward()
    for one, other in zip(plain.parameters(), changed.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad)


@pytest.mark.parametrize("end", ["global_pool", "attention_pool", "flatten"])
def test_no_gradient_meets_a_map_in_the_other_format(end: str) -> None:
    """Mixed formats would cost twenty times the normal time of an operation."""
    layers = [
        layer("conv", filters=4),
        layer("batch_norm"),
        layer("activation"),
        layer(end),
        layer("dense", units=2),
    ]
    network = build(Architecture.chain(layers), (3, 6, 6), 0)
    use_channels_last(network)
    arrived: list[torch.Tensor] = []

    def look(_module: object, inputs: tuple[torch.Tensor], _output: object) -> None:
        # Hooks run in the order of registration: this one comes after the network's.
        inputs[0].register_hook(arrived.append)

    network.get_submodule("layer_4").register_forward_hook(look)
    network(channels_last(torch.randn(2, 3, 6, 6))).sum().backward()
    assert len(arrived) == 1
    assert arrived[0].is_contiguous(memory_format=torch.channels_last)


def test_volumes_can_be_built_and_trained() -> None:
    """Weights of five axes have no such format and stay as they are."""
    layers = [layer("conv", filters=4), layer("global_pool"), layer("dense", units=2)]
    network = build(Architecture.chain(layers), (1, 4, 4, 4), 0)
    use_channels_last(network)
    network(torch.randn(2, 1, 4, 4, 4)).sum().backward()

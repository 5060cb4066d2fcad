"""Costs as numbers."""

from __future__ import annotations

from typing import get_args

import pytest
import torch

from evonas.architecture import (
    Architecture,
    Cost,
    Edge,
    Layer,
    Shape,
    training_memory_bytes,
)
from evonas.architecture.activation import ACTIVATIONS
from evonas.architecture.cost import OPTIMIZER_SLOTS
from evonas.candidate import Optimizer
from evonas.errors import ConfigError
from evonas.network.build import build


def test_costs_add_up_field_by_field() -> None:
    """The cost of two parts is the sum of theirs."""
    assert Cost(1, 2, 3) + Cost(10, 20, 30) == Cost(11, 22, 33)


@pytest.mark.parametrize(
    ("optimizer", "copies"), [("sgd", 3), ("rmsprop", 4), ("adam", 4)]
)
def test_training_memory_counts_weights_gradients_state_and_activations(
    optimizer: str, copies: int
) -> None:
    """Weights once, gradients once, the optimizer's slots, activations a sample."""
    expected = 1000 * 4 * copies + 500 * 32
    assert training_memory_bytes(Cost(1000, 7, 500), 32, optimizer) == expected


def test_every_optimizer_of_a_recipe_has_its_slots() -> None:
    """A recipe's optimizer can always be accounted for."""
    assert set(OPTIMIZER_SLOTS) == set(get_args(Optimizer))


def test_an_unknown_optimizer_or_an_empty_batch_is_refused() -> None:
    """With the names that are known."""
    with pytest.raises(
        ConfigError, match="one of sgd, rmsprop, adam, adamw, got 'lion'"
    ):
        training_memory_bytes(Cost(), 1, "lion")
    with pytest.raises(ConfigError, match="batch_size: expected 1 or more, got 0"):
        training_memory_bytes(Cost(), 0)


def bytes_kept_by_torch(architecture: Architecture, shape: Shape, batch: int) -> float:
    """Bytes a sample of all tensors that autograd keeps, each memory counted once."""
    network = build(architecture, shape, 0).train()
    own = {
        tensor.untyped_storage().data_ptr()
        for tensor in (*network.parameters(), *network.buffers())
    }
    sizes: dict[int, int] = {}
    kept = []

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        memory = tensor.untyped_storage()
        if memory.data_ptr() not in own:
            sizes[memory.data_ptr()] = memory.nbytes()
            kept.append(tensor)  # so that its address is not given away again
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        network(torch.zeros(batch, *shape))
    return sum(sizes.values()) / batch


CONV = Layer("conv", {"filters": 8})
SEQUENCE, MAP, VOLUME = (4, 12), (4, 8, 8), (4, 4, 4, 4)


@pytest.mark.parametrize(
    ("shape", "layers"),
    [
        (MAP, [CONV]),
        (VOLUME, [CONV, Layer("batch_norm"), Layer("activation"), CONV]),
        *[
            (MAP, [CONV, Layer("activation", {"function": name}), CONV])
            for name in ACTIVATIONS
        ],
        (MAP, [Layer("separable_conv", {"filters": 8})]),
        (MAP, [Layer("factorised_conv", {"filters": 8})]),
        (SEQUENCE, [Layer("transposed_conv", {"filters": 8})]),
        (MAP, [CONV, Layer("mbconv", {"filters": 8})]),
        (MAP, [CONV, Layer("mbconv", {"filters": 4, "activation": "relu"})]),
        (MAP, [CONV, Layer("mbconv", {"filters": 8, "expansion": 1})]),
        (MAP, [CONV, Layer("mbconv", {"filters": 8, "squeeze_ratio": 0.0})]),
        (SEQUENCE, [CONV, Layer("squeeze_excitation")]),
        *[
            (shape, [CONV, Layer("dense_block", params), CONV])
            for shape in (SEQUENCE, MAP)
            for params in (
                {"layers": 1, "growth": 5},
                {"layers": 3, "growth": 4, "activation": "swish"},
            )
        ],
        (
            (40,),
            [
                Layer("dense", {"units": 30}),
                Layer("dense_block", {"layers": 2, "growth": 9, "kernel": 1}),
                Layer("dense", {"units": 3}),
            ],
        ),
        (MAP, [CONV, Layer("max_pool"), CONV]),
        (MAP, [CONV, Layer("average_pool"), CONV]),
        (MAP, [CONV, Layer("global_pool"), Layer("dense", {"units": 3})]),
        *[
            (shape, [CONV, Layer("attention_pool"), Layer("dense", {"units": 3})])
            for shape in (SEQUENCE, MAP)
        ],
        (
            MAP,
            [
                CONV,
                Layer("global_pool", {"function": "max"}),
                Layer("dense", {"units": 3}),
            ],
        ),
        (
            MAP,
            [CONV, Layer("activation"), Layer("flatten"), Layer("dense", {"units": 3})],
        ),
        (MAP, [CONV, Layer("layer_norm")]),
        (MAP, [CONV, Layer("dropout"), CONV]),
        ((40,), [Layer("dense", {"units": 30}), Layer("layer_norm"), Layer("dropout")]),
        (SEQUENCE, [Layer("lstm", {"units": 16})]),
        (SEQUENCE, [Layer("lstm", {"units": 3, "bidirectional": True})]),
        ((33, 5), [Layer("lstm", {"units": 64, "sequence": False})]),
        (SEQUENCE, [Layer("gru", {"units": 8, "bidirectional": True})]),
        (SEQUENCE, [Layer("gru", {"units": 8, "sequence": False})]),
    ],
)
def test_activation_memory_is_what_torch_keeps(
    shape: Shape, layers: list[Layer]
) -> None:
    """To 4 %: statistics of batch norm do not grow with the batch, and are not counted.

    Recurrent layers are the least exact.
    """
    architecture = Architecture.chain(layers)
    expected = architecture.cost(shape).activation_bytes
    assert bytes_kept_by_torch(architecture, shape, 64) == pytest.approx(expected, 0.04)


@pytest.mark.parametrize("op", ["sum", "gated_sum", "concat"])
@pytest.mark.parametrize("filters", [8, 12])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("vector", [False, True])
def test_activation_memory_of_merges_is_what_torch_keeps(
    op: str, filters: int, stride: int, vector: bool
) -> None:
    """Pooled, projected, both, and averaged to vectors: exactly."""
    second = Layer("conv", {"filters": filters, "stride": stride})
    last = Layer("global_pool") if vector else Layer("identity")
    layers = (Layer("input"), CONV, second, last, Layer(op), Layer("output"))
    edges = (Edge(0, 1), Edge(0, 2), Edge(2, 3), Edge(1, 4), Edge(3, 4, 1), Edge(4, 5))
    architecture = Architecture(layers, edges)
    expected = architecture.cost(MAP).activation_bytes
    assert bytes_kept_by_torch(architecture, MAP, 4) == expected

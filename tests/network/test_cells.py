"""Published cells as torch networks."""

from __future__ import annotations

import pytest
import torch

from evonas.cells import (
    Cell,
    FcnetCell,
    NasBench101Cell,
    NasBench201Cell,
    NasBenchGraphCell,
)
from evonas.errors import ArchitectureError
from evonas.network import build

CELLS = [
    NasBench201Cell("321132"),
    NasBench201Cell("300003"),  # both inner nodes cut off, each by another end
    NasBench201Cell("000000"),
    NasBench101Cell("100110100001001010101", "02001"),
    NasBench101Cell("1", ""),
    FcnetCell("011021043"),
]


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.key())
def test_a_cell_can_be_built_and_trained(cell: Cell) -> None:
    """It has the parameters that are computed, and every one that matters learns."""
    architecture = cell.architecture()
    network = build(architecture, cell.input_shape, 0)
    counted = sum(p.numel() for p in network.parameters())
    assert counted == architecture.cost(cell.input_shape).parameters
    outputs = network(torch.randn(2, *cell.input_shape))
    outputs.square().sum().backward()
    gradients = [p.grad for p in network.parameters()]
    assert all(g is not None and torch.isfinite(g).all() for g in gradients)


def test_what_is_cut_off_changes_nothing() -> None:
    """Whatever the weights of a convolution behind `none`."""
    cell = NasBench201Cell("300003")
    network = build(cell.architecture(), cell.input_shape, 0).eval()
    sample = torch.randn(2, *cell.input_shape)
    before = network(sample)
    layers = cell.architecture().layers
    for position, layer in enumerate(layers):
        if layer.marking.endswith("e01/conv"):
            weights = dict(network.named_parameters())
            name = next(n for n in weights if n.startswith(f"layer_{position}."))
            torch.nn.init.normal_(weights[name])
    assert torch.equal(network(sample), before)


def test_a_graph_operation_cannot_be_built() -> None:
    """And says so."""
    cell = NasBenchGraphCell("0112", "6710")
    with pytest.raises(ArchitectureError, match="cannot be built"):
        build(cell.architecture(), cell.input_shape, 0)

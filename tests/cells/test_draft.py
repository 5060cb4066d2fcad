"""Unrolling a network layer by layer."""

from __future__ import annotations

from evonas.architecture import Architecture, Layer
from evonas.cells.draft import Draft, Stock, stock


def test_a_draft_becomes_the_network_that_was_added() -> None:
    """Layers in order, merges by slot, and no layer for the sum of one."""
    draft = Draft()
    first = draft.add(Stock("activation"), "a", 0)
    second = draft.add(Stock("identity"), "b", 0)
    assert draft.sum("alone", [first]) == first
    network = draft.finish(draft.merge(Stock("concat"), "c", [second, first]))
    ops = [layer.op for layer in network.layers]
    assert ops == ["input", "activation", "identity", "concat", "output"]
    assert network.inputs_of(3) == (second, first)


def test_layers_are_made_once_and_complete() -> None:
    """So that an architecture of them asks the catalogue for nothing."""
    layers = stock("conv", filters=8)
    assert layers.layer("x") is stock("conv", filters=8).layer("x")
    whole = Architecture.chain([Layer("conv", {"filters": 8}, "x")]).layers[1]
    assert layers.layer("x") == whole

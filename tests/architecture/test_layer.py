"""Layers and edges as values."""

from __future__ import annotations

import pickle

import pytest

from evonas.architecture import Edge, Layer


def test_layers_with_the_same_parameters_in_another_order_are_equal() -> None:
    """Parameters are a mapping: their order means nothing, for the hash neither."""
    one = Layer("conv", {"filters": 8, "kernel": 3}, "m")
    other = Layer("conv", {"kernel": 3, "filters": 8}, "m")
    assert one == other
    assert hash(one) == hash(other)


def test_a_layer_survives_pickling_between_processes() -> None:
    """Requests travel to workers as pickles, and layers with them."""
    layer = Layer("conv", {"filters": 8}, "m")
    assert pickle.loads(pickle.dumps(layer)) == layer


def test_parameters_of_a_layer_cannot_be_written() -> None:
    """Architectures share layers, so nobody may change one."""
    with pytest.raises(TypeError, match="item assignment"):
        Layer("conv", {"filters": 8}).params["filters"] = 9  # type: ignore[index]


def test_edges_sort_by_source_target_and_slot() -> None:
    """The order of an architecture's edges is theirs."""
    edges = [Edge(1, 2, 0), Edge(0, 2, 1), Edge(0, 1, 0)]
    assert sorted(edges) == [Edge(0, 1, 0), Edge(0, 2, 1), Edge(1, 2, 0)]

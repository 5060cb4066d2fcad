"""What is remembered of a layer."""

from __future__ import annotations

import pytest

from evonas.architecture import Layer, resolved
from evonas.architecture.resolved import resolve, unusual
from evonas.errors import ArchitectureError


def test_a_layer_is_resolved_once_however_it_is_written() -> None:
    """With defaults or without, it is one object; only one is complete."""
    short, complete = resolve(Layer("conv", {"filters": 8}))
    assert not complete
    again, complete = resolve(Layer("conv", short.params, "marked"))
    assert complete
    assert again is short


def test_results_are_remembered_by_the_shapes_read() -> None:
    """The second question is answered with the first one's answer."""
    layer, _ = resolve(Layer("conv", {"filters": 8}))
    assert layer.applied_to(((3, 8, 8),)) is layer.applied_to(((3, 8, 8),))
    assert layer.applied_to(((3, 8, 8),)) != layer.applied_to(((4, 8, 8),))


def test_the_memories_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search of a million candidates does not fill the machine."""
    monkeypatch.setattr(resolved, "MEMORY_ENTRIES", 10)
    monkeypatch.setattr(resolved, "_memory", {})
    for filters in range(1, 40):
        found, _ = resolve(Layer("conv", {"filters": filters}))
        assert found.params["filters"] == filters
        assert len(resolved._memory) <= 12
    layer, _ = resolve(Layer("identity"))
    for side in range(1, 40):
        assert layer.applied_to(((1, side),)).shape == (1, side)
        assert len(layer._applied) <= 10


def test_what_differs_from_the_defaults_is_unusual() -> None:
    """Required parameters always are."""
    found, _ = resolve(Layer("conv", {"filters": 8, "kernel": 3, "stride": 2}))
    assert unusual(found.kind, found.params) == {"filters": 8, "stride": 2}


def test_a_kind_must_be_named_by_text() -> None:
    """From Python one may write anything."""
    with pytest.raises(ArchitectureError, match="name of a layer kind, got 7"):
        resolve(Layer(7))  # type: ignore[arg-type]

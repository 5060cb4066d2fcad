"""Drawings."""

from __future__ import annotations

from pathlib import Path

import pytest
from architecture_strategies import architectures
from hypothesis import given, settings

from evonas.architecture import Architecture, Edge, Layer, Shape, draw
from evonas.architecture.draw import MAX_INCHES
from evonas.errors import InputError


def branched() -> Architecture:
    """Two ways and a skip connection."""
    conv = Layer("conv", {"filters": 8})
    layers = (Layer("input"), conv, conv, Layer("sum"), Layer("output"))
    edges = (
        Edge(0, 1),
        Edge(1, 2),
        Edge(1, 3),
        Edge(2, 3, 1),
        Edge(0, 3, 2),
        Edge(3, 4),
    )
    return Architecture(layers, edges)


@settings(max_examples=10)
@given(architectures())
def test_everything_can_be_drawn(drawn: tuple[Architecture, Shape]) -> None:
    """A box and a text a layer, a curve an edge (parallel ones fall together)."""
    architecture, shape = drawn
    axes = draw(architecture, shape).axes[0]
    ways = {(edge.source, edge.target) for edge in architecture.edges}
    assert len(axes.texts) == len(architecture.layers)
    assert len(axes.patches) == len(architecture.layers) + len(ways)


def test_boxes_tell_kind_main_parameters_and_shape() -> None:
    """Without a shape of the sample, the shapes are left out."""
    texts = [text.get_text() for text in draw(branched(), (3, 9, 9)).axes[0].texts]
    assert texts[1] == "conv 3×3, 8 filters\n8×9×9"
    texts = [text.get_text() for text in draw(branched()).axes[0].texts]
    assert texts[1] == "conv 3, 8 filters"


def test_labels_fit_into_their_boxes() -> None:
    """Measured on the rendered figure."""
    figure = draw(
        Architecture.chain(
            [Layer("separable_conv", {"filters": 1024, "dilation": 2, "bias": False})]
        ),
        (3, 32, 32),
    )
    axes = figure.axes[0]
    boxes = [patch for patch in axes.patches if hasattr(patch, "get_boxstyle")]
    for box, text in zip(boxes, axes.texts, strict=True):
        outer, inner = box.get_window_extent(), text.get_window_extent()
        assert outer.x0 < inner.x0 < inner.x1 < outer.x1
        assert outer.y0 < inner.y0 < inner.y1 < outer.y1


@pytest.mark.parametrize(
    ("ending", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")]
)
def test_a_drawing_is_written_in_the_format_of_its_name(
    tmp_path: Path, ending: str, start: bytes
) -> None:
    """And nothing else is left in the folder."""
    path = tmp_path / f"drawing.{ending}"
    path.write_text("older")
    draw(branched(), (3, 9, 9), path)
    assert path.read_bytes().startswith(start)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["drawing.xyz", "drawing"])
def test_an_unknown_format_is_refused(tmp_path: Path, name: str) -> None:
    """With the formats there are."""
    with pytest.raises(InputError, match=r"ends in one of .*png.*, got"):
        draw(branched(), path=tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_very_deep_network_still_makes_a_picture_of_bounded_size() -> None:
    """It is scaled down instead of failing in the renderer."""
    figure = draw(Architecture.chain([Layer("identity")] * 600))
    assert max(figure.get_size_inches()) <= MAX_INCHES

"""Drawing of an architecture: boxes from top to bottom, edges in lanes of their own."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from evonas.architecture.describe import describe, shape_text
from evonas.architecture.graph import Architecture
from evonas.architecture.layer import Shape
from evonas.architecture.layout import Point, lay_out
from evonas.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# inches, at scale 1
_ROW = 0.72
_BOX_HEIGHT = 0.46
_CHARACTER = 0.068
_MARGIN = 0.3
_FONT_POINTS = 8.0
#: Longest side of a drawing; larger ones are scaled down, letters and all.
MAX_INCHES = 200.0
_DOTS_PER_INCH = 100

_COLOURS = {
    "input": "#d9d9d9",
    "output": "#d9d9d9",
    "identity": "#f2f2f2",
    "zero": "#f2f2f2",
    "truncate": "#f2f2f2",
    "conv": "#9ecae1",
    "separable_conv": "#9ecae1",
    "factorised_conv": "#9ecae1",
    "asymmetric_conv": "#9ecae1",
    "transposed_conv": "#9ecae1",
    "mbconv": "#6baed6",
    "squeeze_excitation": "#6baed6",
    "dense_block": "#6baed6",
    "max_pool": "#fdae6b",
    "average_pool": "#fdae6b",
    "global_pool": "#fdae6b",
    "attention_pool": "#fdae6b",
    "flatten": "#f2f2f2",
    "dense": "#a1d99b",
    "embedding": "#a1d99b",
    "batch_norm": "#dadaeb",
    "layer_norm": "#dadaeb",
    "activation": "#fee391",
    "dropout": "#f2f2f2",
    "lstm": "#fa9fb5",
    "gru": "#fa9fb5",
    "sum": "#ffffff",
    "gated_sum": "#ffffff",
    "concat": "#ffffff",
}
_OWN_KIND_COLOUR = "#c7e9c0"


def draw(
    architecture: Architecture,
    shape: Shape | None = None,
    path: str | os.PathLike[str] | None = None,
) -> Figure:
    """The architecture as a matplotlib figure.

    Args:
        architecture: to draw.
        shape: of one sample; if given, every box tells the shape of its output.
        path: file to write (png, svg, pdf...); replaced if it exists.

    Raises:
        InputError: if the path's ending is no picture format, or the file cannot be
            written.
    """
    from matplotlib.figure import Figure

    labels = _labels(architecture, shape)
    widths = [max(map(len, label.split("\n"))) * _CHARACTER + 0.2 for label in labels]
    inputs = [architecture.inputs_of(at) for at in range(len(labels))]
    layout = lay_out(inputs, architecture.order(), widths, gap=0.25)
    left = min(
        x - width / 2 for (x, _), width in zip(layout.places, widths, strict=True)
    )
    right = max(
        x + width / 2 for (x, _), width in zip(layout.places, widths, strict=True)
    )
    bends = [x for route in layout.routes.values() for x, _ in route]
    left, right = min([left, *bends]) - _MARGIN, max([right, *bends]) + _MARGIN
    bottom = max(rank for _, rank in layout.places) * _ROW + _BOX_HEIGHT / 2 + _MARGIN
    top = -_BOX_HEIGHT / 2 - _MARGIN
    scale = min(1.0, MAX_INCHES / max(right - left, bottom - top))
    figure = Figure(
        figsize=((right - left) * scale, (bottom - top) * scale), dpi=_DOTS_PER_INCH
    )
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set(xlim=(left, right), ylim=(bottom, top))
    axes.axis("off")
    for route in layout.routes.values():
        _draw_edge(axes, route, scale)
    for at, (x, rank) in enumerate(layout.places):
        colour = _COLOURS.get(architecture.layers[at].op, _OWN_KIND_COLOUR)
        _draw_box(axes, (x, rank * _ROW), widths[at], labels[at], colour, scale)
    if path is not None:
        _write(figure, Path(path))
    return figure


def _labels(architecture: Architecture, shape: Shape | None) -> list[str]:
    if shape is None:
        return [describe(layer) for layer in architecture.layers]
    shapes = architecture.shapes(shape)
    labels = []
    for at, layer in enumerate(architecture.layers):
        reads = architecture.inputs_of(at)
        rank = len(shapes[reads[0]]) - 1 if reads else None
        labels.append(f"{describe(layer, rank)}\n{shape_text(shapes[at])}")
    return labels


def _draw_edge(axes: Axes, route: Sequence[Point], scale: float) -> None:
    """A curve through the route that turns between the rows only."""
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path as Curve

    half = _BOX_HEIGHT / 2
    x, rank = route[0]
    vertices, codes = [(x, rank * _ROW + half)], [Curve.MOVETO]
    for (x, rank), (next_x, next_rank) in pairwise(route):
        leaving, arriving = rank * _ROW + half, next_rank * _ROW - half
        middle = (leaving + arriving) / 2
        vertices += [(x, middle), (next_x, middle), (next_x, arriving)]
        codes += [Curve.CURVE4] * 3
        if (next_x, next_rank) != route[-1]:
            vertices.append((next_x, next_rank * _ROW + half))
            codes.append(Curve.LINETO)
    axes.add_patch(
        FancyArrowPatch(
            path=Curve(vertices, codes),
            arrowstyle="-|>",
            mutation_scale=9 * scale,
            linewidth=0.9 * scale,
            color="#333333",
        )
    )


def _draw_box(
    axes: Axes, centre: Point, width: float, label: str, colour: str, scale: float
) -> None:
    from matplotlib.patches import FancyBboxPatch

    x, y = centre
    axes.add_patch(
        FancyBboxPatch(
            (x - width / 2, y - _BOX_HEIGHT / 2),
            width,
            _BOX_HEIGHT,
            boxstyle="round,pad=0,rounding_size=0.06",
            facecolor=colour,
            edgecolor="#333333",
            linewidth=0.8 * scale,
        )
    )
    axes.text(x, y, label, ha="center", va="center", fontsize=_FONT_POINTS * scale)


def _write(figure: Figure, path: Path) -> None:
    """Write beside, then rename."""
    known = figure.canvas.get_supported_filetypes()
    ending = path.suffix.removeprefix(".").lower()
    if ending not in known:
        raise InputError(
            f"{path}: expected a file name that ends in one of "
            f"{', '.join(sorted(known))}, got {path.suffix or 'no ending'!r}"
        )
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        figure.savefig(beside, format=ending)
        os.replace(beside, path)
    except OSError as error:
        raise InputError(
            f"{path}: expected to write a picture here, got: {error.strerror}; make "
            "its directory, or choose another one"
        ) from error
    finally:
        with contextlib.suppress(OSError):
            beside.unlink()

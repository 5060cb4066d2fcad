"""Architectures in words: a layer in a line, a network as a table for terminals."""

from __future__ import annotations

from evonas.architecture.catalogue import kind_of
from evonas.architecture.graph import Architecture
from evonas.architecture.layer import Layer, Shape

# said first, the number before the name: `32 filters`
_COUNTED = ("filters", "units")


def describe(layer: Layer, rank: int | None = None) -> str:
    """A layer in a line: `conv 3×3, 32 filters, stride 2`.

    Parameters at their defaults are left out, but for the kernel.

    Args:
        layer: with complete parameters, as an architecture holds it.
        rank: number of sides of the map it reads, if known.
    """
    known = kind_of(layer.op).parameters
    first, words = layer.op.rpartition(":")[2], []
    for name, value in sorted(layer.params.items(), key=lambda item: _place(item[0])):
        usual = known[name].default
        if name == "kernel":
            first += " " + "×".join([str(value)] * (rank or 1))
        elif name in _COUNTED:
            words.append(f"{value} {name}")
        elif name == "function":
            words.append(str(value))
        elif isinstance(value, bool) and value != usual:
            words.append(name if value else f"no {name}")
        elif value != usual:
            words.append(f"{name.replace('_', ' ')} {value}")
    return ", ".join([first, *words])


def _place(name: str) -> tuple[bool, str]:
    return (name not in _COUNTED, name)


def shape_text(shape: Shape) -> str:
    """A shape for people: `32×8×8`.

    Args:
        shape: of one sample.
    """
    return "×".join(map(str, shape))


def to_text(architecture: Architecture, shape: Shape) -> str:
    """A table with a line a layer, in the order in which they run, and the totals.

    Args:
        architecture: to describe.
        shape: of one sample.
    """
    shapes, costs = architecture.shapes(shape), architecture.layer_costs(shape)
    rows = [("", "layer", "reads", "output", "parameters", "multiply-adds")]
    for at in architecture.order():
        reads = architecture.inputs_of(at)
        rank = len(shapes[reads[0]]) - 1 if reads else None
        rows.append(
            (
                str(at),
                describe(architecture.layers[at], rank),
                ", ".join(map(str, reads)),
                shape_text(shapes[at]),
                f"{costs[at].parameters:,}" if costs[at].parameters else "",
                f"{costs[at].multiply_adds:,}" if costs[at].multiply_adds else "",
            )
        )
    total = architecture.cost(shape)
    rows.append(
        ("", "all", "", "", f"{total.parameters:,}", f"{total.multiply_adds:,}")
    )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [
            text.rjust(width) if column in (0, 4, 5) else text.ljust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    rule = "─" * max(map(len, lines))
    return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1]])

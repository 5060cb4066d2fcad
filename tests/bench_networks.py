"""A database of made-up problems whose best networks have styles of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from bench_records import PROBLEM, record

from evonas.architecture import Architecture, Edge, Layer
from minibench import BenchCost, BenchRecord, Problem


@dataclass(frozen=True)
class Style:
    """What the best networks of a problem have, more often than others.

    Attributes:
        op: of their convolutions.
        kernel: of these.
        activation: that follows them.
        merge: of their branches.
    """

    op: str = "conv"
    kernel: int = 3
    activation: str = "relu"
    merge: str = "sum"


#: name of a problem → the style of its best; all of images but the last one
STYLES: Mapping[str, Style] = {
    "dots": Style(),
    "lines": Style("separable_conv", 5, "elu", "concat"),
    "rings": Style(activation="swish", merge="concat"),
    "waves": Style("lstm", 1, "tanh"),
}
_IMAGE, _SERIES = (1, 8, 8), (2, 12)


def problem(name: str) -> Problem:
    """The problem of a name in `STYLES`."""
    if name == "waves":
        series = {"modality": "series", "input_shape": _SERIES}
        return replace(PROBLEM, name=name, **series)
    return replace(PROBLEM, name=name)


def network(style: Style, rng: np.random.Generator, blocks: int) -> Architecture:
    """A network of a style: a chain of blocks, some of them with a branch.

    Args:
        style: of its layers.
        rng: draws widths and branches.
        blocks: how many.
    """
    layers = [Layer("input")]
    edges: list[Edge] = []

    def add(op: str, *sources: int, **params: Any) -> int:
        layers.append(Layer(op, params))
        place = len(layers) - 1
        edges.extend(Edge(one, place, slot) for slot, one in enumerate(sources))
        return place

    at = 0
    for _ in range(blocks):
        width = int(rng.choice((8, 16, 32)))
        if style.op == "lstm":
            end = add("lstm", at, units=width)
        else:
            end = add(style.op, at, filters=width, kernel=style.kernel)
            end = add("batch_norm", end)
        end = add("activation", end, function=style.activation)
        at = add(style.merge, at, end) if rng.random() < 0.4 else end
    at = add("global_pool", at)
    add("output", add("dense", at, units=3))
    return Architecture(tuple(layers), tuple(edges))


def records(
    name: str, runs: int = 3, networks: int = 8, **changes: Any
) -> Iterator[BenchRecord]:
    """The records of a problem: half of every run's networks are good ones.

    Good networks have the problem's style and more blocks, others any style of its
    modality.

    Args:
        name: of the problem.
        runs: searches that they come from.
        networks: of each.
        changes: other fields of the records.
    """
    own = problem(name)
    rng = np.random.default_rng(list(name.encode()))
    styles = [
        style
        for other, style in STYLES.items()
        if problem(other).modality == own.modality
    ]
    for run in range(runs):
        for number in range(networks):
            good = number % 2 == 0
            style = STYLES[name] if good else styles[int(rng.integers(len(styles)))]
            blocks = int(rng.integers(3, 6)) if good else int(rng.integers(1, 3))
            architecture = network(style, rng, blocks)
            fields: dict[str, Any] = {
                "problem": own.key,
                "architecture": architecture,
                "input_shape": own.input_shape,
                "cost": BenchCost.of(architecture, own.input_shape, 1.0),
                "strategy": "codeepneat",
                "run": f"run {run}",
                "seed": number,
            }
            value = (0.7 if good else 0.3) + 0.1 * rng.random()
            yield record(value, **{**fields, **changes})


def bench(
    names: Sequence[str] = tuple(STYLES), **changes: Any
) -> dict[Problem, list[BenchRecord]]:
    """Problems with their records; arguments of `records` besides."""
    return {problem(name): list(records(name, **changes)) for name in names}

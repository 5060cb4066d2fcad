"""Small architectures and tasks on which trainings take milliseconds."""

from __future__ import annotations

from typing import Any

import numpy as np

from evonas.architecture import Architecture, Edge, Layer
from evonas.candidate import Candidate, Recipe
from evonas.evaluation import Fidelity, Request
from evonas.tasks import METRICS, Task


def layer(op: str, marking: str = "", **params: Any) -> Layer:
    """A layer with its parameters by keyword."""
    return Layer(op, params, marking)


def convolutional(
    outputs: int = 3, filters: int = 6, dropout: float = 0.0
) -> Architecture:
    """Convolution, batch norm, pooling, global average and a dense head."""
    layers = [
        layer("conv", "stem", filters=filters),
        layer("batch_norm", "norm"),
        layer("activation"),
        layer("max_pool"),
        *([layer("dropout", rate=dropout)] if dropout else []),
        layer("conv", "second", filters=filters, kernel=1),
        layer("activation"),
        layer("global_pool"),
        layer("dense", "head", units=outputs),
    ]
    return Architecture.chain(layers)


def branching(outputs: int = 3) -> Architecture:
    """Two branches of different sizes, joined by a sum and flattened."""
    layers = (
        layer("input"),
        layer("conv", filters=4),
        layer("max_pool"),
        layer("conv", filters=6),
        layer("sum"),
        layer("flatten"),
        layer("dense", units=outputs),
        layer("output"),
    )
    edges = ((0, 1), (1, 2), (1, 3), (2, 4), (3, 4, 1), (4, 5), (5, 6), (6, 7))
    return Architecture(layers, tuple(Edge(*edge) for edge in edges))


def dense(outputs: int = 3) -> Architecture:
    """Two dense layers, for tables."""
    layers = [
        layer("dense", "hidden", units=16),
        layer("activation", function="tanh"),
        layer("dense", "head", units=outputs),
    ]
    return Architecture.chain(layers)


def blobs(samples: int = 90, channels: int = 0, side: int = 8) -> Task:
    """Images of three classes: a bright spot at one of three places."""
    rng = np.random.default_rng(1)
    shape = (samples, side, side, channels) if channels else (samples, side, side)
    images = rng.integers(0, 60, shape, dtype=np.uint8)
    labels = np.arange(samples) % 3
    for image, label in zip(images, labels, strict=True):
        image[2 * label : 2 * label + 3, 1:6] += 150
    return Task.from_arrays(
        images[: samples * 2 // 3],
        labels[: samples * 2 // 3],
        images[samples * 2 // 3 :],
        labels[samples * 2 // 3 :],
        name="blobs",
    )


def plane(samples: int = 120) -> Task:
    """A regression: a linear function with a large offset and a small slope."""
    rng = np.random.default_rng(2)
    x = rng.normal(5, 3, (samples, 4)).astype(np.float32)
    y = 1000 + 0.1 * (x @ np.array([1.0, -2.0, 0.5, 3.0], np.float32))
    return Task.from_arrays(x[:80], y[:80], x[80:], y[80:], name="plane")


def sequences(samples: int = 60) -> Task:
    """Tokens of two classes: which of two tokens comes more often."""
    rng = np.random.default_rng(3)
    labels = np.arange(samples) % 2
    tokens = (rng.random((samples, 9)) < np.where(labels, 0.8, 0.2)[:, None]).astype(
        np.int64
    )
    return Task(
        "sequences",
        "text",
        "tokens",
        METRICS["accuracy"],
        2,
        tokens[:40],
        labels[:40],
        tokens[40:],
        labels[40:],
        ("few", "many"),
    )


def request(
    architecture: Architecture | None = None,
    epochs: float = 1.0,
    data_share: float = 1.0,
    number: int = 7,
    seed: int = 11,
    more: dict[str, Any] | None = None,
    **recipe: Any,
) -> Request:
    """A request to train an architecture; keywords are fields of the recipe."""
    candidate = Candidate(
        architecture or convolutional(), Recipe(**{"batch_size": 8, **recipe})
    )
    return Request(
        number, candidate, Fidelity(epochs, data_share), seed, **(more or {})
    )

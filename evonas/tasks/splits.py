"""Orders and splits of samples, the same for equal seeds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Splits:
    """Positions in the training arrays.

    Attributes:
        train: to fit on, in an order of which every first part is a fair sample (for
            classification: stratified), so that shares of it are nested.
        validation: to judge on while searching.
    """

    train: Indices
    validation: Indices


def shuffled_order(count: int, rng: np.random.Generator) -> Indices:
    """A random order of `count` samples."""
    return rng.permutation(count).astype(np.int64)


def stratified_order(labels: NDArray[np.int64], rng: np.random.Generator) -> Indices:
    """A random order in which every first part holds each class by its share.

    The j-th sample of a class of n has its place at (j + 1/2) / n, and places are
    sorted. A first part of c of N samples is off by at most 1/2 + n k / (2 N) for a
    class of n among k classes: one sample where classes are of one size, more for a
    large class among many small ones.
    """
    order = rng.permutation(len(labels))
    by_class = order[np.argsort(labels[order], kind="stable")]
    counts = np.bincount(labels)
    starts = np.cumsum(counts) - counts
    sizes = counts[labels[by_class]]
    rank = np.arange(len(labels)) - starts[labels[by_class]]
    place = (rank + 0.5) / sizes
    # Classes of one size would tie in label order: ties are drawn.
    return by_class[np.lexsort((rng.random(len(labels)), place))].astype(np.int64)

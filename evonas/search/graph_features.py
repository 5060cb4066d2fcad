"""Genomes as vectors for models that compare them: a Weisfeiler-Lehman histogram.

Each round, a vertex gets a label made of its own and of those that it reads and that
read it; counting labels over all rounds tells which small neighbourhoods a graph has
(Shervashidze et al. 2011; for NAS: Ru et al., ICLR 2021). Labels are hashed to a fixed
number of columns, with signs, so that products of histograms keep their expectation.
Beside the histogram stands the space's own vector: the choices, sizes, the recipe.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from evonas.cells import Graph
from evonas.genome import GenomeSpace

#: columns of the histogram
COLUMNS = 128


def features(
    genomes: GenomeSpace[Any], genome: Any, rounds: int
) -> NDArray[np.float64]:
    """Histogram and vector of one genome, each of length about 1.

    Args:
        genomes: the whole space, so that a narrower one has the same columns.
        genome: of that space.
        rounds: of relabelling; 0: counts of the labels alone.

    Raises:
        ArchitectureError: the genome is no network.
    """
    vector: NDArray[np.float64] = genomes.vector(genome)
    vector = vector * min(1.0, len(genomes.choices) ** -0.5)
    graph = genomes.graph(genome)
    if graph is None:
        return vector
    return np.concatenate([histogram(graph, rounds), vector])


def histogram(graph: Graph, rounds: int) -> NDArray[np.float64]:
    """Hashed counts of the labels of all rounds, of length 1."""
    counts = np.zeros(COLUMNS)
    for label in _labels(graph, rounds):
        counts[label % COLUMNS] += 1 if label & 0x1000000 else -1
    length = float(np.linalg.norm(counts))
    return counts / length if length else counts


def _labels(graph: Graph, rounds: int) -> Sequence[int]:
    names, edges = graph
    read: list[list[int]] = [[] for _ in names]
    readers: list[list[int]] = [[] for _ in names]
    for source, target in edges:
        read[target].append(source)
        readers[source].append(target)
    labels = [crc32(name.encode()) for name in names]
    found = list(labels)
    for _ in range(rounds):
        labels = [
            crc32(
                repr(
                    (
                        own,
                        sorted([labels[one] for one in read[at]]),
                        sorted([labels[one] for one in readers[at]]),
                    )
                ).encode()
            )
            for at, own in enumerate(labels)
        ]
        found += labels
    return found

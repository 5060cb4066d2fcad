"""A graph network over folded graphs: fitted elsewhere, evaluated here, in NumPy.

Two steps of message passing (Scarselli et al. 2009; Kipf & Welling 2017), with weights
of their own for each direction: a group's vector is made anew of its own, of the mean
of those that it reads and of the mean of those that read it. Mean and maximum over all
groups give a score for each class, and a softmax, with a temperature that was fitted on
networks of other runs, the probabilities.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from math import log1p
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evonas.encoding import WordGraph
from evonas.errors import DataError
from minibench import strict
from minibench.classifier import arrays
from minibench.classifier.pairwise import read_classes

#: steps of message passing
STEPS = 2
#: most words that a network knows
MAX_WORDS = 2_000
#: most numbers of a group's vector
MAX_WIDTH = 256
#: longest word
_MAX_WORD = 200

Array = NDArray[np.float64]

_KEYS = ("words", "classes", "width", "temperature", "weights")


@dataclass(frozen=True)
class Stacked:
    """Graphs beside each other.

    Attributes:
        words: (groups, words) how often each is said, as logarithms.
        sources: of the edges, positions of groups.
        targets: of the edges.
        graph_of: (groups,) which graph each group is of, rising.
        count: of the graphs.
    """

    words: Array
    sources: NDArray[np.intp]
    targets: NDArray[np.intp]
    graph_of: NDArray[np.intp]
    count: int


def stack(graphs: Sequence[WordGraph], words: Sequence[str]) -> Stacked:
    """Some graphs in the words that are known; others are passed over.

    Args:
        graphs: one or more.
        words: that are known.
    """
    places = {word: at for at, word in enumerate(words)}
    return _stack(graphs, places)


def _stack(graphs: Sequence[WordGraph], places: Mapping[str, int]) -> Stacked:
    sizes = [len(graph.words) for graph in graphs]
    starts = np.cumsum([0, *sizes[:-1]])
    found = np.zeros((sum(sizes), len(places)))
    row = 0
    for graph in graphs:
        for said in graph.words:
            for word, count in said.items():
                at = places.get(word)
                if at is not None:
                    found[row, at] = log1p(count)
            row += 1
    edges = [
        (start + source, start + target)
        for graph, start in zip(graphs, starts, strict=True)
        for source, target in graph.edges
    ]
    both = np.array(edges, dtype=np.intp).reshape(-1, 2)
    return Stacked(
        found,
        both[:, 0],
        both[:, 1],
        np.repeat(np.arange(len(graphs)), sizes),
        len(graphs),
    )


def shapes(words: int, width: int, classes: int) -> dict[str, tuple[int, ...]]:
    """Name → size of every array of weights, in their order.

    Args:
        words: that are known.
        width: numbers of a group's vector.
        classes: to be told apart.
    """
    found: dict[str, tuple[int, ...]] = {"first": (words, width), "bias": (width,)}
    for step in range(STEPS):
        for part in ("own", "read", "readers"):
            found[f"{part}{step}"] = (width, width)
        found[f"bias{step}"] = (width,)
    found["last"] = (2 * width, classes)
    found["scores"] = (classes,)
    return found


@dataclass(frozen=True)
class GraphNetwork:
    """A fitted graph network.

    Attributes:
        words: that it knows, sorted.
        classes: names, two or more.
        weights: name → array, as `shapes` lists them.
        temperature: that scores are divided by, above 0.
    """

    words: tuple[str, ...]
    classes: tuple[str, ...]
    weights: Mapping[str, Array]
    temperature: float

    @cached_property
    def _places(self) -> dict[str, int]:
        return {word: at for at, word in enumerate(self.words)}

    def scores(self, graphs: Sequence[WordGraph]) -> Array:
        """(graphs, classes), before temperature and softmax.

        Args:
            graphs: one or more.
        """
        batch, weights = _stack(graphs, self._places), self.weights
        sources, targets = batch.sources, batch.targets
        h = np.maximum(batch.words @ weights["first"] + weights["bias"], 0.0)
        for step in range(STEPS):
            h = np.maximum(
                h @ weights[f"own{step}"]
                + _mean(h @ weights[f"read{step}"], sources, targets)
                + _mean(h @ weights[f"readers{step}"], targets, sources)
                + weights[f"bias{step}"],
                0.0,
            )
        starts = np.searchsorted(batch.graph_of, np.arange(batch.count))
        sizes = np.diff([*starts, len(h)])[:, None]
        seen = np.concatenate(
            [np.add.reduceat(h, starts) / sizes, np.maximum.reduceat(h, starts)], axis=1
        )
        found: Array = seen @ weights["last"] + weights["scores"]
        return found

    def probabilities(self, graphs: Sequence[WordGraph]) -> Array:
        """(graphs, classes), each with sum 1.

        Args:
            graphs: one or more.
        """
        return softmax(self.scores(graphs) / self.temperature)

    def unseen(self, graph: WordGraph) -> float:
        """Share of a graph's groups of which a word is not known here.

        Args:
            graph: of one network.
        """
        known = sum(said.keys() <= self._places.keys() for said in graph.words)
        return 1.0 - known / len(graph.words)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {
            "words": list(self.words),
            "classes": list(self.classes),
            "width": len(self.weights["bias"]),
            "temperature": self.temperature,
            "weights": {name: one.tolist() for name, one in self.weights.items()},
        }

    @classmethod
    def from_json(cls, data: Any, place: str = "network") -> GraphNetwork:
        """The inverse of `to_json`; DataError for anything else.

        Args:
            data: JSON values from anywhere.
            place: of them, for messages.
        """
        fields = strict.Fields(data, place, _KEYS)
        words = [
            strict.text(one, f"{place}: words[{at}]", _MAX_WORD)
            for at, one in enumerate(fields.items("words", MAX_WORDS))
        ]
        if sorted(set(words)) != words:
            raise DataError(f"{place}: words: expected sorted words, each once")
        width = fields.whole("width")
        if not 1 <= width <= MAX_WIDTH:
            raise DataError(
                f"{place}: width: expected from 1 to {MAX_WIDTH}, got {width}"
            )
        temperature = fields.number("temperature")
        if temperature <= 0:
            raise DataError(
                f"{place}: temperature: expected a number above 0, got {temperature:g}"
            )
        classes = read_classes(fields)
        sizes = shapes(len(words), width, len(classes))
        own = strict.Fields(fields.raw("weights"), f"{place}: weights", tuple(sizes))
        weights = {
            name: arrays.read(own.raw(name), f"{own.place}: {name}", size)
            for name, size in sizes.items()
        }
        return cls(tuple(words), classes, weights, temperature)


def softmax(scores: Array) -> Array:
    """Probabilities of scores, along the last axis."""
    risen = np.exp(scores - scores.max(axis=-1, keepdims=True))
    found: Array = risen / risen.sum(axis=-1, keepdims=True)
    return found


def pairs(probabilities: Array) -> Array:
    """(…, pairs) probability of each pair's first class, if it is one of the two.

    Args:
        probabilities: (…, classes).
    """
    both = combinations(range(probabilities.shape[-1]), 2)
    first, second = zip(*both, strict=True)
    one, other = probabilities[..., first], probabilities[..., second]
    found: Array = np.maximum(one, 1e-300) / np.maximum(one + other, 2e-300)
    return found


def _mean(h: Array, sources: NDArray[np.intp], targets: NDArray[np.intp]) -> Array:
    """For each row, the mean of those that edges lead from; 0 where none does."""
    found = np.zeros_like(h)
    np.add.at(found, targets, h[sources])
    counts = np.bincount(targets, minlength=len(h))
    result: Array = found / np.maximum(counts, 1)[:, None]
    return result

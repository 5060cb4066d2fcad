"""A graph network over folded graphs: fitted elsewhere, evaluated here, in NumPy.

Two steps of message passing (Scarselli et al. 2009; Kipf & Welling 2017), with weights
of their own for each direction: a group's vector is made anew of its own, of the mean
of those that it reads and of the mean of those that read it. Mean and maximum over all
groups give a score for each class, to which the recipe adds; a softmax, with a
temperature that was fitted on networks of other runs, gives the probabilities.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
from minibench.classifier.scale import Scale

#: steps of message passing
STEPS = 2
#: most words that a network knows
MAX_WORDS = 2_000
#: most numbers of a group's vector
MAX_WIDTH = 256
#: longest word
_MAX_WORD = 200

Array = NDArray[np.float64]

_KEYS = ("words", "classes", "width", "temperature", "weights", "recipe")


def shapes(
    words: int, width: int, classes: int, recipe: int = 0
) -> dict[str, tuple[int, ...]]:
    """Name → size of every array of weights, in their order.

    Args:
        words: that are known.
        width: numbers of a group's vector.
        classes: to be told apart.
        recipe: numbers that are read of recipes.
    """
    found: dict[str, tuple[int, ...]] = {"first": (words, width), "bias": (width,)}
    for step in range(STEPS):
        for part in ("own", "read", "readers"):
            found[f"{part}{step}"] = (width, width)
        found[f"bias{step}"] = (width,)
    found["last"] = (2 * width, classes)
    found["scores"] = (classes,)
    if recipe:
        found["recipe"] = (recipe, classes)
    return found


@dataclass(frozen=True)
class GraphNetwork:
    """A fitted graph network.

    Attributes:
        words: that it knows, sorted.
        classes: names, two or more.
        weights: name → array, as `shapes` lists them.
        temperature: that scores are divided by, above 0.
        recipe: what is read of recipes; by default nothing.
    """

    words: tuple[str, ...]
    classes: tuple[str, ...]
    weights: Mapping[str, Array]
    temperature: float
    recipe: Scale = field(default_factory=Scale)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {word: at for at, word in enumerate(self.words)}

    def scores(self, graphs: Sequence[WordGraph]) -> Array:
        """(graphs, classes), before temperature and softmax.

        Args:
            graphs: one or more.
        """
        return np.array([self._scores(graph) for graph in graphs])

    def _scores(self, graph: WordGraph) -> Array:
        weights = self.weights
        edges = np.array(graph.edges, dtype=np.intp).reshape(-1, 2)
        sources, targets = edges[:, 0], edges[:, 1]
        read = _means(targets, sources, len(graph.words))
        readers = _means(sources, targets, len(graph.words))
        heard = hear(graph, self._places)
        h = np.maximum(heard @ weights["first"] + weights["bias"], 0.0)
        for step in range(STEPS):
            h = np.maximum(
                h @ weights[f"own{step}"]
                + read @ (h @ weights[f"read{step}"])
                + readers @ (h @ weights[f"readers{step}"])
                + weights[f"bias{step}"],
                0.0,
            )
        seen = np.concatenate([h.sum(axis=0) / len(h), h.max(axis=0)])
        found: Array = seen @ weights["last"] + weights["scores"]
        if self.recipe:
            found = found + self.recipe.vector(graph.recipe) @ weights["recipe"]
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
            "recipe": self.recipe.to_json(),
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
        recipe = Scale()  # of files that are older than recipes in them
        if fields.has("recipe"):
            recipe = Scale.from_json(fields.raw("recipe"), f"{place}: recipe")
        sizes = shapes(len(words), width, len(classes), len(recipe))
        own = strict.Fields(fields.raw("weights"), f"{place}: weights", tuple(sizes))
        weights = {
            name: arrays.read(own.raw(name), f"{own.place}: {name}", size)
            for name, size in sizes.items()
        }
        return cls(tuple(words), classes, weights, temperature, recipe)


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


def hear(graph: WordGraph, places: Mapping[str, int]) -> Array:
    """(groups, words): how often each word is said, as logarithms.

    Args:
        graph: of one network.
        places: word → column; words that are not there are passed over.
    """
    found = np.zeros((len(graph.words), len(places)))
    for row, said in enumerate(graph.words):
        for word, count in said.items():
            at = places.get(word)
            if at is not None:
                found[row, at] = log1p(count)
    return found


def _means(rows: NDArray[np.intp], columns: NDArray[np.intp], size: int) -> Array:
    """The matrix that takes, for each row, the mean over its columns."""
    cells = np.bincount(rows * size + columns, minlength=size * size)
    counts = np.bincount(rows, minlength=size)
    found: Array = cells.reshape(size, size) / np.maximum(counts, 1)[:, None]
    return found

"""Fitting of graph networks, with torch; only whoever trains needs it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from torch import Tensor
from torch.nn.functional import cross_entropy

from evonas.encoding import WordGraph
from minibench.classifier.fitting import calibration_folds
from minibench.classifier.graph_network import (
    MAX_WORDS,
    STEPS,
    GraphNetwork,
    hear,
    shapes,
    softmax,
)
from minibench.classifier.scale import Scale

#: numbers of a group's vector
WIDTH = 24
#: passes over all networks, which are one batch
_EPOCHS = 80
_RATE = 0.02
_DECAY = 0.01
#: share of the words that are not heard in a pass
_DROPPED = 0.2
#: networks that a word must be in, so that it says something about others
_LEAST = 2
#: within which the temperature is looked for, as natural logarithms
_TEMPERATURES = (-3.0, 3.0)


def fit_network(
    graphs: Sequence[WordGraph],
    labels: Sequence[str],
    groups: Sequence[str],
    recipe: bool = False,
) -> GraphNetwork:
    """The graph network of some networks; its classes are sorted.

    Args:
        graphs: of the networks.
        labels: class of each, two or more in all.
        groups: what each comes from; no group is split when the temperature is fitted.
        recipe: whether the recipe is read.

    Raises:
        DataError: a class is in too few groups.
    """
    classes = sorted(set(labels))
    words = _words(graphs)
    scale = Scale.fit([graph.recipe for graph in graphs]) if recipe else Scale()
    y = np.array([classes.index(label) for label in labels])
    scores = np.empty((len(graphs), len(classes)))
    for kept, held in calibration_folds(labels, groups):
        batch = Tensors([graphs[at] for at in kept], words, scale)
        weights = _trained(batch, y[kept], len(classes))
        made = GraphNetwork(words, tuple(classes), weights, 1.0, scale)
        scores[held] = made.scores([graphs[at] for at in held])
    return GraphNetwork(
        words,
        tuple(classes),
        _trained(Tensors(graphs, words, scale), y, len(classes)),
        _temperature(scores, y),
        scale,
    )


def _words(graphs: Sequence[WordGraph]) -> tuple[str, ...]:
    seen = Counter(
        word for graph in graphs for word in {w for said in graph.words for w in said}
    )
    often = [word for word, count in seen.items() if count >= _LEAST]
    often.sort(key=lambda word: (-seen[word], word))
    return tuple(sorted(often[:MAX_WORDS]))


def _temperature(scores: NDArray[np.float64], y: NDArray[np.intp]) -> float:
    """What scores of held-out networks are best divided by (Guo et al. 2017)."""
    rows = np.arange(len(y))

    def loss(logarithm: float) -> float:
        own = softmax(scores / np.exp(logarithm))[rows, y]
        return float(-np.log(np.maximum(own, 1e-12)).mean())

    found = minimize_scalar(loss, bounds=_TEMPERATURES, method="bounded")
    return float(np.exp(found.x))


def _trained(
    batch: Tensors, y: NDArray[np.intp], classes: int
) -> dict[str, NDArray[np.float64]]:
    """Weights by name."""
    generator = torch.Generator().manual_seed(0)
    words, numbers = batch.words.shape[1], batch.recipes.shape[1]
    weights = {
        name: _begun(size, generator).requires_grad_()
        for name, size in shapes(words, WIDTH, classes, numbers).items()
    }
    truth = torch.from_numpy(y)
    counts = torch.bincount(truth, minlength=classes).double()
    balance = counts.sum() / (classes * counts.clamp(min=1.0))
    optimizer = torch.optim.AdamW(weights.values(), lr=_RATE, weight_decay=_DECAY)
    for _ in range(_EPOCHS):
        heard = torch.rand(batch.words.shape, generator=generator) >= _DROPPED
        optimizer.zero_grad()
        loss = cross_entropy(batch.scores(weights, heard), truth, balance)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return {name: one.detach().numpy().copy() for name, one in weights.items()}


def _begun(size: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Weights before training: Glorot's uniform ones, and biases of 0."""
    if len(size) == 1:
        return torch.zeros(size, dtype=torch.float64)
    bound = (6.0 / sum(size)) ** 0.5
    drawn: Tensor = torch.rand(size, dtype=torch.float64, generator=generator)
    return drawn.mul(2 * bound).sub(bound)


class Tensors:
    """Graphs beside each other as tensors, with what `GraphNetwork.scores` works out.

    Args:
        graphs: one or more.
        words: that are known.
        recipe: what is read of recipes.
    """

    def __init__(
        self, graphs: Sequence[WordGraph], words: Sequence[str], recipe: Scale
    ) -> None:
        places = {word: at for at, word in enumerate(words)}
        sizes = [len(graph.words) for graph in graphs]
        starts = np.cumsum([0, *sizes[:-1]]).tolist()
        heard = np.concatenate([hear(graph, places) for graph in graphs])
        edges = [
            (start + source, start + target)
            for graph, start in zip(graphs, starts, strict=True)
            for source, target in graph.edges
        ]
        both = torch.tensor(edges, dtype=torch.int64).reshape(-1, 2)
        groups = len(heard)
        self.words = torch.from_numpy(heard)
        recipes = np.array([recipe.vector(graph.recipe) for graph in graphs])
        self.recipes = torch.from_numpy(recipes.reshape(len(graphs), len(recipe)))
        self._sources, self._targets = both[:, 0], both[:, 1]
        self._graph_of = torch.repeat_interleave(
            torch.arange(len(graphs)), torch.tensor(sizes)
        )
        self._read = _share(self._targets, groups)
        self._readers = _share(self._sources, groups)
        self._sizes = _share(self._graph_of, len(graphs))

    def scores(
        self, weights: Mapping[str, Tensor], heard: Tensor | None = None
    ) -> Tensor:
        """(graphs, classes), before temperature and softmax.

        Args:
            weights: by name.
            heard: which words are, of the size of `words`; the others are dropped.
                None: all.
        """
        words = self.words
        if heard is not None:
            words = torch.where(heard, words / (1.0 - _DROPPED), 0.0)
        h = torch.relu(words @ weights["first"] + weights["bias"])
        for step in range(STEPS):
            read = self._read * _summed(
                h @ weights[f"read{step}"], self._sources, self._targets
            )
            readers = self._readers * _summed(
                h @ weights[f"readers{step}"], self._targets, self._sources
            )
            own = h @ weights[f"own{step}"] + weights[f"bias{step}"]
            h = torch.relu(own + read + readers)
        sums = h.new_zeros(len(self._sizes), h.shape[1])
        sums = sums.index_add(0, self._graph_of, h)
        places = self._graph_of[:, None].expand_as(h)
        # none is below 0, so that the zeros do not count
        most = torch.zeros_like(sums).scatter_reduce(0, places, h, "amax")
        seen = torch.cat([sums * self._sizes, most], dim=1)
        found = seen @ weights["last"] + weights["scores"]
        if self.recipes.shape[1]:
            found = found + self.recipes @ weights["recipe"]
        return found


def _share(places: Tensor, size: int) -> Tensor:
    """(size, 1): one over how often each place is there, or 1 where it is not."""
    counts = torch.bincount(places, minlength=size).clamp(min=1)
    return 1.0 / counts.double()[:, None]


def _summed(h: Tensor, sources: Tensor, targets: Tensor) -> Tensor:
    """For each row, the sum of those that edges lead from."""
    return torch.zeros_like(h).index_add(0, targets, h[sources])

"""Bayesian optimisation over genomes: a model of fitness says whom to ask next.

The model is a Gaussian process over Weisfeiler-Lehman features or a random forest, both
scikit-learn's. It judges a pool of mutations of the best results and of random draws by
expected improvement; the best few of the pool are asked before the model is made anew.
The model never sees values of the metric but normal scores of their ranks, so neither
its unit nor a few failures bend it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.special import ndtr, ndtri

from evonas.evaluation import Record
from evonas.search.graph_features import features
from evonas.search.sampler import (
    Archive,
    G,
    Gains,
    Result,
    Sampler,
    SamplerSettings,
    Suggestion,
)
from evonas.search.surrogates import Forest, GaussianProcess, Model

Array = NDArray[np.float64]

#: best results whose mutations are in a pool
PARENTS = 10


class BayesianSettings(SamplerSettings):
    """Settings of the strategy `bayesian`."""

    #: Gaussian process (`gp`) or random forest (`forest`)
    model: Literal["gp", "forest"] = "gp"
    #: random draws before the first model
    startup: int = Field(default=20, ge=2)
    #: candidates that are asked before the model is made anew
    batch: int = Field(default=10, ge=1)
    #: genomes that a model judges, half of them mutations of the best, half draws
    pool: int = Field(default=100, ge=2)
    #: rounds of relabelling of the Weisfeiler-Lehman histogram
    rounds: int = Field(default=2, ge=0)
    #: trees of the forest
    trees: int = Field(default=30, ge=2)


class Bayesian(Sampler[G]):
    """The sampler; see the module's docstring."""

    def __init__(self, settings: BayesianSettings, archive: Archive[G]) -> None:
        self._settings = settings
        self._archive = archive
        self._model: Model = (
            GaussianProcess() if settings.model == "gp" else Forest(settings.trees)
        )
        self._known: list[G] = []
        self._gains: list[Gains] = []
        #: of the known, as far as they were worked out
        self._features: list[Array] = []
        #: the best of the latest pool, the best last
        self._queue: list[G] = []

    def suggest(self) -> Suggestion[G]:
        """The next best of the pool; at first a random draw."""
        if len(self._known) < self._settings.startup:
            return Suggestion(self._archive.draw(), {"from": "draw"})
        if not self._queue:
            self._queue = self._chosen()
        if not self._queue:
            return Suggestion(self._archive.draw(), {"from": "draw"})
        return Suggestion(self._queue.pop(), {"from": "model"})

    def _chosen(self) -> list[G]:
        """The best of a new pool by expected improvement, the best last."""
        scores = normal_scores(self._archive.fitness(self._gains))
        pool = self._pool(scores)
        if not pool:
            return []
        for genome in self._known[len(self._features) :]:
            self._features.append(self._described(genome))
        seed = int(self._archive.rng.integers(2**31))
        self._model.fit(np.array(self._features), scores, seed)
        mean, deviation = self._model.predict(
            np.array([self._described(genome) for genome in pool])
        )
        gain = expected_improvement(mean, deviation, float(scores.max()))
        order = np.argsort(gain, kind="stable")[-self._settings.batch :]
        return [pool[place] for place in order]

    def _described(self, genome: G) -> Array:
        return features(self._archive.whole, genome, self._settings.rounds)

    def _pool(self, scores: Array) -> list[G]:
        """New genomes that may be asked: mutations in turn of the best, and draws."""
        archive = self._archive
        best = np.argsort(-scores, kind="stable")[:PARENTS]
        pool: dict[str, G] = {}
        for number in range(self._settings.pool):
            if number % 2:
                genome = archive.draw()
            else:
                parent = self._known[best[number // 2 % len(best)]]
                genome = archive.mutated(parent)
            proposal = archive.new(genome)
            if proposal is not None:
                pool.setdefault(proposal.candidate.key(), genome)
        return list(pool.values())

    def learn(self, result: Result[G], record: Record) -> None:
        """Note it for the next model."""
        self._known.append(result.genome)
        self._gains.append(result.gains)

    def narrowed(self) -> None:
        """What was chosen may lie outside; all results stay."""
        self._queue = []

    @property
    def cohort(self) -> int | None:
        """What one model chooses."""
        return self._settings.batch

    def state(self) -> dict[str, Any]:
        """Plain JSON from which `restore` goes on."""
        whole = self._archive.whole
        return {
            "known": [whole.to_json(genome) for genome in self._known],
            "gains": [None if one is None else list(one) for one in self._gains],
            "queue": [whole.to_json(genome) for genome in self._queue],
            "model": self._model.state(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state written by `state`."""
        whole = self._archive.whole
        self._known = [whole.from_json(genome) for genome in state["known"]]
        self._gains = [None if one is None else tuple(one) for one in state["gains"]]
        self._queue = [whole.from_json(genome) for genome in state["queue"]]
        self._features = []
        self._model.restore(state["model"])


def normal_scores(values: list[float]) -> Array:
    """The standard normal's quantiles at the ranks of the values; ties share one."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    # the mean of the ranks that equal values take up together
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    scores: Array = ndtri((ranks - 0.5) / len(ranks))
    return scores


def expected_improvement(mean: Array, deviation: Array, best: float) -> Array:
    """By how much each exceeds the best so far, on average, if it does at all."""
    sure = np.maximum(deviation, 1e-9)
    distance = (mean - best) / sure
    density = np.exp(-(distance**2) / 2) / np.sqrt(2 * np.pi)
    gain: Array = sure * (distance * ndtr(distance) + density)
    return gain

"""BOHB's model (Falkner et al., ICML 2018): densities at the fullest fidelity known.

Under Hyperband, which decides who is trained for how long, new candidates come from two
kernel density estimates over whole genomes, of the good results and of the others. They
are made from the results at the highest fidelity that has enough of them, so that the
model begins to help long before many candidates were trained fully.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from evonas.errors import ArchitectureError
from evonas.evaluation import Fidelity, Record
from evonas.population import gains
from evonas.search.choice_codes import ABSENT, ChoiceCodes, Codes
from evonas.search.sampler import (
    Archive,
    G,
    Gains,
    Result,
    Sampler,
    SamplerSettings,
    Suggestion,
)

Array = NDArray[np.float64]


class BOHBSettings(SamplerSettings):
    """Settings of the strategy `bohb`."""

    #: share of candidates that are drawn at random all the same
    random_share: float = Field(default=1 / 3, ge=0, le=1)
    #: genomes drawn around the good results for each that is asked
    draws: int = Field(default=64, ge=1)
    #: share of the results that are good
    good: float = Field(default=0.15, gt=0, lt=1)
    #: by how much wider than the density the draws around a good result are
    bandwidth_factor: float = Field(default=3.0, gt=0)
    #: least bandwidth of a choice, as a share of its range
    least_bandwidth: float = Field(default=0.3, gt=0, le=1)
    #: results at one fidelity before there is a model of it, two more are needed;
    #: default: one more than a genome has choices
    least_results: int | None = Field(default=None, ge=2)


@dataclass
class _Level:
    """Results at one fidelity."""

    known: list[Codes] = field(default_factory=list)
    gains: list[Gains] = field(default_factory=list)


class BOHB(Sampler[G]):
    """The sampler; see the module's docstring.

    A choice that does not apply in a result tells nothing of its value: there the
    result's kernel is uniform.
    """

    def __init__(self, settings: BOHBSettings, archive: Archive[G]) -> None:
        self._settings = settings
        self._archive = archive
        self._codes = ChoiceCodes(archive.whole)
        #: effort of a fidelity → results at it
        self._levels: dict[float, _Level] = {}
        self._model: tuple[_Density, _Density] | None = None

    def suggest(self) -> Suggestion[G]:
        """The best of some draws around good results, or a random draw."""
        archive, settings = self._archive, self._settings
        if archive.rng.random() >= settings.random_share:
            if self._model is None:
                self._model = self._fitted()
            best = None if self._model is None else self._best(*self._model)
            if best is not None:
                return Suggestion(best, {"from": "model"})
        return Suggestion(archive.draw(), {"from": "draw"})

    def _fitted(self) -> tuple[_Density, _Density] | None:
        """Densities of the good and of the others; None: too little is known."""
        for effort in sorted(self._levels, reverse=True):
            level = self._levels[effort]
            known = np.array(level.known)
            least = self._settings.least_results
            if least is None:
                least = 1 + round(float((known != ABSENT).sum(axis=1).mean()))
            if len(known) < least + 2:
                continue
            fitness = self._archive.fitness(level.gains)
            order = sorted(range(len(fitness)), key=lambda place: -fitness[place])
            good = max(least, math.floor(self._settings.good * len(known)))
            rest = max(least, len(known) - good)
            least_width = self._settings.least_bandwidth
            return (
                _Density(known[order[:good]], self._codes, least_width),
                _Density(known[order[-rest:]], self._codes, least_width),
            )
        return None

    def _best(self, good: _Density, rest: _Density) -> G | None:
        archive, codes = self._archive, self._codes
        found: list[tuple[float, G]] = []
        for _ in range(self._settings.draws):
            choose = good.around(archive.rng, self._settings.bandwidth_factor)
            try:
                genome = codes.build(choose)
            except ArchitectureError:
                archive.proposer.rejected["no genome"] += 1
                continue
            drawn = codes.encode(genome)
            found.append((good.log(drawn) - rest.log(drawn), genome))
        return archive.first_new(found)

    def learn(self, result: Result[G], record: Record) -> None:
        """Note it at every fidelity at which it was measured."""
        codes = self._codes.encode(result.genome)
        measured = {record.fidelity.effort: result.gains}
        for passed in record.prefix_metrics:
            fidelity = Fidelity.from_json(passed["fidelity"])
            at = record.at(fidelity=fidelity, metrics=passed["metrics"])
            measured[fidelity.effort] = gains(self._archive.objectives, at)
        for effort, values in measured.items():
            level = self._levels.setdefault(effort, _Level())
            level.known.append(codes)
            level.gains.append(values)
        self._model = None

    def narrowed(self) -> None:
        """Draw only what is left; all results stay."""
        self._codes.narrow(self._archive.genomes)
        self._model = None

    def progress(self) -> dict[str, float]:
        """At how many fidelities there are results."""
        return {"fidelities": float(len(self._levels))}

    def state(self) -> dict[str, Any]:
        """Plain JSON from which `restore` goes on."""
        return {
            "levels": [
                [
                    effort,
                    [codes.tolist() for codes in level.known],
                    [None if one is None else list(one) for one in level.gains],
                ]
                for effort, level in self._levels.items()
            ]
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state written by `state`."""
        self._levels = {
            effort: _Level(
                [np.array(codes, np.intp) for codes in known],
                [None if one is None else tuple(one) for one in values],
            )
            for effort, known, values in state["levels"]
        }
        self._model = None


class _Density:
    """A kernel density estimate over codes, product kernels around each result.

    Without an order a choice has the kernel of Aitchison and Aitken; with an order a
    Gaussian over its places, cut at the ends. The bandwidth of each is Scott's rule.
    """

    def __init__(
        self, known: NDArray[np.intp], codes: ChoiceCodes, least_width: float
    ) -> None:
        self._known = known
        self._codes = codes
        self._widths = []
        applying = known != ABSENT
        power = -1 / (4 + max(1.0, float(applying.sum(axis=1).mean())))
        for place, size in enumerate(codes.sizes):
            column = known[applying[:, place], place]
            # Of unordered codes the deviation is that of being the commonest one.
            if not len(column):
                deviation = 1.0
            elif codes.ordered[place]:
                deviation = float(np.std(column)) / (size - 1)
            else:
                share = np.bincount(column).max() / len(column)
                deviation = math.sqrt(share * (1 - share))
            width = 1.06 * deviation * max(1, len(column)) ** power
            self._widths.append(min(1.0, max(least_width, width)))
        self._kernels = [
            kernel(size, ordered, width)
            for size, ordered, width in zip(
                codes.sizes, codes.ordered, self._widths, strict=True
            )
        ]

    def log(self, drawn: Codes) -> float:
        """Logarithm of the density."""
        total = np.zeros(len(self._known))
        for place in np.flatnonzero(drawn != ABSENT):
            column = self._known[:, place]
            shares = self._kernels[place][column, drawn[place]]
            uniform = 1 / self._codes.sizes[place]
            total += np.log(np.where(column == ABSENT, uniform, shares))
        return float(np.logaddexp.reduce(total)) - math.log(len(total))

    def around(self, rng: np.random.Generator, factor: float) -> Callable[[int], int]:
        """What chooses codes near one of the results, drawn at random."""
        centre = self._known[int(rng.integers(len(self._known)))]

        def choose(place: int) -> int:
            size, code = self._codes.sizes[place], centre[place]
            shares = np.full(size, 1 / size)
            if code != ABSENT:
                # As the authors' code: only what has an order is drawn from wider.
                ordered, width = self._codes.ordered[place], self._widths[place]
                wide = min(1.0, factor * width) if ordered else width
                shares = kernel(size, ordered, wide)[code]
            shares = np.where(self._codes.allowed(place), shares, 0.0).cumsum()
            number = rng.random() * shares[-1]
            return int(shares.searchsorted(number, side="right"))

        return choose


def kernel(size: int, ordered: bool, width: float) -> Array:
    """Density at each code (columns) around each result's code (rows).

    Args:
        size: codes of the choice.
        ordered: whether they have an order.
        width: bandwidth, from 0 to 1: as a share of the range; without an order the
            share that is spread evenly over all codes.
    """
    if not ordered:
        return np.full((size, size), width / size) + (1 - width) * np.eye(size)
    places = np.arange(size) / (size - 1)
    weights = np.exp(-0.5 * ((places[:, None] - places[None, :]) / width) ** 2)
    shares: Array = weights / weights.sum(axis=1, keepdims=True)
    return shares

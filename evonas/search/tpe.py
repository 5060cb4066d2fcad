"""Tree-structured Parzen estimators (Bergstra et al., NeurIPS 2011).

Results are split into the good and the rest; for each choice both have a density over
its values. Genomes are drawn from the density of the good, and the one is asked whose
ratio of the two densities is highest: that maximises the expected improvement.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from evonas.errors import ArchitectureError
from evonas.evaluation import Record
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


class TPESettings(SamplerSettings):
    """Settings of the strategy `tpe`."""

    #: random draws before the first model
    startup: int = Field(default=20, ge=1)
    #: share of the results that are good
    good: float = Field(default=0.15, gt=0, lt=1)
    #: results that are good at most
    most_good: int = Field(default=25, ge=1)
    #: genomes drawn from the good density for each that is asked
    draws: int = Field(default=24, ge=1)
    #: what the uniform prior counts in each density, in results
    prior: float = Field(default=1.0, gt=0)


class TPE(Sampler[G]):
    """The sampler; see the module's docstring.

    Densities of different choices are independent, but a genome is drawn and judged as
    a whole. Several objectives: results are ranked by Pareto front and crowding.
    """

    def __init__(self, settings: TPESettings, archive: Archive[G]) -> None:
        self._settings = settings
        self._archive = archive
        self._codes = ChoiceCodes(archive.whole)
        self._known: list[Codes] = []
        self._gains: list[Gains] = []
        #: of the good and of the rest; None: there is another result since
        self._densities: tuple[_Density, _Density] | None = None

    def suggest(self) -> Suggestion[G]:
        """The best of some draws from the good density; at first a random draw."""
        archive = self._archive
        if len(self._known) < self._settings.startup:
            return Suggestion(archive.draw(), {"from": "draw"})
        if self._densities is None:
            self._densities = self._split()
        drawn = [self._drawn(*self._densities) for _ in range(self._settings.draws)]
        found = [one for one in drawn if one is not None]
        genome = archive.first_new(found)
        if genome is None:
            return Suggestion(archive.draw(), {"from": "draw"})
        return Suggestion(genome, {"from": "model"})

    def _split(self) -> tuple[_Density, _Density]:
        settings = self._settings
        count = min(settings.most_good, math.ceil(settings.good * len(self._known)))
        fitness = self._archive.fitness(self._gains)
        order = sorted(range(len(fitness)), key=lambda place: -fitness[place])
        known = np.array(self._known)
        parts = known[order[:count]], known[order[count:]]
        good, rest = (_Density(one, self._codes, settings.prior) for one in parts)
        return good, rest

    def _drawn(self, good: _Density, rest: _Density) -> tuple[float, G] | None:
        """A genome of the good density with the logarithm of the ratio; None: none."""
        ratio = 0.0

        def choose(place: int) -> int:
            nonlocal ratio
            logs, shares = good[place]
            code = bisect_right(shares, self._archive.rng.random() * shares[-1])
            ratio += logs[code] - rest[place][0][code]
            return code

        try:
            genome = self._codes.build(choose)
        except ArchitectureError:
            self._archive.proposer.rejected["no genome"] += 1
            return None
        return ratio, genome

    def learn(self, result: Result[G], record: Record) -> None:
        """Note it; the model is made when it is needed."""
        self._known.append(self._codes.encode(result.genome))
        self._gains.append(result.gains)
        self._densities = None

    def narrowed(self) -> None:
        """Draw only what is left; all results stay."""
        self._codes.narrow(self._archive.genomes)
        self._densities = None

    def state(self) -> dict[str, Any]:
        """Plain JSON from which `restore` goes on."""
        return {
            "known": [codes.tolist() for codes in self._known],
            "gains": [None if one is None else list(one) for one in self._gains],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state written by `state`."""
        self._known = [np.array(codes, np.intp) for codes in state["known"]]
        self._gains = [None if one is None else tuple(one) for one in state["gains"]]
        self._densities = None


class _Density(dict[int, tuple[list[float], list[float]]]):
    """Place of a choice → log shares of its codes, cumulated shares of those allowed.

    Worked out when first asked for: most choices do not apply most of the time.
    """

    def __init__(self, known: NDArray[np.intp], codes: ChoiceCodes, prior: float):
        super().__init__()
        self._known = known
        self._codes = codes
        self._prior = prior

    def __missing__(self, place: int) -> tuple[list[float], list[float]]:
        column = self._known[:, place]
        size = self._codes.sizes[place]
        counts = np.bincount(column[column != ABSENT], minlength=size).astype(float)
        if self._codes.ordered[place]:
            counts = counts @ neighbourly(size)
        counts += self._prior / size
        shares = counts / counts.sum()
        cumulated = np.where(self._codes.allowed(place), shares, 0.0).cumsum()
        found = self[place] = np.log(shares).tolist(), cumulated.tolist()
        return found


@lru_cache
def neighbourly(size: int) -> Array:
    """How much a result at one of so many places in order counts at each of them.

    A Gaussian with a deviation of one place, cut at the ends.
    """
    places = np.arange(size)
    weights = np.exp(-0.5 * (places[:, None] - places[None, :]) ** 2)
    shares: Array = weights / weights.sum(axis=1, keepdims=True)
    return shares

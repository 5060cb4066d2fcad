"""Large-scale evolution (Real et al., ICML 2017): of two, the worse goes.

Each step draws two living results; the worse one is removed at once and the better one
is the parent of a mutated child, which joins when its result comes. Where candidates
are trained, the child starts from the weights of its parent as far as they fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from evonas.evaluation import Record
from evonas.search.sampler import (
    Archive,
    G,
    PopulationSampler,
    Result,
    SamplerSettings,
    Suggestion,
)


class LargeScaleEvolutionSettings(SamplerSettings):
    """Settings of the strategy `large_scale_evolution`."""

    #: results that live; as many are drawn at random first
    population: int = Field(default=100, ge=2)
    #: whether a child starts from its parent's weights, where they are stored
    inherit: bool = True
    #: share of the children that start from new weights all the same
    reset_weights: float = Field(default=0.09, ge=0, le=1)


class LargeScaleEvolution(PopulationSampler[G]):
    """The sampler; see the module's docstring.

    A tournament is held whenever somebody is asked for, among the results that there
    are. While fewer than half of the population live (the others are being evaluated)
    the loser stays, so that many workers cannot use the population up.
    """

    def __init__(
        self, settings: LargeScaleEvolutionSettings, archive: Archive[G]
    ) -> None:
        super().__init__(archive)
        self._settings = settings
        #: the tournament whose child is to be accepted: places of winner and loser
        self._tournament: tuple[int, int] | None = None

    def suggest(self) -> Suggestion[G]:
        """A random genome at first, then the child of a pairwise tournament."""
        archive, settings = self._archive, self._settings
        self._tournament = None
        if self._drawn < settings.population or len(self._living) < 2:
            return Suggestion(
                archive.draw(), {"from": "draw"}, keep_weights=settings.inherit
            )
        first, second = map(
            int, archive.rng.choice(len(self._living), size=2, replace=False)
        )
        fitness = self._fitness((first, second))
        if fitness[1] > fitness[0]:
            first, second = second, first
        self._tournament = first, second
        parent = self._living[first]
        weights = parent.weights if settings.inherit else None
        if weights is not None and archive.rng.random() < settings.reset_weights:
            weights = None
        return Suggestion(
            archive.mutated(parent.genome),
            {"from": "mutation", "parent": parent.number},
            inherit=() if weights is None else (weights,),
            keep_weights=settings.inherit,
        )

    def founder(self, genome: G, origin: Mapping[str, Any]) -> Suggestion[G]:
        """One that keeps its weights for its children."""
        return Suggestion(genome, origin, keep_weights=self._settings.inherit)

    def asked(self, number: int, suggestion: Suggestion[G]) -> None:
        """The child is born, so the loser of its tournament goes."""
        super().asked(number, suggestion)
        if self._tournament is None or suggestion.origin["from"] != "mutation":
            return
        if 2 * len(self._living) > self._settings.population:
            del self._living[self._tournament[1]]
        self._tournament = None

    def learn(self, result: Result[G], record: Record) -> None:
        """It joins; where there are too many by now, the worst goes."""
        self._living.append(result)
        if len(self._living) > self._settings.population:
            fitness = self._fitness(range(len(self._living)))
            del self._living[fitness.index(min(fitness))]

    @property
    def needed_weights(self) -> frozenset[str]:
        """Those of the living; what a request starts from is kept by the run."""
        if not self._settings.inherit:
            return frozenset()
        return frozenset(one.weights for one in self._living if one.weights is not None)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state written by `state`; no tournament is being held."""
        super().restore(state)
        self._tournament = None

"""Aging evolution (Real et al., AAAI 2019): the oldest goes, whatever it is worth.

A queue of `population` results. Each step draws `sample` of them with replacement, asks
for a mutation of the best, and lets the oldest go when its result comes: a lineage
lives on only by being found good again. No crossover, no elitism.
"""

from __future__ import annotations

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


class AgingEvolutionSettings(SamplerSettings):
    """Settings of the strategy `aging_evolution`."""

    #: results that live; as many are drawn at random first
    population: int = Field(default=100, ge=1)
    #: of how many drawn with replacement the best becomes the parent
    sample: int = Field(default=25, ge=1)


class CellAgingEvolutionSettings(AgingEvolutionSettings):
    """The same over the cells of a table, where a few hundred results are all."""

    #: results that live; as many are drawn at random first
    population: int = Field(default=20, ge=1)
    #: of how many drawn with replacement the best becomes the parent
    sample: int = Field(default=10, ge=1)


class AgingEvolution(PopulationSampler[G]):
    """The sampler; see the module's docstring.

    Candidates are asked before the results of earlier ones are known as soon as the
    first `population` are asked, so that no worker waits; a tournament is among the
    results that there are.
    """

    def __init__(self, settings: AgingEvolutionSettings, archive: Archive[G]) -> None:
        super().__init__(archive)
        self._settings = settings

    def suggest(self) -> Suggestion[G]:
        """A random genome at first, then a mutation of a tournament's best."""
        archive = self._archive
        if self._drawn < self._settings.population or not self._living:
            return Suggestion(archive.draw(), {"from": "draw"})
        places = archive.rng.integers(
            len(self._living), size=self._settings.sample
        ).tolist()
        fitness = self._fitness(places)
        parent = self._living[places[fitness.index(max(fitness))]]
        return Suggestion(
            archive.mutated(parent.genome),
            {"from": "mutation", "parent": parent.number},
        )

    def learn(self, result: Result[G], record: Record) -> None:
        """The newest joins, and the oldest goes where there are too many."""
        self._living.append(result)
        if len(self._living) > self._settings.population:
            del self._living[0]

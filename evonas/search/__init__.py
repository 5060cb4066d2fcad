"""Search strategies: one a file, all behind `SearchStrategy`.

`STRATEGIES` maps the names that configurations use to settings and class; `SCHEDULERS`
those of what any strategy can be put under.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from evonas.config import Settings
from evonas.search.aging_evolution import (
    AgingEvolution,
    AgingEvolutionSettings,
    CellAgingEvolutionSettings,
)
from evonas.search.bayesian import Bayesian, BayesianSettings
from evonas.search.bohb import BOHB, BOHBSettings
from evonas.search.codeepneat import CoDeepNEAT
from evonas.search.codeepneat_settings import (
    CellCoDeepNEATSettings,
    CoDeepNEATSettings,
)
from evonas.search.genome_search import GenomeSearch
from evonas.search.given import Given, GivenSettings
from evonas.search.in_turn import InTurn
from evonas.search.large_scale_evolution import (
    LargeScaleEvolution,
    LargeScaleEvolutionSettings,
)
from evonas.search.local_search import LocalSearch, LocalSearchSettings
from evonas.search.random_search import RandomSearch, RandomSettings
from evonas.search.reinforce import Reinforce, ReinforceSettings
from evonas.search.sampler import Archive, Sampler, SamplerSettings
from evonas.search.schedulers import SCHEDULERS, Scheduled, SchedulerEntry, schedule
from evonas.search.strategy import SearchStrategy, StrategyContext
from evonas.search.tpe import TPE, TPESettings


class StrategyEntry(NamedTuple):
    """One strategy.

    Attributes:
        settings: how it is set.
        make: makes it.
        scheduler: that its name implies.
        over_cells: how it is set over the cells of a table, where that differs.
        migrates: whether a champion of another population changes what it asks for.
    """

    settings: type[Settings]
    make: Callable[[Any, StrategyContext], SearchStrategy]
    scheduler: str = "none"
    over_cells: type[Settings] | None = None
    migrates: bool = False

    def settings_over(self, *, cells: bool) -> type[Settings]:
        """How it is set over the cells of a table, or over networks of layers."""
        return self.over_cells or self.settings if cells else self.settings


def _sampled(
    name: str,
    settings: type[SamplerSettings],
    sampler: Callable[[Any, Archive[Any]], Sampler[Any]],
    scheduler: str = "none",
    *,
    over_cells: type[SamplerSettings] | None = None,
    migrates: bool = True,
) -> StrategyEntry:
    """The entry of a strategy that a sampler makes."""

    def make(chosen: SamplerSettings, context: StrategyContext) -> SearchStrategy:
        return GenomeSearch(name, chosen, context, sampler)

    return StrategyEntry(settings, make, scheduler, over_cells, migrates)


STRATEGIES: dict[str, StrategyEntry] = {
    "aging_evolution": _sampled(
        "aging_evolution",
        AgingEvolutionSettings,
        AgingEvolution,
        over_cells=CellAgingEvolutionSettings,
    ),
    "bayesian": _sampled("bayesian", BayesianSettings, Bayesian),
    "bohb": _sampled("bohb", BOHBSettings, BOHB, scheduler="hyperband"),
    "codeepneat": StrategyEntry(
        CoDeepNEATSettings,
        CoDeepNEAT,
        over_cells=CellCoDeepNEATSettings,
        migrates=True,
    ),
    "given": StrategyEntry(GivenSettings, Given),
    "hyperband": StrategyEntry(RandomSettings, RandomSearch, scheduler="hyperband"),
    "large_scale_evolution": _sampled(
        "large_scale_evolution", LargeScaleEvolutionSettings, LargeScaleEvolution
    ),
    # it has one place and no population; a champion would only move it there
    "local_search": _sampled(
        "local_search", LocalSearchSettings, LocalSearch, migrates=False
    ),
    "random": StrategyEntry(RandomSettings, RandomSearch),
    # its gradient is that of its own policy's samples
    "reinforce": _sampled("reinforce", ReinforceSettings, Reinforce, migrates=False),
    "tpe": _sampled("tpe", TPESettings, TPE),
}

__all__ = [
    "SCHEDULERS",
    "STRATEGIES",
    "CellCoDeepNEATSettings",
    "CoDeepNEAT",
    "CoDeepNEATSettings",
    "InTurn",
    "RandomSearch",
    "RandomSettings",
    "Scheduled",
    "SchedulerEntry",
    "SearchStrategy",
    "StrategyContext",
    "StrategyEntry",
    "schedule",
]

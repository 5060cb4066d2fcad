"""Search strategies: one a file, all behind `SearchStrategy`.

`STRATEGIES` maps the names that configurations use to settings and class; `SCHEDULERS`
those of what any strategy can be put under.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from evonas.config import Settings
from evonas.search.codeepneat import CoDeepNEAT, CoDeepNEATSettings
from evonas.search.random_search import RandomSearch, RandomSettings
from evonas.search.schedulers import SCHEDULERS, Scheduled, SchedulerEntry, schedule
from evonas.search.strategy import SearchStrategy, StrategyContext


class StrategyEntry(NamedTuple):
    """One strategy: how it is set, how it is made, which scheduler its name implies."""

    settings: type[Settings]
    make: Callable[[Any, StrategyContext], SearchStrategy]
    scheduler: str = "none"


STRATEGIES: dict[str, StrategyEntry] = {
    "codeepneat": StrategyEntry(CoDeepNEATSettings, CoDeepNEAT),
    "hyperband": StrategyEntry(RandomSettings, RandomSearch, scheduler="hyperband"),
    "random": StrategyEntry(RandomSettings, RandomSearch),
}

__all__ = [
    "SCHEDULERS",
    "STRATEGIES",
    "CoDeepNEAT",
    "CoDeepNEATSettings",
    "RandomSearch",
    "RandomSettings",
    "Scheduled",
    "SchedulerEntry",
    "SearchStrategy",
    "StrategyContext",
    "StrategyEntry",
    "schedule",
]

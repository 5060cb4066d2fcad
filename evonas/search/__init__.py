"""Search strategies: one a file, all behind `SearchStrategy`.

`STRATEGIES` maps the names that configurations use to settings and class.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from evonas.config import Settings
from evonas.search.codeepneat import CoDeepNEAT, CoDeepNEATSettings
from evonas.search.random_search import RandomSearch, RandomSettings
from evonas.search.strategy import SearchStrategy, StrategyContext


class StrategyEntry(NamedTuple):
    """One strategy: how it is set and how it is made."""

    settings: type[Settings]
    make: Callable[[Any, StrategyContext], SearchStrategy]


STRATEGIES: dict[str, StrategyEntry] = {
    "codeepneat": StrategyEntry(CoDeepNEATSettings, CoDeepNEAT),
    "random": StrategyEntry(RandomSettings, RandomSearch),
}

__all__ = [
    "STRATEGIES",
    "CoDeepNEAT",
    "CoDeepNEATSettings",
    "RandomSearch",
    "RandomSettings",
    "SearchStrategy",
    "StrategyContext",
    "StrategyEntry",
]

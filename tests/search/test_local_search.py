"""Local search."""

from __future__ import annotations

from contracts.strategy_contract import StrategyContract

from evonas.search import STRATEGIES, SearchStrategy, StrategyContext


class TestLocalSearch(StrategyContract):
    """It asks without waiting, so the order of tells counts."""

    def make(self, context: StrategyContext) -> SearchStrategy:
        """A small population."""
        entry = STRATEGIES["local_search"]
        settings = entry.settings(start=3, neighbours=5, tries=30)
        return entry.make(settings, context)

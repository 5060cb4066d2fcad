"""Aging evolution."""

from __future__ import annotations

from contracts.strategy_contract import StrategyContract

from evonas.search import STRATEGIES, SearchStrategy, StrategyContext


class TestAgingEvolution(StrategyContract):
    """It asks without waiting, so the order of tells counts."""

    def make(self, context: StrategyContext) -> SearchStrategy:
        """A small population."""
        entry = STRATEGIES["aging_evolution"]
        settings = entry.settings(population=6, sample=3, tries=30)
        return entry.make(settings, context)

"""The interface and the table of strategies."""

from __future__ import annotations

import pytest
from searching import context

from evonas.population import Objective
from evonas.search import STRATEGIES, SearchStrategy, StrategyContext


@pytest.mark.parametrize("name", sorted(set(STRATEGIES) - {"given"}))
def test_every_strategy_can_be_made_from_its_default_settings(name: str) -> None:
    """By the name that a configuration uses; `given` alone needs to be told what."""
    entry = STRATEGIES[name]
    strategy = entry.make(entry.settings(), context())
    assert isinstance(strategy, SearchStrategy)
    assert strategy.ask(1)[0].request_id == 0


def test_pitfall_10_networks_are_judged_by_validation_and_never_by_test() -> None:
    """What selection sees unless told otherwise (kcdn scored on test data)."""
    problem = StrategyContext(context().space, (7,), 3)
    assert problem.objectives == (Objective("validation_accuracy", "maximise"),)

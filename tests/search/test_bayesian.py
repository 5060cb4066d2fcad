"""Bayesian optimisation."""

from __future__ import annotations

import numpy as np
import pytest
from cell_searching import best_after, cells, make, worth
from contracts.strategy_contract import StrategyContract
from scipy.stats import norm
from searching import context, play

from evonas.search import SearchStrategy, StrategyContext
from evonas.search.bayesian import expected_improvement, normal_scores


class TestBayesian(StrategyContract):
    """It asks without waiting, so the order of tells counts."""

    def make(self, context: StrategyContext) -> SearchStrategy:
        """A model early, of a small pool."""
        return make(
            "bayesian", context, model="forest", trees=2, startup=8, pool=6, batch=3
        )


def test_the_first_candidates_are_draws_and_the_others_the_models() -> None:
    """Until there are `startup` results."""
    asked = play(make("bayesian", cells(), startup=8), 30, result=worth)
    origins = [one.origin["from"] for one in asked]
    assert origins == ["draw"] * 8 + ["model"] * 22


@pytest.mark.parametrize("model", ["gp", "forest"])
def test_it_finds_more_than_random_search(model: str) -> None:
    """In a landscape without traps."""
    found = best_after("bayesian", 50, seeds=2, model=model, trees=10)
    assert found > best_after("random", 50, seeds=2) + 0.05


def test_the_unit_of_the_metric_does_not_matter() -> None:
    """It sees ranks."""
    found = []
    for power in (1, 3):
        asked = play(
            make("bayesian", cells(1)),
            40,
            result=lambda one, power=power: float(  # type: ignore[misc]
                round(100 * worth(one)) ** power - 10**6
            ),
        )
        found.append([one.candidate.key() for one in asked])
    assert found[0] == found[1]


def test_several_objectives_are_ranked() -> None:
    """By Pareto front and crowding; networks of layers have features too."""
    problem = context(metrics=("validation_accuracy", "parameters"))
    asked = play(make("bayesian", problem, startup=6, pool=6), 14)
    assert {one.origin["from"] for one in asked[6:]} == {"model"}


def test_normal_scores_keep_the_order_and_nothing_else() -> None:
    """Ties share one; the middle is 0."""
    scores = normal_scores([3.0, -1e9, 3.0, 7.0, 1.0])
    assert scores[0] == scores[2]
    assert np.argsort(scores, kind="stable").tolist() == [1, 4, 0, 2, 3]
    assert normal_scores([1.0, 2.0, 4.0])[1] == pytest.approx(0.0)


def test_expected_improvement_is_the_mean_of_what_is_gained() -> None:
    """Against a sum over a fine grid."""
    grid = np.linspace(-8, 8, 40_001)
    gain = np.maximum(0.7 + 0.5 * grid - 1.0, 0) * norm.pdf(grid)
    expected = float(gain.sum() * (grid[1] - grid[0]))
    found = expected_improvement(np.array([0.7, 2.0]), np.array([0.5, 0.0]), 1.0)
    assert found == pytest.approx([expected, 1.0], abs=1e-6)

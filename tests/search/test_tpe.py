"""Tree-structured Parzen estimators."""

from __future__ import annotations

import numpy as np
import pytest
from cell_searching import best_after, cell_of, cells, make, worth
from contracts.strategy_contract import StrategyContract
from searching import play

from evonas.search import SearchStrategy, StrategyContext
from evonas.search.tpe import neighbourly


class TestTPE(StrategyContract):
    """It asks without waiting, so the order of tells counts."""

    def make(self, context: StrategyContext) -> SearchStrategy:
        """A model early, of few draws."""
        return make("tpe", context, startup=4, draws=2, tries=30)


def test_the_first_candidates_are_draws_and_the_others_the_models() -> None:
    """Until there are `startup` results, whoever asks."""
    strategy = make("tpe", cells(), startup=6)
    asked = play(strategy, 30, workers=4, result=worth)
    origins = [one.origin["from"] for one in asked]
    assert set(origins[:6]) == {"draw"}
    assert set(origins[10:]) == {"model"}


def test_it_prefers_what_the_good_have_in_common() -> None:
    """Where one edge alone decides, its operation becomes the commonest."""
    strategy = make("tpe", cells(1))
    asked = play(strategy, 120, result=lambda one: float(cell_of(one).ops[5] == "4"))
    share = np.mean([cell_of(one).ops[5] == "4" for one in asked[60:]])
    assert share > 0.7


def test_it_finds_more_than_random_search() -> None:
    """In a landscape without traps."""
    assert best_after("tpe", 100) > best_after("random", 100) + 0.05


@pytest.mark.parametrize("size", [2, 5, 8])
def test_a_result_counts_once_and_most_where_it_is(size: int) -> None:
    """Also at the ends of the range."""
    weights = neighbourly(size)
    assert weights.sum(axis=1) == pytest.approx(np.ones(size))
    assert (weights.argmax(axis=1) == np.arange(size)).all()

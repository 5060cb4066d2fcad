"""REINFORCE."""

from __future__ import annotations

import numpy as np
import pytest
from cell_searching import best_after, cell_of, cells, make
from contracts.strategy_contract import StrategyContract
from searching import context, play, record

from evonas.evaluation import Outcome
from evonas.search import SearchStrategy, StrategyContext


class TestReinforceWithLogits(StrategyContract):
    """It asks without waiting, so the order of tells counts."""

    def make(self, context: StrategyContext) -> SearchStrategy:
        """As it is."""
        return make("reinforce", context, tries=30)


class TestReinforceWithAnLSTM(StrategyContract):
    """Its state holds all weights."""

    def make(self, context: StrategyContext) -> SearchStrategy:
        """A small one."""
        return make("reinforce", context, controller="lstm", units=2, tries=30)


@pytest.mark.parametrize("controller", ["logits", "lstm"])
def test_what_is_rewarded_becomes_likely(controller: str) -> None:
    """Where one edge alone decides, its operation becomes the commonest."""
    strategy = make("reinforce", cells(1), controller=controller)
    asked = play(strategy, 300, result=lambda one: float(cell_of(one).ops[5] == "4"))
    shares = [
        np.mean([cell_of(one).ops[5] == "4" for one in asked[at:][:12]])
        for at in (0, 200)
    ]
    assert shares[0] < 0.6 < shares[1]


def test_the_unit_of_the_metric_does_not_matter() -> None:
    """Standardised advantages are the same whatever the scale and the origin."""
    plain, scaled = (
        play(
            make("reinforce", cells(2)),
            60,
            result=lambda one, by=by: -7.0 + by * int(cell_of(one).ops[0]),  # type: ignore[misc]
        )
        for by in (1.0, 4096.0)
    )
    assert [one.candidate.key() for one in plain] == [
        one.candidate.key() for one in scaled
    ]


def test_raw_advantages_are_those_of_the_published_runs() -> None:
    """Logits move by rate · (reward − bias-corrected average) · (one-hot − p)."""
    strategy = make("reinforce", cells(3), standardise=False, learning_rate=0.5)
    first, second, third = strategy.ask(3)
    strategy.tell(first, record(first, 0.2))
    strategy.tell(second, record(second, 0.6))
    strategy.tell(third, record(third, 0.9))
    state = strategy.state()["sampler"]
    assert state["count"] == 3
    assert state["average"] == pytest.approx(0.1 * (0.2 * 0.81 + 0.6 * 0.9 + 0.9))
    # Before the third one the average was (0.09·0.2 + 0.1·0.6) / 0.19.
    expected = 0.9 - (0.09 * 0.2 + 0.1 * 0.6) / 0.19
    assert state["spread"] == pytest.approx(0.1 * (0.9 * 0.4**2 + expected**2))


def test_failures_before_any_success_move_nothing() -> None:
    """There is nothing to go by; later they count as the worst that was seen."""
    strategy = make("reinforce", cells(4))
    controller = strategy.state()["sampler"]["controller"]
    for request in strategy.ask(5):
        strategy.tell(request, record(request, Outcome.DIVERGED))
    assert strategy.state()["sampler"]["controller"] == controller
    for request in strategy.ask(5):
        strategy.tell(request, record(request, 0.5 + 0.01 * request.request_id))
    moved = strategy.state()["sampler"]["controller"]
    assert moved != controller
    (request,) = strategy.ask(1)
    strategy.tell(request, record(request, Outcome.DIVERGED))
    assert strategy.state()["sampler"]["controller"] != moved


def test_several_objectives_reward_by_rank() -> None:
    """Among the latest results; it runs and moves."""
    problem = context(metrics=("validation_accuracy", "parameters"))
    strategy = make("reinforce", problem)
    play(strategy, 10)
    assert strategy.state()["sampler"]["count"] == 10
    assert 0 < strategy.state()["sampler"]["average"] < 1


def test_it_finds_more_than_random_search() -> None:
    """In a landscape without traps."""
    assert best_after("reinforce", 250) > best_after("random", 250) + 0.05

"""Aging evolution."""

from __future__ import annotations

import dataclasses

import pytest
from cell_searching import best_after, cell_of, cells, make, worth
from contracts.strategy_contract import StrategyContract
from pydantic import ValidationError
from searching import context, luck, play, record

from evonas.population import Objective
from evonas.search import SearchStrategy, StrategyContext
from evonas.search.aging_evolution import AgingEvolutionSettings


class TestAgingEvolution(StrategyContract):
    """It asks without waiting, so the order of tells counts."""

    def make(self, context: StrategyContext) -> SearchStrategy:
        """A small population."""
        return make("aging_evolution", context, population=6, sample=3, tries=30)


def test_the_oldest_goes_whatever_it_is_worth() -> None:
    """Only the latest results can be parents, however good the first one was."""
    strategy = make("aging_evolution", cells(3), population=5, sample=20)
    asked = play(strategy, 60, result=lambda one: float(one.request_id == 0))
    parents = [(one.request_id, one.origin.get("parent")) for one in asked[5:]]
    assert all(parent is not None for _, parent in parents)
    assert all(child - parent <= 5 for child, parent in parents if parent is not None)


def test_the_parent_is_the_best_of_the_sample() -> None:
    """A sample that is surely the whole population has the best of it."""
    strategy = make("aging_evolution", cells(1), population=4, sample=60)
    asked = play(strategy, 50, result=luck)
    for child in asked[4:]:
        living = asked[child.request_id - 4 : child.request_id]
        assert child.origin["parent"] == max(living, key=luck).request_id


def test_a_child_differs_from_its_parent_in_one_edge() -> None:
    """As in the authors' own search of NAS-Bench-201."""
    strategy = make("aging_evolution", cells(2), population=5, sample=3)
    asked = play(strategy, 40, result=worth)
    for child in asked[5:]:
        pair = cell_of(child).ops, cell_of(asked[child.origin["parent"]]).ops
        assert sum(a != b for a, b in zip(*pair, strict=True)) == 1


def test_it_finds_more_than_random_search() -> None:
    """In a landscape without traps."""
    found = best_after("aging_evolution", 120, population=20, sample=5)
    assert found > best_after("random", 120) + 0.05


def test_failed_candidates_are_parents_only_where_all_have_failed() -> None:
    """A failure loses every tournament, also against negative values."""
    strategy = make("aging_evolution", cells(4), population=4, sample=40)
    asked = []
    for _ in range(30):
        (request,) = strategy.ask(1)
        asked.append(request)
        odd = request.request_id % 2
        strategy.tell(
            request, record(request, float("nan") if odd else luck(request) - 5)
        )
    assert all(one.origin["parent"] % 2 == 0 for one in asked[4:])


def test_several_objectives_select_by_pareto_rank() -> None:
    """It runs on, and its children come from what nothing else dominates."""
    problem = context(metrics=("validation_accuracy", "parameters"))
    strategy = make("aging_evolution", problem, population=4, sample=40)
    asked = play(strategy, 12, result=lambda one: float(one.request_id == 2))
    sizes = [one.candidate.architecture.cost((7,)).parameters for one in asked]
    child = asked[4]
    parent = child.origin["parent"]
    assert parent == 2 or sizes[parent] > sizes[2]


def test_of_two_on_a_front_the_one_with_more_room_around_it_wins() -> None:
    """Ranks are among all that live; a pair by itself would be two ends of a front.

    A front of twenty points whose gaps grow: by chance their mean place would be 9.5.
    """
    problem = dataclasses.replace(
        cells(6),
        objectives=(
            Objective("validation_accuracy"),
            Objective("validation_accuracy", "minimise"),
        ),
    )
    strategy = make("aging_evolution", problem, population=20, sample=2)
    asked = play(strategy, 120, result=lambda one: float(one.request_id % 20) ** 2)
    places = [one.origin["parent"] % 20 for one in asked[20:]]
    assert sum(places) / len(places) > 11.5
    assert len(set(places)) > 12


def test_a_setting_out_of_range_is_refused() -> None:
    """Nobody to choose from."""
    with pytest.raises(ValidationError, match="sample"):
        AgingEvolutionSettings(sample=0)

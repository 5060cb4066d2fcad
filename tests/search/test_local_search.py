"""Local search."""

from __future__ import annotations

import itertools

import pytest
from cell_searching import best_after, cell_of, cells, make, worth
from contracts.strategy_contract import SynchronousStrategyContract
from searching import luck, play, record

from evonas.evaluation import Request
from evonas.genome import nasbench201_space
from evonas.search import SearchStrategy, StrategyContext


class TestLocalSearch(SynchronousStrategyContract):
    """It waits for a whole neighbourhood, so the workers leave no trace."""

    def make(self, context: StrategyContext) -> SearchStrategy:
        """Few draws and few mutations."""
        return make("local_search", context, start=3, neighbours=5, tries=30)


def neighbours(request: Request) -> set[str]:
    """Keys of the cells one edge away."""
    return {one.key() for one in nasbench201_space().neighbours(cell_of(request))}


def steps(asked: list[Request]) -> dict[int, list[Request]]:
    """The neighbours that were asked from each place, by the place."""
    found: dict[int, list[Request]] = {}
    for request in asked:
        if request.origin["from"] == "neighbour":
            found.setdefault(request.origin["parent"], []).append(request)
    return found


@pytest.mark.parametrize("move", ["best", "first"])
def test_it_climbs_from_neighbour_to_neighbour(move: str) -> None:
    """Every place it looks round from is better than the one before in its climb."""
    asked = play(make("local_search", cells(1), move=move), 200, result=luck)
    places: list[Request | None] = []
    for request in asked:
        if request.origin["from"] == "draw":
            places = []
            continue
        place = asked[request.origin["parent"]]
        assert cell_of(request).key() in neighbours(place)
        if place not in places:
            assert not places or luck(place) > max(map(luck, filter(None, places)))
            places.append(place)


def test_the_best_of_all_neighbours_is_the_next_place() -> None:
    """Those that were met before count too, without being asked again."""
    asked = play(make("local_search", cells(2), start=4), 150, result=worth)
    known: dict[str, float] = {}
    around = steps(asked)
    places = list(around)
    for request in asked:
        known[cell_of(request).key()] = worth(request)
    for here, after in itertools.pairwise(places):
        if asked[after].origin["from"] != "neighbour":
            continue
        best = max(known[key] for key in neighbours(asked[here]))
        assert worth(asked[after]) == pytest.approx(best)


def test_a_climb_ends_on_a_local_optimum() -> None:
    """Then it draws anew: in a landscape with one summit that is the summit."""
    asked = play(make("local_search", cells(3), start=2), 300, result=worth)
    draws = [one.request_id for one in asked if one.origin["from"] == "draw"]
    second = next(number for number in draws if number >= 2)
    assert max(map(worth, asked[:second])) == pytest.approx(0.96)


@pytest.mark.parametrize("move", ["best", "first"])
def test_on_a_plateau_it_begins_anew(move: str) -> None:
    """A neighbour that is no better is no reason to move, or it might go in rings."""
    strategy = make("local_search", cells(7), start=2, move=move)
    asked = play(strategy, 80, result=lambda one: 0.5)
    for request in asked:
        if request.origin["from"] == "neighbour":
            assert asked[request.origin["parent"]].origin["from"] == "draw"
    assert strategy.progress()["climbs"] > 2


def test_workers_wait_for_the_rest_of_a_neighbourhood() -> None:
    """An ask in between gives nothing, and the next step begins after the last tell."""
    strategy = make("local_search", cells(4), start=5)
    first = strategy.ask(8)
    assert len(first) == 5
    for request in first:
        assert strategy.ask(1) == []
        strategy.tell(request, record(request, worth(request)))
    around = strategy.ask(100)
    assert {one.origin["from"] for one in around} == {"neighbour"}
    assert len(around) <= 24


def test_the_first_better_neighbour_is_taken_at_once() -> None:
    """With `move: first` the others are not waited for."""
    strategy = make("local_search", cells(6), start=1, move="first")
    (start,) = strategy.ask(1)
    strategy.tell(start, record(start, 0.0))
    around = strategy.ask(5)
    strategy.tell(around[2], record(around[2], 0.5))
    (after,) = strategy.ask(1)
    assert after.origin["parent"] == around[2].request_id
    strategy.tell(around[0], record(around[0], 0.4))
    (still,) = strategy.ask(1)
    assert still.origin["parent"] == around[2].request_id
    strategy.tell(around[1], record(around[1], 0.9))
    (moved,) = strategy.ask(1)
    assert moved.origin["parent"] == around[1].request_id


def test_it_finds_more_than_random_search() -> None:
    """In a landscape without traps."""
    assert best_after("local_search", 100) > best_after("random", 100) + 0.05

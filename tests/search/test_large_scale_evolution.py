"""Large-scale evolution."""

from __future__ import annotations

from cell_searching import best_after, cells, make, worth
from contracts.strategy_contract import StrategyContract
from searching import context, luck, record

from evonas.evaluation import Request
from evonas.search import SearchStrategy, StrategyContext


class TestLargeScaleEvolution(StrategyContract):
    """It asks without waiting, so the order of tells counts."""

    def make(self, context: StrategyContext) -> SearchStrategy:
        """A small population."""
        return make("large_scale_evolution", context, population=6, tries=30)


def bred(problem: StrategyContext, count: int, **settings: object) -> list[Request]:
    """Requests of a search whose every network leaves weights `w<id>`."""
    strategy = make("large_scale_evolution", problem, **settings)
    asked = []
    for _ in range(count):
        (request,) = strategy.ask(1)
        asked.append(request)
        back = record(request, luck(request))
        strategy.tell(request, back.at(weights=f"w{request.request_id}"))
    return asked


def test_the_worse_of_two_goes_and_the_better_one_has_a_child() -> None:
    """So with two living the better one always is the parent, and stays."""
    asked = bred(cells(1), 30, population=2)
    living = asked[:2]
    for child in asked[2:]:
        better = max(living, key=luck)
        assert child.origin["parent"] == better.request_id
        living = [better, child]


def test_a_child_starts_from_the_weights_of_its_parent() -> None:
    """All keep theirs; some children start anew all the same."""
    asked = bred(context(), 40, population=4, reset_weights=0.3)
    assert all(request.keep_weights for request in asked)
    children = asked[4:]
    inherited = [one for one in children if one.inherit]
    assert 0 < len(inherited) < len(children)
    for child in inherited:
        assert child.inherit == (f"w{child.origin['parent']}",)


def test_without_inheritance_nothing_is_kept() -> None:
    """Neither asked for nor needed."""
    asked = bred(context(), 12, population=4, inherit=False)
    assert not any(one.keep_weights or one.inherit for one in asked)


def test_the_weights_of_the_living_are_needed() -> None:
    """And those of nobody else, or the store would fill up."""
    strategy = make("large_scale_evolution", cells(5), population=4)
    for _ in range(30):
        (request,) = strategy.ask(1)
        back = record(request, worth(request))
        strategy.tell(request, back.at(weights=f"w{request.request_id}"))
        living = [number for number, *_ in strategy.state()["sampler"]["living"]]
        assert strategy.needed_weights == {f"w{number}" for number in living}
        assert len(living) <= 4


def test_many_workers_do_not_use_the_population_up() -> None:
    """Losers stay while more than half of the population is being evaluated."""
    strategy = make("large_scale_evolution", cells(2), population=8)
    for request in strategy.ask(8):
        strategy.tell(request, record(request, worth(request)))
    asked = strategy.ask(40)
    assert len(asked) == 40
    assert {one.origin["from"] for one in asked} == {"mutation"}
    assert len(strategy.state()["sampler"]["living"]) == 4
    for request in asked:
        strategy.tell(request, record(request, worth(request)))
    assert len(strategy.state()["sampler"]["living"]) == 8


def test_it_finds_more_than_random_search() -> None:
    """In a landscape without traps."""
    found = best_after("large_scale_evolution", 150, population=20)
    assert found > best_after("random", 150) + 0.05

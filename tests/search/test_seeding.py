"""Seeds over cells, and searches that hold a topology."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from cell_searching import cells, make, worth
from searching import SHAPE, context, luck, play, reread, texts
from unmarked import unmarked

from evonas.candidate import Candidate
from evonas.cells import FcnetCell, NasBench201Cell
from evonas.errors import ConfigError
from evonas.evaluation import Request
from evonas.genome import Seed, fcnet_space
from evonas.search import STRATEGIES, StrategyContext

DRAWING = sorted(name for name in STRATEGIES if name != "given")
BEST = ("333333", "133333", "313333")
MODES = pytest.mark.parametrize("mode", ["generational", "asynchronous"])


def seeds(*ops: str) -> list[Seed]:
    """Cells as records have them: networks without markings."""
    return [Seed(unmarked(Candidate.of(NasBench201Cell(one))), one) for one in ops]


@pytest.mark.parametrize("name", DRAWING)
def test_cells_are_asked_first_as_cells(name: str) -> None:
    """In their order; one of another table becomes the nearest, or is counted."""
    strategy = make(name, cells(3))
    odd = Seed(Candidate.of(FcnetCell("000000000")), "odd")
    strategy.seed([*seeds(*BEST), odd])
    asked = play(strategy, 12, result=worth)
    assert [one.candidate.cell for one in asked[:3]] == [
        NasBench201Cell(ops) for ops in BEST
    ]
    assert [one.origin.get("seed") for one in asked] == [*BEST, *[None] * 9]
    skipped = {"nothing like it in the space": 1}
    assert strategy.report()["seeds"] == {"asked": 3, "skipped": skipped}


@MODES
def test_the_parts_of_seeds_join_the_founders(mode: str) -> None:
    """Populations have their sizes, and the seeds are in them."""
    strategy = make("codeepneat", cells(1), mode=mode)
    strategy.seed(seeds(*BEST))
    asked = play(strategy, 3, result=worth)
    state = strategy.state()["coevolution"]
    for request in asked:
        ids = [one["id"] for one in state["blueprints"]["members"]]
        assert request.origin["blueprint"] in ids


@MODES
def test_networks_join_the_founders_with_equal_markings(mode: str) -> None:
    """A module that two seeds have is one; those that find no place are counted."""
    drawn = make("random", context(5)).ask(4)
    wanted = [unmarked(one.candidate) for one in drawn]
    sizes = {"size": 2, "species": 1}
    strategy = make("codeepneat", context(), mode=mode, blueprints=sizes, networks=4)
    strategy.seed([Seed(one, str(n)) for n, one in enumerate(wanted)])
    asked = play(strategy, 8)
    assert [one.candidate.key() for one in asked[:2]] == [
        one.key() for one in wanted[:2]
    ]
    skipped = strategy.report()["seeds"]["skipped"]
    assert skipped == {"no place among the founders": 2}


def test_founders_of_a_population_are_counted() -> None:
    """Aging evolution draws so many fewer."""
    strategy = make("aging_evolution", cells(1), population=5)
    strategy.seed(seeds(*BEST))
    asked = play(strategy, 7, result=worth)
    origins = [one.origin["from"] for one in asked]
    assert origins == [*["seed"] * 3, *["draw"] * 2, *["mutation"] * 2]


def test_given_candidates_need_no_seeds() -> None:
    """They are named already."""
    given = [Candidate.of(NasBench201Cell("333333")).to_json()]
    problem = StrategyContext(context().space, (3, 32, 32), 10)
    strategy = make("given", problem, candidates=given)
    with pytest.raises(ConfigError, match="Given: expected a strategy that draws"):
        strategy.seed(seeds("333333"))


# A topology that is held --------------------------------------------------------------


def ops(request: Request) -> list[str]:
    """Kinds of layers but dropout, of which a rate of 0 leaves none."""
    layers = request.candidate.architecture.layers
    return [layer.op for layer in layers if layer.op != "dropout"]


@pytest.mark.parametrize("name", DRAWING)
def test_every_strategy_searches_the_numbers_of_one_network(name: str) -> None:
    """The graph is the same in all; recipes and widths differ; it can go on."""
    (request,) = make("random", context(2)).ask(1)
    base = unmarked(request.candidate)
    problem: Any = dataclasses.replace(context(1), topology=base)
    strategy, again = make(name, problem), make(name, problem)
    strategy.seed([Seed(base, "base")])
    asked = play(strategy, 25, result=luck)
    again.restore(reread(strategy.state()))
    assert texts(play(again, 5)) == texts(play(strategy, 5))
    assert asked[0].candidate.key() == base.key()
    assert all(ops(one) == ops(request) for one in asked)
    assert len({one.candidate.recipe for one in asked}) > 3
    costs = {one.candidate.architecture.cost(SHAPE).parameters for one in asked}
    assert len(costs) > 3


def test_of_a_table_what_is_no_structure_is_searched() -> None:
    """Where there is nothing of it, that is said."""
    base = Candidate.of(FcnetCell("000000000"))
    problem = dataclasses.replace(context(), cells=fcnet_space(), topology=base)
    assert len(play(make("random", problem), 20)) == 20
    with pytest.raises(ConfigError, match="topology: expected cells with choices"):
        dataclasses.replace(cells(), topology=Candidate.of(NasBench201Cell("333333")))

"""CoDeepNEAT over the cells of published spaces."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from cell_searching import best_after, cell_of, cells, worth
from contracts.strategy_contract import seeds
from hypothesis import given, settings
from hypothesis import strategies as st
from searching import context, play, record, reread, text, texts

from evonas.errors import ConfigError, SpaceExhaustedError
from evonas.evaluation import Outcome, Request
from evonas.genome import (
    CellSpace,
    fcnet_space,
    nasbench101_space,
    nasbench201_space,
    nasbench_graph_space,
)
from evonas.search import CellCoDeepNEATSettings, CoDeepNEAT
from evonas.search.cell_breeding import CellPool
from evonas.space import ConstraintSet

SPACES: dict[str, CellSpace[Any]] = {
    "nasbench101": nasbench101_space(),
    "ecnas": nasbench101_space(4),
    "nasbench201": nasbench201_space(),
    "fcnet": fcnet_space(),
    "nasbench_graph": nasbench_graph_space(),
}
#: A search whose generations are over soon.
SMALL: dict[str, Any] = {
    "networks": 5,
    "modules": {"size": 4},
    "blueprints": {"size": 5, "survival": 0.5},
}
TWO = ConstraintSet(blocks={"none": {}, "nor_conv_3x3": {}})  # type: ignore[dict-item]

every_space = pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
modes = pytest.mark.parametrize("mode", ["generational", "asynchronous"])


def made(mode: str, space: CellSpace[Any], seed: int = 0, **more: Any) -> CoDeepNEAT:
    """A small search over a space."""
    problem = dataclasses.replace(context(seed), cells=space)
    return CoDeepNEAT(
        CellCoDeepNEATSettings(**{**SMALL, "mode": mode, **more}), problem
    )


@modes
@every_space
def test_every_table_is_searched(mode: str, space: CellSpace[Any]) -> None:
    """No cell twice, requests in order, and each tells the parts that it is made of."""
    asked = play(made(mode, space), 25, workers=3)
    assert [one.request_id for one in asked] == list(range(len(asked)))
    assert len({one.candidate.key() for one in asked}) == len(asked)
    for one in asked:
        assert one.candidate.cell is not None
        assert one.origin.keys() == {"generation", "blueprint", "modules"}
        assert Request.from_json(reread(one.to_json())) == one


@modes
@given(seed=seeds, told=st.integers(0, 25))
@settings(max_examples=5)
def test_a_restored_search_goes_on_exactly(mode: str, seed: int, told: int) -> None:
    """And equal seeds give equal searches; its state is plain JSON."""
    first, again = (made(mode, nasbench201_space(), one) for one in (seed, seed + 1))
    twin = made(mode, nasbench201_space(), seed)
    assert texts(play(first, told)) == texts(play(twin, told))
    again.restore(reread(first.state()))
    assert texts(play(again, 12)) == texts(play(first, 12))
    assert text(again.state()) == text(first.state())


@modes
def test_a_constraint_set_holds_from_the_next_request_on(mode: str) -> None:
    """Parts are brought inside, also after it was restored."""
    strategy = made(mode, nasbench201_space())
    play(strategy, 12)
    strategy.constrain(TWO)
    again = made(mode, nasbench201_space())
    again.restore(reread(strategy.state()))
    asked = play(strategy, 12)
    assert all(set(cell_of(one).ops) <= {"0", "3"} for one in asked)
    assert texts(play(again, 12)) == texts(asked)
    before = text(strategy.state())
    with pytest.raises(ConfigError, match="allows none of the values of op_01"):
        strategy.constrain(ConstraintSet(blocks={"dense": {}}))
    assert text(strategy.state()) == before


@modes
def test_a_space_that_is_used_up_ends_the_search(mode: str) -> None:
    """After most of the 56 different cells of two operations; none came twice."""
    strategy = made(mode, nasbench201_space().narrowed(TWO))
    asked: list[Request] = []

    def search() -> None:
        for _ in range(100):
            asked.extend(new := strategy.ask(3))
            for request in new:
                strategy.tell(request, record(request, worth(request)))

    with pytest.raises(SpaceExhaustedError, match="asked before"):
        search()
    keys = {cell.key() for cell in map(cell_of, asked)}
    assert len(keys) == len(asked)
    assert 28 <= len(asked) <= 56
    assert strategy.report()["rejected"]["asked before"] > 0


@modes
def test_cells_that_the_table_lacks_are_drawn_again_and_counted(mode: str) -> None:
    """As in every other strategy."""
    whole = nasbench201_space()
    rng = np.random.default_rng(0)
    known = {whole.draw(rng).key() for _ in range(4_000)}
    strategy = made(mode, nasbench201_space(known=known))
    asked = play(strategy, 30)
    assert all(cell_of(one).key() in known for one in asked)
    assert strategy.report()["rejected"]["not in the table"] > 0


@modes
def test_cells_that_all_fail_do_not_end_the_search(mode: str) -> None:
    """It goes on asking for new ones."""
    strategy = made(mode, nasbench201_space())
    assert len(play(strategy, 30, result=lambda _: Outcome.DIVERGED)) == 30


@modes
def test_credit_goes_to_the_parts_of_a_cell(mode: str) -> None:
    """The mean over the cells that contained them, and nothing to the others."""
    strategy = made(mode, nasbench201_space())
    asked = play(strategy, SMALL["networks"] - 1, result=worth)
    blueprints, modules = strategy._credit()
    assert blueprints.keys() == {one.origin["blueprint"] for one in asked}
    for part, fitness in modules.items():
        values = [worth(one) for one in asked if part in one.origin["modules"].values()]
        assert fitness == pytest.approx(sum(values) / len(values))


@modes
def test_good_cells_are_found(mode: str) -> None:
    """Of 0.96 at most; random search finds about 0.75 with as many evaluations."""
    assert best_after("random", 150, seeds=3) < 0.85
    assert best_after("codeepneat", 150, seeds=3, mode=mode) > 0.88


def test_blueprints_whose_species_died_name_a_living_one() -> None:
    """And others stay the objects that they were."""
    pool = CellPool(nasbench201_space(), np.random.default_rng(0), 3)
    blueprint = pool.blueprint([1], minimal=True)
    assert pool.repoint(blueprint, [1, 2]) is blueprint
    assert pool.repoint(blueprint, [2]).places == (2,)
    assert pool.repoint(blueprint, [2]).genome_id == blueprint.genome_id


def test_the_reach_over_a_space_is_told() -> None:
    """Of the cells that it is asked about."""
    strategy = made("asynchronous", nasbench201_space().narrowed(TWO))
    drawn = [nasbench201_space().draw(np.random.default_rng(n)) for n in range(20)]
    inside = [cell for cell in drawn if set(cell.ops) <= {"0", "3"}]
    more = [cell_of(one) for one in strategy.ask(5)]
    assert strategy.reach([*drawn, *more]) == len(inside) + 5


def test_settings_have_defaults_of_their_own() -> None:
    """Sections that are given in part take the others of the cells' defaults."""
    small = CellCoDeepNEATSettings(modules={"size": 4})  # type: ignore[arg-type]
    assert (small.modules.size, small.modules.survival) == (4, 0.3)
    assert cells().cells is not None

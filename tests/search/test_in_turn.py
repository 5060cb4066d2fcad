"""Architecture and recipe one after the other."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import pytest
from contracts.strategy_contract import NARROW, StrategyContract
from hypothesis import given
from hypothesis import strategies as st
from searching import PLAIN_RECIPE, TINY, context, luck, play, record, reread, texts

from evonas.cells import FcnetCell
from evonas.cells.fcnet import RECIPE
from evonas.errors import CallOrderError, ConfigError, SpaceExhaustedError
from evonas.evaluation import Outcome, Request
from evonas.genome import fcnet_space, nasbench201_space
from evonas.search import STRATEGIES, InTurn, SearchStrategy, StrategyContext
from evonas.search.in_turn import Part
from evonas.space import ConstraintSet
from evonas.space.text_form import domain_from_json

SMALL: dict[str, dict[str, Any]] = {
    "aging_evolution": {"population": 4, "sample": 2, "tries": 30},
    "random": {"tries": 60},
    "tpe": {"startup": 3, "tries": 30},
    "local_search": {"start": 2, "neighbours": 4, "tries": 30},
    "codeepneat": {
        "networks": 4,
        "tries": 20,
        "modules": {"size": 4, "species": 1},
        "blueprints": {"size": 3, "species": 1},
    },
}


def in_turn(
    problem: StrategyContext,
    first: Part = "architecture",
    evaluations: int = 8,
    names: Sequence[str] = ("aging_evolution", "random"),
    **held: Any,
) -> InTurn:
    """The two parts by these strategies, in their order."""

    def part(name: str) -> Any:
        entry = STRATEGIES[name]
        settings = entry.settings.model_validate(SMALL[name])
        return lambda of: entry.make(settings, of)

    second: Part = "recipe" if first == "architecture" else "architecture"
    parts = [(first, part(names[0])), (second, part(names[1]))]
    return InTurn(parts, evaluations, problem, held)


def fcnet(seed: int = 0) -> StrategyContext:
    """A context whose genomes are FCNet's configurations."""
    problem: StrategyContext = context(seed)
    return dataclasses.replace(problem, cells=fcnet_space())


def halves(request: Request) -> tuple[str, str]:
    """What tells two candidates' architectures and recipes apart."""
    candidate = request.candidate
    if isinstance(candidate.cell, FcnetCell):
        values = candidate.cell.values
        recipe = {name: values.pop(name) for name in sorted(RECIPE)}
        return str(values), str(recipe)
    return candidate.architecture.fingerprint(), str(candidate.recipe)


class TestInTurn(StrategyContract):
    """The architecture first, around a recipe with AdamW."""

    def make(self, context: StrategyContext) -> SearchStrategy:
        """Eight architectures by evolution, then recipes at random."""
        return in_turn(context, optimizer="adamw")

    def test_a_space_without_a_network_within_its_limits_is_refused(self) -> None:
        """As soon as it is made: there is nothing to begin with."""
        with pytest.raises(ConfigError, match=r"space\.limits: expected a network"):
            self.make(context(limits={"parameters": 1}))

    @pytest.mark.parametrize("workers", [1, 3])
    def test_a_space_that_is_used_up_ends_the_search(self, workers: int) -> None:
        """Few architectures make room for the recipes; when these are out, it ends."""
        recipe = {**PLAIN_RECIPE, "batch_size": [16, 32, 64]}
        strategy = in_turn(context(**{**TINY, "recipe": recipe}), evaluations=50)
        asked: list[Request] = []

        def search() -> None:
            for _ in range(100):
                try:
                    new = strategy.ask(workers)
                except SpaceExhaustedError:
                    if not asked or all(
                        one.origin["searching"] == "recipe" for one in asked[-2:]
                    ):
                        raise
                    new = []
                asked.extend(new)
                for request in new:
                    strategy.tell(request, record(request, luck(request)))

        with pytest.raises(SpaceExhaustedError, match="asked before"):
            search()
        parts = [one.origin["searching"] for one in asked]
        assert parts.count("recipe") == 2  # the third is what the best had
        assert 3 <= parts.count("architecture") <= 6
        assert len({one.candidate.key() for one in asked}) == len(asked)

    @pytest.mark.parametrize("told", [0, 3, 12])
    def test_a_constraint_set_holds_from_the_next_request_on(self, told: int) -> None:
        """For what is searched; the network that is held is from before it."""
        strategy = self.make(context(told))
        before = play(strategy, told)
        strategy.constrain(NARROW)
        again = self.make(context(told + 1))
        again.restore(reread(strategy.state()))
        asked = play(strategy, 20)
        held = {halves(request)[0] for request in before}
        for request in asked:
            assert request.candidate.recipe.optimizer == "adamw"
            if halves(request)[0] in held:
                continue
            for layer in request.candidate.architecture.layers:
                assert layer.params.get("function", "relu") == "relu"
        assert texts(play(again, 20)) == texts(asked)


@pytest.mark.parametrize("make", [context, fcnet], ids=["layers", "cells"])
@pytest.mark.parametrize("first", ["architecture", "recipe"])
@pytest.mark.parametrize("name", ["aging_evolution", "tpe", "local_search"])
def test_the_second_part_is_searched_around_the_best_of_the_first(
    make: Any, first: Part, name: str
) -> None:
    """Each part varies alone; all of the first are known when the second begins."""
    strategy = in_turn(make(3), first, 8, (name, name))
    asked = play(strategy, 24, workers=3, result=luck)
    varied, held = (0, 1) if first == "architecture" else (1, 0)
    one, two = asked[:8], asked[8:]
    assert len({halves(r)[held] for r in one}) == 1
    assert len({halves(r)[varied] for r in one}) == 8
    best = max(one, key=luck)
    assert {halves(r)[varied] for r in two} == {halves(best)[varied]}
    assert len({halves(r)[held] for r in two}) == 16
    assert halves(best)[held] not in {halves(r)[held] for r in two}
    assert [r.origin["searching"] for r in asked] == [first] * 8 + [
        "recipe" if first == "architecture" else "architecture"
    ] * 16
    for request in asked:
        parent = request.origin.get("parent", -1)
        assert parent < request.request_id
        assert parent < 0 or (parent >= 8) == (request.request_id >= 8)


def test_codeepneat_searches_the_architecture_and_another_the_recipe() -> None:
    """Networks of the first generations, then recipes for the best of them."""
    strategy = in_turn(context(2), evaluations=10, names=("codeepneat", "tpe"))
    asked = play(strategy, 25, result=luck)
    assert len({str(one.candidate.recipe) for one in asked[:10]}) == 1
    best = max(asked[:10], key=luck).candidate.architecture.fingerprint()
    assert {one.candidate.architecture.fingerprint() for one in asked[10:]} == {best}


@given(st.sampled_from([Outcome.DIVERGED, Outcome.CRASHED]))
def test_where_all_of_the_first_part_fail_the_beginning_is_held(
    outcome: Outcome,
) -> None:
    """And no candidate comes twice."""
    strategy = in_turn(fcnet(1), "recipe", 20, ("random", "random"))
    asked = play(strategy, 60, result=lambda _: outcome)
    assert len({one.candidate.key() for one in asked}) == 60
    assert len({halves(one)[1] for one in asked[20:]}) == 1


def test_what_is_held_is_the_middle_or_what_the_config_says() -> None:
    """Of choices with an order the middle one, of others the first."""
    (middle,) = in_turn(fcnet()).ask(1)
    (given_value,) = in_turn(fcnet(), init_lr=0.1).ask(1)
    cells = middle.candidate.cell, given_value.candidate.cell
    values = [one.values for one in cells if isinstance(one, FcnetCell)]
    expected = {"batch_size": 32, "init_lr": 5e-3, "lr_schedule": "cosine"}
    assert {name: values[0][name] for name in sorted(RECIPE)} == expected
    assert {n: values[1][n] for n in sorted(RECIPE)} == {**expected, "init_lr": 0.1}


@pytest.mark.parametrize(
    ("problem", "first", "held", "complaint"),
    [
        (fcnet(), "architecture", {"n_units_1": 16}, r"recipe\.n_units_1: expected a"),
        (fcnet(), "architecture", {"init_lr": 3.0}, r"recipe\.init_lr: .* got 3\.0"),
        (fcnet(), "recipe", {"init_lr": 0.1}, "where the architecture comes first"),
        (context(recipe=PLAIN_RECIPE), "architecture", {}, "more than one value"),
    ],
)
def test_what_cannot_be_held_is_told(
    problem: StrategyContext, first: Part, held: dict[str, Any], complaint: str
) -> None:
    """Before anything is asked."""
    with pytest.raises(ConfigError, match=complaint):
        in_turn(problem, first, **held)


def test_a_table_whose_training_is_fixed_has_no_recipe_to_search() -> None:
    """And says so."""
    problem = dataclasses.replace(context(), cells=nasbench201_space())
    with pytest.raises(ConfigError, match="choices of the recipe, got nasbench201"):
        in_turn(problem)


def test_the_report_counts_both_parts() -> None:
    """Candidates by part, rejected draws together."""
    strategy = in_turn(fcnet(), evaluations=10)
    play(strategy, 50)
    report = strategy.report()
    assert report["sequence"] == [
        {"searching": "architecture", "candidates": 10},
        {"searching": "recipe", "candidates": 40},
    ]
    assert report["rejected"]["asked before"] > 0
    assert strategy.progress()["part"] == 2


def test_a_constraint_set_leaves_alone_what_is_held() -> None:
    """It narrows what is searched, in both parts, also after a restore."""
    narrow = ConstraintSet(
        recipe={
            "init_lr": domain_from_json([0.05, 0.1]),
            "n_units_1": domain_from_json([16, 32]),
        }
    )
    strategy = in_turn(fcnet(5), evaluations=6)
    strategy.constrain(narrow)
    again = in_turn(fcnet(6), evaluations=6)
    again.restore(reread(strategy.state()))
    asked = play(strategy, 12)
    values = [one.candidate.cell.values for one in asked]  # type: ignore[union-attr]
    assert {one["init_lr"] for one in values[:6]} == {5e-3}
    assert {one["init_lr"] for one in values[6:]} <= {0.05, 0.1}
    assert {one["n_units_1"] for one in values} <= {16, 32}
    assert texts(play(again, 12)) == texts(asked)


def test_a_record_that_was_not_asked_for_is_refused() -> None:
    """Twice told, say."""
    strategy = in_turn(fcnet())
    (request,) = strategy.ask(1)
    strategy.tell(request, record(request, 0.5))
    with pytest.raises(CallOrderError, match="sequence: expected the record"):
        strategy.tell(request, record(request, 0.5))

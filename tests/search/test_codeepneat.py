"""CoDeepNEAT: both modes."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from contracts.strategy_contract import StrategyContract, SynchronousStrategyContract
from network_counting import sample_batch
from pydantic import ValidationError
from searching import SHAPE, blocks, context, luck, play, record, text

from evonas.architecture import Shape
from evonas.errors import CallOrderError, ConfigError
from evonas.evaluation import Outcome, Request
from evonas.genome import nasbench201_space
from evonas.network import build
from evonas.population import Objective
from evonas.search import (
    CellCoDeepNEATSettings,
    CoDeepNEAT,
    CoDeepNEATSettings,
    SearchStrategy,
    StrategyContext,
)
from evonas.search.drawing import Drawing
from evonas.space import default_space
from evonas.space.space import MERGES

#: What a search over series and over texts must reach.
SEQUENCE_KINDS = (
    "conv separable_conv dense_block gru lstm squeeze_excitation sum concat gated_sum"
)

#: A search whose generations are over soon.
SMALL: dict[str, Any] = {
    "networks": 5,
    "modules": {"size": 6, "species": 2},
    "blueprints": {"size": 4, "species": 2},
    "tries": 10,
}


class TestGenerational(SynchronousStrategyContract):
    """Waits for whole generations."""

    def make(self, context: StrategyContext) -> SearchStrategy:
        """From random genomes."""
        return CoDeepNEAT(CoDeepNEATSettings(**SMALL), context)


class TestGenerationalFromMinimalGenomes(SynchronousStrategyContract):
    """Grows from one node; with shuffled credit, which draws from the generator."""

    def make(self, context: StrategyContext) -> SearchStrategy:
        """From minimal genomes."""
        return CoDeepNEAT(
            CoDeepNEATSettings(**SMALL, start="minimal", credit="shuffled"), context
        )


class TestAsynchronous(StrategyContract):
    """Breeds one child at a time."""

    def make(self, context: StrategyContext) -> SearchStrategy:
        """From random genomes."""
        return CoDeepNEAT(CoDeepNEATSettings(**SMALL, mode="asynchronous"), context)


MODES = pytest.mark.parametrize("mode", ["generational", "asynchronous"])


def made(
    mode: str = "generational", seed: int = 0, keys: Any = None, **settings: Any
) -> CoDeepNEAT:
    """A small search over a space with these keys."""
    return CoDeepNEAT(
        CoDeepNEATSettings(**{**SMALL, "mode": mode, **settings}),
        context(seed, **(keys or {})),
    )


def size_error(request: Request) -> float:
    """Below 0 and best at 5,000 parameters: a landscape that has a slope."""
    parameters = request.candidate.architecture.cost(SHAPE).parameters
    return -abs(math.log(parameters / 5000.0))


def mean(values: list[float]) -> float:
    """Of some numbers."""
    return sum(values) / len(values)


@MODES
def test_pitfall_4_it_learns_from_fitness_below_zero(mode: str) -> None:
    """Over five runs the last networks are clearly better than the first ones."""
    first, last = [], []
    for seed in range(5):
        strategy = CoDeepNEAT(CoDeepNEATSettings(mode=mode), context(seed))  # type: ignore[arg-type]
        values = [size_error(one) for one in play(strategy, 112, result=size_error)]
        first += values[:16]
        last += values[-32:]
    assert mean(last) > mean(first) + 0.5


@MODES
def test_several_objectives_are_pursued_together(mode: str) -> None:
    """Where accuracy is luck, networks become small, and the state stays plain."""
    objectives = (Objective("validation_accuracy"), Objective("parameters", "minimise"))
    first, last = [], []
    for seed in range(3):
        problem = replace(context(seed), objectives=objectives)
        strategy = CoDeepNEAT(CoDeepNEATSettings(mode=mode), problem)  # type: ignore[arg-type]
        asked = play(strategy, 112)
        sizes = [one.candidate.architecture.cost(SHAPE).parameters for one in asked]
        first += sizes[:16]
        last += sizes[-32:]
        assert text(strategy.state())
    assert mean(last) < mean(first) / 2


@MODES
def test_structures_appear_that_were_in_no_first_genome(mode: str) -> None:
    """From minimal genomes the search grows deeper networks, and branching ones."""
    asked = play(made(mode, start="minimal"), 60)
    sizes = [len(blocks(one)) for one in asked]
    assert max(sizes[:5]) <= 2
    assert max(sizes) >= 5
    assert any(
        layer.op in MERGES
        for one in asked[30:]
        for layer in one.candidate.architecture.layers
    )


@pytest.mark.parametrize(
    ("modality", "shape", "expected"),
    [
        ("image", (3, 8, 8), "conv separable_conv mbconv sum concat"),
        ("series", (2, 20), f"{SEQUENCE_KINDS} global_pool"),
        ("text", (12,), f"{SEQUENCE_KINDS} embedding attention_pool"),
        ("table", (5,), "dense dense_block batch_norm sum concat gated_sum"),
    ],
)
def test_every_kind_of_a_default_space_is_drawn_and_built(
    modality: str, shape: Shape, expected: str
) -> None:
    """Whatever a task is of, a search reaches the layers that suit it."""
    vocabulary = 20 if modality == "text" else 0
    space = default_space(modality, shape, vocabulary=vocabulary)
    settings = CoDeepNEATSettings(mode="asynchronous")
    strategy = CoDeepNEAT(settings, StrategyContext(space, shape, 3, seed=1))
    seen: set[str] = set()
    for request in strategy.ask(40):
        architecture = request.candidate.architecture
        ops = {layer.op for layer in architecture.layers}
        if ops <= seen:
            continue
        seen |= ops
        network = build(architecture, shape, 0).eval()
        with torch.no_grad():
            outputs = network(sample_batch(architecture, shape, 2))
        assert outputs.shape == (2, 3)
        assert outputs.isfinite().all()
    assert set(expected.split()) <= seen


@MODES
def test_tight_limits_do_not_end_or_stall_the_search(mode: str) -> None:
    """Draws above the limits stay few, even while everything that fits fails.

    Genomes of which nothing fits must go, and a generation of which nothing fits must
    not be bred from: it would only drift further off.
    """
    for result in (luck, lambda one: Outcome.DIVERGED):
        for seed in range(3):
            strategy = made(mode, seed, {"limits": {"parameters": 2000}})
            asked = play(strategy, 60, workers=2, result=result)
            assert len(asked) == 60
            assert strategy.state()["rejected"]["above space.limits.parameters"] < 1500


@MODES
def test_newcomers_go_in_where_nothing_bred_fits(
    mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Living parts can all have grown too large; the space is not used up by that."""
    strategy = made(mode)
    play(strategy, 10)
    allowed = Drawing.assemble

    def only_newcomers(
        drawing: Drawing, blueprint: Any, modules: Any, space: Any
    ) -> Any:
        bred = any(one.parents for one in (blueprint, *modules.values()))
        return None if bred else allowed(drawing, blueprint, modules, space)

    monkeypatch.setattr(Drawing, "assemble", only_newcomers)
    assert len(play(strategy, 10)) == 10


@MODES
def test_the_first_generation_can_be_larger_than_the_others(mode: str) -> None:
    """Three times as many networks of three times as many parts; then the usual."""
    strategy = made(mode, founding=3)
    asked = strategy.ask(100)
    assert len(asked) == (15 if mode == "generational" else 100)
    first = [one for one in asked if one.origin["generation"] == 0][:15]
    assert len({one.origin["blueprint"] for one in first}) > 4
    for one in asked:
        strategy.tell(one, record(one, luck(one)))
    play(strategy, 30)
    state = strategy.state()["coevolution"]
    assert len(state["blueprints"]["members"]) == 4
    assert len(state["modules"]["members"]) == 6


@pytest.mark.parametrize("workers", [1, 3])
def test_the_asynchronous_mode_keeps_the_sizes_of_its_populations(
    workers: int,
) -> None:
    """Never larger by more than the children that wait; full again after a while."""
    strategy = made("asynchronous")

    def populations() -> dict[str, int]:
        state = strategy.state()["coevolution"]
        return {kind: len(state[kind]["members"]) for kind in ("modules", "blueprints")}

    for _ in range(12):
        play(strategy, 5, workers=workers)
        for kind, genomes in populations().items():
            assert 1 <= genomes <= SMALL[kind]["size"] + workers
    play(strategy, 20)
    assert populations() == {"modules": 6, "blueprints": 4}


def test_the_asynchronous_mode_never_waits() -> None:
    """A free worker gets a new network although others are still being trained."""
    assert len(made("asynchronous").ask(40)) == 40


def test_the_generational_mode_waits_for_the_whole_generation() -> None:
    """One record that is missing holds up the next generation."""
    strategy = made()
    requests = strategy.ask(100)
    assert len(requests) == SMALL["networks"]
    for request in requests[1:]:
        strategy.tell(request, record(request, 0.5))
        assert strategy.ask(100) == []
    strategy.tell(requests[0], record(requests[0], 0.5))
    assert [one.origin["generation"] for one in strategy.ask(1)] == [1]


@MODES
def test_pitfall_3_only_parts_of_tried_networks_are_judged(mode: str) -> None:
    """Neither a stale nor a zero fitness for the others."""
    strategy = made(mode, modules={"size": 40, "species": 2})
    asked = play(strategy, SMALL["networks"] - 1)
    blueprints, modules = strategy._credit()
    assert blueprints.keys() == {one.origin["blueprint"] for one in asked}
    assert modules.keys() == {
        part for one in asked for part in one.origin["modules"].values()
    }
    assert len(modules) < 40


@MODES
def test_pitfall_9_the_fitness_of_a_part_is_the_mean_of_its_networks(mode: str) -> None:
    """Of the distinct ones, however often a blueprint repeats the part."""
    strategy = made(mode, keys={"blueprint_nodes": 6})
    asked = play(strategy, SMALL["networks"] - 1)
    for part, fitness in strategy._credit()[1].items():
        values = [luck(one) for one in asked if part in one.origin["modules"].values()]
        assert fitness == pytest.approx(mean(values))


@MODES
def test_the_best_genomes_live_on_unchanged(mode: str) -> None:
    """The parts of the best network of a generation are in the next one."""
    strategy = made(mode, modules={"size": 6, "species": 1})
    asked = play(strategy, SMALL["networks"])
    before = strategy._coevolution.modules.members
    fitness = strategy._credit()[1]
    best = max(fitness, key=lambda one: (fitness[one], -one))
    genome = before[best]
    play(strategy, 2)
    assert len(asked) == SMALL["networks"]
    assert strategy._coevolution.modules.members[best] is genome


@MODES
def test_shuffled_credit_deals_the_same_values_to_other_modules(mode: str) -> None:
    """Blueprints keep theirs; it is a control for the credit of modules alone."""
    plain, control = made(mode), made(mode, credit="shuffled")
    for strategy in (plain, control):
        play(strategy, SMALL["networks"] - 1)
    (same, modules), (blueprints, shuffled) = plain._credit(), control._credit()
    assert blueprints == same
    assert sorted(shuffled.values()) == sorted(modules.values())
    assert shuffled != modules


@MODES
def test_the_logbook_has_a_line_for_each_generation(mode: str) -> None:
    """With the networks that were tried, the best of them, and the species."""
    strategy = made(mode)
    asked = play(strategy, 16)
    lines = list(strategy.logbook)
    assert [line["evaluations"] for line in lines] == [5, 10, 15]
    assert [line["generation"] for line in lines] == [0, 1, 2]
    assert lines[0]["best"] == max(luck(one) for one in asked[:5])
    assert lines[0]["mean"] == pytest.approx(mean([luck(one) for one in asked[:5]]))
    assert all(line["module_species"] >= 1 for line in lines)


def test_a_record_of_something_not_asked_is_refused() -> None:
    """And so is a second one: either would count a network twice."""
    strategy = made()
    (request,) = strategy.ask(1)
    other = replace(request, request_id=77)
    with pytest.raises(CallOrderError, match="got one of request 77"):
        strategy.tell(other, record(other, 0.5))
    strategy.tell(request, record(request, 0.5))
    with pytest.raises(CallOrderError, match="not told yet, got one of request 0"):
        strategy.tell(request, record(request, 0.5))


def test_a_failed_network_is_never_better_than_one_that_succeeded() -> None:
    """Also where every result is below zero, from the first generation on."""
    strategy = made()
    requests = strategy.ask(5)
    for request, result in zip(requests, (Outcome.CRASHED, -9.0, -5.0, -7.0, -9.0)):  # noqa: B905
        strategy.tell(request, record(request, result))
    fitness = strategy._credit()[0]
    failed = requests[0].origin["blueprint"]
    assert fitness[failed] == min(fitness.values())


@pytest.mark.parametrize(
    "wrong",
    [
        {"networks": 1},
        {"mode": "sometimes"},
        {"module_mutation": {"add_nod": 0.1}},
        {"modules": {"size": 8, "specie": 2}},
    ],
)
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    """With the name of the setting."""
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        CoDeepNEATSettings(**wrong)


def test_settings_are_those_of_what_is_searched() -> None:
    """Layers and cells mutate differently and have other defaults."""
    problem = replace(context(), cells=nasbench201_space())
    with pytest.raises(ConfigError, match="expected CellCoDeepNEATSettings over the"):
        CoDeepNEAT(CoDeepNEATSettings(), problem)
    with pytest.raises(ConfigError, match="expected CoDeepNEATSettings over networks"):
        CoDeepNEAT(CellCoDeepNEATSettings(), context())
    with pytest.raises(CallOrderError, match="expected to search a table's cells"):
        made().reach([])

"""Champions of other islands, as strategies take them in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cell_searching import cells
from cell_searching import make as make_over
from hypothesis import given, settings
from hypothesis import strategies as st
from searching import Result, context, luck, play, record, reread, results, texts

from evonas.evaluation import Request
from evonas.search import STRATEGIES, CoDeepNEAT, SearchStrategy, schedule
from evonas.search.schedulers import SCHEDULERS
from evonas.space import Choice, ConstraintSet

MIGRATING = [name for name, entry in STRATEGIES.items() if entry.migrates]
SMALL: dict[str, dict[str, Any]] = {
    "aging_evolution": {"population": 4, "sample": 4},
    "large_scale_evolution": {"population": 4},
    "codeepneat": {
        "networks": 4,
        "modules": {"size": 6, "species": 2},
        "blueprints": {"size": 4, "species": 2},
    },
}
MODES = ("generational", "asynchronous")


def make(name: str, seed: int, *, islands: bool = True, **more: Any) -> SearchStrategy:
    """A small one, over networks of layers."""
    entry = STRATEGIES[name]
    chosen = entry.settings(**SMALL.get(name, {}), **more)
    return entry.make(chosen, replace(context(seed), islands=islands))


def coevolving(mode: str, seed: int, **more: Any) -> CoDeepNEAT:
    """A small `codeepneat`."""
    strategy = make("codeepneat", seed, mode=mode, **more)
    assert isinstance(strategy, CoDeepNEAT)
    return strategy


def champion_of(strategy: SearchStrategy, evaluations: int) -> Request:
    """The best network of a search."""
    return max(play(strategy, evaluations), key=luck)


def knowledge(strategy: SearchStrategy) -> Any:
    """What it chooses the next candidates by."""
    state = strategy.state()
    return state["sampler"] if "sampler" in state else state["coevolution"]


def known(strategy: SearchStrategy) -> list[str]:
    """The candidates that it will not ask."""
    state = strategy.state()
    return state.get("seen") or [key for key, _ in state["register"]["known"]]


def test_populations_and_models_of_any_result_migrate() -> None:
    """The others make nothing of a champion that they did not ask for."""
    assert MIGRATING == [
        "aging_evolution",
        "bayesian",
        "bohb",
        "codeepneat",
        "large_scale_evolution",
        "tpe",
    ]


@pytest.mark.parametrize("name", MIGRATING)
def test_a_champion_is_learned_from_and_never_asked(name: str) -> None:
    """It joins what the strategy knows, although only its genome tells what it is."""
    (champion,) = make(name, 1).ask(1)
    one, other = make(name, 2), make(name, 2)
    for each in (one, other):
        play(each, 4)
    one.immigrate(champion, record(champion, 0.99))
    assert knowledge(one) != knowledge(other)
    assert champion.candidate.key() in known(one)
    again = make(name, 2)
    again.restore(one.state())
    assert again.state() == one.state()
    one.immigrate(champion, record(champion, 0.5))
    assert again.state() == one.state(), "it comes with each exchange, and counts once"


@pytest.mark.parametrize("name", MIGRATING)
@given(
    seed=st.integers(0, 99),
    before=st.integers(0, 8),
    result=results,
    after=st.integers(0, 8),
)
@settings(max_examples=6)
def test_whatever_comes_whenever_the_search_goes_on_and_repeats_itself(
    name: str, seed: int, before: int, result: Result, after: int
) -> None:
    """Equal arrivals, equal requests; through a file too; no candidate comes twice."""
    champion = play(make(name, seed + 1), 3)[-1]
    found: list[list[str]] = []
    for reloaded in (False, True):
        strategy = make(name, seed)
        asked = play(strategy, before)
        strategy.immigrate(champion, record(champion, result))
        if reloaded:
            state = reread(strategy.state())
            strategy = make(name, seed)
            strategy.restore(state)
        asked += play(strategy, after)
        found.append(texts(asked))
        keys = [one.candidate.key() for one in asked]
        assert len(set(keys)) == len(keys)
        assert champion.candidate.key() not in keys[before:]
        assert [one.request_id for one in asked] == list(range(len(asked)))
    assert found[0] == found[1]


@pytest.mark.parametrize("name", MIGRATING)
def test_without_its_genome_a_network_is_what_its_layers_tell(name: str) -> None:
    """CoDeepNEAT, whose parts have a history, only never asks it.

    A search that has islands writes the genome into its requests, and no other does.
    """
    (champion,) = make(name, 1, islands=False).ask(1)
    assert "genome" not in champion.origin
    one, other = make(name, 2), make(name, 2)
    for each in (one, other):
        play(each, 4)
    one.immigrate(champion, record(champion, 0.99))
    assert (knowledge(one) == knowledge(other)) == (name == "codeepneat")
    assert champion.candidate.key() in known(one)


@pytest.mark.parametrize("name", MIGRATING)
def test_islands_change_nothing_but_what_requests_carry(name: str) -> None:
    """The search itself is the same until a champion comes."""
    plain, islands = (play(make(name, 3, islands=on), 12) for on in (False, True))
    for one in (*plain, *islands):
        origin = {k: v for k, v in one.origin.items() if k != "genome"}
        object.__setattr__(one, "origin", origin)
    assert texts(plain) == texts(islands)


@pytest.mark.parametrize("mode", MODES)
def test_parts_of_a_champion_join_both_populations_with_its_worth(mode: str) -> None:
    """Under ids of this island, without parents; they are the best, and breed."""
    champion = champion_of(coevolving(mode, 1), 9)
    one = coevolving(mode, 2)
    play(one, 8)
    before = one.state()["coevolution"]
    ids = {
        part["id"]
        for kind in ("modules", "blueprints")
        for part in before[kind]["members"]
    }
    one.immigrate(champion, record(champion, 2.0))
    after = one.state()["coevolution"]
    came = {
        kind: [part for part in after[kind]["members"] if part["id"] not in ids]
        for kind in ("modules", "blueprints")
    }
    passport = champion.origin["genome"]
    assert len(came["modules"]) == len(passport["modules"])
    assert len(came["blueprints"]) == 1
    assert min(p["id"] for k in came.values() for p in k) >= before["pool"]["next_id"]
    assert not any(part["parents"] for parts in came.values() for part in parts)
    blocks = [[node[1:] for node in p["nodes"]] for p in came["modules"]]
    assert blocks == [[node[1:] for node in p["nodes"]] for _, p in passport["modules"]]
    living = {group["species_id"] for group in after["modules"]["species"]}
    assert {node[1] for node in came["blueprints"][0]["nodes"]} <= living
    new = {part["id"] for parts in came.values() for part in parts}
    children = play(one, 12)
    parents = {
        parent
        for kind in ("modules", "blueprints")
        for part in one.state()["coevolution"][kind]["members"]
        for parent in (*part["parents"], part["id"])
    }
    used = {
        part
        for request in children
        for part in (request.origin["blueprint"], *request.origin["modules"].values())
    }
    assert new & (parents | used)


@pytest.mark.parametrize("mode", MODES)
def test_a_champion_of_an_equal_search_has_the_markings_that_it_has_here(
    mode: str,
) -> None:
    """Its events are the same events, so no gene of it counts as strange."""
    champion = champion_of(coevolving(mode, 1), 4)
    one = coevolving(mode, 1)
    one.ask(1)
    markings = reread(one.state())["coevolution"]["pool"]["ledger"]["next"]
    passport = reread(champion.origin["genome"])
    pool = one._coevolution.pool
    blueprint, modules = pool.naturalised(passport)
    assert [gene.marking for gene in blueprint.nodes] == [
        node[0] for node in passport["blueprint"]["nodes"]
    ]
    for name, data in passport["modules"]:
        assert modules[name].markings == pool.module_from_json(data).markings
    assert pool.state()["ledger"]["next"] == markings


@pytest.mark.parametrize("mode", MODES)
def test_cells_bring_their_parts_along_too(mode: str) -> None:
    """Also those of whose places not every module was laid."""
    settings = {"mode": mode, "networks": 4}
    problems = [replace(cells(seed), islands=True) for seed in (1, 2)]
    there, one = (make_over("codeepneat", each, **settings) for each in problems)
    for champion in play(there, 12):
        before = one.state()["coevolution"]["pool"]["next_id"]
        play(one, 4)
        was_known = champion.candidate.key() in known(one)
        one.immigrate(reread_request(champion), record(champion, 0.99))
        after = one.state()["coevolution"]
        assert was_known or after["pool"]["next_id"] > before
        living = {group["species_id"] for group in after["modules"]["species"]}
        for blueprint in after["blueprints"]["members"]:
            assert set(blueprint["places"]) <= living


def reread_request(request: Request) -> Request:
    """A request that went to a file and back."""
    return Request.from_json(reread(request.to_json()))


def test_a_generation_takes_a_champion_in_whatever_the_order_of_its_records() -> None:
    """So that islands repeat themselves with any number of workers."""
    champion = champion_of(coevolving("generational", 1), 9)
    following = []
    for turn in (lambda _: 0, lambda waiting: waiting - 1):
        one = coevolving("generational", 2)
        play(one, 8, workers=4, turn=turn)
        one.immigrate(champion, record(champion, 0.99))
        following.append(texts(play(one, 8, workers=4, turn=turn)))
    assert following[0] == following[1]


def test_a_champion_outside_of_the_constraints_does_not_move_in() -> None:
    """It is known and not asked, and that is all."""
    champion = champion_of(coevolving("asynchronous", 1), 6)
    narrow = ConstraintSet(blocks={"dense": {"units": Choice((16,))}})
    one = coevolving("asynchronous", 2)
    play(one, 6)
    one.constrain(narrow)
    members = one.state()["coevolution"]["modules"]["members"]
    units = {
        node[3].get("units")
        for _, module in champion.origin["genome"]["modules"]
        for node in module["nodes"]
    }
    assert units != {16}
    one.immigrate(champion, record(champion, 0.99))
    assert one.state()["coevolution"]["modules"]["members"] == members
    assert champion.candidate.key() in known(one)


def test_children_of_a_champion_are_bred() -> None:
    """A tournament of all that live is won by the best."""
    (champion,) = make("aging_evolution", 1).ask(1)
    one = make("aging_evolution", 2)
    play(one, 4)
    one.immigrate(champion, record(champion, 0.99))
    parents = [request.origin.get("parent") for request in one.ask(6)]
    assert -1 in parents


def test_a_scheduler_hands_champions_on() -> None:
    """With their genome, to the strategy inside."""
    name = "asha"
    settings = SCHEDULERS[name].settings().filled(8.0)
    one, other = (
        schedule(
            make("aging_evolution", 2),
            name,
            SCHEDULERS[name].settings(**settings),
            context(2),
        )
        for _ in range(2)
    )
    (champion,) = make("aging_evolution", 1).ask(1)
    one.immigrate(champion, record(champion, 0.99))
    assert one.state() != other.state()
    assert champion.candidate.key() in str(one.state())

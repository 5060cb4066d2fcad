"""Champions of other islands, as strategies take them in."""

from __future__ import annotations

from dataclasses import replace

import pytest
from searching import context, play, record

from evonas.search import STRATEGIES, SearchStrategy, schedule
from evonas.search.schedulers import SCHEDULERS

MIGRATING = [name for name, entry in STRATEGIES.items() if entry.migrates]
SMALL = {
    "aging_evolution": {"population": 4, "sample": 4},
    "large_scale_evolution": {"population": 4},
}


def make(name: str, seed: int, *, islands: bool = True) -> SearchStrategy:
    """A small one, over networks of layers."""
    entry = STRATEGIES[name]
    settings = entry.settings(**SMALL.get(name, {}))
    return entry.make(settings, replace(context(seed), islands=islands))


def test_populations_and_models_of_any_result_migrate() -> None:
    """The others make nothing of a champion that they did not ask for."""
    assert MIGRATING == [
        "aging_evolution",
        "bayesian",
        "bohb",
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
    state, without = one.state(), other.state()
    assert state["sampler"] != without["sampler"]
    assert champion.candidate.key() in state["seen"]
    again = make(name, 2)
    again.restore(state)
    assert again.state() == state


@pytest.mark.parametrize("name", MIGRATING)
def test_without_its_genome_a_network_of_layers_is_only_not_asked(name: str) -> None:
    """So a search that has islands writes it into its requests, and no other does."""
    (champion,) = make(name, 1, islands=False).ask(1)
    assert "genome" not in champion.origin
    one, other = make(name, 2), make(name, 2)
    one.immigrate(champion, record(champion, 0.99))
    assert one.state()["sampler"] == other.state()["sampler"]
    assert champion.candidate.key() in one.state()["seen"]


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

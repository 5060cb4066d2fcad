"""The strategy around a sampler."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from cell_searching import cells, make, worth
from searching import context, play, record

from evonas.cells import NasBench201Cell
from evonas.errors import CallOrderError, SpaceExhaustedError
from evonas.evaluation import Record, Request
from evonas.search import STRATEGIES, GenomeSearch, Sampler, SamplerSettings
from evonas.search.sampler import Result, Suggestion
from evonas.space import ConstraintSet

SAMPLED = sorted(
    name
    for name, entry in STRATEGIES.items()
    if issubclass(entry.settings, SamplerSettings)
)


class Stubborn(Sampler[NasBench201Cell]):
    """Suggests one cell for ever."""

    def __init__(self) -> None:
        self.learned: list[Result[NasBench201Cell]] = []

    def suggest(self) -> Suggestion[NasBench201Cell]:
        """The cell."""
        return Suggestion(NasBench201Cell("333333"), {"from": "stubbornness"})

    def learn(self, result: Result[NasBench201Cell], record: Record) -> None:
        """Note it."""
        self.learned.append(result)

    def state(self) -> dict[str, Any]:
        """Nothing."""
        return {}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Nothing."""


def stubborn() -> tuple[GenomeSearch, Stubborn]:
    """A search around it."""
    sampler = Stubborn()
    settings = SamplerSettings(tries=10)
    return GenomeSearch("stubborn", settings, cells(), lambda *_: sampler), sampler


def test_where_nothing_new_is_suggested_it_draws() -> None:
    """Every refused suggestion is counted, and reported by its reason."""
    strategy, _ = stubborn()
    asked = strategy.ask(4)
    assert [one.origin["from"] for one in asked] == ["stubbornness"] + ["fallback"] * 3
    assert strategy.report() == {"rejected": {"asked before": 30}}
    assert strategy.progress()["rejected"] == 30


def test_a_record_of_what_was_not_asked_is_refused() -> None:
    """And so is a second one."""
    strategy, _ = stubborn()
    (request,) = strategy.ask(1)
    strategy.tell(request, record(request, 0.5))
    with pytest.raises(CallOrderError, match="stubborn: expected the record of a"):
        strategy.tell(request, record(request, 0.5))


def test_an_adopted_cell_is_learned_from() -> None:
    """As one that was never asked; a second time it is old."""
    strategy, sampler = stubborn()
    (request,) = make("random", cells(5)).ask(1)
    for _ in range(2):
        strategy.adopt(request.candidate, record(request, 0.5))
    (result,) = sampler.learned
    assert (result.number, result.gains) == (-1, (0.5,))
    assert result.genome.key() == request.candidate.cell.key()


def test_an_adopted_network_of_layers_is_learned_from() -> None:
    """By the genome that its layers tell."""
    strategy = make("aging_evolution", context())
    (request,) = make("random", context(7)).ask(1)
    strategy.adopt(request.candidate, record(request, 0.5))
    (living,) = strategy.state()["sampler"]["living"]
    number, _, key, gains, _ = living
    assert (number, key, gains) == (-1, request.candidate.key(), [0.5])
    assert request.candidate.key() in strategy.state()["seen"]


@pytest.mark.parametrize("name", SAMPLED)
def test_every_sampler_searches_cells(name: str) -> None:
    """Each cell once, also those that are the same up to numbering."""
    asked = play(make(name, cells(1)), 60, workers=3, result=worth)
    assert len({one.candidate.key() for one in asked}) == len(asked) == 60


@pytest.mark.parametrize("name", SAMPLED)
def test_a_constraint_set_holds_for_cells_too(name: str) -> None:
    """From the next request on, whatever was learned before."""
    strategy = make(name, cells(2))
    play(strategy, 40, result=worth)
    wanted = ("skip_connect", "nor_conv_1x1", "avg_pool_3x3")
    strategy.constrain(ConstraintSet(blocks={one: {} for one in wanted}))
    asked = play(strategy, 30, result=worth)
    cells_asked = [one.candidate.cell for one in asked if one.candidate.cell]
    assert len(cells_asked) == 30
    assert not any(set(cell.ops) & set("03") for cell in cells_asked)


@pytest.mark.parametrize("name", SAMPLED)
def test_a_cell_space_that_is_used_up_ends_the_search(name: str) -> None:
    """With one operation for each of two edges: after all of its cells."""
    strategy = make(name, cells(3), tries=40)
    strategy.constrain(ConstraintSet(blocks={"skip_connect": {}, "nor_conv_1x1": {}}))
    asked: list[Request] = []

    def search() -> None:
        for _ in range(2**6 + 1):
            (request,) = strategy.ask(1)
            strategy.tell(request, record(request, worth(request)))
            asked.append(request)

    with pytest.raises(SpaceExhaustedError, match="asked before"):
        search()
    assert len(asked) > 2**6 // 2

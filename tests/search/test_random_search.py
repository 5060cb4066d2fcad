"""Random search."""

from __future__ import annotations

from collections import Counter

import pytest
from contracts.strategy_contract import SynchronousStrategyContract
from pydantic import ValidationError
from searching import TINY, TINY_SIZE, blocks, context, luck, play, record, text

from evonas.errors import SpaceExhaustedError
from evonas.search import (
    RandomSearch,
    RandomSettings,
    SearchStrategy,
    StrategyContext,
)


class TestRandomSearch(SynchronousStrategyContract):
    """It learns nothing, so the order of tells cannot matter."""

    def make(self, context: StrategyContext) -> SearchStrategy:
        """Few tries, so that exhaustion is noticed soon."""
        return RandomSearch(RandomSettings(tries=60), context)


def test_records_leave_no_trace() -> None:
    """Random search is the yardstick: what it is told must not change what it asks."""
    strategy = RandomSearch(RandomSettings(), context())
    (request,) = strategy.ask(1)
    before = text(strategy.state())
    strategy.tell(request, record(request, luck(request)))
    assert text(strategy.state()) == before


def test_every_size_of_network_is_drawn() -> None:
    """Node counts are uniform, so shallow and deep networks are both common."""
    asked = play(RandomSearch(RandomSettings(), context()), 200)
    hidden = Counter(
        len(blocks(one)) - 1  # the last is the head
        for one in asked
    )
    assert hidden[1] > 5
    assert sum(count for size, count in hidden.items() if size >= 8) > 20


def test_a_small_space_is_drawn_to_the_last_candidate() -> None:
    """Random search misses none that it can draw."""
    strategy = RandomSearch(RandomSettings(tries=200), context(**TINY))
    assert len(strategy.ask(100)) == TINY_SIZE
    with pytest.raises(SpaceExhaustedError, match="random search: expected a new"):
        strategy.ask(1)


def test_a_setting_out_of_range_is_refused() -> None:
    """No species, no module to draw."""
    with pytest.raises(ValidationError, match="species"):
        RandomSettings(species=0)

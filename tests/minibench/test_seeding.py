"""Seeds out of records."""

from __future__ import annotations

from collections import Counter

import pytest
from bench_records import record, review
from hypothesis import given, settings
from hypothesis import strategies as st

from evonas.candidate import Recipe
from evonas.errors import ConfigError
from minibench import BenchRecord, State
from minibench.seeding import RankedRecords, seeds_of


def approved(filters: int, **changes: object) -> BenchRecord:
    """An approved record of a network of this width."""
    return record(filters=filters, **changes).reviewed(review())  # type: ignore[arg-type]


ONE = [approved(filters) for filters in (2, 3, 4, 5, 6)]
OTHER = [approved(filters, problem="lines@v1") for filters in (12, 13, 14, 15, 16)]


@given(st.floats(0.1, 10), st.floats(0.1, 10), st.integers(0, 12))
@settings(max_examples=30)
def test_problems_take_turns_by_their_weights(
    first: float, second: float, count: int
) -> None:
    """Each gives its best, in order; nobody is more than a turn ahead of its share."""
    problems = [RankedRecords(first, ONE), RankedRecords(second, OTHER)]
    found = seeds_of(problems, count)
    assert len(found) == min(count, 10)
    ids = [one.source for one in found]
    for records in (ONE, OTHER):
        own = [one.id for one in records if one.id in ids]
        assert own == [one.id for one in records][: len(own)]
        assert own == [source for source in ids if source in own]
    if found and len(found) < 5:
        counts = Counter(source in {one.id for one in ONE} for source in ids)
        share = len(found) * first / (first + second)
        assert abs(counts[True] - share) <= 1


def test_a_network_comes_once_and_its_turn_goes_to_the_next() -> None:
    """With another recipe it is another one."""
    again = [approved(2, problem="lines@v1"), approved(3, problem="lines@v1")]
    problems = [RankedRecords(1, ONE[:1]), RankedRecords(1, again)]
    found = seeds_of(problems, 5)
    assert [one.source for one in found] == [ONE[0].id, again[1].id]
    other = approved(2, recipe=Recipe(batch_size=16))
    assert len(seeds_of([RankedRecords(1, [ONE[0], other])], 5)) == 2


def test_only_records_of_the_named_states_give_seeds() -> None:
    """Approved ones, unless others are named."""
    records = [
        record(filters=2),
        approved(3),
        approved(4).reviewed(review(State.REJECTED, 2)),
    ]
    problems = [RankedRecords(1, records)]
    assert [one.source for one in seeds_of(problems, 9)] == [records[1].id]
    both = (State.APPROVED, State.PROVISIONAL)
    assert len(seeds_of(problems, 9, states=both)) == 2


def test_a_recipe_that_is_not_known_is_the_usual_one() -> None:
    """Or the one that is given."""
    problems = [RankedRecords(1, [approved(2, recipe=None)])]
    (seed,) = seeds_of(problems, 1)
    assert seed.candidate.recipe == Recipe()
    (other,) = seeds_of(problems, 1, usual=Recipe(batch_size=8))
    assert other.candidate.recipe.batch_size == 8


def test_a_problem_of_no_weight_gives_nothing() -> None:
    """One below 0 is a mistake."""
    assert seeds_of([RankedRecords(0, ONE)], 3) == ()
    with pytest.raises(ConfigError, match="expected a weight of 0 or more"):
        RankedRecords(-1, ONE)

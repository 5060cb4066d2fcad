"""Successive rejects: the schedule's promises, and who is rejected."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas.errors import InputError
from evonas.run import make_schedule
from evonas.run.rejects import (
    CONFIRMED,
    FINALISTS,
    HELD_OUT,
    phase_lengths,
    trainings_of,
    worst,
)

networks = st.integers(2, 30)
results = st.lists(
    st.lists(st.none() | st.floats(-1, 1), min_size=3, max_size=3),
    min_size=2,
    max_size=6,
)


@given(networks, st.integers(1, 500))
def test_phases_keep_to_the_budget_and_train_everyone(count: int, more: int) -> None:
    """K − 1 phases that never get shorter, none empty, all within the budget."""
    budget = count + more
    lengths = phase_lengths(count, budget)
    assert len(lengths) == count - 1
    assert lengths[0] >= 1
    assert list(lengths) == sorted(lengths)
    # One network leaves after each phase, and the last two have had equally many.
    used = sum(length for length in lengths) + lengths[-1]
    assert trainings_of(lengths) == used <= budget


@pytest.mark.parametrize(
    ("count", "budget", "expected"),
    [
        # By hand: loḡ(2) = 1, so n_1 = ⌈(n − 2) / 2⌉.
        (2, 10, (4,)),
        # loḡ(3) = 4/3: ⌈9 · 3/4 / 3⌉ and ⌈9 · 3/4 / 2⌉.
        (3, 12, (3, 4)),
        # loḡ(4) = 19/12: 38 · 12/19 = 24, over 4, 3 and 2.
        (4, 42, (6, 8, 12)),
    ],
)
def test_the_lengths_are_those_of_the_paper(
    count: int, budget: int, expected: tuple[int, ...]
) -> None:
    """Also where the quotient is whole."""
    assert phase_lengths(count, budget) == expected


@given(networks, st.integers(0, 200))
def test_a_schedule_uses_exactly_what_it_is_given(count: int, more: int) -> None:
    """Everyone is trained, enough is held out, and the same is planned again."""
    trainings = count + HELD_OUT + more
    schedule = make_schedule(count, trainings)
    assert schedule.trainings == trainings
    assert schedule.networks == count
    assert schedule.lengths[0] >= 1
    assert schedule.held_out >= HELD_OUT
    assert schedule == make_schedule(count, trainings)


@given(networks)
def test_the_default_is_just_enough_for_the_last_two_and_the_winner(count: int) -> None:
    """With one training less something would be missing; saying it changes nothing."""
    schedule = make_schedule(count)
    assert schedule.lengths[-1] >= FINALISTS
    assert schedule.held_out >= CONFIRMED
    assert schedule == make_schedule(count, schedule.trainings)
    if schedule.trainings > count + HELD_OUT:
        less = make_schedule(count, schedule.trainings - 1)
        assert less.lengths[-1] < FINALISTS or less.held_out < CONFIRMED


def test_the_defaults_are_those_that_the_help_names() -> None:
    """11, 13 and 21 trainings."""
    assert [make_schedule(count).trainings for count in (2, 3, 10)] == [11, 13, 21]


@given(networks, st.integers(0, 100))
def test_more_trainings_never_mean_fewer_to_choose(count: int, more: int) -> None:
    """Whatever is added goes to the phases or to the winner."""
    less = make_schedule(count, count + HELD_OUT + more)
    larger = make_schedule(count, count + HELD_OUT + more + 20)
    assert all(a <= b for a, b in zip(less.lengths, larger.lengths, strict=True))


def test_too_little_to_choose_from_or_by_is_refused() -> None:
    """With the number that would do."""
    with pytest.raises(InputError, match=r"--trainings: expected 6 or more.*got 5"):
        make_schedule(3, 5)
    with pytest.raises(InputError, match=r"--top: expected 2 networks.*got 1"):
        make_schedule(1)


def _merit(values: Sequence[float | None]) -> tuple[int, float]:
    fine = [value for value in values if value is not None]
    return -values.count(None), math.fsum(fine) / len(fine) if fine else -math.inf


@given(results)
def test_failures_count_as_worst_and_means_decide_the_rest(
    trained: list[list[float | None]],
) -> None:
    """Of equals the one goes that the search thought less of."""
    loser = worst(trained)
    for position, values in enumerate(trained):
        assert _merit(values) >= _merit(trained[loser])
        if position > loser:
            assert _merit(values) > _merit(trained[loser])

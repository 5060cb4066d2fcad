"""Tests of the learning rate's course."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas.candidate import Recipe, Schedule
from evonas.training.schedule import kept_step, rate_factor

SCHEDULES: tuple[Schedule, ...] = get_args(Schedule)


def _course(total: int, per_epoch: float = 10.0, **recipe: object) -> list[float]:
    chosen = Recipe(**recipe)  # type: ignore[arg-type]
    return [rate_factor(chosen, step, total, per_epoch) for step in range(total)]


@given(
    st.sampled_from(SCHEDULES),
    st.integers(1, 300),
    st.floats(0, 50),
    st.floats(0.5, 40),
)
def test_every_factor_is_positive_and_at_most_the_peak(
    schedule: Schedule, total: int, warmup: float, per_epoch: float
) -> None:
    """No step is wasted, also where the warm-up is longer than the training."""
    course = _course(total, per_epoch, schedule=schedule, warmup_epochs=warmup)
    assert all(0 < factor <= 1 for factor in course)


def test_constant_stays_at_the_peak() -> None:
    """Every step of it."""
    assert set(_course(40, schedule="constant")) == {1.0}


def test_cosine_falls_from_the_peak_to_nearly_zero() -> None:
    """Half-way through it stands at one half."""
    course = _course(100, schedule="cosine")
    assert course[0] == 1.0
    assert course[50] == pytest.approx(0.5)
    assert course[-1] < 0.001
    assert course == sorted(course, reverse=True)


def test_one_cycle_climbs_and_then_falls() -> None:
    """The peak is at 30 % of the steps."""
    course = _course(100, schedule="one_cycle")
    assert course[0] == pytest.approx(1 / 25)
    assert course[30] == max(course) == 1.0
    assert course[:31] == sorted(course[:31])
    assert course[30:] == sorted(course[30:], reverse=True)


def test_the_warm_up_climbs_in_equal_steps_before_the_schedule() -> None:
    """Two epochs of ten steps, then the cosine from its peak."""
    course = _course(100, schedule="cosine", warmup_epochs=2)
    assert course[:20] == pytest.approx([(step + 1) / 21 for step in range(20)])
    assert course[20] == 1.0


def test_a_trapezoid_stays_at_the_peak_and_falls_at_the_end() -> None:
    """Linearly, over the last fifth, and not to zero."""
    course = _course(100, schedule="trapezoid")
    assert set(course[:80]) == {1.0}
    assert course[80:] == pytest.approx([(20 - fall) / 21 for fall in range(20)])


@given(st.integers(2, 200), st.integers(0, 200), st.floats(0, 12))
def test_before_its_fall_a_trapezoid_knows_nothing_of_its_length(
    total: int, more: int, warmup: float
) -> None:
    """What is kept there goes on as if it had been longer from the start."""
    recipe = {"schedule": "trapezoid", "warmup_epochs": warmup}
    kept = kept_step("trapezoid", total)
    assert _course(total, **recipe)[:kept] == _course(total + more, **recipe)[:kept]

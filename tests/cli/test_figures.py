"""Figures of a run: estimates and words."""

from __future__ import annotations

import pytest

from evonas.cli.figures import Remaining
from evonas.run.wording import clock, number


def test_nothing_is_estimated_before_something_was_measured():
    """A session that resumes knows nothing of the speed of the last one."""
    remaining = Remaining(100, None, final_share=0.0)
    remaining.begin(elapsed=500.0, evaluations=40)
    assert remaining.estimate(510.0, 40, 1.0) is None


def test_the_speed_is_that_of_this_session():
    """10 evaluations in 20 s: the 50 left take 100 s, whatever came before."""
    remaining = Remaining(100, None, final_share=0.0)
    remaining.begin(elapsed=500.0, evaluations=40)
    assert remaining.estimate(520.0, 50, 1.0) == pytest.approx(100.0)


def test_the_budget_that_ends_first_counts():
    """Evaluations would take 100 s more, but only 30 s are left."""
    remaining = Remaining(100, 550.0, final_share=0.0)
    remaining.begin(elapsed=500.0, evaluations=40)
    assert remaining.estimate(520.0, 50, 1.0) == pytest.approx(30.0)


def test_the_final_training_comes_on_top():
    """It takes as many times longer as it has epochs more."""
    remaining = Remaining(10, None, final_share=8.0)
    remaining.begin(elapsed=0.0, evaluations=0)
    assert remaining.estimate(10.0, 10, best_seconds=3.0) == pytest.approx(24.0)


def test_a_budget_in_epochs_is_estimated_by_epochs():
    """An evaluation may add any number of them: 30 in 20 s, so 60 more take 40 s."""
    remaining = Remaining(None, None, final_share=0.0, epochs=100.0)
    remaining.begin(elapsed=0.0, evaluations=5, epochs=10.0)
    assert remaining.estimate(20.0, 7, 1.0, epochs=40.0) == pytest.approx(40.0)


@pytest.mark.parametrize(
    ("value", "text"),
    [(12345, "12,345"), (0.98333, "0.9833"), (1.0, "1"), (3.2e9, "3,200,000,000")],
)
def test_numbers_are_written_for_people(value, text):
    """Counts with separators, shares with four digits."""
    assert number(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(5, "0:05"), (65.4, "1:05"), (3600, "1:00:00"), (59.9, "1:00")],
)
def test_times_are_written_like_a_clock(seconds, text):
    """Hours only where there are some."""
    assert clock(seconds) == text

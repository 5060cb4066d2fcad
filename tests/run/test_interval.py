"""Intervals: as often right as they say, also after a selection."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas.run.interval import CONFIDENCE, t_interval
from evonas.run.rejects import Schedule, make_schedule, worst

#: selections that are simulated; the seed is fixed
REPETITIONS = 2000


def select(
    schedule: Schedule, means: np.ndarray, rng: np.random.Generator
) -> tuple[int, list[float]]:
    """A winner's number, and the values that chose it, with noise of deviation 1."""
    draws = means[:, None] + rng.standard_normal((len(means), schedule.lengths[-1]))
    left = list(range(len(means)))
    for length in schedule.lengths:
        left.pop(worst([draws[one, :length].tolist() for one in left]))
    return left[0], draws[left[0]].tolist()


@pytest.mark.parametrize("spread", [0.0, 1.0])
def test_held_out_trainings_cover_the_truth_and_those_that_chose_do_not(
    spread: float,
) -> None:
    """Ten networks, equally good or not: 95 % of the intervals hold the true mean.

    Those of the trainings that chose the winner hold it far too seldom, since it won by
    their luck; and their mean is too high by as much.
    """
    rng = np.random.default_rng(20101)
    schedule = make_schedule(10, 60)
    means = np.linspace(0, spread, 10)
    held, naive, bias = 0, 0, 0.0
    for _ in range(REPETITIONS):
        winner, chose = select(schedule, means, rng)
        truth = float(means[winner])
        fresh = truth + rng.standard_normal(schedule.held_out)
        for values, kind in ((fresh.tolist(), "held"), (chose, "naive")):
            found = t_interval(values)
            assert found is not None
            assert found.low is not None
            assert found.high is not None
            covers = found.low <= truth <= found.high
            held += covers and kind == "held"
            naive += covers and kind == "naive"
        bias += sum(chose) / len(chose) - truth
    # Three standard deviations of a share of 2,000 are 1.5 %.
    assert held / REPETITIONS == pytest.approx(CONFIDENCE, abs=0.015)
    assert naive / REPETITIONS < CONFIDENCE - 0.05
    assert bias / REPETITIONS > 0.2


def test_better_networks_win_more_often_than_by_chance() -> None:
    """The rule does choose: of four a deviation apart the best one, mostly."""
    rng = np.random.default_rng(7)
    means = np.array([0.0, 1.0, 3.0, 2.0])
    wins = [select(make_schedule(4), means, rng)[0] for _ in range(400)]
    assert wins.count(2) > 300


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=9))
def test_an_interval_lies_round_the_mean(values: list[float]) -> None:
    """And moves with the values."""
    found = t_interval(values)
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    assert found.mean == pytest.approx(np.mean(values), abs=1e-6)
    assert found.low <= found.mean <= found.high
    assert found.mean - found.low == pytest.approx(found.high - found.mean, abs=1e-6)


def test_the_quantile_is_students() -> None:
    """By hand: 2.776 · s / √5 for five values, from the table of the distribution."""
    found = t_interval([1.0, 2.0, 3.0, 4.0, 5.0])
    assert found is not None
    assert found.high == pytest.approx(3 + 2.776445 * (2.5 / 5) ** 0.5, abs=1e-6)


def test_one_value_has_no_spread_and_none_no_mean() -> None:
    """Nothing is made up."""
    one = t_interval([0.5])
    assert one is not None
    assert (one.mean, one.low, one.high, one.count) == (0.5, None, None, 1)
    assert t_interval([]) is None

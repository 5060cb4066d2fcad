"""What curves say about an entry."""

from __future__ import annotations

import numpy as np
import pytest
from comparing import played

from minibench.cli.verdicts import Runs, corrected, target_of, verdicts

SEEDS = range(12)


def runs(shift: int, gain: float, sign: float = 1.0) -> Runs:
    """Searches that reach 0.9 so many trainings later, and end so much better."""
    curves = [
        played(
            seed,
            [
                (1, 0.0, 0.5 * sign),
                (10 + seed % 3 + shift, 0.0, 0.9 * sign),
                (50, 0.0, (0.9 + gain + seed / 1000) * sign),
            ],
        )
        for seed in SEEDS
    ]
    return Runs.of(curves, 0.9 * sign, sign)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_trainings_and_ends_are_told_with_the_side_that_is_better(sign: float) -> None:
    """Whether a metric grows or falls."""
    advised, without = runs(0, 0.01, sign), runs(7, 0.0, sign)
    (found,) = corrected(verdicts("a", advised, {"b": without}))
    assert found.trainings.mean == found.trainings.low == 7
    assert found.final.mean == pytest.approx(0.01)
    assert found.useful
    assert not found.harmful
    assert found.words == "saves 7.0 trainings (7.0 to 7.0)"
    (found,) = corrected(verdicts("a", without, {"b": advised}))
    assert found.words == "costs 7.0 trainings (7.0 to 7.0)"
    assert found.final_words.startswith("worse by 0.01")
    assert found.harmful


def test_a_cost_with_a_gain_is_no_harm() -> None:
    """Slower, and better in the end."""
    (found,) = corrected(verdicts("a", runs(7, 0.01), {"b": runs(0, 0.0)}))
    assert found.trainings.sign == -1
    assert found.useful
    assert not found.harmful


def test_what_is_one_of_many_must_be_surer() -> None:
    """The interval of the one says a cost, and of a hundred some do by chance."""
    rng = np.random.default_rng(0)
    advised = runs(0, 0.0)
    noise = {
        str(n): Runs(
            advised.trainings + rng.normal(0, 3, 12), advised.reached, advised.final
        )
        for n in range(100)
    }
    found = corrected(verdicts("a", advised, noise))
    assert any(one.trainings.sign < 0 for one in found)
    assert not any(one.harmful for one in found)


def test_equal_runs_say_nothing() -> None:
    """As those of an entry that nothing depends on."""
    (found,) = corrected(verdicts("a", runs(0, 0.0), {"b": runs(0, 0.0)}))
    assert (found.trainings.mean, found.trainings.p, found.trainings.sign) == (0, 1, 0)
    assert not found.harmful


def test_a_target_that_is_not_reached_counts_the_whole_budget() -> None:
    """And the share that reaches it is told."""
    found = Runs.of([played(0, [(3, 0.0, 0.4), (20, 0.0, 0.5)])], 0.6, 1.0)
    assert found.trainings.tolist() == [20]
    assert not found.reached.any()


def test_the_target_is_what_half_of_the_searches_reach() -> None:
    """Without advice."""
    ends = [played(n, [(5, 0.0, value)]) for n, value in enumerate((0.1, 0.8, 0.9))]
    assert target_of(ends) == 0.8

"""Objectives: what selection sees of a record."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas.evaluation import Fidelity, Outcome, Record
from evonas.population import Objective, gains

ACCURACY = Objective("validation_accuracy")
SIZE = Objective("parameters", "minimise")


def told(accuracy: float, outcome: Outcome = Outcome.OK) -> Record:
    """A record with this accuracy and 500 parameters."""
    return Record(
        0,
        "key",
        Fidelity(),
        outcome,
        metrics={"validation_accuracy": accuracy},
        cost={"parameters": 500},
    )


@given(st.floats(-1e9, 1e9))
def test_higher_is_better_in_every_direction(value: float) -> None:
    """What is minimised changes its sign, what is maximised does not."""
    assert gains((ACCURACY, SIZE), told(value)) == (value, -500.0)


@given(st.sampled_from([one for one in Outcome if one is not Outcome.OK]))
def test_a_failed_record_has_no_gains(outcome: Outcome) -> None:
    """Even if it has the metric: a diverged network's last value means nothing."""
    assert gains((ACCURACY,), told(0.9, outcome)) is None


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e200, -1e200])
def test_what_is_no_measured_number_is_no_gain(value: float) -> None:
    """Neither NaN nor infinity nor an overflow that happened to stay finite."""
    assert gains((ACCURACY,), told(value)) is None


def test_a_record_without_the_metric_has_no_gains() -> None:
    """One absent value is enough."""
    assert gains((ACCURACY, Objective("latency_seconds")), told(0.9)) is None

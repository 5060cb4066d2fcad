"""Learning curves carried on."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas.search.schedulers.extrapolation import MIN_POINTS, extrapolate

curves = st.lists(st.floats(-1, 1), min_size=1, max_size=20)


def numbered(values: list[float]) -> list[tuple[float, float]]:
    """One value an epoch."""
    return [(epoch + 1.0, value) for epoch, value in enumerate(values)]


@given(curves, st.floats(1.5, 20))
def test_it_stays_within_reach_of_the_curve(values: list[float], times: float) -> None:
    """Never further from the last value than the whole range so far."""
    found = extrapolate(numbered(values), times * len(values))
    spread = max(values) - min(values)
    assert abs(found - values[-1]) <= spread * (1 + 1e-6)


@given(curves, st.sampled_from((-4.0, 0.5, 8.0)), st.sampled_from((0.0, -3.0, 100.0)))
def test_scaling_the_values_scales_the_answer(
    values: list[float], factor: float, shift: float
) -> None:
    """So accuracy, per cent and an error that falls are carried on in the same way."""
    values = [round(value, 3) for value in values]
    at = 3.0 * len(values)
    plain = extrapolate(numbered(values), at)
    moved = extrapolate(numbered([factor * v + shift for v in values]), at)
    assert moved == pytest.approx(factor * plain + shift, abs=1e-4 * abs(factor))


@given(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=8))
def test_any_numbers_give_a_number(values: list[float]) -> None:
    """Huge, equal, of either sign."""
    assert math.isfinite(extrapolate(numbered(values), 30.0))


@pytest.mark.parametrize(
    "shape",
    [
        lambda x: 0.9 - 0.6 * x**-0.5,
        lambda x: 0.8 - 0.5 * np.exp(-0.2 * x),
        lambda x: 0.3 + 0.1 * np.log(x),
        lambda x: 0.95 * x / (x + 3),
        lambda x: 2.0 * x**-1.0 + 0.2,
    ],
)
def test_a_clean_curve_is_carried_on_nearly_exactly(shape) -> None:
    """From a third of the way, within an eighth of what it has still to go."""
    epochs = np.arange(1.0, 10.0)
    found = extrapolate(list(zip(epochs, shape(epochs), strict=True)), 27.0)
    assert abs(found - shape(27.0)) < abs(shape(27.0) - shape(9.0)) / 8


def test_it_tells_a_late_bloomer_from_one_that_is_through() -> None:
    """Equal now, different in the end: what stopping by the last value gets wrong."""
    epochs = np.arange(1.0, 10.0)
    through = 0.6 - 0.4 * np.exp(-1.5 * epochs)
    blooming = 0.9 - 0.55 * np.exp(-0.05 * epochs)
    blooming += through[-1] - blooming[-1] - 0.01
    late, flat = (
        extrapolate(list(zip(epochs, curve, strict=True)), 27.0)
        for curve in (blooming, through)
    )
    assert late > flat + 0.1


def test_a_curve_that_is_too_short_is_its_last_value() -> None:
    """As is one that never moved."""
    short = numbered([0.1, 0.5, 0.7][: MIN_POINTS - 1])
    assert extrapolate(short, 9.0) == 0.7
    assert extrapolate(numbered([0.4] * 8), 30.0) == 0.4

"""Ranges draw evenly on their scale, and their steps do not pile up at the ends."""

from __future__ import annotations

import math

import numpy as np

from evonas.space import FloatRange, IntegerRange


def test_a_logarithmic_range_draws_every_decade_alike() -> None:
    """A third of the draws falls in each of three decades."""
    rng = np.random.default_rng(0)
    domain = FloatRange(1e-4, 1e-1, log=True)
    draws = [math.log10(float(domain.draw(rng))) for _ in range(3000)]
    counts = np.histogram(draws, bins=[-4, -3, -2, -1])[0]
    assert counts.min() > 900


def test_a_reflected_step_does_not_pile_up_at_an_end() -> None:
    """After many mutations the lowest tenth of a range holds about a tenth."""
    rng = np.random.default_rng(0)
    domain, value, low = FloatRange(0.0, 1.0), 0.5, 0
    for _ in range(4000):
        value = float(domain.mutate(value, rng))
        low += value < 0.1
    assert 250 < low < 550


def test_a_grid_that_misses_its_end_stops_before_it() -> None:
    """From 8 by 8 to 30 is 8, 16, 24."""
    assert IntegerRange(8, 30, 8).values() == (8, 16, 24)
    assert IntegerRange(8, 30, 8).extremes() == (8, 24)


def test_a_logarithmic_grid_favours_small_numbers() -> None:
    """16 to 256 by logarithm: half of the draws are at most 64."""
    rng = np.random.default_rng(0)
    domain = IntegerRange(16, 256, log=True)
    small = sum(int(domain.draw(rng)) <= 64 for _ in range(2000))
    assert 900 < small < 1100


def test_distance_follows_the_scale() -> None:
    """A factor of ten is a third of three decades, anywhere in them."""
    domain = FloatRange(1e-4, 1e-1, log=True)
    assert math.isclose(domain.distance(1e-4, 1e-3), 1 / 3)
    assert math.isclose(domain.distance(1e-2, 1e-1), 1 / 3)

"""Intervals and tests of a few values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evonas.compare.statistics import (
    holm,
    mean_interval,
    median_interval,
    seeds_needed,
    signed_rank,
)

shares = st.lists(st.floats(0, 1), min_size=1, max_size=12)


@given(shares)
def test_corrected_values_are_larger_in_the_same_order(values: list[float]) -> None:
    """None above one, the smallest one times their number."""
    corrected = holm(values)
    assert all(p <= q <= 1 for p, q in zip(values, corrected, strict=True))
    order = np.argsort(values, kind="stable")
    assert np.all(np.diff(np.array(corrected)[order]) >= 0)
    assert min(corrected) == min(1.0, len(values) * min(values))


def test_the_correction_is_that_of_the_paper() -> None:
    """Four p values by hand."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@settings(max_examples=20)
@given(st.lists(st.floats(-1, 1), min_size=2, max_size=20), st.integers(0, 9))
def test_an_interval_lies_within_the_values_and_round_their_mean(
    values: list[float], seed: int
) -> None:
    """Whatever they are; those of mean and median."""
    array = np.array(values)
    for interval, middle in (
        (mean_interval, array.mean()),
        (median_interval, np.median(array)),
    ):
        found = interval(array, np.random.default_rng(seed))
        assert found is not None
        low, high = (float(end) for end in found)
        assert min(values) - 1e-9 <= low <= middle + 1e-9
        assert middle - 1e-9 <= high <= max(values) + 1e-9


def test_one_seed_has_no_interval() -> None:
    """One lucky seed must not look like knowledge."""
    rng = np.random.default_rng(0)
    assert mean_interval(np.array([0.5]), rng) is None
    assert median_interval(np.array([0.5]), rng) is None


def test_an_interval_holds_the_mean_about_as_often_as_it_says() -> None:
    """Of thirty draws from a skewed distribution."""
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(200):
        found = mean_interval(rng.exponential(size=30), rng, 500)
        assert found is not None
        held += bool(found[0] <= 1.0 <= found[1])
    assert 0.86 <= held / 200 <= 0.98


def test_equal_pairs_prove_nothing_and_clear_ones_do() -> None:
    """By the exact distribution: 2 of 2¹⁰ sign patterns."""
    assert signed_rank(np.zeros(10)) == 1.0
    assert signed_rank(np.full(10, 1e-17)) == 1.0
    assert signed_rank(np.arange(1.0, 11.0)) == pytest.approx(2 / 2**10)
    assert signed_rank(np.array([1.0, -2.0, 3.0, -4.0])) > 0.5


@pytest.mark.parametrize(("tests", "seeds"), [(1, 6), (3, 7), (10, 9), (15, 10)])
def test_how_many_seeds_a_test_needs(tests: int, seeds: int) -> None:
    """With one less, not even all signs alike would do."""
    assert seeds_needed(tests) == seeds
    smallest = signed_rank(np.arange(1.0, seeds + 1))
    assert holm([smallest] + [1.0] * (tests - 1))[0] <= 0.05
    smallest = signed_rank(np.arange(1.0, seeds))
    assert holm([smallest] + [1.0] * (tests - 1))[0] > 0.05

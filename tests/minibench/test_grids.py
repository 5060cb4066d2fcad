"""Values on a common grid."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minibench.grids import REAL, on_grid

REALS = sorted(name for name, log in REAL.items() if not log)
RATES = sorted(name for name, log in REAL.items() if log)


@given(
    st.sampled_from(("filters", "units", "growth", "batch_size")), st.integers(1, 9999)
)
def test_a_width_is_a_power_of_two_or_half_as_much_again(name: str, value: int) -> None:
    """Never further than a fifth, and a point of the grid stays."""
    point = on_grid(name, value)
    assert isinstance(point, int)
    odd = point // (point & -point)
    assert odd in (1, 3)
    assert 0.8 < point / value < 1.25 or value < 3
    assert on_grid(name, point) == point


@given(st.sampled_from(RATES), st.floats(1e-9, 10))
def test_a_rate_is_within_a_sixth_of_a_decade(name: str, value: float) -> None:
    """A point of the grid stays."""
    point = on_grid(name, value)
    assert isinstance(point, float)
    assert 10 ** (-1 / 6) * 0.99 < point / value < 10 ** (1 / 6) * 1.01
    assert on_grid(name, point) == point


@given(st.sampled_from(REALS), st.floats(0, 2))
def test_a_real_number_is_within_a_fortieth(name: str, value: float) -> None:
    """A point of the grid stays."""
    point = on_grid(name, value)
    assert isinstance(point, float)
    assert abs(point - value) <= 0.025 + 1e-9
    assert on_grid(name, point) == point


@pytest.mark.parametrize(
    ("name", "value"),
    [("kernel", 7), ("optimizer", "sgd"), ("batch_norm", True), ("layers", 3)],
)
def test_windows_counts_words_and_flags_stay(name: str, value: object) -> None:
    """They are their own grid."""
    assert on_grid(name, value) is value  # type: ignore[arg-type]


def test_no_rate_stays_none() -> None:
    """A logarithm has no place for it."""
    assert on_grid("weight_decay", 0.0) == 0.0

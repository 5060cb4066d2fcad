"""Domains draw, mutate and measure within themselves."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import domains, seeds

from evonas.errors import ConfigError
from evonas.space import Choice, Domain, FloatRange, IntegerRange, Ordinal


@given(domains(), seeds)
def test_what_is_drawn_lies_inside(domain: Domain, seed: int) -> None:
    """Drawn values, extremes and listed values are all contained."""
    rng = np.random.default_rng(seed)
    assert all(domain.contains(domain.draw(rng)) for _ in range(5))
    assert all(domain.contains(value) for value in domain.extremes())
    assert all(domain.contains(value) for value in domain.values() or ())


@given(domains(), seeds)
def test_a_mutation_changes_the_value_and_stays_inside(
    domain: Domain, seed: int
) -> None:
    """A walk of mutations never leaves and stands still only in constants."""
    rng = np.random.default_rng(seed)
    value = domain.draw(rng)
    for _ in range(10):
        new = domain.mutate(value, rng)
        assert domain.contains(new)
        assert (new == value) == domain.constant
        value = new


@given(domains(), seeds)
def test_distance_is_symmetric_and_between_0_and_1(domain: Domain, seed: int) -> None:
    """Equal values are 0 apart, different ones more, in both directions alike."""
    rng = np.random.default_rng(seed)
    a, b = domain.draw(rng), domain.draw(rng)
    assert domain.distance(a, a) == 0.0
    assert domain.distance(a, b) == domain.distance(b, a)
    assert 0.0 <= domain.distance(a, b) <= 1.0
    assert (domain.distance(a, b) > 0.0) == (a != b)


@given(domains())
def test_the_ends_are_as_far_apart_as_can_be(domain: Domain) -> None:
    """First and last extreme value have distance 1."""
    ends = domain.extremes()
    expected = 0.0 if domain.constant else 1.0
    assert domain.distance(ends[0], ends[-1]) == pytest.approx(expected)


@given(domains(), seeds)
def test_a_value_from_outside_is_brought_in(domain: Domain, seed: int) -> None:
    """Mutating a value that the domain no longer holds gives one that it holds."""
    rng = np.random.default_rng(seed)
    stranger = 1e9
    assert domain.contains(domain.mutate(stranger, rng))
    assert domain.distance(stranger, domain.draw(rng)) == 1.0


def test_equal_flags_are_0_apart_and_different_ones_1() -> None:
    """Pitfall 1 at its root: a flag's distance is no congruence."""
    flags = Choice((True, False))
    assert [flags.distance(a, b) for a in (True, False) for b in (True, False)] == [
        0.0,
        1.0,
        1.0,
        0.0,
    ]


def test_true_is_not_the_number_one() -> None:
    """Python's True == 1 does not leak into domains."""
    assert not Choice((True, False)).contains(1)
    assert not IntegerRange(0, 3).contains(True)
    assert not Ordinal((0, 1)).contains(True)


def test_an_ordinal_moves_one_or_two_places() -> None:
    """A mutation of 3 in 1, 3, 5, 7, 9 reaches all but 9."""
    rng = np.random.default_rng(0)
    reached = {Ordinal((1, 3, 5, 7, 9)).mutate(3, rng) for _ in range(100)}
    assert reached == {1, 5, 7}


def test_ascending_numbers_are_no_choice() -> None:
    """Choice and Ordinal share no values, so text forms are unambiguous."""
    with pytest.raises(ConfigError, match="make an Ordinal"):
        Choice((1, 2))
    with pytest.raises(ConfigError, match="two or more ascending numbers"):
        Ordinal((2, 1))


@given(domains(), st.integers(2, 9))
def test_a_spread_is_ordered_inside_and_has_both_ends(
    domain: Domain, most: int
) -> None:
    """All values where there are few enough, or none lies between others."""
    found = domain.spread(most)
    assert all(domain.contains(value) for value in found)
    assert len(set(found)) == len(found)
    if isinstance(domain, Choice):
        assert found == domain.options
        return
    assert 1 < len(found) <= most
    assert list(found) == sorted(found)
    assert (found[0], found[-1]) == (domain.extremes()[0], domain.extremes()[-1])
    values = domain.values()
    if values is not None and len(values) <= most:
        assert found == values


@given(st.integers(2, 9))
def test_a_spread_is_even(most: int) -> None:
    """By logarithm where the range is."""
    found = FloatRange(1e-4, 1.0, log=True).spread(most)
    ratios = [float(b) / float(a) for a, b in itertools.pairwise(found)]
    assert ratios == pytest.approx([ratios[0]] * (most - 1), rel=2e-3)

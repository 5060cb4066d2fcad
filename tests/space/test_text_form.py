"""The text form of domains is exact, and two domains share what both contain."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import domains, seeds

from evonas.errors import ConfigError
from evonas.space import (
    Choice,
    Domain,
    FloatRange,
    IntegerRange,
    Ordinal,
    domain_from_json,
)
from evonas.space.text_form import from_values, restrict


@given(domains())
def test_the_text_form_gives_the_same_domain(domain: Domain) -> None:
    """Reading what was written is exact, in type and in values."""
    real = isinstance(domain, FloatRange)
    assert domain_from_json(domain.to_json(), real=real) == domain


@given(domains(), domains(), seeds)
def test_a_restriction_lies_in_both_domains(
    domain: Domain, allowed: Domain, seed: int
) -> None:
    """Everything drawn from what two domains share belongs to each of them."""
    both = restrict(domain, allowed)
    rng = np.random.default_rng(seed)
    if both is None:
        assert not any(allowed.contains(value) for value in domain.values() or ())
        assert not any(domain.contains(value) for value in allowed.values() or ())
    else:
        value = both.draw(rng)
        assert domain.contains(value)
        assert allowed.contains(value)


@given(domains())
def test_a_domain_restricted_by_itself_is_itself(domain: Domain) -> None:
    """Nothing is lost where everything is allowed."""
    assert restrict(domain, domain) == domain


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("relu", Choice(("relu",))),
        (3, Choice((3,))),
        ([True, False], Choice((True, False))),
        ([8, 16], Ordinal((8, 16))),
        ([16, 8], Choice((16, 8))),
        ({"low": 1, "high": 5}, IntegerRange(1, 5)),
        ({"low": 1, "high": 5.0}, FloatRange(1.0, 5.0)),
        ({"low": 8, "high": 64, "step": 8, "log": True}, IntegerRange(8, 64, 8, True)),
    ],
)
def test_text_forms_mean_what_the_page_says(text: object, domain: Domain) -> None:
    """The table in `docs/space.md`."""
    assert domain_from_json(text) == domain


def test_whole_ends_of_a_real_field_mean_all_numbers_between() -> None:
    """`dropout: {low: 0, high: 1}` is no choice of 0 and 1."""
    domain = domain_from_json({"low": 0, "high": 1}, real=True)
    assert domain == FloatRange(0.0, 1.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ([], "one or more different values"),
        ([1, 1], "one or more different values"),
        ({"low": 1}, r"a range \{low, high\}"),
        ({"low": 1, "high": 2, "hihg": 3}, r"a range \{low, high\}"),
        ({"low": 2, "high": 1}, "low < high"),
        ({"low": 0.0, "high": 1.0, "log": True}, "low > 0 with log"),
        ({"low": 0.0, "high": 1.0, "log": 1}, "true or false as log"),
        ({"low": "a", "high": "b"}, "numbers as low and high"),
        ({"low": 0.0, "high": 1.0, "step": 0.1}, "whole numbers with step"),
        ({"low": 0, "high": 1, "step": True}, "whole numbers with step"),
        ({"low": 0, "high": 10, "step": 0}, "step of 1 or more"),
        ({"low": 0, "high": 10, "step": 11}, "two values or more"),
        ({"low": 0, "high": 10**9}, "at most 100,000 values"),
        ([None], "a value, a list of values"),
        ([math.nan, 1.0], "a value, a list of values"),
        ([[1]], "a value, a list of values"),
    ],
)
def test_a_wrong_text_form_is_told(text: object, message: str) -> None:
    """Each names what was expected and shows what was found."""
    with pytest.raises(ConfigError, match=message):
        domain_from_json(text)


@given(st.lists(st.integers(-5, 5), min_size=1, unique=True))
def test_listed_values_keep_their_order(values: list[int]) -> None:
    """Whatever class they get, the values are those that were given."""
    assert from_values(values).values() == tuple(values)


def test_listed_values_of_a_range_keep_its_order() -> None:
    """What a range and an unordered list share is ordered again."""
    both = restrict(FloatRange(0.0, 1.0), Choice((0.5, 0.25, 2.0)))
    assert both == Ordinal((0.25, 0.5))


def test_ranges_share_their_overlap() -> None:
    """On the scale of the first; touching ends are one value; apart is nothing."""
    low, high = FloatRange(1.0, 3.0, log=True), FloatRange(2.0, 9.0)
    assert restrict(low, high) == FloatRange(2.0, 3.0, log=True)
    assert restrict(low, FloatRange(3.0, 4.0)) == Choice((3.0,))
    assert restrict(low, FloatRange(4.0, 5.0)) is None

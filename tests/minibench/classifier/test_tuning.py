"""Tuning: the share of a held-out problem's best that is refused, and by what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas.errors import ConfigError
from minibench.classifier import BACKGROUND, BEST, Classifier, Refused
from minibench.classifier.pairwise import couple
from minibench.classifier.tuning import Networks, tuned


class Told(Classifier):
    """Says of a network, a mapping, what stands in it."""

    def __init__(self, key: str, classes: Sequence[str]) -> None:
        self._key, self._classes = key, tuple(classes)

    @property
    def classes(self) -> tuple[str, ...]:
        """Names."""
        return self._classes

    def said(self, networks: Sequence[Any]) -> tuple[Any, Any]:
        """Of pairs and classes."""
        pairs = np.array([one[self._key] for one in networks], dtype=float)
        return pairs, couple(pairs, len(self._classes))

    @staticmethod
    def encode(*_: Any) -> Any:
        """Is not asked."""
        raise AssertionError

    def unseen(self, network: Any) -> float:
        """Is not asked."""
        raise AssertionError

    def to_json(self) -> dict[str, Any]:
        """Is not asked."""
        raise AssertionError

    @classmethod
    def from_json(cls, data: Any, place: str) -> Classifier:
        """Is not asked."""
        raise AssertionError


def judges(keys: Sequence[str]) -> dict[str, Classifier]:
    """Each problem's classifier of its best."""
    return {key: Told(f"best {key}", (BACKGROUND, BEST)) for key in keys}


def networks(
    good: Sequence[float], others: Sequence[float], keys: Sequence[str], **more: Any
) -> Networks:
    """Networks of which every problem says the same probability."""
    encoded = [
        {**{f"best {key}": [1 - p] for key in keys}, "problems": [0.5] * 3, **more}
        for p in (*good, *others)
    ]
    return Networks(encoded, [BEST] * len(good) + [BACKGROUND] * len(others))


_shares = st.lists(st.floats(0.01, 0.99), min_size=1, max_size=12)


@given(st.lists(st.tuples(_shares, _shares), min_size=3, max_size=3), st.data())
def test_no_more_than_the_rate_is_refused(
    found: list[tuple[list[float], list[float]]], data: st.DataObject
) -> None:
    """The mean over problems, however many networks each has; and no less can be."""
    rate = data.draw(st.sampled_from((0.0, 0.05, 0.3, 0.6)))
    keys = "abc"
    own = {key: networks(*one, keys=keys) for key, one in zip(keys, found, strict=True)}
    made = tuned(Told("problems", keys), judges(keys), own, rate)
    assert made is not None
    good = [np.array(one) for one, _ in found]
    refused = np.mean([(one < made.value - 1e-9).mean() for one in good])
    assert refused <= rate + 1e-9
    more = np.mean([(one <= made.value + 1e-9).mean() for one in good])
    assert more > rate
    assert set(made.held_out) == set(keys)


def test_a_problem_is_judged_by_a_threshold_of_the_others() -> None:
    """Tuned on its own networks too, it would look better than it is."""
    keys = "abc"
    own = {
        "a": networks([0.9, 0.8], [0.85, 0.1], keys),
        "b": networks([0.6, 0.5], [0.55, 0.2], keys),
        "c": networks([0.4, 0.3], [0.45, 0.35], keys),
    }
    made = tuned(Told("problems", keys), judges(keys), own, 0.0)
    assert made is not None
    assert made.value == pytest.approx(0.3)
    # without c, the worst of the best has 0.5
    assert made.held_out["c"].by_value == Refused(1.0, 1.0)
    assert made.held_out["a"].by_value == Refused(0.0, 0.5)
    assert made.held_out["a"].area.value == pytest.approx(0.75)
    assert made.held_out["c"].area.value == pytest.approx(0.25)
    assert made.by_value.best == pytest.approx(1 / 3)
    assert made.by_value.background == pytest.approx((0.5 + 0.5 + 1.0) / 3)
    assert not made.warranted


def test_a_share_of_the_candidates_holds_where_probabilities_are_others() -> None:
    """Equal problems, but for one where all probabilities are low."""
    keys = "abc"
    good, others = np.linspace(0.5, 0.9, 20), np.linspace(0.3, 0.7, 20)
    own = {
        key: networks([*good * factor], [*others * factor], keys)
        for key, factor in zip(keys, (1.0, 1.0, 0.3), strict=True)
    }
    made = tuned(Told("problems", keys), judges(keys), own, 0.1)
    assert made is not None
    assert made.held_out["c"].by_value == Refused(1.0, 1.0)
    for one in made.held_out.values():
        assert one.by_share.best <= 0.1 + 1e-9
        assert one.by_share.background > 0.5
    assert made.share == pytest.approx(0.34, abs=0.05)


def test_problems_that_are_like_it_weigh_more() -> None:
    """By what is said of its best, without the models that it has a part in."""
    keys = "abc"
    encoded = [
        # of a against b, a against c, b against c
        {"problems": [0.5, 0.5, 0.9], "best b": [1 - p], "best c": [p], "best a": [0]}
        for p in (0.9, 0.8, 0.2, 0.1)
    ]
    own = {
        "a": Networks(encoded, [BEST, BEST, BACKGROUND, BACKGROUND]),
        **{key: networks([0.9], [0.1], keys) for key in "bc"},
    }
    made = tuned(Told("problems", keys), judges(keys), own, 0.0)
    assert made is not None
    # b says so nine times as loudly as c says the opposite
    assert made.held_out["a"].area.value == 1.0
    assert made.value == pytest.approx(0.9 * 0.8 + 0.1 * 0.2)


def test_two_problems_weigh_each_other() -> None:
    """Their mean proves nothing, each by itself may; one has no other."""
    keys = "ab"
    many = [*np.linspace(0.5, 0.9, 20)], [*np.linspace(0.4, 0.8, 20)]
    own = {key: networks(*many, keys=keys) for key in keys}
    problems = Told("problems", keys)
    made = tuned(problems, judges(keys), own, 0.05)
    assert made is not None
    assert made.area.value == pytest.approx(0.7)
    assert made.area.low < 0.5
    assert made.held_out["a"].area.low > 0.5
    assert made.warranted
    few = [*np.linspace(0.5, 0.9, 3)], [*np.linspace(0.4, 0.8, 3)]
    small = {key: networks(*few, keys=keys) for key in keys}
    unsure = tuned(problems, judges(keys), small, 0.05)
    assert unsure is not None
    assert not unsure.warranted
    assert tuned(problems, judges("a"), own, 0.05) is None


@pytest.mark.parametrize("rate", [-0.1, 1.0, float("nan")])
def test_rates_are_shares(rate: float) -> None:
    """All of the best cannot be refused."""
    with pytest.raises(ConfigError, match="false rejection: expected a share from 0"):
        tuned(Told("problems", "ab"), judges("ab"), {}, rate)

"""Judgements: probabilities weighted by the problems."""

from __future__ import annotations

import pytest

from minibench.classifier import Judgement


def test_relevance_weighs_the_problems() -> None:
    """Those without a classifier of their best do not count."""
    found = Judgement({"a": 0.6, "b": 0.2, "c": 0.2}, {"a": 0.5, "b": 0.1}, 0.0)
    assert found.relevant == pytest.approx((0.6 * 0.5 + 0.2 * 0.1) / 0.8)
    assert Judgement({"a": 1.0}, {}, 0.0).relevant is None


def test_weights_may_be_a_search_s_own() -> None:
    """Of any sum; problems that are not known do not count."""
    found = Judgement({"a": 0.6, "b": 0.4}, {"a": 0.5, "b": 0.1}, 0.0)
    assert found.weighted({"a": 3.0, "b": 1.0}) == pytest.approx(0.4)
    assert found.weighted({"b": 0.2, "z": 9.0}) == pytest.approx(0.1)
    assert found.weighted({"z": 1.0}) is None

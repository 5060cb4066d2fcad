"""Measures: what is counted, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from minibench.classifier.measures import Held, Told

HELD = Held(
    ("a", "b", "c"),
    np.array([0, 0, 1, 2]),
    # of a against b, a against c, b against c
    np.array([[0.9, 0.8, 0.5], [0.4, 0.6, 0.5], [0.2, 0.5, 0.7], [0.5, 0.1, 0.5]]),
    np.array([[0.8, 0.1, 0.1], [0.3, 0.4, 0.3], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]]),
    np.array([0, 0, 0, 0]),
)


def test_accuracies_are_balanced() -> None:
    """By hand; half a point where both classes are as probable."""
    matrix = HELD.matrix()
    assert matrix[0, 1] == matrix[1, 0] == pytest.approx((0.5 + 1.0) / 2)
    assert matrix[0, 2] == pytest.approx(1.0)
    assert matrix[1, 2] == pytest.approx((1.0 + 0.5) / 2)
    assert np.isnan(np.diag(matrix)).all()
    assert HELD.accuracy() == pytest.approx((0.5 + 1 + 1) / 3)
    expected = -np.log([0.8, 0.3, 0.8, 0.8]).mean()
    assert HELD.log_loss() == pytest.approx(expected)


def test_only_what_was_held_out_together_is_compared() -> None:
    """Each part in perfect order, at another level; a part of one class counts not."""
    held = Held(
        ("best", "other"),
        np.array([0, 1, 0, 0, 1, 1, 0]),
        np.zeros((7, 1)),
        np.array([[p, 1 - p] for p in (0.2, 0.1, 0.9, 0.7, 0.6, 0.8, 0.0)]),
        np.array([0, 0, 1, 1, 1, 1, 2]),
    )
    # of 1 pair in the first part, and 4 in the second, of which one is wrong
    assert held.area("best") == pytest.approx((1 + 3) / 5)
    assert held.area("other") == pytest.approx((1 + 3) / 5)


def test_pairs_of_one_modality_are_told_apart() -> None:
    """Only those count that both have it."""
    told = Told.of("x", HELD, {"a": "image", "b": "image", "c": "text"})
    assert told.within == {"image": pytest.approx(0.75)}
    assert told.mean == pytest.approx((0.75 + 1.0 + 0.75) / 3)

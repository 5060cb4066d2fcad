"""Pairwise models: probabilities of pairs become probabilities of classes."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import minimize

from evonas.errors import DataError
from minibench.classifier import PairwiseModel
from minibench.classifier.pairwise import couple

chances = st.floats(0.0, 1.0)


def pairs_of(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities of the pairs that agree with those of the classes."""
    return np.array([one / (one + other) for one, other in combinations(p, 2)])


@given(st.lists(st.floats(0.01, 1), min_size=2, max_size=12))
def test_pairs_that_agree_give_their_classes_back(weights: list[float]) -> None:
    """Whatever the classes' probabilities are."""
    p = np.array(weights) / sum(weights)
    assert couple(pairs_of(p), len(p)) == pytest.approx(p, abs=1e-9)


@given(
    st.integers(2, 12).flatmap(
        lambda k: st.lists(
            chances, min_size=k * (k - 1) // 2, max_size=k * (k - 1) // 2
        )
    )
)
def test_probabilities_are_never_negative_and_sum_to_one(pairs: list[float]) -> None:
    """Even where pairs contradict each other and are sure."""
    count = round((1 + (1 + 8 * len(pairs)) ** 0.5) / 2)
    found = couple(np.array(pairs), count)
    assert (found >= 0).all()
    assert found.sum() == pytest.approx(1.0)


@settings(max_examples=10)
@given(st.lists(st.floats(0.02, 0.98), min_size=6, max_size=6))
def test_contradicting_pairs_are_joined_as_wu_lin_and_weng_say(
    pairs: list[float],
) -> None:
    """By the least squares of their second method, looked for by brute force."""

    def squares(p: NDArray[np.float64]) -> float:
        return sum(
            (p[i] * (1 - r) - p[j] * r) ** 2
            for (i, j), r in zip(combinations(range(4), 2), pairs, strict=True)
        )

    found = couple(np.array(pairs), 4)
    best = minimize(
        squares,
        np.full(4, 0.25),
        bounds=[(0, 1)] * 4,
        constraints={"type": "eq", "fun": lambda p: p.sum() - 1},
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    assert squares(found) <= best.fun + 1e-9


def test_many_networks_are_as_each_alone() -> None:
    """Rows are independent."""
    rng = np.random.default_rng(0)
    model = made(rng, 4, 6)
    x = rng.normal(size=(5, 6))
    together = model.probabilities(x)
    assert together.shape == (5, 4)
    for row, own in zip(x, together, strict=True):
        assert model.probabilities(row) == pytest.approx(own, abs=1e-12)


def test_margins_beyond_all_bounds_do_not_overflow() -> None:
    """A sigmoid knows 0 and 1."""
    model = made(np.random.default_rng(0), 2, 3)
    found = model.probabilities(np.full(3, 1e200))
    assert sorted(found) == pytest.approx([0.0, 1.0], abs=1e-6)


def made(rng: np.random.Generator, classes: int, features: int) -> PairwiseModel:
    """A model with numbers from anywhere."""
    count = classes * (classes - 1) // 2
    numbers = [rng.normal(size=count) for _ in range(3)]
    weights = rng.normal(size=(count, features))
    return PairwiseModel(tuple("abcdefgh"[:classes]), weights, *numbers)


def test_the_json_form_can_be_read_back() -> None:
    """Bit by bit."""
    model = made(np.random.default_rng(0), 3, 4)
    again = PairwiseModel.from_json(model.to_json(), 4)
    assert again.to_json() == model.to_json()
    assert (again.weights == model.weights).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"classes": ["a"]}, "classes: expected two or more, each once, got 1"),
        ({"classes": ["a", "a", "b"]}, "classes: expected two or more, each once"),
        ({"classes": ["a", "b", 3]}, r"classes\[2\]: expected a text, got 3"),
        ({"classes": ["a"] * 101}, "classes: expected at most 100 entries, got 101"),
        ({"weights": [[0.0] * 4] * 2}, "weights: expected a list of 3 entries, got 2"),
        ({"weights": [[0.0] * 5] * 3}, r"weights\[0\]: expected a list of 4 entries"),
        (
            {"weights": [[float("nan")] * 4] * 3},
            r"weights\[0\]\[0\]: expected a finite",
        ),
        ({"weights": 0}, "weights: expected a list of 3 entries, got 0"),
        ({"slopes": [1, True, 2]}, r"slopes\[1\]: expected a finite number, got True"),
        ({"offsets": None}, "offsets: expected a list of 3 entries, got None"),
    ],
)
def test_others_are_refused(changes: dict[str, Any], message: str) -> None:
    """With the place of the fault."""
    data = {**made(np.random.default_rng(0), 3, 4).to_json(), **changes}
    with pytest.raises(DataError, match=f"file: {message}"):
        PairwiseModel.from_json(data, 4, "file")

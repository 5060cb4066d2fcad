"""Descriptors: what they say of data whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas.tasks import Task
from minibench.descriptors import describe_task


def described(x: np.ndarray, y: np.ndarray, **more: str) -> dict[str, float]:
    """Name → value."""
    made = Task.from_arrays(x, y, x, y, **more)
    return {one.name: one.value for one in describe_task(made)}


@given(st.integers(2, 6), st.integers(2, 30))
def test_equal_classes_have_an_entropy_of_one(classes: int, each: int) -> None:
    """And unequal ones less."""
    labels = np.repeat(np.arange(classes), each)
    x = np.arange(len(labels), dtype=np.float32)[:, None]
    assert described(x, labels)["class_entropy"] == 1.0
    labels[labels == 1] = np.where(np.arange(each) == 0, 1, 0)
    assert described(x, labels)["class_entropy"] < 1.0


@given(st.integers(1, 5), st.integers(0, 2**32))
def test_the_linear_dimension_counts_directions(dimensions: int, seed: int) -> None:
    """Of data that fill some of them evenly, in many more coordinates."""
    rng = np.random.default_rng(seed)
    angles = np.linalg.qr(rng.normal(size=(12, 12)))[0][:dimensions]
    corners = np.vstack([np.eye(dimensions), -np.eye(dimensions)])
    x = np.repeat(corners @ angles, 10, axis=0).astype(np.float32)
    labels = np.arange(len(x)) % 2
    found = described(x, labels)["linear_dimension"]
    assert found == pytest.approx(dimensions, rel=1e-4)


def test_a_table_of_values_has_the_moments_of_its_target() -> None:
    """Of an exponential one: skew 2, excess kurtosis 6."""
    rng = np.random.default_rng(0)
    y = rng.exponential(size=(40_000, 1)).astype(np.float32)
    found = described(np.zeros((len(y), 3), np.float32), y)
    assert found["target_skew"] == pytest.approx(2, abs=0.2)
    assert found["target_excess_kurtosis"] == pytest.approx(6, abs=1.5)
    assert found["zeros"] == 1.0
    assert found["linear_dimension"] == 0.0
    assert "class_entropy" not in found


def test_a_text_has_lengths_and_no_mean() -> None:
    """The numbers of its tokens mean nothing."""
    x = np.array([[5, 3, 0, 0], [2, 4, 6, 8]] * 5)
    found = described(x, np.arange(10) % 2, modality="text")
    assert (found["mean_length"], found["padding"]) == (3.0, 0.25)
    assert "mean" not in found


def test_test_samples_are_not_looked_at() -> None:
    """They may be anything."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(30, 4)).astype(np.float32)
    y = np.arange(30) % 3
    found = [describe_task(Task.from_arrays(x, y, test, y)) for test in (x, 100 * x)]
    assert found[0] == found[1]

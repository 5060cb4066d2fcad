"""Tests of means and deviations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import evonas.tasks.statistics as statistics
from evonas.tasks import METRICS, Task
from evonas.tasks.statistics import Scale, class_weights, input_scale, target_scale

LABELS = np.arange(50) % 2


def _task(x: np.ndarray, y: np.ndarray) -> Task:
    return Task.from_arrays(x, y, x[:2], y[:2])


@given(st.integers(0, 2**32), st.sampled_from([(7,), (4, 5), (4, 5, 3)]))
def test_bytes_are_measured_as_exactly_as_floats(
    seed: int, sample: tuple[int, ...]
) -> None:
    """Counting pixel values gives NumPy's mean and deviation, a channel at a time."""
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 256, (20, *sample), dtype=np.uint8)
    x[0], x[1] = 0, 255
    task = _task(x, np.arange(20) % 2)
    chosen = np.arange(5, 20)
    axes = (0, 1, 2) if task.layout == "image_hw" else tuple(range(x.ndim - 1))
    scale = input_scale(task, chosen)
    assert scale.mean == pytest.approx(np.atleast_1d(x[chosen].mean(axes)))
    assert scale.std == pytest.approx(np.atleast_1d(x[chosen].std(axes)))


@given(st.integers(0, 2**32), st.sampled_from(["uint8", "float32"]))
def test_looking_at_a_part_at_a_time_changes_nothing(seed: int, dtype: str) -> None:
    """Data may be larger than the memory; a large mean costs no digits."""
    rng = np.random.default_rng(seed)
    x = rng.integers(100, 256, (50, 4, 3, 2)).astype(dtype)
    x[:2] = 100, 255
    task = _task(x + np.array(5e5, np.float32) if dtype == "float32" else x, LABELS)
    whole = input_scale(task, np.arange(50))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(statistics, "_PART_BYTES", 200)
        parts = input_scale(task, rng.permutation(50))
    assert parts.mean == pytest.approx(whole.mean, rel=1e-12)
    assert parts.std == pytest.approx(whole.std, rel=1e-9)


def test_only_the_given_samples_count() -> None:
    """What validation samples hold does not leak into the scale."""
    x = np.zeros((6, 3), np.float32)
    x[4:] = 1e6
    x[0] = 1.0
    scale = input_scale(_task(x, np.arange(6) % 2), np.arange(4))
    assert scale.mean == pytest.approx([0.25] * 3)


def test_a_feature_that_never_varies_is_not_divided_by_zero() -> None:
    """Its deviation counts as 1."""
    x = np.full((6, 2), 5.0, np.float32)
    x[:, 0] = np.arange(6) - 0.5
    assert input_scale(_task(x, np.arange(6) % 2), np.arange(6)).std[1] == 1.0


def test_series_are_measured_a_channel_at_a_time() -> None:
    """Channels come first there."""
    x = np.stack([np.zeros((4, 9)), np.tile([0.0, 4.0, 2.0], (4, 3))], 1)
    labels = np.arange(4) % 2
    task = Task(
        "s", "series", "channels_first", METRICS["accuracy"], 2, x, labels, x, labels
    )
    assert input_scale(task, np.arange(4)).mean == pytest.approx((0.0, 2.0))


def test_tokens_and_classes_have_no_scale() -> None:
    """They are names, not amounts."""
    x, labels = np.arange(12).reshape(4, 3), np.arange(4) % 2
    tokens = Task("t", "text", "tokens", METRICS["accuracy"], 2, x, labels, x, labels)
    assert input_scale(tokens, np.arange(4)) == Scale()
    assert target_scale(tokens, np.arange(4)) == Scale()


def test_values_of_a_regression_have_a_scale() -> None:
    """One mean and deviation a target."""
    y = np.array([[0.0, 10.0], [2.0, 30.0], [9.0, 9.0]], np.float32)
    x = np.arange(6, dtype=np.float32).reshape(3, 2)
    task = Task.from_arrays(x, y, x[:2], y[:2], metric="rmse")
    scale = target_scale(task, np.array([0, 1]))
    assert scale == Scale((1.0, 20.0), (1.0, 10.0), 30.0)


@given(st.lists(st.integers(0, 3), min_size=8, max_size=40), st.integers(0, 9))
def test_balanced_weights_give_every_class_the_same_say(
    labels: list[int], seed: int
) -> None:
    """Summed over its samples, each class that occurs counts the same."""
    targets = np.array([0, 1, 2, 3, *labels])
    task = _task(np.zeros((len(targets), 2), np.float32), targets)
    chosen = np.random.default_rng(seed).permutation(len(targets))[: len(labels)]
    assert class_weights(task, chosen) is None
    weights = class_weights(task.weighted("balanced"), chosen)
    assert weights is not None
    counts = np.bincount(targets[chosen], minlength=4)
    says = (weights * counts)[counts > 0]
    assert says == pytest.approx(len(chosen) / 4, rel=1e-5)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_full_brightness_is_the_largest_value_that_is_trained_on(dtype: type) -> None:
    """Of sixteen shades in bytes it is not 255."""
    x = np.zeros((3, 2, 2), dtype)
    x[0], x[1, 0, 0], x[2] = 3, 16, 200
    labels = np.array([0, 1, 0])
    task = Task("i", "image", "image_hw", METRICS["accuracy"], 2, x, labels, x, labels)
    assert input_scale(task, np.array([0, 1])).peak == 16
    assert input_scale(task, np.array([1, 2])).peak == 200
    dark = replace(task, x_train=np.zeros_like(x))
    assert input_scale(dark, np.array([0, 1])).peak == 1

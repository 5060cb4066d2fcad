"""Tests of tasks over arrays in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from evonas.errors import ConfigError, DataError
from evonas.tasks import Task
from evonas.tasks.timeline import Timeline

Array = NDArray[Any]

IMAGES = np.arange(40 * 6 * 5, dtype=np.uint8).reshape(40, 6, 5)
LABELS = np.arange(40) % 4


def _task(x: Array = IMAGES, y: Array = LABELS, **more: Any) -> Task:
    return Task.from_arrays(x, y, x[:8], y[:8], **more)


@pytest.mark.parametrize(
    ("sample", "layout", "shape", "modality"),
    [
        ((6, 5), "image_hw", (1, 6, 5), "image"),
        ((6, 5, 3), "image_hwc", (3, 6, 5), "image"),
        ((7,), "vector", (7,), "table"),
    ],
)
def test_the_rank_of_the_inputs_tells_what_they_are(
    sample: tuple[int, ...], layout: str, shape: tuple[int, ...], modality: str
) -> None:
    """Shapes are told channels first, as networks read them; arrays stay as given."""
    x = np.zeros((40, *sample), np.float32)
    task = _task(x)
    assert (task.layout, task.input_shape, task.modality) == (layout, shape, modality)
    assert task.x_train.shape == x.shape


def test_whole_number_targets_are_classes() -> None:
    """They are judged by accuracy unless another metric is asked for."""
    task = _task()
    assert (task.kind, task.outputs, task.metric) == ("classification", 4, "accuracy")
    assert task.direction == "maximise"
    assert task.classes == ("0", "1", "2", "3")
    assert _task(metric="matthews").metric == "matthews"


def test_float_targets_are_values() -> None:
    """They are judged by rmse and become one column a target."""
    values = np.linspace(0.1, 9, 40)
    task = _task(y=values)
    assert (task.kind, task.outputs, task.metric) == ("regression", 1, "rmse")
    assert task.y_train.shape == (40, 1)
    assert _task(y=np.stack([values, -values], 1)).outputs == 2


def test_a_metric_for_values_makes_whole_numbers_values() -> None:
    """Ages are whole numbers, and yet no classes."""
    assert _task(metric="mae").kind == "regression"


def test_small_whole_numbers_of_any_type_become_bytes() -> None:
    """Digits read as int64 or float keep their values; bytes only where they fit."""
    assert _task(IMAGES.astype(np.int64)).x_train.dtype == np.uint8
    assert _task(IMAGES.astype(np.int64) - 1).x_train.dtype == np.float32
    assert _task(IMAGES.astype(np.float64)).x_train.dtype == np.float32


def test_both_inputs_have_one_type() -> None:
    """A test set that happens to fit bytes follows a training set that does not."""
    x = IMAGES.astype(np.int64)
    wide = x.copy()
    wide[0, 0, 0] = 300
    task = Task.from_arrays(wide, LABELS, x[:8], LABELS[:8])
    assert (task.x_train.dtype, task.x_test.dtype) == (np.float32, np.float32)


@given(st.integers(0, 2**32), st.floats(0.05, 0.9))
def test_a_split_holds_every_training_sample_once(seed: int, share: float) -> None:
    """Validation has its share, stratified, and equal seeds give equal splits."""
    task = _task()
    splits, again = task.split(seed, share), task.split(seed, share)
    assert sorted([*splits.train, *splits.validation]) == list(range(40))
    assert len(splits.validation) == round(40 * share)
    assert np.ptp(np.bincount(LABELS[splits.validation], minlength=4)) <= 1
    assert np.array_equal(splits.train, again.train)
    assert np.array_equal(splits.validation, again.validation)


def test_a_split_of_a_regression_is_random() -> None:
    """There are no classes to keep in balance."""
    task = _task(y=np.linspace(0.1, 9, 40))
    assert sorted(task.split(0).validation) != sorted(task.split(1).validation)


@pytest.mark.parametrize("share", [0.001, 0.999])
def test_a_split_with_an_empty_part_is_refused(share: float) -> None:
    """Both parts need a sample."""
    with pytest.raises(DataError, match="leaves a part empty"):
        _task().split(0, share)


def test_a_reduced_task_keeps_its_classes_and_its_test_set() -> None:
    """The sample is fixed by its seed."""
    task = _task()
    small = task.reduced(12, seed=3)
    assert list(np.bincount(small.y_train)) == [3, 3, 3, 3]
    assert small.x_test is task.x_test
    assert small.version == task.reduced(12, seed=3).version != task.version


def test_the_version_changes_with_the_data_only() -> None:
    """Equal arrays have equal versions, whatever the task is called."""
    assert _task().version == _task(IMAGES.copy(), name="other").version
    changed = IMAGES.copy()
    changed[3, 2, 1] += 1
    assert _task().version != _task(changed).version
    assert _task().version != _task(y=(LABELS + 1) % 4).version


def test_a_metric_of_the_other_kind_is_refused() -> None:
    """The message lists those that fit."""
    with pytest.raises(ConfigError, match=r"'rmse' is for regression.*matthews"):
        _task().measured_by("rmse")


def _changed(change: Callable[[Array], object]) -> Array:
    x = np.random.default_rng(0).normal(size=(40, 6))
    change(x)
    return x


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (
            _changed(lambda x: x.__setitem__((3, 2), np.nan)),
            r"x_train\[3, 2\].*got nan",
        ),
        (_changed(lambda x: x.__setitem__((0, 0), 1e300)), "as float32.*got inf"),
        (np.zeros(40), "got shape 40"),
        (np.zeros((40, 0)), "at least one sample"),
        (np.zeros((40, 2, 2, 2, 2)), "got shape 40×2×2×2×2"),
        (np.full((40, 2), "a"), "expected numbers, got an array of <U1"),
        (np.full((40, 2), None), "expected numbers, got an array of object"),
        (np.zeros((40, 3, 32, 32)), r"looks like N×C×H×W.*np\.moveaxis"),
    ],
)
def test_wrong_inputs_are_told(x: Array, message: str) -> None:
    """Array, place and finding are named."""
    with pytest.raises(DataError, match=message):
        _task(x)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (LABELS[:39], r"expected one entry a sample \(40\), got 39"),
        (LABELS - 1, r"y_train\[0\]: expected a class number from 0, got -1"),
        (
            LABELS.astype(np.uint64) + np.uint64(2**63),
            r"y_train\[3\]: expected a class number below .* got 9223372036854775811; ",
        ),
        (np.zeros(40, int), "one class only"),
        (
            np.where(LABELS == 2, 3, LABELS),
            "reaches class 3 but has no sample of class 2",
        ),
        (np.eye(4, dtype=int)[LABELS], r"one-hot labels become numbers with y\.argmax"),
        (LABELS.astype(float), r"for classification store integers"),
        (np.array([f"class {label}" for label in LABELS]), "expected numbers"),
        (np.where(LABELS > 2, np.nan, LABELS + 0.5), r"y_train\[3, 0\].*got nan"),
        (np.zeros((40, 2, 2)) + 0.5, r"expected targets as \(N,\)"),
    ],
)
def test_wrong_targets_are_told(y: Array, message: str) -> None:
    """What to do about it stands in the message."""
    with pytest.raises(DataError, match=message):
        _task(y=y)


def test_a_column_of_labels_is_labels() -> None:
    """(N, 1) is what many readers give."""
    assert _task(y=LABELS[:, None]).y_train.shape == (40,)


def test_constant_targets_are_refused() -> None:
    """There is nothing to learn."""
    with pytest.raises(DataError, match=r"target 0 is 1\.5 for every sample"):
        _task(y=np.full(40, 1.5), metric="rmse")


def test_a_test_class_without_training_samples_is_refused() -> None:
    """No network could ever name it."""
    with pytest.raises(DataError, match=r"y_test\[1\] is class 4.*classes 0 to 3 only"):
        Task.from_arrays(IMAGES, LABELS, IMAGES[:2], np.array([0, 4]))


def test_samples_of_two_sizes_are_refused() -> None:
    """Training and test inputs must fit one network."""
    with pytest.raises(DataError, match="got 40×6×5 and 8×5×5"):
        Task.from_arrays(IMAGES, LABELS, IMAGES[:8, 1:], LABELS[:8])


def test_targets_of_two_widths_are_refused() -> None:
    """Both must have as many values a sample."""
    y = np.random.default_rng(0).normal(size=(40, 2))
    with pytest.raises(DataError, match="2 values a sample, y_test 1"):
        Task.from_arrays(IMAGES, y, IMAGES[:8], y[:8, 0])


def test_class_names_must_be_complete() -> None:
    """One a class."""
    with pytest.raises(DataError, match=r"expected 4 class names.*got 2"):
        _task(classes=("cat", "dog"))
    assert _task(classes=("a", "b", "c", "d")).classes == ("a", "b", "c", "d")


def test_series_and_texts_say_what_they_are() -> None:
    """Their arrays could be images and tables."""
    waves = np.random.default_rng(0).normal(size=(40, 3, 9))
    task = _task(waves, modality="series")
    assert (task.layout, task.input_shape) == ("channels_first", (3, 9))
    text = _task(LABELS[:, None] * np.arange(5), modality="text")
    assert (text.layout, text.input_shape, text.tokens) == ("tokens", (5,), 13)
    assert text.x_train.dtype == np.int32
    assert task.tokens == 0


@pytest.mark.parametrize(
    ("x", "modality", "message"),
    [
        (IMAGES, "table", "expected N×F for table, got shape 40×6×5"),
        (IMAGES[:, 0], "series", r"expected N×C×L .*for series, got shape 40×5"),
        (IMAGES, "text", r"expected token numbers as whole numbers \(N, length\)"),
        (np.zeros((40, 3)), "text", "got float64 of shape 40×3"),
        (LABELS[:, None] - 1, "text", r"x_train\[0, 0\]: expected a token .*got -1"),
        (
            _changed(lambda x: x.__setitem__((3, 2), np.inf)).reshape(40, 2, 3),
            "series",
            r"x_train\[3, 0, 2\]: expected a finite number, got inf",
        ),
    ],
)
def test_arrays_that_are_not_of_the_modality_are_told(
    x: Array, modality: Any, message: str
) -> None:
    """With what was expected for it."""
    with pytest.raises(DataError, match=message):
        _task(x, modality=modality)


def test_recordings_are_split_by_time() -> None:
    """And stay together with their samples where the task is reduced."""
    starts = np.tile(np.arange(20) * 2, 2)
    line = Timeline(np.repeat([0, 1], 20), starts, starts + 4)
    task = _task(np.zeros((40, 1, 4), np.float32), modality="series", timeline=line)
    splits = task.split(0)
    assert list(np.bincount(line.recording[splits.validation])) == [4, 4]
    assert len(splits.train) < 32
    small = task.reduced(10, 0)
    assert small.timeline is not None
    assert len(small.timeline.start) == len(small.x_train) == 10
    plain = _task(np.zeros((40, 1, 4), np.float32), modality="series")
    assert plain.version != task.version
    with pytest.raises(DataError, match=r"share of 0\.01 of 40 .*leaves a part empty"):
        task.split(0, 0.01)

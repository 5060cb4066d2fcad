"""Tests of the bundled digits."""

from __future__ import annotations

import numpy as np
import pytest

from evonas.errors import ConfigError
from evonas.tasks import Task, open_task


@pytest.fixture(scope="module")
def task() -> Task:
    """The digits."""
    return open_task({"name": "digits"})


def test_the_digits_are_small_grey_images_of_ten_classes(task: Task) -> None:
    """Their 17 grey levels stay as they are."""
    assert task.input_shape == (1, 8, 8)
    assert task.outputs == 10
    assert task.x_train.dtype == np.uint8
    assert (task.x_train.min(), task.x_train.max()) == (0, 16)


def test_a_stratified_fifth_is_the_test_set_for_ever(task: Task) -> None:
    """No seed moves it; the version is its digest."""
    assert len(task.x_train) + len(task.x_test) == 1797
    assert len(task.x_test) == round(1797 / 5)
    everything = np.bincount(np.concatenate([task.y_train, task.y_test]))
    assert np.all(np.abs(np.bincount(task.y_test) - everything / 5) <= 1)
    other = open_task({"name": "digits", "split_seed": 5})
    assert task.version == other.version == "883657f2d94b4972"


def test_no_test_image_is_among_the_training_images(task: Task) -> None:
    """Neither is any of them a copy."""
    train = {image.tobytes() for image in task.x_train}
    assert not any(image.tobytes() in train for image in task.x_test)


@pytest.mark.parametrize("extra", [{"size": "mini"}, {"directory": "/somewhere"}])
def test_settings_without_a_meaning_here_are_refused(extra: dict[str, str]) -> None:
    """Nothing that does nothing."""
    with pytest.raises(ConfigError, match="has no meaning for digits"):
        open_task({"name": "digits", **extra})

"""Tests of opening a task by its settings."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from evonas.errors import ConfigError, DataError
from evonas.tasks import TASKS, TaskSettings, open_task
from evonas.tasks.registry import READERS, SPECIAL


def test_every_known_task_has_a_name_and_a_loader() -> None:
    """The registry is a plain dict."""
    assert set(TASKS) >= {"digits", "fashion-mnist", "cola", "heart-rate", "protein"}
    assert open_task(TaskSettings(name="digits")).name == "digits"


def test_a_path_opens_the_users_archive(tmp_path: Path) -> None:
    """Whose suffix must be known."""
    path = tmp_path / "mine.npz"
    x, y = np.zeros((8, 3), np.float32), np.arange(8) % 2
    np.savez(path, x_train=x, y_train=y, x_test=x, y_test=y)
    task = open_task({"path": str(path), "metric": "matthews"})
    assert (task.name, task.metric) == ("mine", "matthews")
    with pytest.raises(ConfigError, match=r"ends in \.npz, .*\.csv.*got 'a\.xlsx'"):
        open_task({"path": "a.xlsx"})


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    """And with all there are."""
    with pytest.raises(ConfigError, match=r"digits, fashion-mnist.*'fashion-mnist'"):
        open_task({"name": "fashionmnist"})


def test_a_users_function_gives_the_task() -> None:
    """It gets the settings of its section."""
    task = open_task({"name": "own_learning:stripes", "metric": "matthews"})
    assert (task.name, task.metric) == ("stripes", "matthews")


def test_a_users_function_that_gives_no_task_is_told() -> None:
    """By the type that came instead."""
    with pytest.raises(ConfigError, match=r"to give an evonas\.tasks\.Task, got str"):
        open_task({"name": "own_learning:no_task"})


def test_a_split_with_an_empty_part_is_refused_on_opening() -> None:
    """Long before the first candidate is trained."""
    with pytest.raises(DataError, match="leaves a part empty"):
        open_task({"name": "own_learning:stripes", "validation_share": 0.001})


def test_opening_a_task_never_imports_torch() -> None:
    """The manager opens tasks, and must stay light."""
    code = (
        "import sys; from evonas.tasks import open_task; "
        "open_task({'name': 'digits'}).split(0); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_setting_of_another_task_is_refused() -> None:
    """An option that does nothing would be a surprise."""
    for key, value in {"tokeniser": "words", "signal": "contact", "target": 1}.items():
        with pytest.raises(
            ConfigError, match=rf"task\.{key}: has no meaning for digits"
        ):
            open_task({"name": "digits", key: value})
    with pytest.raises(ConfigError, match=r"task\.modality: .*it is for \.npz"):
        open_task({"path": "a.csv", "modality": "table"})


def test_every_special_setting_belongs_to_a_task_or_a_reader() -> None:
    """Under its own name."""
    for key, owners in SPECIAL.items():
        assert TaskSettings(name="digits").refuse(key, "") is None
        assert set(owners) <= {*TASKS, *READERS}


def test_class_weights_are_for_classes() -> None:
    """They take part in what makes two tasks one."""
    plain = open_task({"name": "digits"})
    balanced = open_task({"name": "digits", "class_weights": "balanced"})
    assert (plain.class_weights, balanced.class_weights) == ("none", "balanced")
    assert plain.version != balanced.version
    with pytest.raises(ConfigError, match="diabetes, which predicts values"):
        open_task({"name": "diabetes", "class_weights": "balanced"})
    with pytest.raises(ConfigError, match="expected none or balanced, got 'even'"):
        open_task({"name": "digits", "class_weights": "even"})

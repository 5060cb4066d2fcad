"""Tests of Fashion-MNIST: where it is looked for, and the real files where they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from official_files import write_idx_set

from evonas.errors import DataError
from evonas.tasks import Task, open_task
from evonas.tasks.fashion_mnist import DEBIAN_FOLDER


@pytest.mark.parametrize("packed", [True, False])
def test_the_configured_directory_is_read(tmp_path: Path, packed: bool) -> None:
    """Compressed files as published, or unpacked ones."""
    write_idx_set(tmp_path, packed)
    task = open_task({"name": "fashion-mnist", "directory": str(tmp_path)})
    assert task.x_train.shape == (40, 28, 28)
    assert task.classes[9] == "Ankle boot"
    assert task.licence == "MIT"


@pytest.mark.parametrize("inner", ["", "fashion-mnist"])
def test_the_environment_names_a_folder_of_data_sets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inner: str
) -> None:
    """EVONAS_DATA holds the files, or a folder of the task's name."""
    write_idx_set(tmp_path / inner)
    monkeypatch.setenv("EVONAS_DATA", str(tmp_path))
    assert len(open_task({"name": "fashion-mnist"}).x_test) == 20


def test_missing_files_are_told_with_the_way_to_get_them(tmp_path: Path) -> None:
    """Every file, every place, the package and the address."""
    message = (
        r"(?s)train-images-idx3-ubyte\.gz.*apt-get install dataset-fashion-mnist"
        r".*github\.com/zalandoresearch.*task\.directory.*EVONAS_DATA"
    )
    write_idx_set(tmp_path)
    (tmp_path / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(DataError, match=message):
        open_task({"name": "fashion-mnist", "directory": str(tmp_path)})


def test_a_configured_directory_is_the_only_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Data from elsewhere would be a surprise."""
    write_idx_set(tmp_path / "data")
    monkeypatch.setenv("EVONAS_DATA", str(tmp_path / "data"))
    with pytest.raises(DataError, match=r"in one of: [^,]*empty\. Get them"):
        open_task({"name": "fashion-mnist", "directory": str(tmp_path / "empty")})


@pytest.fixture(scope="module")
def real() -> Task:
    """The official files, where a package put them."""
    if not DEBIAN_FOLDER.is_dir():
        pytest.skip(f"{DEBIAN_FOLDER} is missing (package dataset-fashion-mnist)")
    return open_task({"name": "fashion-mnist", "directory": str(DEBIAN_FOLDER)})


def test_the_official_files_hold_what_is_published(real: Task) -> None:
    """60,000 and 10,000 images, 6,000 and 1,000 a class."""
    assert real.x_train.shape == (60_000, 28, 28)
    assert list(np.bincount(real.y_train)) == [6_000] * 10
    assert list(np.bincount(real.y_test)) == [1_000] * 10
    assert real.version == "688af101e1d9c719"


def test_the_mini_size_is_fixed_and_fair(real: Task) -> None:
    """10,000 training images, 1,000 a class, and the whole test set."""
    mini = open_task(
        {"name": "fashion-mnist", "directory": str(DEBIAN_FOLDER), "size": "mini"}
    )
    assert list(np.bincount(mini.y_train)) == [1_000] * 10
    assert np.array_equal(mini.x_test, real.x_test)
    assert mini.version == "12ca8fa652994c38"

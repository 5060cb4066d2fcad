"""Tests of single entries of the cache."""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evonas.tasks import METRICS, Task
from evonas.tasks.staging import Entry, Staging, StagingLock


def _task() -> Task:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(12, 3)).astype(np.float32)
    return Task.from_arrays(x, x[:, :2], x[:4], x[:4, :2], metric="mae", name="plane")


def _staged(folder: Path) -> Entry:
    folder.mkdir()
    entry = Entry(folder, "origin")
    with Staging(entry) as staging:
        staging.publish(_task())
    return entry


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An entry that must stay as it is."""
    folder = tmp_path_factory.mktemp("staging") / "entry"
    _staged(folder)
    return folder


@settings(max_examples=40)
@given(st.data())
def test_no_damage_goes_unnoticed(whole: Path, data: st.DataObject) -> None:
    """Any byte of any file: the entry is refused, or gives the task that was staged."""
    copy = whole.parent / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(whole, copy)
    path = data.draw(st.sampled_from(sorted(copy.iterdir())))
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(
        st.integers(1, 255)
    )
    path.write_bytes(content)
    found = Entry(copy, "origin").open()
    if found is not None:
        assert found.version == _task().version
        np.testing.assert_array_equal(found.y_train, _task().y_train)
    else:
        assert Entry(whole, "origin").open() is not None


def test_a_task_comes_back_field_by_field(whole: Path) -> None:
    """Arrays of any type, the metric, tuples."""
    found, task = Entry(whole, "origin").open(), _task()
    assert found is not None
    assert found.measure is METRICS["mae"]
    assert (found.classes, found.outputs, found.layout) == ((), 2, "vector")
    assert found.y_train.dtype == np.float32
    assert found.version == task.version


def test_an_entry_of_other_files_is_none(whole: Path) -> None:
    """It waits to be replaced."""
    assert Entry(whole, "other").open() is None


def test_what_was_not_published_is_removed(tmp_path: Path) -> None:
    """Also arrays that had their final names already."""
    entry = Entry(tmp_path, "origin")

    def publish() -> None:
        with Staging(entry) as staging:
            staging.allocate("x_train", (4, 4))
            staging._write("y_train", np.arange(3))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        publish()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_still_mapped_may_go(tmp_path: Path) -> None:
    """Cleaning takes nothing from those who read."""
    entry = _staged(tmp_path / "entry")
    task = entry.open()
    assert task is not None
    (entry.folder / "manifest.json").unlink()
    entry.clean()
    assert list(entry.folder.iterdir()) == []
    np.testing.assert_array_equal(task.x_train, _task().x_train)


def test_an_entry_that_is_being_staged_is_not_removed(tmp_path: Path) -> None:
    """Its lock is held."""
    entry = _staged(tmp_path / "entry")
    with StagingLock(entry.folder / "lock", 1):
        entry.remove()
        assert entry.open() is not None
    entry.remove()
    assert not entry.folder.exists()


def test_a_lock_is_free_after_its_block(tmp_path: Path) -> None:
    """Whatever happened in it."""
    with (
        pytest.raises(ZeroDivisionError, match="division"),
        StagingLock(tmp_path / "lock", 1),
    ):
        print(1 / 0)
    with (tmp_path / "lock").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

"""Tests of a user's own data in `.npz` files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evonas.errors import ConfigError, DataError
from evonas.tasks import TaskSettings
from evonas.tasks.arrays import read_npz as read_archive
from evonas.tasks.task import Task

RNG = np.random.default_rng(0)
ARRAYS = {
    "x_train": RNG.integers(0, 256, (20, 5, 4, 3), dtype=np.uint8),
    "y_train": np.arange(20) % 2,
    "x_test": RNG.integers(0, 256, (6, 5, 4, 3), dtype=np.uint8),
    "y_test": np.arange(6) % 2,
}


def read_npz(path: Path, metric: str | None = None) -> Task:
    """The task of an archive."""
    return read_archive(TaskSettings(path=path, metric=metric))


@pytest.mark.parametrize("write", [np.savez, np.savez_compressed])
def test_an_archive_becomes_a_task_named_after_the_file(
    tmp_path: Path, write: object
) -> None:
    """As NumPy writes it, compressed or not."""
    path = tmp_path / "leaves.npz"
    write(path, **ARRAYS)  # type: ignore[operator]
    task = read_npz(path)
    assert (task.name, task.source) == ("leaves", str(path))
    assert task.input_shape == (3, 5, 4)
    assert np.array_equal(task.x_test, ARRAYS["x_test"])


def test_the_metric_decides_what_the_targets_are(tmp_path: Path) -> None:
    """Whole numbers may be values."""
    path = tmp_path / "ages.npz"
    np.savez(path, **{**ARRAYS, "y_train": np.arange(20), "y_test": np.arange(6)})
    assert read_npz(path, "mae").kind == "regression"


def test_missing_arrays_are_listed(tmp_path: Path) -> None:
    """With what is there instead."""
    path = tmp_path / "data.npz"
    np.savez(path, x_train=ARRAYS["x_train"], labels=ARRAYS["y_train"])
    with pytest.raises(
        DataError, match="missing y_train, x_test, y_test, found x_train, labels"
    ):
        read_npz(path)


def test_objects_are_never_unpickled(tmp_path: Path) -> None:
    """An array of objects would run code on reading."""
    path = tmp_path / "data.npz"
    objects = np.array([{"a": 1}] * 20, dtype=object)
    np.savez(path, **{**ARRAYS, "y_train": objects})
    with pytest.raises(DataError, match="y_train cannot be read: Object arrays"):
        read_npz(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """By its path."""
    with pytest.raises(DataError, match=r"nowhere\.npz: there is no such file"):
        read_npz(tmp_path / "nowhere.npz")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 half a zip", b"x,y\n1,2\n"])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    """Empty ones, cut ones, text with the wrong suffix."""
    path = tmp_path / "data.npz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"expected an \.npz archive") as told:
        read_npz(path)
    assert "allow_pickle" not in str(told.value)


def test_a_single_array_is_refused(tmp_path: Path) -> None:
    """What `np.save` writes, renamed."""
    path = tmp_path / "data.npz"
    with path.open("wb") as stream:
        np.save(stream, ARRAYS["x_train"])
    with pytest.raises(DataError, match="got a single array"):
        read_npz(path)


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    """A wrong byte within an array fails its checksum."""
    path = tmp_path / "data.npz"
    np.savez(path, **ARRAYS)
    content = bytearray(path.read_bytes())
    content[300] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"data\.npz: .*cannot be read: Bad CRC"):
        read_npz(path)


def test_wrong_arrays_are_told_with_the_files_name(tmp_path: Path) -> None:
    """The checks of arrays in memory hold, under the name of the file."""
    path = tmp_path / "leaves.npz"
    np.savez(path, **{**ARRAYS, "y_train": np.zeros(20, int)})
    with pytest.raises(DataError, match="leaves: y_train holds one class only"):
        read_npz(path)


@pytest.mark.parametrize("place", [6, 8, 10])
def test_any_damage_to_a_directory_entry_is_refused(tmp_path: Path, place: int) -> None:
    """Version, flags (encrypted) and compression: zipfile has an error for each."""
    path = tmp_path / "data.npz"
    np.savez(path, **ARRAYS)  # type: ignore[arg-type]
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + place] = 0xFF
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"expected an \.npz archive as np\.savez"):
        read_npz(path)


def test_the_modality_tells_what_axes_alone_do_not(tmp_path: Path) -> None:
    """Three axes are images, or series with channels first."""
    path = tmp_path / "waves.npz"
    flat = {name: ARRAYS[name][..., 0] for name in ("x_train", "x_test")}
    np.savez(path, **{**ARRAYS, **flat})
    assert read_npz(path).modality == "image"
    task = read_archive(TaskSettings(path=path, modality="series"))
    assert (task.modality, task.layout) == ("series", "channels_first")
    assert task.input_shape == (5, 4)
    with pytest.raises(DataError, match=r"expected token numbers.*got uint8 of shape"):
        read_archive(TaskSettings(path=path, modality="text"))
    with pytest.raises(DataError, match=r"expected N×F for table, got shape 20×5×4"):
        read_archive(TaskSettings(path=path, modality="table"))
    with pytest.raises(ConfigError, match=r"task\.modality: expected one of image"):
        read_archive(TaskSettings.from_json({"path": path, "modality": "sound"}))

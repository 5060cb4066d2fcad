"""Tests of folders of a user's own pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from official_files import picture, write_files

from evonas.errors import ConfigError, DataError
from evonas.tasks import Task, open_task


def _shade(value: int, size: tuple[int, int] = (8, 6), grey: bool = False) -> bytes:
    shape = size if grey else (*size, 3)
    return picture(np.full(shape, value, np.uint8))


def _parts(classes: int = 3) -> dict[str, bytes]:
    """Four training and two test pictures a class; the shade tells the class."""
    files = {}
    for part, count in (("train", 4), ("test", 2)):
        for label in range(classes):
            for number in range(count):
                files[f"{part}/kind{label}/{number}.png"] = _shade(10 * label)
    return files


def _classes(grey: bool = False) -> dict[str, bytes]:
    """Ten pictures of each of two classes."""
    return {
        f"{name}/{number}.png": _shade(100 * label + number, grey=grey)
        for label, name in enumerate(("cats", "dogs"))
        for number in range(10)
    }


def _open(folder: Path, files: dict[str, bytes], **more: Any) -> Task:
    return open_task({"path": str(write_files(folder, files)), **more})


def test_folders_in_train_and_test_are_the_classes(tmp_path: Path) -> None:
    """Sorted by name; colours last; named after the folder."""
    task = _open(tmp_path / "pets", _parts())
    assert (task.name, task.classes) == ("pets", ("kind0", "kind1", "kind2"))
    assert task.x_train.shape == (12, 8, 6, 3)
    assert (task.x_train[:, 0, 0, 0] == 10 * task.y_train).all()
    assert (task.x_test[:, 0, 0, 0] == 10 * task.y_test).all()
    assert (task.modality, task.metric) == ("image", "accuracy")


def test_a_test_set_may_lack_classes(tmp_path: Path) -> None:
    """The numbers stay those of the training folders."""
    files = {n: c for n, c in _parts().items() if not n.startswith("test/kind1")}
    task = _open(tmp_path, files)
    assert (task.outputs, set(task.y_test)) == (3, {0, 2})
    assert (task.x_test[:, 0, 0, 0] == 10 * task.y_test).all()


def test_bare_classes_are_split_by_seed(tmp_path: Path) -> None:
    """Stratified, each picture once, the same for equal seeds."""
    task = _open(tmp_path, _classes(grey=True), test_share=0.3, test_seed=4)
    assert task.x_train.shape == (14, 8, 6)
    assert list(np.bincount(task.y_test)) == [3, 3]
    every = np.concatenate([task.x_train, task.x_test])[:, 0, 0]
    assert sorted(every) == [*range(10), *range(100, 110)]
    again, other = (
        open_task({"path": str(tmp_path), "test_share": 0.3, "test_seed": seed})
        for seed in (4, 5)
    )
    assert task.version == again.version != other.version
    moved = open_task(
        {"path": str(tmp_path), "test_share": 0.3, "test_seed": 4, "split_seed": 9}
    )
    assert moved.version == task.version


def test_one_coloured_picture_makes_all_coloured(tmp_path: Path) -> None:
    """All samples have one shape; three grey channels are the same grey."""
    files = _classes(grey=True)
    files["dogs/3.png"] = _shade(103)
    task = _open(tmp_path, files)
    assert task.x_train.shape == (16, 8, 6, 3)
    every = np.concatenate([task.x_train, task.x_test])
    assert (every == every[..., :1]).all()


def test_mixed_sizes_are_told_with_an_example_of_each(tmp_path: Path) -> None:
    """And with the setting that brings them to one."""
    files = {**_classes(), "dogs/7.png": _shade(3, (4, 4))}
    message = (
        r"got 2 sizes: \d×\d \(.*\.png\), \d×\d \(.*\.png\).*task\.resize.*\[64, 64\]"
    )
    with pytest.raises(DataError, match=message):
        _open(tmp_path, files)
    assert open_task({"path": str(tmp_path), "resize": 5}).input_shape == (3, 5, 5)
    wide = open_task({"path": str(tmp_path), "resize": [2, 7]})
    assert wide.input_shape == (3, 2, 7)
    # Pictures of one shade stay of that shade.
    assert (wide.x_train == wide.x_train[:, :1, :1]).all()


def test_hidden_and_stray_files_do_not_count(tmp_path: Path) -> None:
    """What file managers leave behind."""
    stray = {
        "cats/.DS_Store": b"",
        "cats/Thumbs.db": b"",
        ".git/x": b"",
        "note.txt": b"",
    }
    assert len(_open(tmp_path, {**_classes(), **stray}).x_train) == 16


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "got no folder in it"),
        ({"a.png": b""}, "got no folder in it"),
        ({"cats/1.png": _shade(1)}, "at least two classes, got cats"),
        ({**_classes(), "cats/1.png": b"<html>"}, r"cats/1\.png: expected a picture"),
        ({**_classes(), "cats/1.png": _shade(1)[:50]}, r"cats/1\.png: expected a pic"),
        ({**_classes(), "cats/notes.txt": b""}, r"notes\.txt: expected a picture \("),
        ({**_classes(), "cats/deep/1.png": b""}, "deep: .*got a folder"),
        ({**_classes(), "birds/.x": b""}, "birds: expected pictures of a class"),
        (
            {**_parts(), "test/kind9/0.png": _shade(1)},
            "test/kind9: a class of the test pictures that .*train has not",
        ),
        (
            {**_parts(), "val/kind0/0.png": _shade(1)},
            "got test, train, val.*into train",
        ),
        ({"train/a/1.png": b"", "train/b/1.png": b""}, "got train"),
        (
            {"train/a/1.png": _shade(1), "test/a/1.png": _shade(1)},
            "one class only",
        ),
        ({**_parts(), "train/kind9/.x": b""}, "train/kind9: expected pictures"),
    ],
)
def test_wrong_folders_are_told_with_the_path(
    tmp_path: Path, files: dict[str, bytes], message: str
) -> None:
    """Empty, single, damaged, nested, unknown."""
    with pytest.raises(DataError, match=message):
        _open(tmp_path, files)


def test_a_share_that_leaves_a_part_empty_is_refused(tmp_path: Path) -> None:
    """Both parts need pictures."""
    with pytest.raises(DataError, match=r"0\.01 of 20 pictures leaves a part"):
        _open(tmp_path, _classes(), test_share=0.01)


def test_a_share_means_nothing_where_there_is_a_test_folder(tmp_path: Path) -> None:
    """Nothing that does nothing."""
    with pytest.raises(ConfigError, match=r"task\.test_share: has no meaning"):
        _open(tmp_path, _parts(), test_share=0.5)

"""Tests of ImageNet16-120, on small batches in the official form."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from official_files import python2_pickle, rows, write_files, write_tar

from evonas.errors import DataError
from evonas.tasks import Task, open_task


def files(python: int = 2) -> dict[str, bytes]:
    """Ten batches of 24 kept images and one of a later class each; 120 to test."""
    made = {}
    for batch in range(11):
        name = f"train_data_batch_{batch + 1}" if batch < 10 else "val_data"
        kept = np.arange(24) + 24 * batch if batch < 10 else np.arange(120)
        labels = [*(int(n) % 120 + 1 for n in kept), 121 + batch]
        entries = {"data": rows(len(labels), 16, batch), "labels": labels}
        if python == 2:
            made[name] = python2_pickle({k.encode(): v for k, v in entries.items()})
        else:
            made[name] = pickle.dumps({**entries, "mean": np.zeros(768)}, protocol=3)
    return made


def _open(folder: Path, **more: object) -> Task:
    return open_task({"name": "imagenet16-120", "directory": str(folder), **more})


def test_only_the_first_120_classes_are_kept_and_count_from_0(tmp_path: Path) -> None:
    """Batch after batch; the official validation images are the test set."""
    write_files(tmp_path, files())
    task = _open(tmp_path)
    assert task.x_train.shape == (240, 16, 16, 3)
    assert list(task.y_train) == [n % 120 for n in range(240)]
    assert list(task.y_test) == list(range(120))
    third = rows(25, 16, 2)[5].reshape(3, 16, 16)
    np.testing.assert_array_equal(task.x_train[53], np.moveaxis(third, 0, -1))
    assert "non-commercial" in task.licence


def test_every_form_gives_the_same_task(tmp_path: Path) -> None:
    """Pickled by Python 2 or 3; plain, in their own folder, in an archive."""
    versions = set()
    for python in (2, 3):
        made = files(python)
        places = [tmp_path / f"{python}-{n}" for n in range(3)]
        write_files(places[0], made)
        write_files(places[1] / "ImageNet16", made)
        places[2].mkdir()
        write_tar(places[2] / "ImageNet16.tar.gz", "ImageNet16", made)
        versions |= {_open(place).version for place in places}
    assert len(versions) == 1


@pytest.mark.parametrize("label", [0, 1001])
def test_a_label_that_is_no_class_is_told_with_its_place(
    tmp_path: Path, label: int
) -> None:
    """They count from 1 to 1,000."""
    wrong = {b"data": rows(3, 16), b"labels": [1, label, 2]}
    write_files(tmp_path, {**files(), "train_data_batch_4": python2_pickle(wrong)})
    message = rf"batch_4: labels: label 1: expected a class from 1 to 1000, got {label}"
    with pytest.raises(DataError, match=message):
        _open(tmp_path)


def test_missing_files_are_told_with_the_way_to_get_them(tmp_path: Path) -> None:
    """Terms, address, checksums."""
    message = (
        r"train_data_batch_1 to train_data_batch_10 and val_data.*image-net\.org.*"
        r"27846dcaa50de8e21a7d1a35f30f0e91.*task\.directory"
    )
    with pytest.raises(DataError, match=message):
        _open(tmp_path)

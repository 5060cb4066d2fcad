"""Tests of CIFAR-10 and CIFAR-100, on small files in both official forms."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from official_files import (
    CIFAR10_NAMES,
    cifar10_files,
    cifar100_files,
    python2_pickle,
    rows,
    write_files,
    write_tar,
)

from evonas.errors import DataError
from evonas.tasks import Task, open_task

FOLDERS = {
    ("cifar10", False): "cifar-10-batches-py",
    ("cifar10", True): "cifar-10-batches-bin",
    ("cifar100", False): "cifar-100-python",
    ("cifar100", True): "cifar-100-binary",
}
ARCHIVES = {
    ("cifar10", False): "cifar-10-python",
    ("cifar10", True): "cifar-10-binary",
    ("cifar100", False): "cifar-100-python",
    ("cifar100", True): "cifar-100-binary",
}
FILES: dict[str, Callable[[bool], dict[str, bytes]]] = {
    "cifar10": cifar10_files,
    "cifar100": cifar100_files,
}
each_set = pytest.mark.parametrize("name", FILES)
each_version = pytest.mark.parametrize("binary", [False, True])


def _open(name: str, folder: Path, **more: object) -> Task:
    return open_task({"name": name, "directory": str(folder), **more})


def test_images_labels_and_names_are_those_of_the_files(tmp_path: Path) -> None:
    """Batches in their order, colours last, the test batch apart."""
    write_files(tmp_path, cifar10_files(binary=False))
    task = _open("cifar10", tmp_path)
    assert task.x_train.shape == (50, 32, 32, 3)
    assert task.input_shape == (3, 32, 32)
    red_green_blue = rows(10, 32, 2)[3].reshape(3, 32, 32)
    np.testing.assert_array_equal(task.x_train[13], np.moveaxis(red_green_blue, 0, -1))
    assert list(task.y_train[10:20]) == [(n + 2) % 10 for n in range(10)]
    assert len(task.x_test) == 20
    assert task.classes == tuple(name.decode() for name in CIFAR10_NAMES)


@each_set
def test_both_versions_give_the_same_task(tmp_path: Path, name: str) -> None:
    """In the folder itself, in its own folder, in the archive."""
    tasks = []
    for binary in (False, True):
        files = FILES[name](binary)
        plain, inner, packed = (tmp_path / f"{binary}-{n}" for n in range(3))
        write_files(plain, files)
        write_files(inner / FOLDERS[name, binary], files)
        packed.mkdir()
        stem = ARCHIVES[name, binary]
        write_tar(packed / f"{stem}.tar.gz", FOLDERS[name, binary], files)
        tasks += [_open(name, place) for place in (plain, inner, packed)]
    assert len({task.version for task in tasks}) == 1
    assert len({task.classes for task in tasks}) == 1


def test_the_fine_labels_of_cifar_100_count(tmp_path: Path) -> None:
    """Not the twenty coarse ones before them."""
    write_files(tmp_path, cifar100_files(binary=True))
    task = _open("cifar100", tmp_path)
    assert (task.outputs, task.classes[42]) == (100, "fine_42")
    assert list(task.y_train) == [n % 100 for n in range(200)]


def test_the_mini_size_keeps_the_whole_test_set(tmp_path: Path) -> None:
    """It is smaller only where there are more than 10,000 images."""
    write_files(tmp_path, cifar10_files(binary=True))
    task = _open("cifar10", tmp_path, size="mini")
    assert (len(task.x_train), len(task.x_test)) == (50, 20)


@each_set
def test_missing_files_are_told_with_the_way_to_get_them(
    tmp_path: Path, name: str
) -> None:
    """Address, checksum, size, place."""
    stem = name.replace("cifar", "cifar-")
    message = (
        rf"(?s){stem}-python\.tar\.gz.*{tmp_path}.*toronto\.edu/~kriz/{stem}-python"
        r"\.tar\.gz \(MD5 [0-9a-f]{32}\).*170 MB.*task\.directory.*EVONAS_DATA"
    )
    with pytest.raises(DataError, match=message):
        _open(name, tmp_path)


def test_one_missing_batch_is_a_missing_data_set(tmp_path: Path) -> None:
    """Half of the images would be another task."""
    files = cifar10_files(binary=False)
    del files["data_batch_3"]
    write_files(tmp_path, files)
    with pytest.raises(DataError, match="task cifar10: expected"):
        _open("cifar10", tmp_path)
    write_tar(tmp_path / "cifar-10-python.tgz", "cifar-10-batches-py", files)
    with pytest.raises(DataError, match=r"tgz: expected cifar-10-batches-py/data_b.*3"):
        _open("cifar10", tmp_path)


def _batch(**changed: object) -> bytes:
    entries = {"data": rows(10, 32), "labels": [n % 10 for n in range(10)], **changed}
    return python2_pickle({key.encode(): value for key, value in entries.items()})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<html>not found</html>", r"data_batch_2: byte 0: .*official file again"),
        (_batch()[:-900], r"data_batch_2: byte \d+"),
        (b"cos\nsystem\n(S'true'\ntR.", r"data_batch_2: byte 0: .*os\.system"),
        (python2_pickle({b"labels": [1]}), "expected entries data and labels, got lab"),
        (_batch(data=rows(10, 16)), "data: expected N×3072 pixels .*got 10×768"),
        (_batch(data=rows(10, 32).astype("i2")), "array of bytes, got int16"),
        (_batch(data=[1, 2]), "array of bytes, got list"),
        (_batch(labels=[1] * 9), r"one label an image \(10\), got 9"),
        (_batch(labels=b"1234567890"), "one label an image"),
        (_batch(labels=[0] * 7 + [10, 0, 0]), "label 7: expected a class from 0 to 9"),
        (_batch(labels=[0] * 7 + [-1, 0, 0]), "label 7: .*got -1"),
        (_batch(labels=[0] * 7 + [b"3", 0, 0]), r"label 7: .*got b'3'"),
        (_batch(labels=[0] * 9 + [2**30]), "label 9: .*got 1073741824"),
    ],
)
def test_a_wrong_batch_is_told_with_file_and_place(
    tmp_path: Path, content: bytes, message: str
) -> None:
    """Cut, hostile, of another size, with labels that are no classes."""
    write_files(tmp_path, {**cifar10_files(binary=False), "data_batch_2": content})
    with pytest.raises(DataError, match=message):
        _open("cifar10", tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"data_batch_2\.bin: byte 0: expected whole images of 3073 bytes"),
        (bytes(3073 * 2 + 5), r"byte 6146: expected whole images .*got 6151"),
        (bytes(3073) + b"\x0b" + bytes(3072), "label 1: expected a class.*got 11"),
    ],
)
def test_a_wrong_binary_batch_is_told_with_file_and_place(
    tmp_path: Path, content: bytes, message: str
) -> None:
    """Cut within an image, or with a byte that is no class."""
    write_files(tmp_path, {**cifar10_files(binary=True), "data_batch_2.bin": content})
    with pytest.raises(DataError, match=message):
        _open("cifar10", tmp_path)


@each_version
def test_names_must_be_complete(tmp_path: Path, binary: bool) -> None:
    """One a class."""
    files = cifar10_files(binary)
    if binary:
        files["batches.meta.txt"] = b"airplane\nautomobile\n"
    else:
        files["batches.meta"] = python2_pickle({b"label_names": CIFAR10_NAMES[:2]})
    write_files(tmp_path, files)
    with pytest.raises(DataError, match=r"batches\.meta.*names of 10 classes, got 2"):
        _open("cifar10", tmp_path)


def test_a_set_of_one_class_is_told_with_its_folder(tmp_path: Path) -> None:
    """Every image a cat."""
    cats = _batch(labels=[3] * 10)
    files = {
        name: content if name == "batches.meta" else cats
        for name, content in cifar10_files(binary=False).items()
    }
    write_files(tmp_path, files)
    with pytest.raises(DataError, match=rf"{tmp_path}.*one class only \(3\)"):
        _open("cifar10", tmp_path)

"""Tests of Tiny ImageNet, on a small folder in the official form."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from official_files import picture, tiny_imagenet_files, write_files, write_zip

import evonas.tasks.tiny_imagenet as module
from evonas.errors import DataError
from evonas.tasks import Task, open_task


def _open(folder: Path, **more: object) -> Task:
    return open_task({"name": "tiny-imagenet", "directory": str(folder), **more})


def test_pictures_get_the_classes_of_the_official_list(tmp_path: Path) -> None:
    """In its order, which is not that of the folders; validation is the test set."""
    write_files(tmp_path, tiny_imagenet_files())
    task = _open(tmp_path)
    assert task.x_train.shape == (12, 64, 64, 3)
    assert task.x_test.shape == (4, 64, 64, 3)
    assert task.classes == ("thing 3", "thing 2", "thing 1", "thing 0")
    for pixels, labels in ((task.x_train, task.y_train), (task.x_test, task.y_test)):
        # Every picture of a class is of one shade, 20 a class, also the grey one.
        shades = np.full_like(pixels, 20) * labels.astype(np.uint8)[:, None, None, None]
        np.testing.assert_allclose(pixels.astype(int), shades.astype(int), atol=2)


def test_every_form_gives_the_same_task(tmp_path: Path) -> None:
    """The folder itself, a folder that holds it, the archive as downloaded."""
    files = tiny_imagenet_files()
    places = [tmp_path / str(number) for number in range(3)]
    write_files(places[0], files)
    write_files(places[1] / "tiny-imagenet-200", files)
    places[2].mkdir()
    write_zip(places[2] / "tiny-imagenet-200.zip", "tiny-imagenet-200", files)
    assert len({_open(place).version for place in places}) == 1


def test_the_mini_size_decodes_what_reducing_the_full_one_would_keep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without decoding the rest."""
    monkeypatch.setattr(module, "_MINI_SAMPLES", 8)
    files = tiny_imagenet_files()
    write_files(tmp_path, files)
    mini = _open(tmp_path, size="mini")
    assert mini.version == _open(tmp_path).reduced(8, module._MINI_SEED).version
    assert list(np.bincount(mini.y_train)) == [2] * 4


def _changed(**files: bytes | None) -> dict[str, bytes]:
    changed = {**tiny_imagenet_files(), **files}
    return {name: content for name, content in changed.items() if content is not None}


FIRST = "train/n00000003/images/n00000003_0.JPEG"
LIST = "val/val_annotations.txt"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (FIRST, picture(form="JPEG", size=(32, 48)), "_0.JPEG: expected 64×64 .*32×48"),
        (FIRST, picture(form="JPEG", size=(64, 64))[:-300], "_0.JPEG: expected a pict"),
        (FIRST, b"", "_0.JPEG: expected a picture"),
        ("val/images/val_2.JPEG", None, r"expected val/images/val_2\.JPEG"),
        (LIST, b"val_0.JPEG\tn00000003\nval_1.JPEG\tn7\n", "line 2: .*got .*n7"),
        (LIST, b"../../x\tn00000003\n", "line 1: expected the name of a picture"),
        (LIST, b"val_0.JPEG\tn00000003\n" * 2, "each picture once, got 1 twice"),
        (LIST, b"", "expected validation pictures, got none"),
        (
            "wnids.txt",
            b"n00000003\nn00000002\n",
            "n00000000.*expected a class of wnids",
        ),
        ("train/n5/images/n5_0.JPEG", b"", "n5_0.JPEG: expected a class of wnids"),
        ("words.txt", None, "expected words.txt"),
    ],
)
def test_a_wrong_file_is_told_with_its_name_and_place(
    tmp_path: Path, name: str, content: bytes | None, message: str
) -> None:
    """Pictures, lists and what is missing."""
    write_files(tmp_path, _changed(**{name: content}))
    with pytest.raises(DataError, match=message):
        _open(tmp_path)


def test_a_class_of_the_list_without_pictures_is_told(tmp_path: Path) -> None:
    """Half-unpacked archives look like that."""
    files = tiny_imagenet_files()
    kept = {name: files[name] for name in files if "train/n00000001" not in name}
    write_files(tmp_path, kept)
    with pytest.raises(DataError, match="no sample of class 2"):
        _open(tmp_path)


def test_missing_files_are_told_with_the_way_to_get_them(tmp_path: Path) -> None:
    """Address, size, checksum."""
    message = (
        r"folder tiny-imagenet-200.*cs231n\.stanford\.edu/tiny-imagenet-200\.zip "
        r"\(248,100,043 bytes, MD5 90528d7c.*task\.directory"
    )
    with pytest.raises(DataError, match=message):
        _open(tmp_path)

"""Tiny ImageNet (Stanford CS231n 2015) from the official folder or its `.zip`.

The labels of the official test images were never published, so the official validation
images are the test set.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evonas.errors import DataError
from evonas.tasks.cache import Allocate, staged
from evonas.tasks.pictures import read_picture
from evonas.tasks.published import Published
from evonas.tasks.settings import TaskSettings
from evonas.tasks.splits import stratified_order
from evonas.tasks.stores import Folder, Store, ZipArchive
from evonas.tasks.task import Task

_SIDE = 64
_FOLDER = "tiny-imagenet-200"
_CLASS_LIST, _WORDS = "wnids.txt", "words.txt"
_ANNOTATIONS = "val/val_annotations.txt"
_TRAIN_NAME = re.compile(r"train/([^/]+)/images/[^/]+\.JPEG")
#: training samples of the mini size, fifty a class, and its seed
_MINI_SAMPLES, _MINI_SEED = 10_000, 20_150_301
_PUBLISHED = Published(
    name="tiny-imagenet",
    files=(
        f"the folder {_FOLDER} ({_CLASS_LIST}, {_WORDS}, train/<wnid>/images/*.JPEG, "
        f"val/images/*.JPEG, {_ANNOTATIONS}) or {_FOLDER}.zip"
    ),
    get=(
        f"Download http://cs231n.stanford.edu/{_FOLDER}.zip (248,100,043 bytes, MD5 "
        "90528d7ca1a48142e341f4ef8d21d0de; ImageNet terms); it need not be unpacked"
    ),
    licence="ImageNet terms: non-commercial research and education",
    source=f"http://cs231n.stanford.edu/{_FOLDER}.zip",
)


@dataclass(frozen=True, slots=True)
class _Listing:
    """Which picture belongs to which class.

    Attributes:
        names: of the classes, for people.
        train: the pictures, in order.
        train_labels: their class numbers.
        test: the same of the official validation pictures.
        test_labels: their class numbers.
    """

    names: tuple[str, ...]
    train: tuple[str, ...]
    train_labels: NDArray[np.int64]
    test: tuple[str, ...]
    test_labels: NDArray[np.int64]


def tiny_imagenet(settings: TaskSettings) -> Task:
    """100,000 + 10,000 colour images of 200 classes, 64×64.

    The mini size has 10,000 of the training images, stratified and always the same,
    and the whole test set. Grey pictures become colours.

    Raises:
        DataError: the files are nowhere, or corrupt.
    """
    store = _find(settings.directory)
    pictures = _pictures(store)
    mini = settings.size == "mini"

    def read(allocate: Allocate) -> Task:
        listing = _listing(store, pictures)
        kept = np.arange(len(listing.train))
        if mini:
            rng = np.random.default_rng(_MINI_SEED)
            order = stratified_order(listing.train_labels, rng)
            kept = np.sort(order[:_MINI_SAMPLES])
        train = [listing.train[place] for place in kept]
        return _PUBLISHED.task(
            store.path,
            (_pixels("x_train", train, store, allocate), listing.train_labels[kept]),
            (_pixels("x_test", listing.test, store, allocate), listing.test_labels),
            listing.names,
        )

    files = store.origins([_CLASS_LIST, _WORDS, _ANNOTATIONS, *pictures])
    choice = {"size": settings.size}
    return staged(_PUBLISHED.name, files, read, settings.cache, choice)


def _find(directory: Path | None) -> Store:
    for place in _PUBLISHED.places(directory):
        for folder in (place / _FOLDER, place):
            if (folder / _CLASS_LIST).is_file() and (folder / "train").is_dir():
                return Folder(folder)
        archive = place / f"{_FOLDER}.zip"
        if archive.is_file():
            return ZipArchive(archive, _FOLDER)
    raise _PUBLISHED.missing(directory)


def _pictures(store: Store) -> list[str]:
    """Names of all training pictures."""
    if isinstance(store, ZipArchive):
        names = store.names()
    else:
        found = (store.path / "train").glob("*/images/*.JPEG")
        names = [path.relative_to(store.path).as_posix() for path in found]
    return sorted(name for name in names if _TRAIN_NAME.fullmatch(name))


def _listing(store: Store, pictures: Sequence[str]) -> _Listing:
    lists = dict(store.read([_CLASS_LIST, _WORDS, _ANNOTATIONS]))
    ids = lists[_CLASS_LIST].decode("latin-1").split()
    words: dict[str, str] = {}
    for line in lists[_WORDS].decode("latin-1").splitlines():
        wnid, _, meaning = line.partition("\t")
        words[wnid] = meaning.partition(",")[0].strip()
    numbers = {wnid: number for number, wnid in enumerate(ids)}
    train_labels = []
    for name in pictures:
        found = _TRAIN_NAME.fullmatch(name)
        wnid = found[1] if found else ""
        if wnid not in numbers:
            raise DataError(
                f"{store.where(name)}: expected a class of {_CLASS_LIST}, got {wnid!r}"
            )
        train_labels.append(numbers[wnid])
    test, test_labels = [], []
    annotations = lists[_ANNOTATIONS].decode("latin-1").splitlines()
    for place, line in enumerate(annotations, 1):
        name, wnid = [*line.split("\t"), "", ""][:2]
        if wnid not in numbers or "/" in name:
            raise DataError(
                f"{store.where(_ANNOTATIONS)}: line {place}: expected the name of a "
                f"picture and a class of {_CLASS_LIST}, got {line[:60]!r}"
            )
        test.append(f"val/images/{name}")
        test_labels.append(numbers[wnid])
    for part, found_there in (("training", pictures), ("validation", test)):
        if not found_there:
            raise DataError(f"{store.path}: expected {part} pictures, got none")
    return _Listing(
        tuple(words.get(wnid) or wnid for wnid in ids),
        tuple(pictures),
        np.array(train_labels, np.int64),
        tuple(test),
        np.array(test_labels, np.int64),
    )


def _pixels(
    part: str, names: Sequence[str], store: Store, allocate: Allocate
) -> NDArray[np.uint8]:
    pixels = allocate(part, (len(names), _SIDE, _SIDE, 3))
    places = {name: place for place, name in enumerate(names)}
    if len(places) != len(names):
        raise DataError(
            f"{store.where(_ANNOTATIONS)}: expected each picture once, got "
            f"{len(names) - len(places)} twice"
        )
    for name, content in store.read(names):
        pixels[places[name]] = read_picture(
            content, store.where(name), True, (_SIDE, _SIDE)
        )
    return pixels

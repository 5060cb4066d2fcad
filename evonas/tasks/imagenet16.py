"""ImageNet16-120: ImageNet at 16×16 (Chrabaszcz 2017), its first 120 classes.

The data set that NAS-Bench-201 trained on. Its labels are 1 to 1,000; here 1 to 120
become 0 to 119. The official validation images are the test set.
"""

from __future__ import annotations

from pathlib import Path

from evonas.tasks.batches import Batch, joined, pickled_batch
from evonas.tasks.cache import Allocate, staged
from evonas.tasks.published import Published
from evonas.tasks.settings import TaskSettings
from evonas.tasks.stores import Folder, Store, TarArchive
from evonas.tasks.task import Task

_SIDE = 16
_CLASSES = 120
#: of the full ImageNet, whose labels the files hold
_ALL_CLASSES = 1_000
_TRAIN = tuple(f"train_data_batch_{number}" for number in range(1, 11))
_TEST = "val_data"
_FILES = (*_TRAIN, _TEST)
_FOLDER = "ImageNet16"
#: the labels of the files, which come without names
_NAMES = tuple(str(label) for label in range(1, _CLASSES + 1))
#: training samples of the mini size, a hundred a class, and its seed
_MINI_SAMPLES, _MINI_SEED = 12_000, 20_170_727
_PUBLISHED = Published(
    name="imagenet16-120",
    files=(
        f"{_TRAIN[0]} to {_TRAIN[-1]} and {_TEST} (in the folder itself or in its "
        f"folder {_FOLDER}), or {_FOLDER}.tar or {_FOLDER}.tar.gz with that folder,"
    ),
    get=(
        "They need an account at https://image-net.org/download-images (down-sampled "
        "ImageNet, 16×16; non-commercial research), or come from the copy that "
        "https://github.com/D-X-Y/NAS-Bench-201 links. MD5 of "
        f"{_TRAIN[0]}: 27846dcaa50de8e21a7d1a35f30f0e91, of {_TEST}: "
        "3410e3017fdaefba8d5073aaa65e4bd6; about 1 GB together"
    ),
    licence="ImageNet terms: non-commercial research and education",
    source="https://image-net.org/download-images",
)


def imagenet16_120(settings: TaskSettings) -> Task:
    """151,700 + 6,000 colour images of 120 classes, 16×16.

    The mini size has 12,000 of the training images, stratified and always the same,
    and the whole test set.

    Raises:
        DataError: the files are nowhere, or corrupt.
    """
    store = _find(settings.directory)

    def read(_: Allocate) -> Task:
        task = _read(store)
        mini = settings.size == "mini"
        return task.reduced(_MINI_SAMPLES, _MINI_SEED) if mini else task

    files = store.origins(_FILES)
    choice = {"size": settings.size}
    return staged(_PUBLISHED.name, files, read, settings.cache, choice)


def _find(directory: Path | None) -> Store:
    for place in _PUBLISHED.places(directory):
        for folder in (place / _FOLDER, place):
            if all((folder / name).is_file() for name in _FILES):
                return Folder(folder)
        for suffix in (".tar", ".tar.gz", ".tgz"):
            archive = place / f"{_FOLDER}{suffix}"
            if archive.is_file():
                return TarArchive(archive, _FOLDER)
    raise _PUBLISHED.missing(directory)


def _read(store: Store) -> Task:
    kept: dict[str, Batch] = {}
    for file, content in store.read(_FILES):
        images, labels = pickled_batch(
            content, store.where(file), "labels", _ALL_CLASSES, _SIDE, first=1
        )
        chosen = labels <= _CLASSES
        kept[file] = images[chosen], labels[chosen] - 1
    train = joined([kept[file] for file in _TRAIN])
    return _PUBLISHED.task(store.path, train, kept[_TEST], _NAMES)

"""CIFAR-10 and CIFAR-100 (Krizhevsky 2009), as Python pickles or in binary.

Both versions hold the same images in the same order, so both give the same task.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evonas.errors import DataError
from evonas.tasks.batches import Batch, channels_last, joined, pickled_batch
from evonas.tasks.cache import Allocate, staged
from evonas.tasks.pickles import read_pickled_dict
from evonas.tasks.published import Published, checked_classes
from evonas.tasks.settings import TaskSettings
from evonas.tasks.stores import Folder, Store, TarArchive
from evonas.tasks.task import Task

_SITE = "https://www.cs.toronto.edu/~kriz/"
_SIDE = 32
_PIXELS = 3 * _SIDE * _SIDE
#: training samples of the mini size
_MINI_SAMPLES = 10_000


@dataclass(frozen=True, slots=True)
class _Version:
    """One of the two forms in which the images are published.

    Attributes:
        folder: in the archive.
        archive: without its suffix.
        train: its files, in order.
        test: its file.
        names: the file with the names of the classes.
        binary: whether it is the binary version.
    """

    folder: str
    archive: str
    train: tuple[str, ...]
    test: str
    names: str
    binary: bool

    @property
    def files(self) -> tuple[str, ...]:
        """Everything that is read."""
        return (*self.train, self.test, self.names)

    def store(self, place: Path) -> Store | None:
        """Where the files are in a place: in its folder, in itself, in the archive."""
        for folder in (place / self.folder, place):
            if all((folder / name).is_file() for name in self.files):
                return Folder(folder)
        for suffix in (".tar.gz", ".tgz", ".tar"):
            archive = place / f"{self.archive}{suffix}"
            if archive.is_file():
                return TarArchive(archive, self.folder)
        return None


@dataclass(frozen=True, slots=True)
class _Cifar:
    """One of the two data sets.

    Attributes:
        published: who publishes it.
        classes: how many.
        key: of the labels in a pickle.
        names_key: of the names of the classes in a pickle.
        label_bytes: before each image in the binary version; the last one counts.
        versions: in which it is published.
        mini_seed: in which the training samples of the mini size are drawn.
    """

    published: Published
    classes: int
    key: str
    names_key: str
    label_bytes: int
    versions: tuple[_Version, ...]
    mini_seed: int

    def open(self, settings: TaskSettings) -> Task:
        """The task of the files, wherever they are and whichever version."""
        version, store = self._find(settings.directory)
        mini = settings.size == "mini"

        def read(_: Allocate) -> Task:
            task = self._read(version, store)
            return task.reduced(_MINI_SAMPLES, self.mini_seed) if mini else task

        return staged(
            self.published.name,
            store.origins(version.files),
            read,
            settings.cache,
            {"size": settings.size},
        )

    def _find(self, directory: Path | None) -> tuple[_Version, Store]:
        for place in self.published.places(directory):
            for version in self.versions:
                store = version.store(place)
                if store is not None:
                    return version, store
        raise self.published.missing(directory)

    def _read(self, version: _Version, store: Store) -> Task:
        parse: Callable[[bytes, str], Batch]
        parse = self._binary if version.binary else self._pickled
        batches: dict[str, Batch] = {}
        names: list[str] = []
        for file, content in store.read(version.files):
            where = store.where(file)
            if file == version.names:
                names = self._names(content, where, version.binary)
            else:
                batches[file] = parse(content, where)
        return self.published.task(
            store.path,
            joined([batches[file] for file in version.train]),
            batches[version.test],
            names,
        )

    def _pickled(self, content: bytes, where: str) -> Batch:
        return pickled_batch(content, where, self.key, self.classes, _SIDE)

    def _binary(self, content: bytes, where: str) -> Batch:
        """Rows of label bytes and 3,072 pixels, red first."""
        width = self.label_bytes + _PIXELS
        rest = len(content) % width
        if rest or not content:
            raise DataError(
                f"{where}: byte {len(content) - rest}: expected whole images of "
                f"{width} bytes, got {len(content)} bytes in all; fetch the official "
                "file again"
            )
        rows = np.frombuffer(content, np.uint8).reshape(-1, width)
        labels = rows[:, self.label_bytes - 1]
        images = channels_last(rows[:, self.label_bytes :], _SIDE)
        return images, checked_classes(labels, self.classes, where)

    def _names(self, content: bytes, where: str, binary: bool) -> list[str]:
        """Of the classes, in the order of their numbers."""
        found: Sequence[object]
        if binary:
            found = content.decode("latin-1").split()
        else:
            found = read_pickled_dict(content, where).get(self.names_key) or ()
        names = [
            name.decode("latin-1") if isinstance(name, bytes) else str(name)
            for name in found
        ]
        if len(names) != self.classes:
            raise DataError(
                f"{where}: expected the names of {self.classes} classes, got "
                f"{len(names)}; fetch the official file again"
            )
        return names


def _published(number: int, python_md5: str, binary_md5: str) -> Published:
    stem = f"cifar-{number}"
    return Published(
        name=f"cifar{number}",
        files=f"{stem}-python.tar.gz or {stem}-binary.tar.gz, or its unpacked folder,",
        get=(
            f"Download {_SITE}{stem}-python.tar.gz (MD5 {python_md5}) or "
            f"{_SITE}{stem}-binary.tar.gz (MD5 {binary_md5}), about 170 MB; it need "
            "not be unpacked"
        ),
        licence="unknown (the authors ask to be cited)",
        source=f"{_SITE}cifar.html",
    )


_CIFAR10 = _Cifar(
    _published(
        10, "c58f30108f718f92721af3b95e74349a", "c32a1d4ab5d03f1284b67883e8d87530"
    ),
    classes=10,
    key="labels",
    names_key="label_names",
    label_bytes=1,
    versions=(
        _Version(
            "cifar-10-batches-py",
            "cifar-10-python",
            tuple(f"data_batch_{number}" for number in range(1, 6)),
            "test_batch",
            "batches.meta",
            binary=False,
        ),
        _Version(
            "cifar-10-batches-bin",
            "cifar-10-binary",
            tuple(f"data_batch_{number}.bin" for number in range(1, 6)),
            "test_batch.bin",
            "batches.meta.txt",
            binary=True,
        ),
    ),
    mini_seed=20_090_408,
)
_CIFAR100 = _Cifar(
    _published(
        100, "eb9058c3a382ffc7106e4002c42a8d85", "03b5dce01913d631647c71ecec9e9cb8"
    ),
    classes=100,
    key="fine_labels",
    names_key="fine_label_names",
    label_bytes=2,
    versions=(
        _Version(
            "cifar-100-python",
            "cifar-100-python",
            ("train",),
            "test",
            "meta",
            binary=False,
        ),
        _Version(
            "cifar-100-binary",
            "cifar-100-binary",
            ("train.bin",),
            "test.bin",
            "fine_label_names.txt",
            binary=True,
        ),
    ),
    mini_seed=20_090_409,
)


def cifar10(settings: TaskSettings) -> Task:
    """50,000 + 10,000 colour images of ten classes, 32×32.

    The mini size has 10,000 of the training images, stratified and always the same,
    and the whole test set.

    Raises:
        DataError: the files are nowhere, or corrupt.
    """
    return _CIFAR10.open(settings)


def cifar100(settings: TaskSettings) -> Task:
    """50,000 + 10,000 colour images of a hundred (fine) classes, 32×32.

    The mini size is as that of `cifar10`.

    Raises:
        DataError: the files are nowhere, or corrupt.
    """
    return _CIFAR100.open(settings)

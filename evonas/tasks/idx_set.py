"""Data sets published as MNIST is: four IDX files, compressed or not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from evonas.errors import DataError
from evonas.tasks.cache import Allocate, staged
from evonas.tasks.idx import read_idx
from evonas.tasks.published import Array, Published, checked_classes
from evonas.tasks.settings import TaskSettings
from evonas.tasks.task import Task

_PARTS = ("train", "t10k")
#: of the mini size
_MINI_SAMPLES = 10_000


@dataclass(frozen=True, slots=True)
class IdxSet:
    """60,000 + 10,000 grey images of ten classes, 28×28.

    The mini size has 10,000 of the training images, stratified and always the same,
    and the whole test set.

    Attributes:
        published: who publishes it.
        classes: their names.
        mini_seed: in which the training samples of the mini size are drawn.
    """

    published: Published
    classes: tuple[str, ...]
    mini_seed: int

    def open(self, settings: TaskSettings) -> Task:
        """The task of the files, wherever they are.

        Raises:
            DataError: the files are nowhere, or corrupt.
        """
        folder = self._folder(settings.directory)
        mini = settings.size == "mini"

        def read(_: Allocate) -> Task:
            train, test = (self._part(folder, part) for part in _PARTS)
            task = self.published.task(folder, train, test, self.classes)
            return task.reduced(_MINI_SAMPLES, self.mini_seed) if mini else task

        files = [path for part in _PARTS for path in _files(folder, part)]
        choice = {"size": settings.size}
        return staged(self.published.name, files, read, settings.cache, choice)

    def _folder(self, directory: Path | None) -> Path:
        """The first of the known places that holds all four files."""
        for place in self.published.places(directory):
            if all(path.is_file() for part in _PARTS for path in _files(place, part)):
                return place
        raise self.published.missing(directory)

    def _part(self, folder: Path, part: str) -> tuple[Array, Array]:
        images_path, labels_path = _files(folder, part)
        images, labels = read_idx(images_path, 3), read_idx(labels_path, 1)
        if images.shape[1:] != (28, 28):
            raise DataError(
                f"{images_path}: expected images of 28×28, got "
                f"{images.shape[1]}×{images.shape[2]}; fetch the official file again"
            )
        if len(images) != len(labels):
            raise DataError(
                f"{labels_path}: expected one label an image of {images_path.name} "
                f"({len(images)}), got {len(labels)}; fetch both files again"
            )
        return images, checked_classes(labels, len(self.classes), labels_path)


def _files(folder: Path, part: str) -> tuple[Path, Path]:
    """Images and labels of a part."""
    return (
        _path(folder, f"{part}-images-idx3-ubyte"),
        _path(folder, f"{part}-labels-idx1-ubyte"),
    )


def _path(folder: Path, stem: str) -> Path:
    """The compressed file, or the plain one where only that is there."""
    plain = folder / stem
    return plain if plain.is_file() else folder / f"{stem}.gz"

"""A user's own pictures: a folder of classes, or of `train` and `test` with classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evonas.errors import DataError
from evonas.tasks.cache import Allocate, staged
from evonas.tasks.pictures import SUFFIXES, Size, picture_form, read_picture
from evonas.tasks.settings import TaskSettings
from evonas.tasks.splits import Indices, stratified_order
from evonas.tasks.task import Task

_HOW = (
    "expected <folder>/train/<class>/*.png (or .jpg, …) and <folder>/test/<class>/…, "
    "or only <folder>/<class>/…"
)
#: what file managers leave behind
_STRAY = ("Thumbs.db", "desktop.ini")


@dataclass(frozen=True, slots=True)
class _Pictures:
    """Some of the pictures, in order, and the class number of each."""

    paths: tuple[Path, ...]
    labels: NDArray[np.int64]

    def chosen(self, places: Indices) -> _Pictures:
        """Those at these places."""
        paths = tuple(self.paths[place] for place in places)
        return _Pictures(paths, self.labels[places])


def image_folder(folder: Path, settings: TaskSettings) -> Task:
    """The task of a folder of pictures, named after it.

    With `train` and `test` in it, those are the parts; otherwise its folders are the
    classes, and a stratified share of the pictures (`settings.test_share`, drawn with
    `settings.test_seed`) is the test set. The classes are the sorted names of their
    folders. Where any picture has colours, all get three channels.

    Args:
        folder: with the pictures.
        settings: `resize`, `test_share`, `test_seed` and `cache` are read.

    Raises:
        DataError: no such folders, damaged pictures, or several sizes and no
            `settings.resize`.
        ConfigError: a share is given for a folder that has its own `test`.
    """
    folder = folder.absolute()
    inner = {path.name: path for path in _folders(folder)}
    if "train" in inner or "test" in inner:
        names, train, test = _given_parts(folder, inner)
        for key in ("test_share", "test_seed"):
            settings.refuse(key, f"{folder} has its own test folder")
    else:
        names = sorted(inner)
        if len(names) == 1:
            raise DataError(f"{folder}: expected at least two classes, got {names[0]}")
        train, test = _drawn_parts(folder, _listed(folder, names), settings)

    def read(allocate: Allocate) -> Task:
        files = (*train.paths, *test.paths)
        size, colours = _common_form(folder, files, settings.resize)
        x_train, x_test = (
            _pixels(part, pictures.paths, size, colours, settings, allocate)
            for part, pictures in (("x_train", train), ("x_test", test))
        )
        try:
            return Task.from_arrays(
                x_train,
                train.labels,
                x_test,
                test.labels,
                classes=names,
                name=folder.name,
                source=str(folder),
            )
        except DataError as error:
            raise DataError(f"{folder}: {error}") from error

    choice = {
        "resize": list(settings.resize) if settings.resize else None,
        "test_share": settings.test_share,
        "test_seed": settings.test_seed,
    }
    files = [*train.paths, *test.paths]
    return staged(folder.name, files, read, settings.cache, choice)


def _given_parts(
    folder: Path, inner: dict[str, Path]
) -> tuple[list[str], _Pictures, _Pictures]:
    if set(inner) != {"train", "test"}:
        raise DataError(
            f"{folder}: {_HOW}; got {', '.join(sorted(inner))}. Validation pictures "
            "are split off train by evonas: move those you have into train"
        )
    names = sorted(path.name for path in _folders(inner["train"]))
    unknown = {path.name for path in _folders(inner["test"])} - set(names)
    if unknown:
        raise DataError(
            f"{inner['test'] / min(unknown)}: a class of the test pictures that "
            f"{inner['train']} has not; every test class needs training pictures"
        )
    test_names = sorted(path.name for path in _folders(inner["test"]))
    train = _listed(inner["train"], names)
    test = _listed(inner["test"], test_names)
    numbers = np.array([names.index(name) for name in test_names], np.int64)
    return names, train, _Pictures(test.paths, numbers[test.labels])


def _drawn_parts(
    folder: Path, pictures: _Pictures, settings: TaskSettings
) -> tuple[_Pictures, _Pictures]:
    rng = np.random.default_rng(settings.test_seed)
    order = stratified_order(pictures.labels, rng)
    count = round(len(order) * settings.test_share)
    if not 0 < count < len(order):
        raise DataError(
            f"{folder}: a test share of {settings.test_share} of {len(order)} pictures "
            "leaves a part empty; give more pictures or another task.test_share"
        )
    test, train = np.sort(order[:count]), np.sort(order[count:])
    return pictures.chosen(train), pictures.chosen(test)


def _folders(folder: Path) -> list[Path]:
    """The visible folders in a folder, which must have some.

    Raises:
        DataError: it does not exist, or has none.
    """
    try:
        found = [path for path in folder.iterdir() if path.is_dir()]
    except OSError as error:
        raise DataError(f"{folder}: cannot be read: {error}; {_HOW}") from error
    visible = [path for path in found if not path.name.startswith(".")]
    if not visible:
        raise DataError(f"{folder}: {_HOW}; got no folder in it")
    return visible


def _listed(folder: Path, names: Sequence[str]) -> _Pictures:
    """All pictures of these classes, sorted."""
    paths: list[Path] = []
    labels: list[int] = []
    for number, name in enumerate(names):
        found = sorted(
            path
            for path in (folder / name).iterdir()
            if not path.name.startswith(".") and path.name not in _STRAY
        )
        for path in found:
            if path.is_dir() or path.suffix.lower() not in SUFFIXES:
                kind = "a folder" if path.is_dir() else "no picture by its name"
                raise DataError(
                    f"{path}: expected a picture ({', '.join(sorted(SUFFIXES))}) in "
                    f"the folder of its class, got {kind}; {_HOW}"
                )
        if not found:
            raise DataError(f"{folder / name}: expected pictures of a class, got none")
        paths += found
        labels += [number] * len(found)
    return _Pictures(tuple(paths), np.array(labels, np.int64))


def _common_form(
    folder: Path, paths: Sequence[Path], resize: Size | None
) -> tuple[Size, bool]:
    """The size of all pictures, and whether any has colours."""
    first: dict[Size, Path] = {}
    colours = False
    for path in paths:
        size, coloured = picture_form(path)
        first.setdefault(size, path)
        colours = colours or coloured
    if resize is not None:
        return resize, colours
    if len(first) > 1:
        (a, here), (b, there) = list(first.items())[:2]
        raise DataError(
            f"{folder}: expected pictures of one size, got {len(first)} sizes: "
            f"{a[0]}×{a[1]} ({here.relative_to(folder)}), {b[0]}×{b[1]} "
            f"({there.relative_to(folder)}), …; set task.resize, for example to "
            "[64, 64] (height, width), or bring them to one size"
        )
    return next(iter(first)), colours


def _pixels(
    part: str,
    paths: Sequence[Path],
    size: Size,
    colours: bool,
    settings: TaskSettings,
    allocate: Allocate,
) -> NDArray[np.uint8]:
    pixels = allocate(part, (len(paths), *size, *((3,) if colours else ())))
    resize = settings.resize is not None
    for place, path in enumerate(paths):
        pixels[place] = read_picture(path, path, colours, size, resize)
    return pixels

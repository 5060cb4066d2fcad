"""Fashion-MNIST (Xiao, Rasul and Vollgraf 2017) from the official IDX files."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from evonas.errors import DataError
from evonas.tasks.idx import read_idx
from evonas.tasks.settings import TaskSettings
from evonas.tasks.task import Task

#: in which training samples of the mini size are drawn, once and for all
_MINI_SEED = 20_170_825
_MINI_SAMPLES = 10_000
#: where Debian's package dataset-fashion-mnist puts the files
DEBIAN_FOLDER = Path("/usr/share/datasets/fashion-mnist")
_FILES = {
    "x_train": ("train-images-idx3-ubyte", 3),
    "y_train": ("train-labels-idx1-ubyte", 1),
    "x_test": ("t10k-images-idx3-ubyte", 3),
    "y_test": ("t10k-labels-idx1-ubyte", 1),
}
_CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


def fashion_mnist(settings: TaskSettings) -> Task:
    """60,000 + 10,000 grey images of clothes, 28×28, ten classes.

    The mini size has 10,000 of the training images, stratified and always the same,
    and the whole test set.

    Raises:
        DataError: the files are nowhere, or corrupt.
    """
    folder = _folder(settings.directory)
    arrays = {
        key: read_idx(_path(folder, stem), axes) for key, (stem, axes) in _FILES.items()
    }
    task = Task.from_arrays(
        arrays["x_train"],
        arrays["y_train"],
        arrays["x_test"],
        arrays["y_test"],
        classes=_CLASSES,
        name="fashion-mnist",
    )
    task = replace(
        task,
        licence="MIT",
        source="https://github.com/zalandoresearch/fashion-mnist",
    )
    return task.reduced(_MINI_SAMPLES, _MINI_SEED) if settings.size == "mini" else task


def _folder(directory: Path | None) -> Path:
    """The first of the known places that holds all four files."""
    if directory is not None:
        places = [directory]
    else:
        data = os.environ.get("EVONAS_DATA")
        places = [Path(data) / "fashion-mnist", Path(data)] if data else []
        places.append(DEBIAN_FOLDER)
    for place in places:
        if all(_path(place, stem).is_file() for stem, _ in _FILES.values()):
            return place
    raise DataError(
        "task fashion-mnist: expected the four files "
        f"{', '.join(f'{stem}.gz' for stem, _ in _FILES.values())} in one of: "
        f"{', '.join(map(str, places))}. Get them with `apt-get install "
        "dataset-fashion-mnist`, or download them from "
        "https://github.com/zalandoresearch/fashion-mnist#get-the-data into a folder "
        "and name it in task.directory (or the environment variable EVONAS_DATA)"
    )


def _path(folder: Path, stem: str) -> Path:
    """The compressed file, or the plain one where only that is there."""
    plain = folder / stem
    return plain if plain.is_file() else folder / f"{stem}.gz"

"""Series of the UCR and UEA archives, in pairs of `.ts` files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from evonas.errors import ConfigError, DataError
from evonas.tasks.places import data_places, missing, package_folder
from evonas.tasks.settings import TaskSettings
from evonas.tasks.task import Task
from evonas.tasks.ts_file import SeriesFile, read_ts

_TRAIN, _TEST = "_TRAIN.ts", "_TEST.ts"
_HOW = (
    "Get `Name_TRAIN.ts` and `Name_TEST.ts` from https://timeseriesclassification.com, "
    "or a dozen sets that come with aeon (`pip install --no-deps aeon`; "
    "nothing of it is imported)"
)


def ucr(settings: TaskSettings) -> Task:
    """A set of the archive by its name in `task.dataset`, such as GunPoint.

    Raises:
        ConfigError: no set is named, or a mini size is asked for.
        DataError: its files are nowhere, or corrupt; with their line.
    """
    settings.refuse("size", "its sets are small")
    name = settings.dataset
    places = data_places(settings.directory, "ucr", "")
    if settings.directory is None:
        places += package_folder("aeon", "datasets", "data")
    found = _found(places)
    if name is None:
        raise ConfigError(
            "task.dataset: expected the name of a set of the UCR archive, such as "
            f"GunPoint; found here: {', '.join(found) or 'none'}"
        )
    if name not in found:
        raise missing(
            "ucr",
            f"{name}{_TRAIN} (found are: {', '.join(found) or 'no sets'})",
            places,
            _HOW,
        )
    return _task(found[name])


def read_pair(settings: TaskSettings) -> Task:
    """The task of `task.path`, a `Name_TRAIN.ts` with `Name_TEST.ts` beside it.

    Raises:
        ConfigError: the file has another name.
        DataError: a file is missing or corrupt; with its line.
    """
    assert settings.path is not None  # whoever has none is not sent here
    if not settings.path.name.endswith(_TRAIN):
        raise ConfigError(
            f"task.path: expected a file Name{_TRAIN} with Name{_TEST} beside it, got "
            f"{str(settings.path)!r}"
        )
    return _task(settings.path)


def _task(path: Path) -> Task:
    name = path.name.removesuffix(_TRAIN)
    train = read_ts(path)
    test = read_ts(path.with_name(f"{name}{_TEST}"))
    _check_pair(train, test)
    task = Task.from_arrays(
        train.series,
        train.labels,
        test.series,
        test.labels,
        metric="accuracy" if train.classes else "rmse",
        classes=train.classes,
        name=name,
        modality="series",
    )
    return replace(
        task,
        source=f"https://timeseriesclassification.com/description.php?Dataset={name}",
        licence="free for research; cite the archive",
    )


def _check_pair(train: SeriesFile, test: SeriesFile) -> None:
    if train.classes != test.classes:
        raise DataError(
            f"{test.path}: expected the classes of {train.path.name} "
            f"({', '.join(train.classes) or 'none, but values'}), got "
            f"{', '.join(test.classes) or 'none, but values'}"
        )
    if train.series.shape[1:] != test.series.shape[1:]:
        shapes = ["×".join(map(str, one.series.shape[1:])) for one in (train, test)]
        raise DataError(
            f"{test.path}: expected series of {shapes[0]} (dimensions × steps) as in "
            f"{train.path.name}, got {shapes[1]}"
        )
    absent = set(range(len(train.classes))) - set(map(int, train.labels))
    if train.classes and absent:
        raise DataError(
            f"{train.path}: expected samples of every class, got none of "
            f"{train.classes[min(absent)]!r}"
        )


def _found(places: list[Path]) -> dict[str, Path]:
    """The sets that lie in these places or a folder within, by name."""
    found: dict[str, Path] = {}
    for place in places:
        for pattern in (f"*{_TRAIN}", f"*/*{_TRAIN}"):
            for path in sorted(place.glob(pattern)) if place.is_dir() else ():
                found.setdefault(path.name.removesuffix(_TRAIN), path)
    return dict(sorted(found.items()))

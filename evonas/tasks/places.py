"""Where the files of a known task are looked for, and what is said when none are."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path

from evonas.errors import DataError


def data_places(directory: Path | None, *names: str) -> list[Path]:
    """The folders to look in: the configured one alone, or those of the environment.

    Args:
        directory: of the settings.
        names: that the task's folder may have within `EVONAS_DATA`; "" is that itself.
    """
    if directory is not None:
        return [directory]
    data = os.environ.get("EVONAS_DATA")
    return [Path(data) / name for name in names] if data else []


def package_folder(package: str, *parts: str) -> list[Path]:
    """A folder within an installed package, which is not imported; [] if it is not."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return []
    return [Path(spec.submodule_search_locations[0]).joinpath(*parts)]


def first_with(
    task: str,
    places: Sequence[Path],
    files: Iterable[str],
    how: str,
) -> Path:
    """The first place that holds all these files.

    Args:
        task: for the message.
        places: in the order of their preference.
        files: names, relative to the place.
        how: the way to get the data, for the message.

    Raises:
        DataError: no place does.
    """
    names = list(files)
    for place in places:
        if all((place / name).is_file() for name in names):
            return place
    raise missing(task, ", ".join(names), places, how)


def missing(task: str, what: str, places: Sequence[Path], how: str) -> DataError:
    """The error that tells what was looked for, where, and how to get it."""
    searched = ", ".join(map(str, places)) or "no folder (EVONAS_DATA is not set)"
    return DataError(
        f"task {task}: expected {what} in one of: {searched}. {how}; then name the "
        "folder in task.directory, or its parent in the environment variable "
        "EVONAS_DATA"
    )

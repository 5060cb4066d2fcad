"""The known tasks, and how any task is opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from evonas.errors import ConfigError
from evonas.tasks.arrays import read_npz
from evonas.tasks.bundled_tables import BUNDLED
from evonas.tasks.cola import cola
from evonas.tasks.csv_table import read_table
from evonas.tasks.digits import digits
from evonas.tasks.fashion_mnist import fashion_mnist
from evonas.tasks.heart_rate import heart_rate
from evonas.tasks.protein import protein
from evonas.tasks.reference import load_reference
from evonas.tasks.settings import TaskSettings
from evonas.tasks.task import Task
from evonas.tasks.ucr import read_pair, ucr

#: name in `task.name` → function that opens the task
TASKS: dict[str, Callable[[TaskSettings], Task]] = {
    "digits": digits,
    "fashion-mnist": fashion_mnist,
    "cola": cola,
    "heart-rate": heart_rate,
    "ucr": ucr,
    "protein": protein,
    **BUNDLED,
}

#: how the name of a file in `task.path` ends → function that opens it
READERS: dict[str, Callable[[TaskSettings], Task]] = {
    ".npz": read_npz,
    ".ts": read_pair,
    **{
        f".{kind}{packed}": read_table
        for kind in ("csv", "tsv", "txt")
        for packed in ("", ".gz")
    },
}

#: settings that only some tasks have → those tasks, and endings of files
SPECIAL: dict[str, tuple[str, ...]] = {
    "modality": (".npz",),
    "target": tuple(end for end, reader in READERS.items() if reader is read_table),
    "tokeniser": ("cola",),
    "max_length": ("cola",),
    "least_count": ("cola",),
    "signal": ("heart-rate",),
    "sample_rate": ("heart-rate",),
    "dataset": ("ucr",),
}


def open_task(settings: TaskSettings | Mapping[str, Any]) -> Task:
    """The task that a `task:` section describes, with its data read and checked.

    Raises:
        ConfigError: a setting is wrong.
        DataError: the data are missing or wrong.
    """
    if not isinstance(settings, TaskSettings):
        settings = TaskSettings.from_json(settings)
    task = _open(settings)
    # A split with an empty part is the user's to mend before anything starts.
    task.split(settings.split_seed, settings.validation_share)
    return task


def _open(settings: TaskSettings) -> Task:
    task = _found(settings)
    if settings.metric is not None:
        task = task.measured_by(settings.metric)
    if settings.class_weights is not None:
        task = task.weighted(settings.class_weights)
    return task


def _found(settings: TaskSettings) -> Task:
    name = settings.name or ""
    if settings.path is not None:
        ending = next((e for e in READERS if settings.path.name.endswith(e)), None)
        if ending is None:
            raise ConfigError(
                f"task.path: expected a file that ends in {', '.join(READERS)}, got "
                f"{str(settings.path)!r}"
            )
        _refuse_special(settings, ending)
        return READERS[ending](settings)
    if name in TASKS:
        _refuse_special(settings, name)
        return TASKS[name](settings)
    if ":" in name:
        task = load_reference(name, "task.name")(settings)
        if not isinstance(task, Task):
            raise ConfigError(
                f"task.name: expected {name!r} to give an evonas.tasks.Task, got "
                f"{type(task).__name__}; see Task.from_arrays"
            )
        return task
    near = get_close_matches(name, TASKS, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise ConfigError(
        f"task.name: expected one of {', '.join(TASKS)} or your own as "
        f"`package.module:function`, got {name!r}{hint}"
    )


def _refuse_special(settings: TaskSettings, source: str) -> None:
    for key, owners in SPECIAL.items():
        if source not in owners:
            settings.refuse(key, f"it is for {', '.join(owners)}")

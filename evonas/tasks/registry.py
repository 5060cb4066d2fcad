"""The known tasks, and how any task is opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from evonas.errors import ConfigError
from evonas.tasks.arrays import read_npz
from evonas.tasks.digits import digits
from evonas.tasks.fashion_mnist import fashion_mnist
from evonas.tasks.reference import load_reference
from evonas.tasks.settings import TaskSettings
from evonas.tasks.task import Task

#: name in `task.name` → function that opens the task
TASKS: dict[str, Callable[[TaskSettings], Task]] = {
    "digits": digits,
    "fashion-mnist": fashion_mnist,
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
    if settings.path is not None:
        if settings.path.suffix != ".npz":
            raise ConfigError(
                f"task.path: expected an .npz file, got {str(settings.path)!r}"
            )
        return read_npz(settings.path, settings.metric)
    name = settings.name or ""
    if name in TASKS:
        task = TASKS[name](settings)
    elif ":" in name:
        task = load_reference(name, "task.name")(settings)
        if not isinstance(task, Task):
            raise ConfigError(
                f"task.name: expected {name!r} to give an evonas.tasks.Task, got "
                f"{type(task).__name__}; see Task.from_arrays"
            )
    else:
        near = get_close_matches(name, TASKS, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ConfigError(
            f"task.name: expected one of {', '.join(TASKS)} or your own as "
            f"`package.module:function`, got {name!r}{hint}"
        )
    return task if settings.metric is None else task.measured_by(settings.metric)

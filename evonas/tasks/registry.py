"""The known tasks, and how any task is opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from evonas.errors import ConfigError
from evonas.tasks.arrays import read_npz
from evonas.tasks.cifar import cifar10, cifar100
from evonas.tasks.digits import digits
from evonas.tasks.fashion_mnist import fashion_mnist
from evonas.tasks.image_folder import image_folder
from evonas.tasks.imagenet16 import imagenet16_120
from evonas.tasks.mnist import mnist
from evonas.tasks.reference import load_reference
from evonas.tasks.settings import TaskSettings
from evonas.tasks.task import Task
from evonas.tasks.tiny_imagenet import tiny_imagenet

#: name in `task.name` → function that opens the task
TASKS: dict[str, Callable[[TaskSettings], Task]] = {
    "cifar10": cifar10,
    "cifar100": cifar100,
    "digits": digits,
    "fashion-mnist": fashion_mnist,
    "imagenet16-120": imagenet16_120,
    "mnist": mnist,
    "tiny-imagenet": tiny_imagenet,
}
#: settings that only a folder of pictures has a use for
_OF_PICTURES = ("resize", "test_share", "test_seed")


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
        if settings.path.is_dir():
            task = image_folder(settings.path, settings)
            return _measured(task, settings)
        if settings.path.suffix != ".npz":
            raise ConfigError(
                "task.path: expected an .npz file or a folder of pictures, got "
                f"{str(settings.path)!r}"
            )
        _refuse_those_of_pictures(settings)
        return read_npz(settings.path, settings.metric, settings.cache)
    name = settings.name or ""
    if name in TASKS:
        _refuse_those_of_pictures(settings)
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
    return _measured(task, settings)


def _measured(task: Task, settings: TaskSettings) -> Task:
    """The task under the metric of the settings, if they name one."""
    return task if settings.metric is None else task.measured_by(settings.metric)


def _refuse_those_of_pictures(settings: TaskSettings) -> None:
    for key in _OF_PICTURES:
        settings.refuse(key, "only a folder of pictures of your own needs it")

"""Tasks: data sets with splits, a modality and a metric.

`open_task` opens a known task or a user's own by its settings; `Task.from_arrays` makes
one of arrays in memory. `TASKS` and `METRICS` are what is known by name. Nothing here
imports torch.
"""

from evonas.tasks.metrics import METRICS, Metric, find_metric
from evonas.tasks.reference import load_reference
from evonas.tasks.registry import TASKS, open_task
from evonas.tasks.settings import TaskSettings
from evonas.tasks.splits import Splits
from evonas.tasks.task import Task

__all__ = [
    "METRICS",
    "TASKS",
    "Metric",
    "Splits",
    "Task",
    "TaskSettings",
    "find_metric",
    "load_reference",
    "open_task",
]

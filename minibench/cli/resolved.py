"""The task of resolved settings as a problem of the database."""

from __future__ import annotations

from evonas.build import Resolved
from evonas.tables import Table
from evonas.tasks.metrics import Kind
from minibench.problems import Problem


def problem_of(resolved: Resolved, name: str | None) -> Problem:
    """The task as a problem, ranked by what a search selects by where it can be.

    Args:
        resolved: settings of a search.
        name: of the problem; None: the task's.
    """
    task = resolved.task
    metric, direction = task.metric, task.direction
    first = resolved.objectives[0]
    if first.metric.startswith("validation_") and first.metric != "validation_loss":
        metric, direction = first.metric.removeprefix("validation_"), first.direction
    own = task.name.lower().replace(" ", "-")
    return Problem(
        name=name or own,
        version=task.version.lower(),
        modality=task.modality,
        input_shape=task.input_shape,
        kind=_kind(resolved),
        outputs=task.outputs,
        metric=metric,
        direction=direction,
    )


def _kind(resolved: Resolved) -> Kind:
    task = resolved.task
    if not isinstance(task, Table):
        return task.kind
    return "regression" if task.direction == "minimise" else "classification"

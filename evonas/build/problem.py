"""The task of resolved settings as a problem of the mini-benchmark database."""

from __future__ import annotations

import hashlib
import json

from evonas.build.resolve import Resolved
from evonas.tables import Table
from evonas.tasks.metrics import Kind
from minibench.problems import Problem

#: hex digits that tell problems apart whose data are the same
_DIGITS = 8


def problem_of(resolved: Resolved, name: str | None = None) -> Problem:
    """The task as a problem, ranked by what a search selects by where it can be.

    Its version is that of the data. Where networks are measured otherwise than by
    default (another split into training and validation samples, an evaluator or a loss
    of the user's own), what is measured is not comparable, so that is another version.

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
        version=task.version.lower() + _otherwise(resolved),
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


def _otherwise(resolved: Resolved) -> str:
    """What a version ends with where something is not measured as by default."""
    config, task = resolved.config, resolved.task
    if isinstance(task, Table):
        return ""
    usual = {
        "split_seed": 0,
        "validation_share": task.validation_share,
        "evaluator": None,
        "loss": None,
    }
    found = {
        "split_seed": config.task.split_seed,
        "validation_share": config.task.validation_share,
        "evaluator": config.evaluator,
        "loss": config.loss,
    }
    other = {key: value for key, value in found.items() if value != usual[key]}
    if not other:
        return ""
    text = json.dumps(other, sort_keys=True)
    return f"-{hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]}"

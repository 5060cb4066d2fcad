"""The database of a search whose results stand in for trainings, opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from evonas.build.resolve import Resolved
from evonas.errors import DatabaseError
from evonas.tasks import find_metric

if TYPE_CHECKING:
    from minibench.reuse import Reuse

#: objectives that a record's architecture and recipe tell
_COMPUTED = ("parameters", "multiply_adds", "training_memory_bytes")


@contextmanager
def open_known(resolved: Resolved) -> Iterator[Reuse | None]:
    """What a database knows of the task, while it is open; None: none is given.

    Nothing of databases is imported where none is.

    Args:
        resolved: the settings.

    Raises:
        DatabaseError: there is none, or it is damaged, of another version or not
            reached.
    """
    config = resolved.config
    if config.reuse.database is None:
        yield None
        return
    from evonas.build.problem import problem_of
    from minibench.database import Database
    from minibench.reuse import Reuse
    from minibench.reviews import State

    where = config.source.where(("reuse", "database"))
    try:
        database = Database.open(config.reuse.database)
    except DatabaseError as error:
        raise DatabaseError(
            f"{where}reuse.database: {error}. To go on without one: --set reuse=null"
        ) from error
    wanted = {one.metric for one in resolved.objectives} - set(_COMPUTED)
    extra = (find_metric(name, "metrics").name for name in config.metrics)
    with database:
        yield Reuse(
            database,
            problem_of(resolved).key,
            resolved.task.input_shape,
            states=[State(one) for one in config.reuse.states],
            metrics={*wanted, *(f"validation_{name}" for name in extra)},
        )

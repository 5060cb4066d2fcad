"""Queries for the records that a selection means."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Select

from minibench.database import schema
from minibench.problems import Problem
from minibench.reviews import State
from minibench.selection import Selection


def joined(query: Select[Any]) -> Select[Any]:
    """The query over records with their problems and architectures.

    Args:
        query: of columns of these tables.
    """
    return (
        query.select_from(schema.records)
        .join(schema.problems)
        .join(schema.architectures)
    )


def restricted(
    query: Select[Any], selection: Selection, find: Callable[[str], Problem]
) -> Select[Any]:
    """The query for the records that are meant.

    Args:
        query: over what is `joined`.
        selection: of records.
        find: gives the problem of a key.
    """
    columns = schema.records.c
    if selection.problem is not None:
        query = query.where(schema.problems.c.key == selection.problem)
    if set(selection.states) != set(State):
        query = query.where(columns.state.in_([str(one) for one in selection.states]))
    if selection.run is not None:
        query = query.where(columns.run == selection.run)
    if selection.strategy is not None:
        query = query.where(columns.strategy == selection.strategy)
    if selection.fingerprint is not None:
        query = query.where(schema.architectures.c.fingerprint == selection.fingerprint)
    if selection.ids:
        query = query.where(columns.id.in_(selection.ids))
    for limit, at_least in ((selection.at_least, True), (selection.at_most, False)):
        # a limit has no meaning without the problem that it is of
        if limit is not None and selection.problem is not None:
            problem = find(selection.problem)
            gain = problem.gain(limit)
            upwards = at_least == (problem.direction == "maximise")
            query = query.where(
                columns.gain >= gain if upwards else columns.gain <= gain
            )
    return query

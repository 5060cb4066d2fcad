"""A user's own table from a text file (CSV and the like)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evonas.errors import ConfigError, DataError
from evonas.tasks.cells import Cells, read_cells
from evonas.tasks.metrics import Kind, find_metric
from evonas.tasks.settings import TaskSettings
from evonas.tasks.splits import shuffled_order, stratified_order
from evonas.tasks.task import Task

#: fixes which rows are test rows, once and for all
_TEST_SEED = 20_241_101
_TEST_SHARE = 0.2
#: a target with more different whole numbers than this may mean classes or values
_MOST_CLASSES = 20
#: columns after the categories were spread
_MOST_FEATURES = 10_000


@dataclass(frozen=True, eq=False)
class _Target:
    """What is to be predicted, a row each; `classes` is empty for values."""

    values: NDArray[np.int64] | NDArray[np.float64]
    classes: tuple[str, ...]


def read_table(settings: TaskSettings) -> Task:
    """The task of a table in `task.path`; a fixed fifth of the rows is the test set.

    Columns of numbers stay as they are, a column of texts becomes a 0/1 column for each
    different text. The target is `task.target`, or the last column.

    Raises:
        ConfigError: there is no such target column.
        DataError: the file cannot be read or learned from; with its line.
    """
    assert settings.path is not None  # whoever has none is not sent here
    cells = read_cells(settings.path)
    if len(cells) < 5 or len(cells.names) < 2:
        raise DataError(
            f"{settings.path}: expected 5 rows of 2 columns or more, got {len(cells)} "
            f"of {len(cells.names)}"
        )
    place = _target_place(cells, settings.target)
    kind = None if settings.metric is None else find_metric(settings.metric).kind
    target = _target(cells, place, kind)
    names, inputs = features(cells, leave_out=place)
    rng = np.random.default_rng(_TEST_SEED)
    order = (
        stratified_order(target.values.astype(np.int64), rng)
        if target.classes
        else shuffled_order(len(cells), rng)
    )
    count = round(len(order) * _TEST_SHARE)
    test, train = np.sort(order[:count]), np.sort(order[count:])
    task = Task.from_arrays(
        inputs[train],
        target.values[train],
        inputs[test],
        target.values[test],
        metric=settings.metric,
        classes=target.classes,
        name=settings.path.name.partition(".")[0],
        source=str(settings.path),
        modality="table",
    )
    return replace(task, features=names)


def features(
    cells: Cells, leave_out: int
) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Names and values (N, F) of all columns but one.

    Raises:
        DataError: a cell is missing or not finite, or a text column has no categories.
    """
    names: list[str] = []
    columns: list[NDArray[np.float64]] = []
    for place, name in enumerate(cells.names):
        if place == leave_out:
            continue
        values = cells.numbers(place)
        if values is not None:
            names.append(name)
            columns.append(values[:, None])
            continue
        texts, numbers = cells.categories(place)
        names += [f"{name}={text}" for text in texts]
        columns.append(np.eye(len(texts))[numbers])
        if len(names) > _MOST_FEATURES:
            raise DataError(
                f"{cells.path}: expected at most {_MOST_FEATURES:,} columns once texts "
                f"are spread into 0/1 columns, got more at column {name!r}"
            )
    return tuple(names), np.concatenate(columns, axis=1)


def _target_place(cells: Cells, target: str | int | None) -> int:
    """Which column is predicted, from 0."""
    if target is None:
        return len(cells.names) - 1
    if isinstance(target, str) and target in cells.names:
        if cells.names.count(target) > 1:
            raise ConfigError(
                f"task.target: {cells.path} has {cells.names.count(target)} columns "
                f"named {target!r}; give the column's number instead"
            )
        return cells.names.index(target)
    count = len(cells.names)
    if isinstance(target, int) and 1 <= target <= count:
        return target - 1
    if isinstance(target, int) and -count <= target <= -1:
        return count + target
    named = ", ".join(cells.names[:20]) + (", …" if count > 20 else "")
    raise ConfigError(
        f"task.target: expected a column of {cells.path} by its name ({named}) or its "
        f"number (1 to {count}, or -1 for the last), got {target!r}"
    )


def _target(cells: Cells, place: int, kind: Kind | None) -> _Target:
    """Classes or values, as the metric says, otherwise as the column looks."""
    values = cells.numbers(place)
    where = f"{cells.path}, column {cells.names[place]!r}"
    if values is None:
        if kind == "regression":
            cell = cells.rows[0][place]
            raise DataError(
                f"{cells.where(0, place)}: expected numbers, as the task's metric is "
                f"for values, got {cell!r}; choose another task.target or task.metric"
            )
        names, numbers = cells.categories(place)
        return _Target(numbers, _several(names, len(cells), where))
    whole = bool(np.all(values == np.floor(values)))
    if kind == "regression" or (kind is None and not whole):
        return _Target(values, ())
    found, numbers = np.unique(values, return_inverse=True)
    if kind is None and len(found) > _MOST_CLASSES:
        raise DataError(
            f"{where}: {len(found)} different whole numbers could be classes or "
            "values; say which with task.metric (accuracy for classes, rmse for values)"
        )
    texts = tuple(str(int(value)) if whole else str(value) for value in found)
    return _Target(numbers.astype(np.int64), _several(texts, len(cells), where))


def _several(names: tuple[str, ...], rows: int, where: str) -> tuple[str, ...]:
    if len(names) < 2:
        raise DataError(
            f"{where}: expected two classes or more, got {names[0]!r} in every row"
        )
    if 2 * len(names) > rows:
        raise DataError(
            f"{where}: expected classes of several rows each, got {len(names)} "
            f"different ones in {rows} rows; choose another task.target, or a "
            "task.metric for values (rmse)"
        )
    return names

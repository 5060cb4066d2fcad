"""Tests of a user's own tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas.errors import ConfigError, DataError
from evonas.tasks import Task, open_task

RNG = np.random.default_rng(0)
SIZES, WEIGHTS = RNG.normal(size=60).round(3), RNG.normal(size=60).round(3)
COLOURS = np.array(["red", "green", "blue"])[np.arange(60) % 3]
GRADES = np.arange(60) % 2


def _open(folder: Path, head: str, *columns: Any, **settings: Any) -> Task:
    rows = "\n".join(",".join(map(str, row)) for row in zip(*columns, strict=True))
    path = folder / "fruit.csv"
    path.write_text(f"{head}\n{rows}\n" if head else f"{rows}\n")
    return open_task({"path": str(path), **settings})


def test_the_last_column_is_predicted_by_default(tmp_path: Path) -> None:
    """Whole numbers are classes, and a fixed, stratified fifth is for testing."""
    task = _open(tmp_path, "size,weight,grade", SIZES, WEIGHTS, GRADES)
    assert (task.name, task.modality, task.metric) == ("fruit", "table", "accuracy")
    assert (task.features, task.classes) == (("size", "weight"), ("0", "1"))
    assert list(np.bincount(task.y_test)) == [6, 6]
    again = _open(tmp_path, "size,weight,grade", SIZES, WEIGHTS, GRADES)
    assert again.version == task.version


def test_texts_become_a_column_for_each(tmp_path: Path) -> None:
    """Exactly one of them is 1."""
    task = _open(tmp_path, "size,colour,weight", SIZES, COLOURS, WEIGHTS)
    assert task.features == ("size", "colour=blue", "colour=green", "colour=red")
    assert set(np.unique(task.x_train[:, 1:])) == {0, 1}
    assert np.all(task.x_train[:, 1:].sum(1) == 1)
    assert (task.kind, task.metric, task.outputs) == ("regression", "rmse", 1)


@pytest.mark.parametrize("target", ["colour", 2, -2])
def test_the_target_is_named_or_counted(tmp_path: Path, target: str | int) -> None:
    """From 1, or from the end."""
    columns = (SIZES, COLOURS, WEIGHTS)
    task = _open(tmp_path, "size,colour,weight", *columns, target=target)
    assert task.classes == ("blue", "green", "red")
    assert task.features == ("size", "weight")


def test_columns_without_names_are_counted(tmp_path: Path) -> None:
    """The first line is data then."""
    task = _open(tmp_path, "", SIZES, WEIGHTS, GRADES, target=1)
    assert (task.features, task.kind) == (("2", "3"), "regression")
    assert len(task.x_train) + len(task.x_test) == 60


@given(order=st.permutations(range(3)), delimiter=st.sampled_from(["\t", ";"]))
def test_the_order_of_columns_and_their_delimiter_change_nothing(
    order: list[int], delimiter: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """But the order of the features."""
    folder = tmp_path_factory.mktemp("table")
    names, columns = ("size", "weight", "grade"), (SIZES, WEIGHTS, GRADES)
    path = folder / "t.txt"
    rows = [names, *zip(*columns, strict=True)]
    path.write_text(
        "\n".join(delimiter.join(str(row[at]) for at in order) for row in rows)
    )
    task = open_task({"path": str(path), "target": "grade"})
    expected = _open(folder, "size,weight,grade", *columns)
    places = [task.features.index(name) for name in expected.features]
    assert np.array_equal(task.x_train[:, places], expected.x_train)
    assert np.array_equal(task.y_train, expected.y_train)


def test_the_metric_decides_between_classes_and_values(tmp_path: Path) -> None:
    """Where whole numbers could be both, somebody must."""
    ages = np.arange(60) % 25
    with pytest.raises(
        DataError, match=r"column 'age': 25 different whole numbers.*tas"
    ):
        _open(tmp_path, "size,age", SIZES, ages)
    assert _open(tmp_path, "size,age", SIZES, ages, metric="mae").kind == "regression"
    found = _open(tmp_path, "size,age", SIZES, ages, metric="matthews")
    assert found.outputs == 25


@pytest.mark.parametrize(
    ("head", "last", "settings", "error", "message"),
    [
        ("a,b", GRADES * 0, {}, DataError, "two classes or more, got '0' in every row"),
        (
            "a,b",
            COLOURS,
            {"metric": "rmse"},
            DataError,
            "line 2, column 'b': expected n",
        ),
        ("a,b", [f"id{n}" for n in range(60)], {}, DataError, "of several rows each"),
        ("a,b", GRADES, {"target": "c"}, ConfigError, r"by its name \(a, b\).*got 'c'"),
        ("a,b", GRADES, {"target": 3}, ConfigError, r"\(1 to 2, or -1 .*got 3"),
        ("a,b", GRADES, {"target": 0}, ConfigError, "got 0"),
        ("a,a", GRADES, {"target": "a"}, ConfigError, "2 columns named 'a'"),
        ("a,b", [*GRADES[:-1], ""], {}, DataError, "line 61, column 'b'.*got ''"),
        ("a,b", [*GRADES[:-1], "nan"], {}, DataError, "line 61, column 'b'.*got 'nan'"),
        ("a,b", [*GRADES[:-1], "inf"], {}, DataError, "line 61, column 'b'.*got 'inf'"),
        ("a,b", [*GRADES[:-1], "x"], {}, DataError, "line 61, column 'b'.*got 'x'"),
    ],
)
def test_wrong_tables_and_targets_are_told(
    tmp_path: Path,
    head: str,
    last: Any,
    settings: dict[str, Any],
    error: type[Exception],
    message: str,
) -> None:
    """With the line and column where there is one."""
    with pytest.raises(error, match=message):
        _open(tmp_path, head, SIZES, last, **settings)


def test_a_table_without_rows_enough_is_told(tmp_path: Path) -> None:
    """Nothing could be split off."""
    with pytest.raises(DataError, match="5 rows of 2 columns or more, got 4 of 2"):
        _open(tmp_path, "a,b", SIZES[:4], GRADES[:4])
    with pytest.raises(DataError, match="got 60 of 1"):
        _open(tmp_path, "a", SIZES)

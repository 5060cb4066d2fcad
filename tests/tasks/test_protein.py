"""Tests of the protein table."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from evonas.errors import DataError
from evonas.tasks import open_task

ROWS = np.random.default_rng(0).normal(50, 9, (40, 10)).round(4)
NAMES = "RMSD,F1,F2,F3,F4,F5,F6,F7,F8,F9"


def _write(
    folder: Path, name: str, head: str, delimiter: str, rows: np.ndarray
) -> None:
    lines = [delimiter.join(map(str, row)) for row in rows]
    (folder / name).write_text("\n".join([head, *lines] if head else lines))


def test_both_published_forms_give_one_task(tmp_path: Path) -> None:
    """UCI's file has names and the target first, the other none and the target last."""
    tasks = []
    for name, head, delimiter, rows in (
        ("CASP.csv", NAMES, ",", ROWS),
        ("protein-tertiary-structure.txt", "", " ", np.roll(ROWS, -1, axis=1)),
    ):
        folder = tmp_path / name
        folder.mkdir()
        _write(folder, name, head, delimiter, rows)
        tasks.append(open_task({"name": "protein", "directory": str(folder)}))
    assert tasks[0].version == tasks[1].version
    assert tasks[0].features[0] == "F1"


def test_the_split_is_60_20_20_unless_another_is_asked_for(tmp_path: Path) -> None:
    """The share of the settings is of the training rows."""
    _write(tmp_path, "CASP.csv", NAMES, ",", ROWS)
    task = open_task({"name": "protein", "directory": str(tmp_path)})
    splits = task.split(0)
    assert (len(splits.train), len(splits.validation), len(task.x_test)) == (24, 8, 8)
    assert len(task.split(0, 0.5).validation) == 16


@pytest.mark.parametrize(
    ("name", "head", "rows", "message"),
    [
        ("CASP.csv", "", ROWS[:, :9], "line 1: expected 10 columns, got 9"),
        ("CASP.csv", NAMES.replace("RMSD", "X"), ROWS, "expected a column RMSD, got X"),
    ],
)
def test_other_tables_are_refused(
    tmp_path: Path, name: str, head: str, rows: np.ndarray, message: str
) -> None:
    """With the file and what is wrong."""
    _write(tmp_path, name, head, ",", rows)
    with pytest.raises(DataError, match=message):
        open_task({"name": "protein", "directory": str(tmp_path)})


def test_a_missing_table_is_told_with_the_way_to_get_it(tmp_path: Path) -> None:
    """Files, places, address."""
    with pytest.raises(
        DataError, match=r"(?s)CASP\.csv.*archive\.ics\.uci.*EVONAS_DATA"
    ):
        open_task({"name": "protein", "directory": str(tmp_path)})


def test_the_real_table_is_the_published_one() -> None:
    """45,730 rows, the target from 0 to 20.999."""
    data = os.environ.get("EVONAS_DATA")
    if not data or not (Path(data) / "protein").is_dir():
        pytest.skip("EVONAS_DATA names no folder with protein/")
    task = open_task({"name": "protein"})
    assert len(task.x_train) + len(task.x_test) == 45_730
    assert task.input_shape == (9,)
    both = np.concatenate([task.y_train, task.y_test])
    assert (both.min(), both.max()) == (0, np.float32(20.999))
    mini = open_task({"name": "protein", "size": "mini"})
    assert (len(mini.x_train), len(mini.x_test)) == (5_000, len(task.x_test))

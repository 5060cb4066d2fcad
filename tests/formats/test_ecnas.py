"""EC-NAS's file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from published_tables import real_file, write_csv

from evonas.errors import DataError
from evonas.formats import read_ecnas


def row(**more: object) -> dict[str, object]:
    """One training."""
    return {
        "space": "4V",
        "hash": "aa",
        "adjacency": "101",
        "ops": "0",
        "epochs": 4,
        "trainable_parameters": 10,
        "final_train_time_s": 100.0,
        "final_val_acc": 0.5,
        "final_test_acc": 0.4,
        "final_energy_kWh": 0.1,
        "run": 0,
        **more,
    }


def test_runs_of_a_cell_are_kept_apart_and_energy_is_in_joules(tmp_path: Path) -> None:
    """A missing run is NaN; other spaces are left out."""
    rows = [
        row(),
        row(run=1, final_val_acc=0.7, final_energy_kWh=0.3),
        row(hash="bb", adjacency="011", ops="1"),
        row(space="5V", hash="cc"),
    ]
    results = read_ecnas(write_csv(tmp_path / "t.csv", rows), "4V")
    assert results.rows == [("aa", "101", "0"), ("bb", "011", "1")]
    np.testing.assert_array_equal(results.validation[4], [[0.5, 0.7], [0.5, np.nan]])
    np.testing.assert_allclose(
        results.measures["energy_joules"][4], [0.2 * 3.6e6, 3.6e5]
    )
    assert list(results.parameters) == [10, 10]


def test_a_space_that_is_not_there_and_a_cell_that_changes_are_told(
    tmp_path: Path,
) -> None:
    """With the spaces there are, and with the line."""
    path = write_csv(tmp_path / "t.csv", [row(), row(adjacency="111")])
    with pytest.raises(DataError, match="the space '6V', got those of 4V"):
        read_ecnas(path, "6V")
    with pytest.raises(DataError, match="line 3: expected the cell aa as before"):
        read_ecnas(path, "4V")


def test_the_real_spaces_are_complete() -> None:
    """91 and 2,532 cells."""
    path = real_file("ecnas/ecnas_4v_5v.csv.gz")
    assert len(read_ecnas(path, "4V").rows) == 91
    assert len(read_ecnas(path, "5V").rows) == 2_532

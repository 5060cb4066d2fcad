"""EC-NAS: NAS-Bench-101's small cells trained again, with the energy it took.

A row of the results is (hash, adjacency, operations) as of NAS-Bench-101.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evonas.errors import DataError
from evonas.formats.columns import Columns, read_columns
from evonas.formats.results import Results

#: joules of a kilowatt-hour
_JOULES = 3.6e6


def read_ecnas(path: Path, space: str) -> Results:
    """The cells of one of the file's spaces.

    Columns: `space`, `hash`, `adjacency`, `ops`, `epochs`, `run`,
    `trainable_parameters`, `final_val_acc`, `final_test_acc`, `final_train_time_s`,
    `final_energy_kWh`: a row for each training.

    Args:
        path: of the CSV.
        space: `4V` or `5V`, whichever the file has: cells of so many vertices.

    Raises:
        DataError: missing, damaged or without the space; with the line.
    """
    columns = read_columns(path)
    spaces = columns.texts("space")
    chosen = [row for row, name in enumerate(spaces) if name == space]
    if not chosen:
        raise DataError(
            f"{path}: expected rows of the space {space!r}, got those of "
            f"{', '.join(sorted(set(spaces)))}; choose one of them as task.dataset"
        )
    cells = _cells(columns, chosen)
    epochs = columns.numbers("epochs", low=1)
    tables = {
        name: columns.numbers(column, 0, high)
        for name, column, high in (
            ("validation", "final_val_acc", 1.0),
            ("test", "final_test_acc", 1.0),
            ("seconds", "final_train_time_s", np.inf),
            ("energy", "final_energy_kWh", np.inf),
            ("parameters", "trainable_parameters", np.inf),
        )
    }
    runs: dict[float, dict[str, list[int]]] = {}
    for row in chosen:
        by_cell = runs.setdefault(float(epochs[row]), {})
        by_cell.setdefault(columns.texts("hash")[row], []).append(row)

    def spread(name: str, length: float) -> NDArray[np.float64]:
        most = max(map(len, runs[length].values()))
        values = np.full((len(cells), most), np.nan)
        for place, key in enumerate(cells):
            found = [tables[name][row] for row in runs[length].get(key, [])]
            values[place, : len(found)] = found
        return values

    def mean(name: str) -> dict[float, NDArray[np.float64]]:
        found = {}
        for length in sorted(runs):
            values = spread(name, length)
            known = ~np.isnan(values)
            total = np.where(known, values, 0).sum(1)
            count = known.sum(1)
            found[length] = np.where(count, total / np.maximum(count, 1), np.nan)
        return found

    energy = {length: _JOULES * values for length, values in mean("energy").items()}
    return Results(
        source=str(path),
        dataset=space,
        rows=list(cells.values()),
        validation={length: spread("validation", length) for length in sorted(runs)},
        seconds=mean("seconds"),
        test=mean("test"),
        measures={"energy_joules": energy},
        runs={
            name: {length: unit * spread(table, length) for length in sorted(runs)}
            for name, table, unit in (
                ("test", "test", 1.0),
                ("seconds", "seconds", 1.0),
                ("energy_joules", "energy", _JOULES),
            )
        },
        parameters=np.array([tables["parameters"][row] for row in _first(runs, cells)]),
    )


def _cells(columns: Columns, chosen: list[int]) -> dict[str, tuple[str, str, str]]:
    """Hash → row of the results, each cell once, in the file's order."""
    names = ("hash", "adjacency", "ops")
    texts = [columns.texts(name) for name in names]
    found: dict[str, tuple[str, str, str]] = {}
    for row in chosen:
        key, adjacency, ops = (column[row] for column in texts)
        known = found.setdefault(key, (key, adjacency, ops))
        if known != (key, adjacency, ops):
            raise DataError(
                f"{columns.where(row)}: expected the cell {key} as before, got "
                f"adjacency {adjacency} with ops {ops} instead of {known[1:]}"
            )
    return found


def _first(
    runs: dict[float, dict[str, list[int]]], cells: dict[str, tuple[str, str, str]]
) -> list[int]:
    """A row of the file for each cell."""
    return [
        next(by_cell[key][0] for by_cell in runs.values() if key in by_cell)
        for key in cells
    ]

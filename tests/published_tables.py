"""Tables for tests: made-up small ones, and the real files where they lie."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from evonas.formats import Results
from evonas.tables import Table, table_from_results

#: operations of a few NAS-Bench-201 cells; the last two are isomorphic
CELLS = ("333333", "123401", "000000", "430122", "120034", "210043")


def real_file(name: str) -> Path:
    """A real table's file; skips with the reason where it is not at hand.

    Args:
        name: within the folder that EVONAS_DATA names.
    """
    folder = os.environ.get("EVONAS_DATA")
    if folder is None:
        pytest.skip("the real tables are not at hand: EVONAS_DATA is not set")
    path = Path(folder) / name
    if not path.exists():
        pytest.skip(f"the real table is not at hand: there is no {path}")
    return path


def made_up(
    cells: Sequence[str] = CELLS, *, seconds: float = 100.0, seed: int = 0
) -> Results:
    """Results of NAS-Bench-201 cells that nobody has trained.

    Three runs at 12 and 200 epochs; the first cell has one run less. Test accuracies
    are 0.01 above the mean of the validation's.
    """
    rng = np.random.default_rng(seed)
    validation = {e: rng.uniform(0.5, 0.9, (len(cells), 3)) for e in (12, 200)}
    for values in validation.values():
        values[0, 2] = np.nan
    times = seconds * (1 + np.arange(len(cells)))
    latency = 0.01 * (1 + np.arange(len(cells)))
    return Results(
        source="made up",
        dataset="cifar10",
        rows=[(ops,) for ops in cells],
        validation=validation,
        seconds={12: times, 200: times * 200 / 12},
        test={e: np.nanmean(values, 1) + 0.01 for e, values in validation.items()},
        measures={"latency_seconds": {12: latency, 200: latency}},
    )


def made_up_table(cells: Sequence[str] = CELLS, **more: float) -> Table:
    """The table of `made_up`."""
    return table_from_results("nasbench201", made_up(cells, **more))  # type: ignore[arg-type]


def write_csv(path: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    """Write rows as a CSV with the keys of the first as names."""
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def nasbench201_csv(path: Path, cells: Sequence[str] = CELLS) -> Path:
    """A small file as `read_nasbench201` reads it, with two data sets."""
    rng = np.random.default_rng(5)
    rows = []
    for ops in cells:
        row: dict[str, object] = {"ops": ops}
        for name in ("cifar10", "cifar100"):
            value = float(rng.uniform(50, 90))
            row |= {
                f"{name}_val12": value - 5,
                f"{name}_val200_seed0": value,
                f"{name}_val200_seed1": value + 1,
                f"{name}_val200_seed2": "" if ops == cells[0] else value + 2,
                f"{name}_test200_mean": value + 3,
                f"{name}_train_time_s": float(rng.uniform(1000, 2000)),
                f"{name}_latency_s": float(rng.uniform(0.01, 0.02)),
            }
        rows.append(row)
    return write_csv(path, rows)

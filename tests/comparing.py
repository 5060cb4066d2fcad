"""Comparisons over a small made-up table, and runs that nobody has played."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from published_tables import write_csv

from evonas.compare.curve import Point
from evonas.compare.folder import Played
from evonas.genome import nasbench201_space


def contrary_table(path: Path, count: int = 3000) -> Path:
    """A table of cells whose test accuracy ranks them the other way round.

    The best validation is 0.9 with a test of 0.6; the best test is 0.9.
    """
    rng = np.random.default_rng(3)
    cells = sorted({nasbench201_space().draw(rng).ops for _ in range(count)})
    values = np.linspace(60, 90, len(cells))
    rng.shuffle(values)
    rows: list[dict[str, object]] = []
    for ops, value in zip(cells, values, strict=True):
        row: dict[str, object] = {"ops": ops}
        for name in ("cifar10", "cifar100"):
            row |= {
                f"{name}_val12": value - 5,
                f"{name}_val200_seed0": value,
                f"{name}_test200_mean": 150 - value,
                f"{name}_train_time_s": 100 + value,
            }
        rows.append(row)
    return write_csv(path, rows)


def write_config(folder: Path, name: str, strategy: str, **sections: Any) -> Path:
    """A config over the table of that folder, which is made where it is missing."""
    table = folder / "table.csv"
    if not table.exists():
        contrary_table(table)
    data = {
        "task": {"table": "nasbench201", "path": "table.csv", "dataset": "cifar10"},
        "strategy": {"name": strategy},
        "budget": {"evaluations": 12},
        **sections,
    }
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(data))
    return path


def played(
    seed: int, points: Sequence[tuple[int, float, float]], **more: Any
) -> Played:
    """A run by evaluations, seconds and what its incumbents count."""
    made = tuple(Point(e, s, judged, None, judged) for e, s, judged in points)
    values: dict[str, Any] = {"name": "a", "ended": "budget", "networks": 1}
    return Played(seed=seed, points=made, wall_seconds=0.0, **{**values, **more})

"""How fast tables answer: queries, unrolled cells, loading time and memory.

The goals: 100,000 queries a second by the cell's own key, 1,000 cells a second unrolled
and fingerprinted, and loading in under 2 s and 300 MB. Run it from the repository, on a
machine that does nothing else; tables that are not at hand are left out::

    EVONAS_DATA=../shared/data python benchmarks/tables.py

Every table is measured in a process of its own, whose memory before and after loading
is compared. The page is made from the figures.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from evonas.errors import DataError
from evonas.space import Limits
from evonas.storage.files import replace_file
from evonas.tables import open_table

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "docs" / "results" / "tables"

#: name, file within EVONAS_DATA, data set
CASES = (
    ("nasbench101", "nasbench101/nasbench101_30001.csv.gz", "cifar10"),
    ("nasbench201", "nasbench201/nasbench201_cifar.csv.gz", "cifar10"),
    ("ecnas", "ecnas/ecnas_4v_5v.csv.gz", "5V"),
    ("fcnet", None, "protein_structure"),
    ("nasbench_graph", None, "cora"),
)
#: what each measurement does
QUERIES, CELLS = 200_000, 1_000


def measure(name: str, path: Path | None, dataset: str) -> dict[str, Any]:
    """The figures of one table, in this process."""
    before = _memory_mb()
    start = time.perf_counter()
    table = open_table(name, path, dataset)
    loading = time.perf_counter() - start
    after = _memory_mb()
    rng = np.random.default_rng(0)
    keys = list(table.rows)
    asked = [keys[place] for place in rng.integers(0, len(keys), QUERIES)]
    seeds = rng.integers(0, 2**62, QUERIES).tolist()
    epochs, query = table.epochs[-1], table.query
    start = time.perf_counter()
    for key, seed in zip(asked, seeds, strict=True):
        query(key, epochs, seed)
    queries = QUERIES / (time.perf_counter() - start)
    space = table.space(Limits())
    start = time.perf_counter()
    genomes = [space.draw(rng) for _ in range(CELLS)]
    drawn = CELLS / (time.perf_counter() - start)
    start = time.perf_counter()
    for genome in genomes:
        genome.key()
    hashed = CELLS / (time.perf_counter() - start)
    start = time.perf_counter()
    for genome in genomes:
        space.decode(genome).architecture.fingerprint()
    unrolled = CELLS / (time.perf_counter() - start)
    return {
        "table": table.name,
        "cells": len(table),
        "loading_seconds": loading,
        "loading_megabytes": after - before,
        "queries_per_second": queries,
        "draws_per_second": drawn,
        "keys_per_second": hashed,
        "unrolled_per_second": unrolled,
    }


def _memory_mb() -> float:
    """The most that this process has ever had in memory."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def page(found: list[dict[str, Any]]) -> str:
    """The figures as a table."""
    lines = [
        "# Tables: how fast they answer",
        "",
        "Made by `benchmarks/tables.py`; one core. Unrolling includes the fingerprint.",
        f"Python {platform.python_version()}, {platform.machine()}.",
        "",
        "| table | cells | loading | memory | queries / s | draws / s | keys / s | "
        "unrolled / s |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for one in found:
        lines.append(
            f"| {one['table']} | {one['cells']:,} | {one['loading_seconds']:.2f} s | "
            f"{one['loading_megabytes']:.0f} MB | {one['queries_per_second']:,.0f} | "
            f"{one['draws_per_second']:,.0f} | {one['keys_per_second']:,.0f} | "
            f"{one['unrolled_per_second']:,.0f} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure every table at hand and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--one", help="measure this table here, print its figures")
    options = parser.parse_args()
    folder = Path(os.environ.get("EVONAS_DATA", "."))
    if options.one is not None:
        name, file, dataset = next(case for case in CASES if case[0] == options.one)
        print(json.dumps(measure(name, file and folder / file, dataset)))
        return
    found = []
    for name, file, _ in CASES:
        if file is not None and not (folder / file).exists():
            print(f"{name}: left out, there is no {folder / file}", file=sys.stderr)
            continue
        command = [sys.executable, __file__, "--one", name]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            print(f"{name}: left out, {done.stderr.strip()}", file=sys.stderr)
            continue
        found.append(json.loads(done.stdout))
    if not found:
        raise DataError("expected tables in EVONAS_DATA or their packages, got none")
    options.out.mkdir(parents=True, exist_ok=True)
    replace_file(options.out / "figures.json", json.dumps(found, indent=1).encode())
    replace_file(options.out / "README.md", page(found).encode())
    print(page(found))


if __name__ == "__main__":
    main()

"""Importing records from a published table's CSV: decoding, making records, adding.

The goal is that of `minibench_database.py`, 100,000 records from the text form in under
60 s; from a table its decoding comes on top, which is told apart here. Run it from the
repository, on a machine that does nothing else::

    EVONAS_DATA=... python benchmarks/minibench_import.py

The records are the trainings of NAS-Bench-201's cells on CIFAR-10, then on CIFAR-100.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

from minibench import BenchRecord
from minibench.database import Database
from minibench.importers import Found, read_source

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "docs" / "results" / "minibench-import"
TABLE = "nasbench201/nasbench201_cifar.csv.gz"


def found(table: Path) -> Iterator[Found]:
    """Every training on both data sets."""
    return chain.from_iterable(
        read_source("nasbench201", table, dataset=dataset)
        for dataset in ("cifar10", "cifar100")
    )


def timed(work: Callable[[], Any]) -> dict[str, float]:
    """Seconds by the clock and of the processor that something takes."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return {
        "seconds": round(time.perf_counter() - clock, 2),
        "processor_seconds": round(time.process_time() - processor, 2),
    }


def drain(table: Path, count: int) -> None:
    """Decode the table and make records, which go nowhere."""
    for _ in islice(found(table), count):
        pass


def add(table: Path, count: int, path: Path) -> None:
    """The same, into a new database in one transaction."""
    with Database.create(path)[0] as database, database.writing() as writer:

        def records() -> Iterator[BenchRecord]:
            last = None
            for problem, record in islice(found(table), count):
                if problem is not last:
                    writer.put(problem)
                    last = problem
                yield record

        writer.add(records())


def page(figures: dict[str, Any]) -> str:
    """The figures for people."""
    count = figures["records"]
    lines = [
        "# Importing from a table",
        "",
        f"{count:,} records of NAS-Bench-201's CSV, {figures['machine']}. Processor",
        "seconds do not depend on what else the machine does.",
        "",
        "| | seconds | processor seconds | for 100,000 records |",
        "|---|---:|---:|---:|",
    ]
    for name, words in (
        ("decoding", "decoding the table, unrolling its cells, making records"),
        ("import", "all of it, into a new SQLite file"),
    ):
        one = figures[name]
        share = one["processor_seconds"] / count * 100_000
        lines.append(
            f"| {words} | {one['seconds']:.1f} | {one['processor_seconds']:.1f} | "
            f"{share:.0f} |"
        )
    lines += ["", f"The file has {figures['megabytes']:.1f} MB.", ""]
    return "\n".join(lines)


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--out", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    table = Path(os.environ["EVONAS_DATA"]) / TABLE
    count = arguments.records
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.sqlite"
        figures = {
            "records": count,
            "machine": f"Python {platform.python_version()}, one of {os.cpu_count()} "
            f"{platform.machine()} cores",
            "decoding": timed(lambda: drain(table, count)),
            "import": timed(lambda: add(table, count, path)),
            "megabytes": path.stat().st_size / 1e6,
        }
    arguments.out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(figures, indent=1) + "\n"
    (arguments.out / "figures.json").write_text(text, "utf-8")
    (arguments.out / "README.md").write_text(page(figures), "utf-8")
    print(text)


if __name__ == "__main__":
    main()

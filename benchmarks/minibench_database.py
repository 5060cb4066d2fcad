"""The mini-benchmark database: time and size at 100,000 records, and the same bytes.

The goals: import from the text form in under 60 s, the 50 best of a problem in under
50 ms, a file under 200 MB, and export → import → export with the same bytes. Besides,
how long a search with `reuse` takes to look a candidate up. Run it from the repository,
on a machine that does nothing else::

    python benchmarks/minibench_database.py

Three kinds of records: `seeds`, the cells of NAS-Bench-201 on one problem with as many
trainings of each as it takes; `search`, what random search proposes, and `cells`, cells
of NAS-Bench-101 (about 150 layers), where every record is a network of its own.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from evonas.candidate import Candidate
from evonas.cells import NasBench101Cell, NasBench201Cell
from evonas.errors import ArchitectureError
from evonas.evaluation import Fidelity, Request
from evonas.run import versions
from evonas.search import STRATEGIES, StrategyContext
from evonas.space import default_space
from evonas.storage.files import replace_file
from minibench import Batch, BenchCost, BenchRecord, Problem, Provenance, State
from minibench.database import Database
from minibench.reuse import Reuse
from minibench.text_form import read_text, write_directory

ROOT = Path(__file__).parent.parent
QUESTION = Path(__file__).with_name("minibench_question.py")
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
#: networks of NAS-Bench-201 that can be built
NETWORKS_201 = 9_375
#: of everything that is drawn
SEED = 0
#: candidates that are looked up
LOOKUPS = 200


def _cells(make: Callable[[np.random.Generator], Candidate]) -> Iterator[Candidate]:
    """Different ones of those that can be built."""
    rng, seen = np.random.default_rng(SEED), set()
    while True:
        try:
            found = make(rng)
        except ArchitectureError:
            continue
        if found.key() not in seen:
            seen.add(found.key())
            yield found


def _cell_201(rng: np.random.Generator) -> Candidate:
    digits = "".join(map(str, rng.integers(0, 5, 6)))
    return Candidate.of(NasBench201Cell(digits, 10))


def _cell_101(rng: np.random.Generator) -> Candidate:
    edges = "".join("1" if one < 0.35 else "0" for one in rng.random(21))
    return Candidate.of(
        NasBench101Cell(edges, "".join(map(str, rng.integers(0, 3, 5))))
    )


def _proposed() -> Iterator[Candidate]:
    """What random search proposes for the problem."""
    context = StrategyContext(default_space("image", SHAPE), SHAPE, 10)
    strategy = STRATEGIES["random"].make(STRATEGIES["random"].settings(), context)
    while True:
        yield from (one.candidate for one in strategy.ask(100))


#: name → what it is, and its networks
KINDS: dict[str, tuple[str, Callable[[], Iterator[Candidate]]]] = {
    "seeds": ("NAS-Bench-201, {seeds} trainings of each", lambda: _cells(_cell_201)),
    "search": ("random search's, one training of each", _proposed),
    "cells": ("NAS-Bench-101, one training of each", lambda: _cells(_cell_101)),
}


def records(kind: str, count: int) -> Iterator[BenchRecord]:
    """Made-up results of real networks."""
    rng = np.random.default_rng(SEED)
    seeds = _seeds(kind, count)
    made = 0
    for network in KINDS[kind][1]():
        architecture = network.architecture
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
                recipe=network.recipe,
                fidelity=Fidelity(12.0),
                metrics={"validation_accuracy": validation, "test_accuracy": test},
                cost=cost,
                provenance=PROVENANCE,
                seed=seed,
                strategy="table",
                run="made-up",
            )


def _seeds(kind: str, count: int) -> int:
    return -(-count // NETWORKS_201) if kind == "seeds" else 1


class Clock:
    """Seconds since it was made, by the clock and of the processor."""

    def __init__(self) -> None:
        self._start = time.perf_counter(), time.process_time()

    def read(self) -> dict[str, float]:
        """Both, by name."""
        wall, processor = self._start
        return {
            "seconds": time.perf_counter() - wall,
            "processor_seconds": time.process_time() - processor,
        }


def imported(text: Path, path: Path) -> dict[str, float]:
    """What an import into a new database takes."""
    Database.create(path)[0].close()
    clock = Clock()
    with Database.open(path) as database:
        database.add(read_text(text))
    return clock.read()


def exported(path: Path, text: Path) -> tuple[dict[str, float], str]:
    """What an export takes, and a digest of its bytes."""
    clock = Clock()
    with Database.open(path) as database, database.reading() as reader:
        files = write_directory(reader, text)
    taken = clock.read()
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return taken, digest.hexdigest()


def best(path: Path) -> dict[str, list[dict[str, float]]]:
    """What three questions for the 50 best take, in each of seven fresh processes."""
    command = [sys.executable, str(QUESTION), str(path)]
    found = [
        json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        for _ in range(7)
    ]
    return {name: [one[name] for one in found] for name in found[0]}


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
                start = time.process_time()
                record = known(Request(0, candidate, fidelity, seed=1))
                times.append((time.process_time() - start) * 1e3)
                assert (record is not None) == (name == "known")
            found[name] = float(np.median(times))
    return found


def measure(kind: str, count: int, folder: Path) -> dict[str, Any]:
    """The figures of one kind of records."""
    first, second = folder / "first.sqlite", folder / "second.sqlite"
    Database.create(first)[0].close()
    with Database.open(first) as database:
        database.add(Batch((PROBLEM,), records(kind, count)))
    export, before = exported(first, folder / "first")
    taken = imported(folder / "first", second)
    _, after = exported(second, folder / "second")
    with Database.open(second) as database, database.reading() as reader:
        networks = reader.counts()[0].architectures
        layers = [len(one.architecture.layers) for one in reader.top(PROBLEM, 500)]
    text = sum(file.stat().st_size for file in (folder / "first").iterdir())
    return {
        "records": count,
        "kind": KINDS[kind][0].format(seeds=_seeds(kind, count)),
        "networks": networks,
        "median_layers_of_the_best_500": float(np.median(layers)),
        "import": taken,
        "export": export,
        "top_50": best(second),
        "lookup_milliseconds": looked_up(second),
        "megabytes": second.stat().st_size / 1e6,
        "text_megabytes": text / 1e6,
        "same_bytes": before == after,
        "memory_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
    }


def _row(found: dict[str, Any]) -> str:
    asked = [
        f"{1e3 * np.median([one['processor_seconds'] for one in taken]):.0f}"
        for taken in found["top_50"].values()
    ]
    cells = [
        f"{found['records']:,}",
        found["kind"],
        f"{found['networks']:,}",
        f"{found['median_layers_of_the_best_500']:.0f}",
        *[
            f"{found[what]['seconds']:.0f} ({found[what]['processor_seconds']:.0f})"
            for what in ("import", "export")
        ],
        ", ".join(asked),
        ", ".join(f"{ms:.1f}" for ms in found["lookup_milliseconds"].values()),
        f"{found['megabytes']:.0f}",
        f"{found['text_megabytes']:.0f}",
        "yes" if found["same_bytes"] else "NO",
    ]
    return f"| {' | '.join(cells)} |"


def table(figures: list[dict[str, Any]]) -> str:
    """The figures for people, as a table."""
    lines = [
        "| records | networks | different | layers | import, s | export, s "
        "| 50 best, ms | lookup, ms | file, MB | text, MB | same bytes |",
        "|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---|",
        *map(_row, figures),
        "",
        "Seconds by the clock, in brackets of the processor. Different: up to "
        "isomorphism. Layers: median of the 500 best. 50 best, milliseconds of the "
        "processor, medians of seven fresh processes: the first question after the "
        "file was opened, the same again, and another reader's. Lookup, likewise: a "
        "candidate of a search that the database knows, and one that it does not. Same "
        "bytes: export → import → export.",
        "",
        f"Machine: two {platform.machine()} CPU cores, of which this uses one. Seed "
        f"{SEED}. Versions: "
        + ", ".join(f"{key} {value}" for key, value in versions().items())
        + ".",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, one kind after the other, and keep what was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--kind", choices=KINDS, nargs="+", default=list(KINDS))
    parser.add_argument("--records", type=int, default=100_000, help="of each kind")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    file = options.out / "figures.json"
    known = json.loads(file.read_text())["sizes"] if file.exists() else {}
    for kind in options.kind:
        with tempfile.TemporaryDirectory(prefix="minibench-") as folder:
            known[kind] = measure(kind, options.records, Path(folder))
        print(json.dumps(known[kind]), file=sys.stderr, flush=True)
        text = json.dumps({"sizes": known, "versions": versions()}, indent=1)
        replace_file(file, text.encode() + b"\n")
    print(table([known[kind] for kind in KINDS if kind in known]))


if __name__ == "__main__":
    main()

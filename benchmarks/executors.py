"""Executors side by side: who keeps the workers busy, and what a message costs.

The same evaluations (sleeps of log-normal length, or nothing at all) through this
executor, `mpi4py.futures`, DeepHyper's MPI evaluator and Propulate, one after the other
on the same machine. A library that needs an environment of its own is given one::

    python benchmarks/executors.py --out docs/results/executors \
        --python deephyper=/path/to/bin/python --python propulate=/path/to/bin/python
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cluster.launch import find_launcher
from evonas.run import versions
from evonas.storage.files import replace_file

NAMES = ("evonas", "futures", "deephyper", "propulate")
WORKERS = (2, 4, 8, 16, 32, 64)
#: mean length of an evaluation, in seconds, and how many each worker has
SECONDS = 0.5
EACH = 40
#: evaluations that do nothing; fewer for those whose seconds grow with their square
NOTHING = {"evonas": 20_000, "futures": 20_000, "deephyper": 500, "propulate": 2_000}
#: for one job
PATIENCE = 600.0

#: root, more ranks than cores, a quick start; as `--mpi` sets them
SETTINGS = {
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "PRTE_ALLOW_RUN_AS_ROOT": "1",
    "PRTE_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
    "OMPI_MCA_btl": "^ofi",
    "OMP_NUM_THREADS": "1",
}


def measure(
    name: str, python: str, workers: int, count: int, mean: float
) -> dict[str, Any]:
    """One job: its answer with `workers`, or `failure`."""
    # all ranks of Propulate work; the others have a manager
    ranks = workers if name == "propulate" else workers + 1
    mpirun = Path(python).with_name("mpirun")
    if not mpirun.exists():
        mpirun = find_launcher().path
    rank = Path(__file__).with_name("executors_rank.py").resolve()
    command = [str(mpirun), "--bind-to", "none", "-n", str(ranks), python, str(rank)]
    try:
        done = subprocess.run(
            [*command, name, str(count), str(mean)],
            env={**os.environ, **SETTINGS},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return {"workers": workers, "failure": f"no end within {PATIENCE:.0f} s"}
    answers = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not answers:
        said = (done.stderr.strip() or "no answer").splitlines()
        return {"workers": workers, "failure": said[-1]}
    return {"workers": workers, **json.loads(answers[-1])}


def utilisation(found: dict[str, Any], *, drain: bool) -> str:
    """Share of the workers' time in evaluations."""
    if "failure" in found:
        return "failed"
    end = "" if drain else "_before_drain"
    share = found[f"busy{end}"] / found[f"wall{end}"] / found["workers"]
    return f"{share:.1%}"


def processor(found: dict[str, Any]) -> str:
    """Share of a core that rank 0 used."""
    return "failed" if "failure" in found else f"{found['cpu'] / found['wall']:.1%}"


def table(
    figures: dict[str, Any], cell: Callable[[dict[str, Any]], str]
) -> Iterator[str]:
    """One figure of every executor, by the number of workers."""
    yield "| executor | " + " | ".join(f"{n} workers" for n in figures["sizes"]) + " |"
    yield "| --- |" + " --- |" * len(figures["sizes"])
    for name, one in figures["found"].items():
        yield f"| {name} | {' | '.join(cell(each) for each in one['sleeping'])} |"


def page(figures: dict[str, Any]) -> str:
    """The result as Markdown."""
    found = figures["found"]
    lines = [
        "# Executors side by side",
        "",
        f"Evaluations that sleep for {SECONDS:g} s on average (log-normal, σ = 0.5), "
        f"{figures['each']} for each worker, the same for everyone, one executor after "
        "the other. All ranks of Propulate are workers and nobody manages; the others "
        "have a manager besides, rank 0.",
        "",
        "Share of the workers' time spent in evaluations, from the first one asked to "
        "the start of the last one:",
        "",
        *table(figures, functools.partial(utilisation, drain=False)),
        "",
        "The same to the end of the last one, as more and more workers run dry:",
        "",
        *table(figures, functools.partial(utilisation, drain=True)),
        "",
        "Share of a core that rank 0 used:",
        "",
        *table(figures, processor),
        "",
        "Evaluations that do nothing, on 2 workers:",
        "",
        "| executor | evaluations | a second |",
        "| --- | --- | --- |",
    ]
    for name, one in found.items():
        each = one["nothing"]
        failed = "failure" in each
        rate = "failed" if failed else f"{each['count'] / each['wall']:,.0f}"
        lines.append(f"| {name} | {NOTHING[name]:,} | {rate} |")
    before, after = figures["load"]
    lines += [
        "",
        f"Machine: {os.cpu_count()} {platform.machine()} cores; load average "
        f"{before:.1f} before and {after:.1f} after. Above {os.cpu_count()}, others "
        "used the machine, and the figures only compare roughly.",
        "",
        "Versions: " + ", ".join(f"{key} {one}" for key, one in versions().items()),
        "",
        "    python benchmarks/executors.py --out docs/results/executors",
        "",
    ]
    return "\n".join(lines)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--python", action="append", default=[], metavar="NAME=PATH")
    parser.add_argument("--workers", type=int, nargs="+", default=list(WORKERS))
    parser.add_argument("--only", nargs="+", choices=NAMES, default=list(NAMES))
    parser.add_argument("--each", type=int, default=EACH)
    parser.add_argument("--out", type=Path, help="folder of the results")
    arguments = parser.parse_args()
    pythons = dict(one.split("=", 1) for one in arguments.python)
    before = os.getloadavg()[0]
    found: dict[str, Any] = {name: {"sleeping": []} for name in arguments.only}
    for workers in arguments.workers:
        for name in arguments.only:
            python = pythons.get(name, sys.executable)
            count = arguments.each * workers
            one = measure(name, python, workers, count, SECONDS)
            found[name]["sleeping"].append(one)
            print(name, workers, one, file=sys.stderr, flush=True)
    for name in arguments.only:
        python = pythons.get(name, sys.executable)
        one = measure(name, python, 2, NOTHING[name], 0.0)
        found[name]["nothing"] = one
        print(name, "nothing", one, file=sys.stderr, flush=True)
    figures = {
        "sizes": arguments.workers,
        "each": arguments.each,
        "found": found,
        "load": [before, os.getloadavg()[0]],
        "versions": versions(),
    }
    print(page(figures))
    if arguments.out is not None:
        arguments.out.mkdir(parents=True, exist_ok=True)
        replace_file(arguments.out / "README.md", page(figures).encode())
        text = json.dumps(figures, indent=1)
        replace_file(arguments.out / "figures.json", text.encode() + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

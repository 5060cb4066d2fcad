"""Executors side by side: who keeps the workers busy, and what a message costs.

The same evaluations (sleeps of log-normal length, or nothing at all) through this
executor, `mpi4py.futures`, DeepHyper's MPI evaluator and Propulate, one after the other
on the same machine. A library that needs an environment of its own is given one. Each
measurement is kept, and a second call does what is missing::

    python benchmarks/executors.py --out docs/results/executors \
        --python deephyper=/path/to/bin/python --python propulate=/path/to/bin/python
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cluster.launch import find_launcher
from evonas.run import versions
from evonas.storage.files import replace_file

#: executor → how often each size is measured: the two that are close, more often
RUNS = {"evonas": 2, "futures": 2, "deephyper": 1, "propulate": 1}
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


@dataclass(frozen=True)
class Job:
    """What is measured: `evaluations` of `mean` seconds on `workers`."""

    executor: str
    workers: int
    evaluations: int
    mean: float
    seed: int


def measure(job: Job, python: str) -> dict[str, Any]:
    """One job: its answer, or `failure`."""
    # all ranks of Propulate work; the others have a manager
    ranks = job.workers if job.executor == "propulate" else job.workers + 1
    mpirun = Path(python).with_name("mpirun")
    if not mpirun.exists():
        mpirun = find_launcher().path
    rank = Path(__file__).with_name("executors_rank.py").resolve()
    command = [str(mpirun), "--bind-to", "none", "-n", str(ranks), python, str(rank)]
    command += map(str, (job.executor, job.evaluations, job.mean, job.seed))
    try:
        done = subprocess.run(
            command,
            env={**os.environ, **SETTINGS},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return {"failure": f"no end within {PATIENCE:.0f} s"}
    answers = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not answers:
        said = (done.stderr.strip() or "no answer").splitlines()
        return {"failure": said[-1]}
    answer: dict[str, Any] = json.loads(answers[-1])
    return answer


def steady(one: dict[str, Any]) -> float:
    """Share of the workers' time in evaluations, until the last one begins."""
    share: float = one["busy_before_drain"] / one["wall_before_drain"] / one["workers"]
    return share


def whole(one: dict[str, Any]) -> float:
    """The same until the last one ends."""
    share: float = one["busy"] / one["wall"] / one["workers"]
    return share


def processor(one: dict[str, Any]) -> float:
    """Share of a core that rank 0 used."""
    share: float = one["cpu"] / one["wall"]
    return share


def table(
    measured: list[dict[str, Any]], share: Callable[[dict[str, Any]], float]
) -> Iterator[str]:
    """One figure of every executor, by the number of workers; the mean over seeds."""
    sleeping = [one for one in measured if one["mean"]]
    sizes = sorted({one["workers"] for one in sleeping})
    yield "| executor | runs | " + " | ".join(f"{n} workers" for n in sizes) + " |"
    yield "| --- | --- |" + " --- |" * len(sizes)
    for name, runs in RUNS.items():
        cells = []
        for size in sizes:
            own = [
                one
                for one in sleeping
                if (one["executor"], one["workers"]) == (name, size)
            ]
            well = [share(one) for one in own if "failure" not in one]
            cells.append(f"{statistics.mean(well):.2%}" if well else "failed")
        yield f"| {name} | {runs} | {' | '.join(cells)} |"


def page(figures: dict[str, Any]) -> str:
    """The result as Markdown."""
    measured = figures["measured"]
    lines = [
        "# Executors side by side",
        "",
        f"Evaluations that sleep for {SECONDS:g} s on average (log-normal, σ = 0.5), "
        f"{figures['each']} for each worker, the same for everyone, one executor after "
        "the other. All ranks of Propulate are workers and nobody manages; the others "
        "have a manager besides, rank 0. Where there were several runs, each has other "
        "evaluations, and their mean is shown.",
        "",
        "Share of the workers' time spent in evaluations, from the first one asked to "
        "the start of the last one:",
        "",
        *table(measured, steady),
        "",
        "The same to the end of the last one, as more and more workers run dry; which "
        "evaluation begins last is a matter of luck here:",
        "",
        *table(measured, whole),
        "",
        "Share of a core that rank 0 used:",
        "",
        *table(measured, processor),
        "",
        "Evaluations that do nothing, on 2 workers:",
        "",
        "| executor | evaluations | a second |",
        "| --- | --- | --- |",
    ]
    for one in measured:
        if not one["mean"]:
            failed = "failure" in one
            rate = "failed" if failed else f"{one['count'] / one['wall']:,.0f}"
            lines.append(f"| {one['executor']} | {one['evaluations']:,} | {rate} |")
    loads = [one["load"] for one in measured if "load" in one]
    lines += [
        "",
        *(
            f"Failed: {one['executor']} on {one['workers']}: {one['failure']}"
            for one in measured
            if "failure" in one
        ),
        "",
        f"Machine: {os.cpu_count()} {platform.machine()} cores; load average between "
        f"{min(loads):.1f} and {max(loads):.1f} as the jobs began.",
        "",
        "Versions: "
        + ", ".join(f"{k} {one}" for k, one in figures["versions"].items()),
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
    parser.add_argument("--only", nargs="+", choices=RUNS, default=list(RUNS))
    parser.add_argument("--each", type=int, default=EACH)
    parser.add_argument("--out", type=Path, required=True, help="of the results")
    arguments = parser.parse_args()
    pythons = dict(one.split("=", 1) for one in arguments.python)
    jobs = [
        Job(name, workers, arguments.each * workers, SECONDS, seed)
        for workers in arguments.workers
        for name in arguments.only
        for seed in range(RUNS[name])
    ]
    jobs += [Job(name, 2, NOTHING[name], 0.0, 0) for name in arguments.only]
    kept = arguments.out / "figures.json"
    measured = json.loads(kept.read_text())["measured"] if kept.exists() else []
    done = [{key: one[key] for key in asdict(jobs[0])} for one in measured]
    for job in jobs:
        if asdict(job) in done:
            continue
        load = os.getloadavg()[0]
        answer = measure(job, pythons.get(job.executor, sys.executable))
        measured.append({**asdict(job), "load": load, **answer})
        print(measured[-1], file=sys.stderr, flush=True)
        figures = {"each": arguments.each, "measured": measured, "versions": versions()}
        arguments.out.mkdir(parents=True, exist_ok=True)
        replace_file(kept, json.dumps(figures, indent=1).encode() + b"\n")
        replace_file(arguments.out / "README.md", page(figures).encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())

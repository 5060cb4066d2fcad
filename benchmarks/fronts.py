"""Which strategy finds the best Pareto fronts: hypervolume against the true front.

Accuracy against latency (NAS-Bench-201, CIFAR-10) and against the energy of a training
(EC-NAS, five vertices), looked up in the real tables. Run it from the repository::

    EVONAS_DATA=../shared/data python benchmarks/fronts.py --seeds 30

It writes the page, the picture and the figures of every run. The search sees single
runs; what it has found is measured by the means over all runs.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
from scipy import stats

from evonas.build import Resolved, make_evaluator, make_strategy, resolve
from evonas.build.table_task import front_measure
from evonas.config import config_from_json
from evonas.errors import ConfigError, SpaceExhaustedError
from evonas.run import Incumbents, versions
from evonas.storage.files import replace_file

mpl.use("Agg")
import matplotlib.pyplot as plt

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "docs" / "results" / "fronts"

#: title, task and objectives
PROBLEMS: dict[str, tuple[str, dict[str, str], list[str]]] = {
    "nasbench201": (
        "NAS-Bench-201, CIFAR-10: accuracy and latency",
        {
            "table": "nasbench201",
            "path": "nasbench201/nasbench201_cifar.csv.gz",
            "dataset": "cifar10",
        },
        ["validation_accuracy", "latency_seconds"],
    ),
    "ecnas": (
        "EC-NAS 5V, 4 epochs: accuracy and energy",
        {"table": "ecnas", "path": "ecnas/ecnas_4v_5v.csv.gz", "dataset": "5V"},
        ["validation_accuracy", "energy_joules"],
    ),
}
METHODS = (
    "random",
    "local_search",
    "large_scale_evolution",
    "aging_evolution",
    "codeepneat",
)
#: evaluations after which a front is measured
EVERY = 10


class Job(NamedTuple):
    """One search."""

    problem: str
    method: str
    seed: int
    evaluations: int
    folder: Path


@lru_cache(maxsize=1)
def prepared(job: Job) -> tuple[Resolved, Callable[..., dict[str, Any]]]:
    """A search's settings with their table, and what measures its fronts."""
    _, task, objectives = PROBLEMS[job.problem]
    config = config_from_json(
        {
            "task": {**task, "path": str(job.folder / task["path"])},
            "strategy": {"name": job.method},
            "objectives": objectives,
            "budget": {"evaluations": job.evaluations},
        }
    )
    resolved = resolve(config)
    assert resolved.table is not None
    measure = front_measure(
        resolved.config, resolved.table, resolved.space.limits, resolved.objectives
    )
    assert measure is not None  # the table has both objectives
    return resolved, measure


def search(job: Job) -> dict[str, Any]:
    """One search in this process, without a run directory.

    Returns:
        The share of the hypervolume after every `EVERY` evaluations, and how many
        points of the true front are found at the end; or `left_out` with the reason
        where the strategy does not search this table.
    """
    resolved, measure = prepared(job._replace(seed=0))
    resolved = replace(resolved, config=resolved.config.replaced(seed=job.seed))
    found = job._asdict() | {"folder": None}
    try:
        strategy = make_strategy(resolved)
    except ConfigError as error:
        return {**found, "left_out": str(error)}
    evaluator, incumbents = (
        make_evaluator(resolved, None),
        Incumbents(resolved.objectives),
    )
    shares, done = [], 0
    while done < job.evaluations:
        try:
            requests = strategy.ask(1)
        except SpaceExhaustedError:
            break
        for request in requests:
            record = evaluator.evaluate(request)
            strategy.tell(request, record)
            incumbents.update(request, record)
            done += 1
            if done % EVERY == 0:
                shares.append(measure(incumbents.front)["share"])
    last = measure(incumbents.front)
    # A space that is used up gives no more: the curve stays where it is.
    shares += [last["share"]] * (job.evaluations // EVERY - len(shares))
    return {**found, "shares": shares, **last}


def interval(values: np.ndarray) -> tuple[float, float]:
    """95 % of the mean, by bootstrap over the seeds."""
    if np.ptp(values) == 0:
        return float(values[0]), float(values[0])
    found = stats.bootstrap(
        (values,), np.mean, n_resamples=9999, rng=np.random.default_rng(0)
    ).confidence_interval
    return float(found.low), float(found.high)


def rows_of(runs: list[dict[str, Any]], problem: str) -> dict[str, dict[str, Any]]:
    """Method → its figures over all seeds, in the order of `METHODS`."""
    found: dict[str, dict[str, Any]] = {}
    for method in dict.fromkeys(run["method"] for run in runs):
        own = [r for r in runs if (r["problem"], r["method"]) == (problem, method)]
        if not own or "left_out" in own[0]:
            continue
        shares = np.array([run["shares"] for run in own])
        low, high = interval(shares[:, -1])
        found[method] = {
            "seeds": len(own),
            "mean": float(shares[:, -1].mean()),
            "low": low,
            "high": high,
            "median": float(np.median(shares[:, -1])),
            "half": float(shares[:, shares.shape[1] // 2 - 1].mean()),
            "points": float(np.mean([run["found"] for run in own])),
            "true_front": own[0]["true_front"],
            "curve": shares.mean(axis=0).tolist(),
        }
    return found


def picture(figures: dict[str, dict[str, dict[str, Any]]], path: Path) -> None:
    """A panel a problem: the mean share by evaluations."""
    figure, axes = plt.subplots(1, len(figures), figsize=(11, 4), squeeze=False)
    for axis, (problem, rows) in zip(axes[0], figures.items(), strict=True):
        for method, row in rows.items():
            x = EVERY * (1 + np.arange(len(row["curve"])))
            axis.plot(x, row["curve"], label=method)
        axis.set_title(PROBLEMS[problem][0], fontsize=10)
        axis.set_xlabel("evaluations")
        axis.set_ylabel("share of the true front's hypervolume")
        axis.grid(alpha=0.3)
        axis.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)


def page(
    figures: dict[str, dict[str, dict[str, Any]]],
    left_out: dict[str, str],
    command: str,
    evaluations: int,
) -> str:
    """The page as Markdown."""
    lines = [
        "# Pareto fronts against the true ones",
        "",
        "What a search's front has of the hypervolume of the table's own front "
        f"({evaluations} evaluations; mean over seeds with a 95 % bootstrap interval). "
        "Searches see single runs, fronts are measured by the means over all runs of "
        "the table; objectives are scaled to the true front, and the reference point "
        "lies 10 % of its range behind its worst values.",
        "",
        "![shares](fronts.png)",
        "",
    ]
    for problem, rows in figures.items():
        total = next(iter(rows.values()))["true_front"]
        lines += [
            f"## {PROBLEMS[problem][0]}",
            "",
            f"The true front has {total} points.",
            "",
            "| strategy | seeds | share | 95 % | median | after half | points of the "
            "true front |",
            "|---|---:|---:|---:|---:|---:|---:|",
        ]
        lines += [
            f"| `{method}` | {row['seeds']} | {row['mean']:.1%} | {row['low']:.1%} – "
            f"{row['high']:.1%} | {row['median']:.1%} | {row['half']:.1%} | "
            f"{row['points']:.1f} |"
            for method, row in rows.items()
        ]
        lines.append("")
    if left_out:
        names = ", ".join(f"`{name}`" for name in left_out)
        lines += [f"Left out, since they do not search a table's cells: {names}.", ""]
    used = ", ".join(f"{name} {version}" for name, version in versions().items())
    lines += [f"Made with {used}, by", "", f"    {command}", ""]
    return "\n".join(lines)


def main() -> None:
    """Search, measure, draw and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--evaluations", type=int, default=300)
    parser.add_argument("--methods", nargs="+", default=list(METHODS))
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    folder = Path(os.environ.get("EVONAS_DATA", "."))
    jobs = [
        Job(problem, method, seed, options.evaluations, folder)
        for problem in PROBLEMS
        for method in options.methods
        for seed in range(options.seeds)
    ]
    with ProcessPoolExecutor(options.processes) as pool:
        runs = []
        for run in pool.map(search, jobs):
            runs.append(run)
            print(f"{len(runs)}/{len(jobs)}", end="\r", file=sys.stderr)
    left_out = {r["method"]: r["left_out"] for r in runs if "left_out" in r}
    figures = {problem: rows_of(runs, problem) for problem in PROBLEMS}
    options.out.mkdir(parents=True, exist_ok=True)
    command = f"python benchmarks/fronts.py {' '.join(sys.argv[1:])}".strip()
    picture(figures, options.out / "fronts.png")
    text = page(figures, left_out, command, options.evaluations)
    replace_file(options.out / "README.md", text.encode())
    runs = [run for run in runs if "left_out" not in run]
    data = {"versions": versions(), "summary": figures, "runs": runs}
    replace_file(options.out / "figures.json", json.dumps(data, indent=1).encode())
    print(text)


if __name__ == "__main__":
    main()

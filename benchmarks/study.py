"""Is it really CoDeepNEAT? Searches on Fashion-MNIST mini against random search.

Four arms over one space and one budget of trainings, with paired seeds:

- `codeepneat`
- `random`: random search over the same space
- `shuffled`: CoDeepNEAT whose module fitness is shuffled among the modules
- `no_crossover`: CoDeepNEAT without crossover

Every finished search leaves one small file; a second call goes on with what is
missing. `report` makes the table and the pictures from the files alone::

    python benchmarks/study.py run --first 10 --seeds 10
    python benchmarks/study.py report
    python benchmarks/study.py train --epochs 20

The objective is validation accuracy; the test set is opened only by `train`, once.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import time
from pathlib import Path
from typing import Any

from study_report import report, structure

from evonas.build import make_evaluator, make_strategy, resolve, worker_environment
from evonas.config import load_config
from evonas.evaluation import Fidelity, Record, Request
from evonas.run import Budget, run, versions
from evonas.storage.files import replace_file

ROOT = Path(__file__).parent.parent
CONFIG = ROOT / "configs" / "fashion-mnist-mini.yaml"
RESULTS = ROOT / "docs" / "results" / "codeepneat-fashion-mnist"

ARMS: dict[str, list[str]] = {
    "codeepneat": [],
    "random": ["strategy={name: random}"],
    "shuffled": ["strategy.credit=shuffled"],
    "no_crossover": [
        "strategy.modules.crossover=0",
        "strategy.blueprints.crossover=0",
    ],
}


class Trace:
    """A journal that keeps only what the study needs."""

    def __init__(self) -> None:
        self.asked: dict[int, Request] = {}
        self.told: list[Record] = []

    def append(self, event: str, payload: dict[str, Any]) -> int:
        """Keep requests and records."""
        if event == "asked":
            for data in payload["requests"]:
                request = Request.from_json(data)
                self.asked[request.request_id] = request
        if event == "told":
            self.told.append(Record.from_json(payload["record"]))
        return len(self.told)


def search(arm: str, seed: int, overrides: list[str]) -> dict[str, Any]:
    """One search in this process; its figures as plain JSON."""
    from cluster import InlineExecutor  # the child's own import, after its threads

    config = load_config(CONFIG, [*ARMS[arm], *overrides, f"seed={seed}"])
    resolved = resolve(config)
    trace = Trace()
    started = time.monotonic()
    with InlineExecutor() as executor:
        summary = run(
            make_strategy(resolved),
            make_evaluator(resolved, None),
            executor,
            trace,
            objectives=resolved.objectives,
            budget=Budget(config.budget.evaluations),
        )
    records = sorted(trace.told, key=lambda record: record.request_id)
    metric = resolved.objectives[0].metric
    best = summary.state.incumbents.best
    assert best is not None
    return {
        "arm": arm,
        "seed": seed,
        "seconds": round(time.monotonic() - started, 1),
        "outcomes": dict(summary.state.accounting.outcomes),
        "validation": [
            round(record.metrics[metric], 5) if record.ok else None
            for record in records
        ],
        "parameters": [record.cost.get("parameters") for record in records],
        "structure": structure(trace.asked, best.record.request_id),
        "best": best.request.candidate.to_json(),
        "versions": versions(),
    }


def _search_to_file(job: tuple[str, int, list[str]]) -> tuple[str, int, float]:
    arm, seed, overrides = job
    figures = search(arm, seed, overrides)
    text = json.dumps(figures, separators=(",", ":")) + "\n"
    replace_file(RESULTS / f"{arm}-{seed:02}.json", text.encode())
    return arm, seed, figures["seconds"]


def run_missing(seeds: range, processes: int, overrides: list[str]) -> None:
    """Every search that has no file yet, `processes` at a time, one thread each."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    jobs = [
        (arm, seed, overrides)
        for seed in seeds
        for arm in ARMS
        if not (RESULTS / f"{arm}-{seed:02}.json").exists()
    ]
    os.environ.update(worker_environment(load_config(CONFIG)))
    context = multiprocessing.get_context("spawn")
    started = time.monotonic()
    with context.Pool(processes, maxtasksperchild=1) as pool:
        for number, done in enumerate(pool.imap_unordered(_search_to_file, jobs), 1):
            arm, seed, seconds = done
            left = (time.monotonic() - started) / number * (len(jobs) - number)
            print(
                f"{number}/{len(jobs)} {arm} seed {seed}: {seconds:.0f} s, "
                f"about {left / 60:.0f} min left",
                flush=True,
            )


def train(epochs: float, size: str) -> None:
    """Train the best network of the first three searches fully, and test it once."""
    first = sorted(RESULTS.glob("codeepneat-*.json"))[:3]
    found = [json.loads(path.read_text()) for path in first]
    best = max(
        found, key=lambda one: max(v for v in one["validation"] if v is not None)
    )
    from evonas.candidate import Candidate

    config = load_config(CONFIG, [f"task.size={size}", "threads=2"])
    resolved = resolve(config)
    request = Request(
        -1,
        Candidate.from_json(best["best"]),
        Fidelity(epochs),
        seed=best["seed"],
        purpose="final",
    )
    record = make_evaluator(resolved, None).evaluate(request)
    figures = {
        "seed": best["seed"],
        "record": record.to_json(),
        "size": size,
        "versions": versions(),
    }
    text = json.dumps(figures, separators=(",", ":")) + "\n"
    replace_file(RESULTS / "final.json", text.encode())
    print(record.outcome, dict(record.metrics), f"{record.seconds:.0f} s")


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    run_parser = commands.add_parser("run", help="do the searches that are missing")
    run_parser.add_argument("--seeds", type=int, default=10, help="how many")
    run_parser.add_argument("--first", type=int, default=0, help="the first seed")
    run_parser.add_argument("--processes", type=int, default=2)
    run_parser.add_argument("--set", action="append", default=[], dest="overrides")
    commands.add_parser("report", help="make the table and the pictures")
    train_parser = commands.add_parser("train", help="train the best of three fully")
    train_parser.add_argument("--epochs", type=float, default=20)
    train_parser.add_argument("--size", default="full", choices=("mini", "full"))
    arguments = parser.parse_args()
    if arguments.command == "run":
        seeds = range(arguments.first, arguments.first + arguments.seeds)
        run_missing(seeds, arguments.processes, arguments.overrides)
    elif arguments.command == "train":
        train(arguments.epochs, arguments.size)
    else:
        report(RESULTS, list(ARMS))
    return 0


if __name__ == "__main__":
    sys.exit(main())

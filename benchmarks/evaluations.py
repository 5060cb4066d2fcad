"""Evaluations per minute: digits and Fashion-MNIST mini, with 1 and 2 workers.

The same random candidates for every number of workers, trained as their configuration
says. Starting the workers is not counted, waiting for the last one is::

    python benchmarks/evaluations.py --count 40 --out docs/results/evaluations
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from pathlib import Path

from evonas.build import make_evaluator, make_strategy, open_workers, resolve
from evonas.config import load_config
from evonas.run import Budget, RunState, run, versions
from evonas.storage.files import replace_file

ROOT = Path(__file__).parent.parent
CONFIGS = ("quickstart", "fashion-mnist-mini")


class Forgetful:
    """A journal that keeps nothing."""

    def append(self, event: str, payload: dict[str, object]) -> int:
        """Forget the event."""
        return 0


def measure(name: str, workers: int, count: int) -> dict[str, float]:
    """Random search for `count` evaluations after one for each worker as warm-up."""
    changes = ["strategy={name: random}", f"workers={workers}"]
    resolved = resolve(load_config(ROOT / "configs" / f"{name}.yaml", changes))
    evaluator = make_evaluator(resolved, None)
    started = [0.0]

    def observer(event: str, state: RunState) -> None:
        if event == "told" and state.accounting.evaluations == workers:
            started[0] = time.perf_counter()

    with open_workers(resolved) as executor:
        summary = run(
            make_strategy(resolved),
            evaluator,
            executor,
            Forgetful(),
            objectives=resolved.objectives,
            budget=Budget(count + workers),
            observer=observer,
        )
    seconds = time.perf_counter() - started[0]
    busy = sum(summary.state.accounting.busy_seconds.values())
    return {
        "evaluations_per_minute": 60 * count / seconds,
        "seconds_each": busy / (count + workers),
    }


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--out", type=Path, help="folder of the results")
    arguments = parser.parse_args()
    lines = [
        "# Evaluations per minute",
        "",
        f"{arguments.count} random candidates of each configuration, one CPU thread a "
        "worker; the same candidates for 1 and 2 workers. *Each* is the mean time of "
        "one evaluation on its worker.",
        "",
        "| configuration | workers | evaluations a minute | each, s |",
        "|---|---|---|---|",
    ]
    figures = []
    for name in CONFIGS:
        for workers in (1, 2):
            found = measure(name, workers, arguments.count)
            figures.append({"config": name, "workers": workers, **found})
            lines.append(
                f"| {name} | {workers} | {found['evaluations_per_minute']:.1f} "
                f"| {found['seconds_each']:.2f} |"
            )
            print(lines[-1], file=sys.stderr, flush=True)
    lines += [
        "",
        f"Machine: two {platform.machine()} CPU cores. Versions: "
        + ", ".join(f"{key} {value}" for key, value in versions().items())
        + ".",
        "",
        f"    python benchmarks/evaluations.py --count {arguments.count}",
        "",
    ]
    print("\n".join(lines))
    if arguments.out is not None:
        arguments.out.mkdir(parents=True, exist_ok=True)
        replace_file(arguments.out / "README.md", "\n".join(lines).encode())
        text = json.dumps({"figures": figures, "versions": versions()}, indent=1)
        replace_file(arguments.out / "figures.json", text.encode() + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Made-up workers by the thousand: utilisation, drain, and the limit of one manager.

The real session (strategy, journal, snapshots) in virtual time, evaluations of 60 s
(log-normal, sigma 1) without a time limit. The manager's own CPU time is charged to
the virtual clock::

    python benchmarks/simulation.py --out docs/results/simulation

`--workers` and `--each` (evaluations for each worker) make it shorter. Variants at one
size try what shortens the drain.
"""

from __future__ import annotations

import argparse
import json
import platform
import shlex
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl

from cluster.virtual import ClusterModel
from evonas.build import resolve
from evonas.config import load_config
from evonas.run import versions
from evonas.simulate import Figures, Timing, make_workers_evaluator, simulate
from evonas.storage.files import replace_file

mpl.use("Agg")

#: name → strategy; a generation of two networks a worker, and as many parts of each
#: kind: of fewer there are not so many different networks
STRATEGIES = {
    "random": "{name: random}",
    "aging evolution": "{name: aging_evolution}",
    "codeepneat, asynchronous": "{name: codeepneat, mode: asynchronous}",
    "codeepneat, generational": "{name: codeepneat, networks: NETWORKS, "
    "modules: {size: NETWORKS}, blueprints: {size: NETWORKS}}",
}
CONFIG = "configs/quickstart.yaml"


def play(
    strategy: str,
    workers: int,
    evaluations: int,
    *,
    limit: str = "null",
    longest_first: bool = False,
) -> Figures:
    """One simulated search."""
    text = STRATEGIES[strategy].replace("NETWORKS", str(2 * workers))
    changes = [
        f"strategy={text}",
        f"budget.evaluations={evaluations}",
        f"fidelity.time_limit_seconds={limit}",
    ]
    resolved = resolve(load_config(CONFIG, changes))
    evaluator = make_workers_evaluator(resolved, Timing(), None)
    model = ClusterModel(workers, longest_first=longest_first)
    figures = simulate(resolved, evaluator, model)
    assert figures is not None
    return figures


def line(name: str, one: Figures) -> str:
    """A row of the table."""
    used = one.utilisation
    steady = "-" if used.steady is None else f"{used.steady:.2%}"
    limit = "-" if one.limit_workers is None else f"{one.limit_workers:,.0f}"
    return (
        f"| {name} | {one.workers:,} | {one.evaluations:,} | {steady} | "
        f"{used.whole:.1%} | {one.makespan:,.0f} | {used.start_seconds:.1f} | "
        f"{used.drain_seconds:,.0f} | {one.manager_ms:.2f} | {one.manager_busy:.1%} | "
        f"{limit} |"
    )


def picture(path: Path, found: list[tuple[str, Figures]]) -> None:
    """Utilisation without start and drain, by the number of workers."""
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4))
    for name in STRATEGIES:
        own = [one for known, one in found if known == name]
        points = [(one.workers, one.utilisation.steady) for one in own]
        known = [(x, 100 * y) for x, y in points if y is not None]
        if known:
            axes.plot(*zip(*known, strict=True), marker="o", label=name)
    axes.axhline(99, color="grey", linewidth=0.8, linestyle=":")
    axes.set(
        xscale="log",
        xlabel="workers",
        ylabel="utilisation without start and drain (%)",
        ylim=(0, 102),
    )
    axes.legend()
    figure.savefig(path, dpi=120, bbox_inches="tight")
    plt.close(figure)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    sizes = [64, 256, 1024, 4096, 16384]
    parser.add_argument("--workers", type=int, nargs="+", default=sizes)
    parser.add_argument("--each", type=int, default=8, help="evaluations for each")
    parser.add_argument("--strategies", nargs="+", default=list(STRATEGIES))
    parser.add_argument("--drain", type=int, default=1024, help="workers of variants")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    found: list[tuple[str, Figures]] = []
    variants: list[tuple[str, Figures]] = []

    def write() -> None:
        _write(arguments.out, found, variants)

    size, each = arguments.drain, arguments.each
    short: dict[str, dict[str, Any]] = {
        "as it is": {},
        "longest first": {"longest_first": True},
        "limit of 5 means (300 s)": {"limit": "300"},
        "limit and longest first": {"limit": "300", "longest_first": True},
    }
    for workers in arguments.workers:
        for name in arguments.strategies:
            found.append((name, play(name, workers, workers * each)))
            print(line(*found[-1]), file=sys.stderr, flush=True)
            write()
    for name, changes in short.items():
        variants.append((name, play("random", size, size * each, **changes)))
        print(line(*variants[-1]), file=sys.stderr, flush=True)
        write()
    name = "codeepneat, generational"
    for label, evaluations in (
        ("generations, the last one full", size * 8),
        ("generations, the last one an eighth", size * 6 + size // 4),
    ):
        variants.append((label, play(name, size, evaluations)))
        print(line(*variants[-1]), file=sys.stderr, flush=True)
        write()
    picture(arguments.out / "utilisation.png", found)
    return 0


def _write(
    folder: Path, found: list[tuple[str, Figures]], variants: list[tuple[str, Figures]]
) -> None:
    """The page and the raw figures, after every search."""
    head = [
        "| strategy | workers | evaluations | utilisation, steady | with start and "
        "drain | makespan (s) | start (s) | drain (s) | manager (ms a record) | "
        "manager busy | one manager is enough for |",
        "|---" * 11 + "|",
    ]
    lines = [
        "# Made-up workers by the thousand",
        "",
        "The real session (strategy, journal, snapshots) in virtual time: evaluations "
        "of 60 s, log-normal with sigma 1, seed 0, no time limit; the manager's own "
        "CPU time passes on the virtual clock. Steady: from when every worker has "
        "begun to when the last evaluation begins. Messages are not in the manager's "
        "time (see ../../cluster.md).",
        "",
        *head,
        *(line(name, one) for name, one in found),
        "",
        "![utilisation](utilisation.png)",
        "",
        "## What shortens the drain",
        "",
        *head,
        *(line(name, one) for name, one in variants),
        "",
        f"Machine: {platform.machine()}. Versions: "
        + ", ".join(f"{key} {value}" for key, value in versions().items())
        + ".",
        "",
        f"    python {shlex.join(sys.argv)}",
        "",
    ]
    replace_file(folder / "README.md", "\n".join(lines).encode())
    figures = {
        "found": [[name, one.to_json()] for name, one in found],
        "variants": [[name, one.to_json()] for name, one in variants],
        "versions": versions(),
    }
    text = json.dumps(figures, indent=1)
    replace_file(folder / "figures.json", text.encode() + b"\n")


if __name__ == "__main__":
    sys.exit(main())

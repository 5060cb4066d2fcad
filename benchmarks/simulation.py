"""Made-up workers by the thousand: utilisation, drain, and the limit of one manager.

The real session (strategy, journal, snapshots) in virtual time, evaluations of 60 s
(log-normal, sigma 1) without a time limit. The manager's own CPU time is charged to
the virtual clock::

    python benchmarks/simulation.py --out docs/results/simulation

`--most` (workers) makes it shorter. Each search's figures are kept, and a second call
does what is missing. Variants at one size try what shortens the drain.
"""

from __future__ import annotations

import argparse
import json
import platform
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
#: strategy, workers, evaluations for each worker
GRID = [
    ("random", 64, 8),
    ("random", 1024, 8),
    ("random", 4096, 6),
    ("random", 16384, 3),
    ("aging evolution", 64, 8),
    ("aging evolution", 1024, 8),
    ("aging evolution", 4096, 6),
    ("codeepneat, asynchronous", 64, 8),
    ("codeepneat, asynchronous", 1024, 6),
    ("codeepneat, asynchronous", 4096, 6),
    ("codeepneat, generational", 64, 8),
    ("codeepneat, generational", 1024, 6),
]
#: workers of the variants
DRAIN = 256


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


def line(name: str, one: dict[str, Any]) -> str:
    """A row of the table."""
    used = one["utilisation"]
    steady = "-" if used["steady"] is None else f"{used['steady']:.2%}"
    limit = "-" if one["limit_workers"] is None else f"{one['limit_workers']:,.0f}"
    return (
        f"| {name} | {one['workers']:,} | {one['evaluations']:,} | {steady} | "
        f"{used['whole']:.1%} | {one['makespan']:,.0f} | {used['start_seconds']:.1f} | "
        f"{used['drain_seconds']:,.0f} | {one['manager_ms']:.2f} | "
        f"{one['manager_busy']:.1%} | {limit} |"
    )


def picture(path: Path, found: list[tuple[str, dict[str, Any]]]) -> None:
    """Utilisation without start and drain, by the number of workers."""
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4))
    for name in STRATEGIES:
        own = [one for known, one in found if known == name]
        points = [(one["workers"], one["utilisation"]["steady"]) for one in own]
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
    parser.add_argument("--most", type=int, default=16384, help="workers")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    kept = arguments.out / "figures.json"
    figures: dict[str, Any] = {"found": [], "variants": []}
    if kept.exists():
        figures = json.loads(kept.read_text())

    def add(
        part: str, name: str, strategy: str, workers: int, count: int, **how: Any
    ) -> None:
        if [name, workers, count] in [
            [known, one["workers"], one["evaluations"]] for known, one in figures[part]
        ]:
            return
        one = play(strategy, workers, count, **how).to_json()
        figures[part].append([name, one])
        figures["versions"] = versions()
        print(line(name, one), file=sys.stderr, flush=True)
        replace_file(kept, json.dumps(figures, indent=1).encode() + b"\n")
        replace_file(arguments.out / "README.md", page(figures).encode())
        picture(arguments.out / "utilisation.png", figures["found"])

    for strategy, workers, each in GRID:
        if workers <= arguments.most:
            add("found", strategy, strategy, workers, workers * each)
    short: dict[str, dict[str, Any]] = {
        "as it is": {},
        "longest first": {"longest_first": True},
        "limit of 5 means (300 s)": {"limit": "300"},
        "limit and longest first": {"limit": "300", "longest_first": True},
    }
    for name, how in short.items():
        add("variants", name, "random", DRAIN, 8 * DRAIN, **how)
    for name, count in (
        ("generations, the last one full", 8 * DRAIN),
        ("generations, the last one an eighth", 6 * DRAIN + DRAIN // 4),
    ):
        add("variants", name, "codeepneat, generational", DRAIN, count)
    return 0


def page(figures: dict[str, Any]) -> str:
    """The result as Markdown."""
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
        *(line(name, one) for name, one in figures["found"]),
        "",
        "![utilisation](utilisation.png)",
        "",
        "## What shortens the drain",
        "",
        *head,
        *(line(name, one) for name, one in figures["variants"]),
        "",
        f"Machine: {platform.machine()}. Versions: "
        + ", ".join(f"{key} {value}" for key, value in figures["versions"].items())
        + ".",
        "",
        "    python benchmarks/simulation.py --out docs/results/simulation",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())

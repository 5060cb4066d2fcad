"""Islands against one population of the same size, at equal evaluations.

Aging evolution and CoDeepNEAT over NAS-Bench-201 in virtual time: one population, and
the same number of networks (or parts) and of workers split into islands, with ways to
exchange champions and with none. Told is the regret: how far the test accuracy of the
best network by validation is below the best of the table. Run it from the repository::

    EVONAS_DATA=... python benchmarks/islands.py --seeds 30
    EVONAS_DATA=... python benchmarks/islands.py --strategy codeepneat --seeds 10

Each arm leaves its figures in the results folder, so a second call goes on with the
arms and seeds that are missing; the page is made from those files.
"""

from __future__ import annotations

import argparse
import json
import platform
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evonas.build import Resolved, make_plan, open_workers, prepare_islands, resolve
from evonas.compare.curve import judge_by_table
from evonas.compare.statistics import holm, mean_interval, signed_rank
from evonas.config import load_config
from evonas.run import Islands, RunState, Session, versions
from evonas.search import CellCoDeepNEATSettings
from evonas.storage import RunDirectory
from evonas.storage.files import replace_file

ROOT = Path(__file__).parent.parent
CONFIG = ROOT / "configs" / "nasbench201-islands.yaml"
EVALUATIONS = 1000
WORKERS = 8
#: networks of aging evolution in all, and a tournament's share of its population, as
#: the method's paper has it
POPULATION = 100
SHARE = 0.25
#: CoDeepNEAT's defaults over cells are the sizes of one island of four
ISLANDS = 4
#: after how many evaluations regrets are told
POINTS = (250, 500, 1000)


@dataclass(frozen=True)
class Arm:
    """One way to search.

    Attributes:
        strategy: its section.
        islands: its section.
    """

    strategy: Mapping[str, Any]
    islands: Mapping[str, Any]


def aging(count: int, **exchange: Any) -> Arm:
    """Aging evolution with its networks split."""
    size = POPULATION // count
    settings = {"population": size, "sample": max(2, round(SHARE * size))}
    strategy = {"name": "aging_evolution", **settings}
    return Arm(strategy, {"count": count, **exchange})


def coevolution(count: int, times: int, **exchange: Any) -> Arm:
    """CoDeepNEAT with populations so many times as large as by default."""
    default = CellCoDeepNEATSettings()
    strategy = {
        "name": "codeepneat",
        "networks": times * default.networks,
        "modules": {"size": times * default.modules.size},
        "blueprints": {"size": times * default.blueprints.size},
    }
    return Arm(strategy, {"count": count, **exchange})


#: strategy → its arms; the first is what the others are held against
ARMS: dict[str, dict[str, Arm]] = {
    "aging_evolution": {
        "one population": aging(1),
        "4 islands, ring": aging(4, topology="ring", interval=25),
        "4 islands, random": aging(4, topology="random", interval=25),
        "4 islands, full": aging(4, topology="full", interval=25),
        "4 islands, no exchange": aging(4, interval=EVALUATIONS),
        "8 islands, ring": aging(8, topology="ring", interval=25),
    },
    "codeepneat": {
        "one population of four times the size": coevolution(1, ISLANDS),
        "four islands, ring": coevolution(ISLANDS, 1, topology="ring", interval=25),
        "four islands, no exchange": coevolution(ISLANDS, 1, interval=EVALUATIONS),
        "one population of an island's size": coevolution(1, 1),
    },
}
#: strategy → what its page says of it
WORDS = {
    "aging_evolution": f"Aging evolution, {POPULATION} networks in all",
    "codeepneat": "CoDeepNEAT (asynchronous), 24 modules and 72 blueprints in all "
    "(last line: 6 and 18)",
}


def settings(arm: Arm, seed: int) -> Resolved:
    """An arm's search, resolved."""
    changes = {
        "strategy": dict(arm.strategy),
        "islands": dict(arm.islands),
        "budget": {"evaluations": EVALUATIONS},
        "workers": WORKERS,
        "seed": seed,
    }
    return resolve(
        load_config(CONFIG, [f"{k}={json.dumps(v)}" for k, v in changes.items()])
    )


def search(directory: RunDirectory, resolved: Resolved) -> None:
    """One session, of a whole search or of an island."""
    plan = make_plan(resolved, directory)
    with (
        open_workers(resolved) as executor,
        Session(directory, plan, executor) as session,
    ):
        session.run()


def measure(arm: Arm, seed: int) -> dict[str, Any]:
    """One search; its regrets at each point, and the virtual seconds that it took."""
    resolved = settings(arm, seed)
    table = resolved.table
    assert table is not None
    epochs = resolved.config.fidelity.epochs
    best, judge = table.best_test(epochs), judge_by_table(table, epochs)
    assert best is not None
    count = resolved.config.islands.count
    with tempfile.TemporaryDirectory() as folder:
        run = RunDirectory.create(Path(folder) / "run", resolved.config_text)
        if count == 1:
            # The same files as an island has, so that one reader does for both.
            search(RunDirectory.create(run.island(0).root, ""), resolved)
        else:
            islands = prepare_islands(resolved, run)
            parts = [resolve(load_config(one.config)) for one in islands]
            with ThreadPoolExecutor(count) as threads:
                list(threads.map(search, islands, parts))
        state, regrets = RunState(None, resolved.objectives), {}
        for name, payload in Islands(run, count).events({}):
            state.replay(name, payload, "")
            done = state.accounting.evaluations
            if done in POINTS and done not in regrets:
                found = state.incumbents.best
                assert found is not None
                regrets[done] = best - judge(found)[1]
    return {
        "seed": seed,
        "regret": {str(point): regrets[point] for point in POINTS},
        "virtual_seconds": state.accounting.elapsed_seconds,
        "utilisation": state.accounting.utilisation,
    }


def page(found: dict[str, list[dict[str, Any]]]) -> str:
    """The results as text."""
    lines = [
        "# Islands and one population",
        "",
        f"{EVALUATIONS} evaluations of NAS-Bench-201 (CIFAR-10, 200 epochs) on "
        f"{WORKERS} simulated workers. Islands exchange one champion every 25 "
        "evaluations of theirs and wait for it. Regret: percentage points of test "
        "accuracy below the best of the table, of the best network by validation; mean "
        "over seeds with its 95 % bootstrap interval. *p*: Wilcoxon's signed-rank test "
        f"of the regret at {POINTS[-1]} against the first line, corrected (Holm).",
    ]
    commands = []
    for strategy, arms in ARMS.items():
        shown = {arm: found[arm] for arm in arms if arm in found}
        if len(shown) == len(arms):
            seeds = min(map(len, shown.values()))
            shown = {arm: runs[:seeds] for arm, runs in shown.items()}
            lines += ["", f"{WORDS[strategy]}, {seeds} seeds:", "", *table(shown)]
            commands.append(
                f"python benchmarks/islands.py --strategy {strategy} --seeds {seeds}"
            )
    told = ", ".join(f"{name} {value}" for name, value in versions().items())
    lines += ["", f"{platform.machine()}; {told}.", ""]
    return "\n".join([*lines, *(f"    {command}" for command in commands), ""])


def table(found: dict[str, list[dict[str, Any]]]) -> list[str]:
    """The lines of one strategy's table."""
    rng = np.random.default_rng(0)
    regrets = {
        arm: np.array([[one["regret"][str(p)] for p in POINTS] for one in runs]) * 100
        for arm, runs in found.items()
    }
    names = list(found)
    base, others = names[0], names[1:]
    p_values = holm(
        [signed_rank(regrets[a][:, -1] - regrets[base][:, -1]) for a in others]
    )
    lines = [
        f"| | {' | '.join(f'after {p}' for p in POINTS)} | p | virtual days | busy |",
        "|---|" + "---|" * (len(POINTS) + 3),
    ]
    for arm, runs in found.items():
        cells = []
        interval = mean_interval(regrets[arm], rng)
        for place, value in enumerate(regrets[arm].mean(axis=0)):
            ends = ""
            if interval is not None:
                low, high = interval[0][place], interval[1][place]
                ends = f" ({low:.2f} to {high:.2f})"
            cells.append(f"{value:.2f}{ends}")
        p = "" if arm == base else f"{p_values[others.index(arm)]:.2g}"
        days = np.mean([one["virtual_seconds"] for one in runs]) / 86400
        busy = np.mean([one["utilisation"] for one in runs])
        lines.append(f"| {arm} | {' | '.join(cells)} | {p} | {days:.2f} | {busy:.0%} |")
    return lines


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is missing, write figures and page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--strategy", choices=list(ARMS), default="aging_evolution")
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--out", type=Path, default=ROOT / "docs/results/islands")
    given = parser.parse_args(arguments)
    given.out.mkdir(parents=True, exist_ok=True)
    path = given.out / "figures.json"
    found: dict[str, list[dict[str, Any]]] = {}
    if path.exists():
        found = json.loads(path.read_text())
    for seed in range(given.seeds):
        for arm, chosen in ARMS[given.strategy].items():
            runs = found.setdefault(arm, [])
            if len(runs) <= seed:
                runs.append(measure(chosen, seed))
                print(f"{arm}, seed {seed}: {runs[-1]['regret']}", flush=True)
                replace_file(path, json.dumps(found, indent=1).encode() + b"\n")
    (given.out / "README.md").write_text(page(found))


if __name__ == "__main__":
    main()

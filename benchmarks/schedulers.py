"""Short trainings for all, long ones for the best: does it pay at equal training?

Searches on handwritten digits with and without a scheduler. Every search may train for
the same number of epochs in all (`--budget`), of which one network takes `--epochs`
when it is trained fully; the best network by validation is then trained anew as long as
that and tested once. Run it from the repository::

    python benchmarks/schedulers.py --seeds 3

Each search leaves its figures in the results folder, so a second call goes on with what
is missing; the page is made from those files.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import tempfile
from pathlib import Path
from typing import Any

from evonas.api import search
from evonas.storage.files import replace_file

ROOT = Path(__file__).parent.parent
CONFIG = ROOT / "configs" / "digits-asha.yaml"
RESULTS = ROOT / "docs" / "results" / "schedulers"

SMALL_CODEEPNEAT = {
    "name": "codeepneat",
    "networks": 9,
    "modules": {"size": 9, "species": 2},
    "blueprints": {"size": 6, "species": 2},
}

#: arm → strategy, scheduler
ARMS: dict[str, tuple[dict[str, Any], str]] = {
    "random": ({"name": "random"}, "none"),
    "random, successive halving": ({"name": "random"}, "successive_halving"),
    "random, ASHA": ({"name": "random"}, "asha"),
    "CoDeepNEAT": ({**SMALL_CODEEPNEAT, "mode": "generational"}, "none"),
    "CoDeepNEAT, successive halving": (
        {**SMALL_CODEEPNEAT, "mode": "generational"},
        "successive_halving",
    ),
}


def measure(arm: str, seed: int, epochs: float, budget: float) -> dict[str, Any]:
    """One search in this process; its figures as plain JSON."""
    strategy, scheduler = ARMS[arm]
    settings = {
        "strategy": strategy,
        "fidelity": {
            "epochs": epochs,
            "scheduler": {"name": scheduler},
            # A busy machine must not change results.
            "time_limit_seconds": 7200.0,
        },
        "budget": {"epochs": budget},
        "final": {"epochs": epochs},
        "space": {"limits": {"multiply_adds": 400000}},
        "workers": 0,
        "seed": seed,
    }
    # The file's own strategy and scheduler have settings that others do not take.
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.yaml"
        lines = CONFIG.read_text().split("\n\n")
        kept = [part for part in lines if not part.startswith(("strategy", "fidelity"))]
        config.write_text("\n\n".join(kept))
        found = search(config=config, settings=settings, out=Path(folder) / "run")
        told = json.loads((found.directory / "result.json").read_text())
    if not found.finished or found.failure:
        raise SystemExit(f"{arm}, seed {seed}: {found.failure or 'stopped'}")
    return {
        "arm": arm,
        "seed": seed,
        "epochs": epochs,
        "budget": budget,
        "used": told["epochs"],
        "evaluations": told["evaluations"],
        "validation": told["best"]["search_metrics"]["validation_accuracy"],
        "validation_anew": told["best"]["metrics"]["validation_accuracy"],
        "test": told["best"]["metrics"]["test_accuracy"],
        "seconds": round(told["wall_seconds"], 1),
        "scheduler": told.get("scheduler"),
    }


def page(rows: list[dict[str, Any]], machine: str) -> str:
    """The results as Markdown."""
    one = rows[0]
    lines = [
        "# Schedulers at equal training",
        "",
        f"Handwritten digits, {len({row['seed'] for row in rows})} seeds, "
        f"{one['budget']:g} epochs a search, of which a full training takes "
        f"{one['epochs']:g}. *Found*: validation accuracy of the best network in the "
        "search, which is biased upward by having been selected. *Trained anew*: the "
        "same network from fresh weights, for the same epochs; *test* is its test "
        "accuracy. Mean, and lowest to highest over the seeds. One thread, "
        f"{machine}.",
        "",
        "| search | networks | found | trained anew | test | stops that were wrong |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for arm in ARMS:
        own = [row for row in rows if row["arm"] == arm]
        if own:
            lines.append(f"| {arm} | {' | '.join(_cells(own))} |")
    lines += [
        "",
        "The seeds are few and the intervals wide: this shows that the schedulers work "
        "and what they cost, not which of them is best.",
        "",
        f"    python benchmarks/schedulers.py --seeds {len({r['seed'] for r in rows})} "
        f"--epochs {one['epochs']:g} --budget {one['budget']:g}",
        "",
    ]
    return "\n".join(lines)


def _cells(rows: list[dict[str, Any]]) -> list[str]:
    """One arm's columns."""
    scheduled = [row["scheduler"] for row in rows if row["scheduler"] is not None]
    networks = [
        row["evaluations"]
        if row["scheduler"] is None
        else row["scheduler"]["rungs"][0]["candidates"]
        for row in rows
    ]
    cells = [f"{statistics.mean(networks):.0f}"]
    for name in ("validation", "validation_anew", "test"):
        values = [row[name] for row in rows]
        mean = statistics.mean(values)
        cells.append(f"{mean:.1%} ({min(values):.1%} to {max(values):.1%})")
    wrong = sum(one["wrong"] for one in scheduled)
    audited = sum(one["audited"] for one in scheduled)
    cells.append(f"{wrong} of {audited} audited" if scheduled else "–")
    return cells


def main() -> None:
    """Measure what is missing, write the page."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=float, default=3.0, help="a full training")
    parser.add_argument("--budget", type=float, default=18.0, help="epochs a search")
    parser.add_argument("--out", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    figures = arguments.out / "figures.json"
    rows: list[dict[str, Any]] = []
    if figures.exists():
        rows = json.loads(figures.read_text())["rows"]
    plan = (arguments.epochs, arguments.budget)
    rows = [row for row in rows if (row["epochs"], row["budget"]) == plan]
    done = {(row["arm"], row["seed"]) for row in rows}
    machine = f"Python {platform.python_version()}, {platform.machine()}"
    for seed in range(arguments.seeds):
        for arm in ARMS:
            if (arm, seed) in done:
                continue
            rows.append(measure(arm, seed, *plan))
            print(arm, seed, rows[-1]["test"], f"{rows[-1]['seconds']} s", flush=True)
            text = json.dumps({"machine": machine, "rows": rows}, indent=1)
            replace_file(figures, f"{text}\n".encode())
            replace_file(arguments.out / "README.md", page(rows, machine).encode())


if __name__ == "__main__":
    main()

"""How good the classifiers of the database that comes along are, and what they cost.

Level of folding by level: pairwise accuracy, the same within one modality, and how well
best networks are known from the background, on runs and on problems held out; baselines
and blinded variants beside them. Then what judging networks of some 30 layers takes.

    python benchmarks/minibench_judging.py            # a few minutes
    python benchmarks/minibench_judging.py --graph    # graph networks too: ten
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import roc_auc_score

from evonas.architecture import Architecture
from evonas.encoding import MAX_LEVEL, RECIPE, Encoding
from minibench.classifier import BEST, Classifiers, Sample, samples_of
from minibench.classifier.report import Report, evaluate
from minibench.classifier.training import Chosen, Method, choose, train
from minibench.cli import main as minibench
from minibench.database import Database
from minibench.reviews import State
from minibench.selection import Selection

OUT = Path(__file__).parents[1] / "docs" / "results" / "minibench-classifier"
#: layers of the networks that are judged
LAYERS = (26, 34)
#: how often each is judged
TIMES = 3
#: of the control whose best are drawn by lot
SEEDS = range(5)
LEVELS = range(1, MAX_LEVEL + 1)


def shipped(folder: Path) -> list[Sample]:
    """The samples of the database that comes along."""
    db = str(folder / "shipped.sqlite")
    assert minibench(["init", "--db", db]) == 0
    assert minibench(["import", "shipped", "--db", db]) == 0
    with Database.open(db) as database, database.reading() as reader:
        approved = {
            problem: Selection(problem.key, states=(State.APPROVED,))
            for problem in reader.problems().values()
        }
        return [
            sample
            for problem, selection in approved.items()
            for sample in samples_of(problem, reader.records(selection))
        ]


def recipe_alone(chosen: Chosen, method: Method) -> float:
    """Mean area on problems held out, by the recipe alone; the others weigh alike."""
    keys = chosen.judged
    own = {key: chosen.of(key) for key in keys}
    told = {
        key: [
            {name: value for name, value in one.items() if name.startswith(RECIPE)}
            for one in method.encode(samples)
        ]
        for key, samples in own.items()
    }
    fitted = {
        key: method.fit_best(
            told[key], [one.label for one in own[key]], [one.group for one in own[key]]
        )
        for key in keys
    }
    areas = []
    for key in keys:
        said = [
            fitted[other].said(told[key])[1][:, fitted[other].classes.index(BEST)]
            for other in keys
            if other != key
        ]
        truth = [one.label == BEST for one in own[key]]
        areas.append(roc_auc_score(truth, np.mean(said, axis=0)))
    return float(np.mean(areas))


def by_lot(chosen: Chosen, method: Method, seed: int) -> dict[str, Any]:
    """The threshold where a problem's best are drawn by lot: nothing can be learned."""
    rng = np.random.default_rng(seed)
    samples = []
    for key in chosen.judged:
        own = chosen.of(key)
        labels = rng.permutation([one.label for one in own]).tolist()
        samples += [
            replace(one, label=label) for one, label in zip(own, labels, strict=True)
        ]
    found = Classifiers.fit(samples, method).threshold
    assert found is not None
    return {
        "area": found.area.to_json(),
        "warranted": found.warranted,
        "by_share": found.by_share.to_json(),
    }


def milliseconds(classifiers: Classifiers, samples: Sequence[Sample]) -> dict[str, Any]:
    """What each step takes of one processor, for networks not looked at before."""
    steps: dict[str, Callable[[Architecture, Sample], Any]] = {
        "encode": lambda a, one: classifiers.encode(a, one.shape, one.recipe),
        "judge": lambda a, one: classifiers.judge(a, one.shape, one.recipe),
        "nearest": lambda a, one: classifiers.nearest(a, one.shape, one.recipe),
    }
    found = {}
    for name, step in steps.items():
        taken = []
        for _ in range(TIMES):
            for one in samples:
                # an architecture remembers what was worked out of it
                fresh = Architecture.from_json(one.architecture.to_json())
                began = time.process_time()
                step(fresh, one)
                taken.append(1e3 * (time.process_time() - began))
        found[name] = {
            "median": statistics.median(taken),
            "p95": float(np.quantile(taken, 0.95)),
        }
    return found


def picture(figures: Mapping[str, Any], path: Path) -> None:
    """Accuracy against the level of folding, with the baselines."""
    told, order = figures["told"], figures["ordered"]
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), sharex=True)
    lines = [told[f"folding {level}"] for level in LEVELS]
    left.plot(LEVELS, [one["pairwise"] for one in lines], "o-", label="all pairs")
    for modality in lines[0]["within"]:
        values = [one["within"][modality] for one in lines]
        left.plot(LEVELS, values, "o-", label=f"within {modality}")
    for name, style in (("bag of layers", "--"), ("majority", ":")):
        left.axhline(told[name]["pairwise"], ls=style, c="grey", label=name)
    left.set_ylabel("pairwise accuracy, runs held out")
    areas = [order[f"folding {level}"] for level in LEVELS]
    right.plot(LEVELS, [one["own"] for one in areas], "o-", label="runs held out")
    held = np.array([one["held_out"] for one in areas])
    right.plot(LEVELS, held[:, 0], "o-", label="problems held out")
    right.fill_between(LEVELS, held[:, 1], held[:, 2], alpha=0.2, color="C1")
    for name, style in (("without the recipe", "--"), ("bag of layers", "-.")):
        value = order[name]["held_out"][0]
        right.axhline(value, ls=style, c="grey", label=f"{name}, problems held out")
    right.axhline(0.5, ls=":", c="black", label="chance")
    right.set_ylabel("best against background: area")
    for axes in (left, right):
        axes.set_xlabel("level of folding")
        axes.legend(fontsize=7)
        axes.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, dpi=110)


def summed(report: Report) -> dict[str, Any]:
    """What the page says of a report."""
    assert report.threshold is not None
    return {
        "told": {
            one.name: {
                "pairwise": one.mean,
                "within": dict(one.within),
                "accuracy": one.accuracy,
            }
            for one in report.told
        },
        "ordered": {
            one.name: {"own": one.own, "held_out": one.held_out.to_json()}
            for one in report.ordered
        },
        "threshold": report.threshold.to_json(),
        "by_value": report.threshold.by_value.to_json(),
        "by_share": report.threshold.by_share.to_json(),
    }


def tables(figures: Mapping[str, Any]) -> str:
    """The tables of the page."""
    parts = [
        classifier_table(figures),
        held_out_table(figures["threshold"]),
        table(
            ["judging", "median", "95 % of calls"],
            [
                [
                    f"{model}: {step}",
                    f"{one['median']:.2f} ms",
                    f"below {one['p95']:.2f} ms",
                ]
                for model, steps in figures["milliseconds"].items()
                for step, one in steps.items()
            ],
        ),
    ]
    lots = []
    for seed, one in enumerate(figures["by_lot"]):
        value, low, high = one["area"]
        refused = f"{one['by_share']['background']:.0%}"
        said = "yes" if one["warranted"] else "no"
        lots.append(
            [str(seed), f"{value:.3f}", f"{low:.2f} – {high:.2f}", refused, said]
        )
    names = ["best by lot: seed", "area, problems held out", "95 % interval"]
    parts.append(table([*names, "background refused by share", "warranted"], lots))
    if "graph" in figures:
        parts += [
            "Graph networks:",
            classifier_table(figures["graph"]),
            held_out_table(figures["graph"]["threshold"]),
        ]
    return "\n\n".join(parts) + "\n"


def classifier_table(figures: Mapping[str, Any]) -> str:
    """Every variant and baseline."""
    told, order = figures["told"], figures["ordered"]
    modalities = list(told["classifier"]["within"])
    rows = []
    for name in dict.fromkeys((*told, *order)):
        cells = ["–"] * (len(modalities) + 1)
        if name in told:
            own = told[name]
            values = [own["pairwise"], *[own["within"][one] for one in modalities]]
            cells = [f"{value:.3f}" for value in values]
        areas = ["–"] * 3
        if name in order:
            value, low, high = order[name]["held_out"]
            areas = [f"{order[name]['own']:.3f}", f"{value:.3f}"]
            areas.append(f"{low:.2f} – {high:.2f}")
        rows.append([name, *cells, *areas])
    within = [f"within {one}" for one in modalities]
    areas = ["area, runs held out", "area, problems held out", "95 % interval"]
    return table(["by", "all pairs", *within, *areas], rows)


def held_out_table(threshold: Mapping[str, Any]) -> str:
    """Each problem as the one that is searched next."""
    rows = []
    for key, one in threshold["held_out"].items():
        value, low, high = one["area"]
        name = key.partition("@")[0]
        refused = [
            f"{one[rule][what]:.0%}"
            for rule in ("by_value", "by_share")
            for what in ("best", "background")
        ]
        rows.append([f"`{name}`", f"{value:.3f}", f"{low:.2f} – {high:.2f}", *refused])
    names = ["problem held out", "area", "95 % interval"]
    names += ["refused by value: best", "background", "by share: best", "background"]
    return table(names, rows)


def table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """As Markdown."""
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join("| " + " | ".join(one) + " |" for one in lines)


def main() -> None:
    """Measure, draw and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--graph", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        chosen = choose(shipped(Path(folder)))
    method = Method()
    made = train(chosen, method)
    judged = [
        one
        for one in chosen.samples
        if LAYERS[0] <= len(one.architecture.layers) <= LAYERS[1]
    ]
    figures = {
        "machine": platform.processor() or platform.machine(),
        "python": platform.python_version(),
        "records": made.count,
        "digest": made.digest,
        "judged": {
            "networks": len(judged),
            "layers": statistics.mean(len(one.architecture.layers) for one in judged),
            "problems": len(made.best),
        },
        "milliseconds": {"linear": milliseconds(made, judged)},
        **summed(evaluate(chosen, method, made, sweep=True)),
        "recipe_alone": recipe_alone(chosen, method),
        "by_lot": [by_lot(chosen, method, seed) for seed in SEEDS],
    }
    if options.graph:
        network = Method(Encoding(rounds=0, statistics=False), "graph")
        made = train(chosen, network)
        figures["milliseconds"]["graph"] = milliseconds(made, judged)
        figures["graph"] = summed(evaluate(chosen, network, made))
    options.out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(figures, indent=1) + "\n"
    (options.out / "figures.json").write_text(text, "utf-8")
    print(tables(figures))
    picture(figures, options.out / "folding.png")


if __name__ == "__main__":
    main()

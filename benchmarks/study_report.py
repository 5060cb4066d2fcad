"""Tables and pictures of the study, from the files that its searches left."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import wilcoxon

from evonas.architecture import Architecture, Layer
from evonas.evaluation import Request

BOOTSTRAPS = 10_000


def structure(asked: Mapping[int, Request], best: int) -> dict[str, Any]:
    """What the networks of one search look like, and where the winner comes from."""
    first = {
        _shape_of(request.candidate.architecture)
        for request in asked.values()
        if request.origin.get("generation", 0) == 0
    }
    species = [len(set(one.origin.get("modules", {}))) for one in asked.values()]
    winner = asked[best]
    return {
        "branching_share": round(
            float(np.mean([_branches(one.candidate) for one in asked.values()])), 3
        ),
        "species_used_most": max(species),
        "two_species_share": round(float(np.mean(np.array(species) >= 2)), 3),
        "winner_generation": winner.origin.get("generation"),
        "winner_species": len(set(winner.origin.get("modules", {}))),
        "winner_branches": bool(_branches(winner.candidate)),
        "winner_is_new": _shape_of(winner.candidate.architecture) not in first,
        "winner_layers": len(winner.candidate.architecture.layers),
    }


def _branches(candidate: Any) -> bool:
    return any(layer.op in ("sum", "concat") for layer in candidate.architecture.layers)


def _shape_of(architecture: Architecture) -> str:
    """Fingerprint of the graph of layer kinds alone, without their sizes."""
    bare = {
        "conv": {"filters": 1},
        "separable_conv": {"filters": 1},
        "mbconv": {"filters": 1},
        "factorised_conv": {"filters": 1},
        "dense": {"units": 1},
    }
    layers = tuple(
        Layer(layer.op, bare.get(layer.op, {})) for layer in architecture.layers
    )
    return Architecture(layers, architecture.edges).fingerprint()


def incumbents(validation: Sequence[float | None]) -> np.ndarray:
    """Best validation accuracy after 1, 2, … trainings; failed ones count as 0."""
    values = [0.0 if value is None else value for value in validation]
    return np.maximum.accumulate(np.array(values))


def interval(values: np.ndarray, rng: np.random.Generator) -> tuple[float, float]:
    """95 % bootstrap interval of the mean."""
    draws = rng.choice(values, (BOOTSTRAPS, len(values))).mean(axis=1)
    low, high = np.quantile(draws, [0.025, 0.975])
    return float(low), float(high)


def report(folder: Path, arms: Sequence[str]) -> None:
    """Write `README.md`, `summary.json` and the pictures into the study's folder."""
    found = {
        arm: {
            one["seed"]: one
            for path in sorted(folder.glob(f"{arm}-*.json"))
            for one in [json.loads(path.read_text())]
        }
        for arm in arms
    }
    seeds = sorted(set.intersection(*(set(one) for one in found.values())))
    curves = {
        arm: np.array([incumbents(found[arm][seed]["validation"]) for seed in seeds])
        for arm in arms
    }
    rng = np.random.default_rng(0)
    rows = [_row(arm, curves, found[arm], seeds, rng) for arm in arms]
    _draw(folder, curves)
    summary = {"seeds": seeds, "arms": rows}
    (folder / "summary.json").write_text(json.dumps(summary, indent=1) + "\n")
    text = _page(folder, rows, seeds, found)
    (folder / "README.md").write_text(text)
    print(text)


def _row(
    arm: str,
    curves: Mapping[str, np.ndarray],
    found: Mapping[int, Any],
    seeds: Sequence[int],
    rng: np.random.Generator,
) -> dict[str, Any]:
    area, last = curves[arm].mean(axis=1), curves[arm][:, -1]
    row: dict[str, Any] = {
        "arm": arm,
        "area": float(area.mean()),
        "area_interval": interval(area, rng),
        "last": float(last.mean()),
        "last_interval": interval(last, rng),
        "minutes": float(np.mean([found[seed]["seconds"] for seed in seeds]) / 60),
        "two_species_share": _mean(found, seeds, "two_species_share"),
        "branching_share": _mean(found, seeds, "branching_share"),
        "winner_is_new": _mean(found, seeds, "winner_is_new"),
        "winner_branches": _mean(found, seeds, "winner_branches"),
    }
    if arm != "codeepneat":
        ahead = curves["codeepneat"].mean(axis=1) - area
        ahead_last = curves["codeepneat"][:, -1] - last
        row |= {
            "ahead_area": float(ahead.mean()),
            "ahead_area_interval": interval(ahead, rng),
            "ahead_last": float(ahead_last.mean()),
            "ahead_last_interval": interval(ahead_last, rng),
            "wins": int((ahead > 0).sum()),
            "p_value": float(wilcoxon(ahead).pvalue) if ahead.any() else 1.0,
        }
    return row


def _mean(found: Mapping[int, Any], seeds: Sequence[int], name: str) -> float:
    return float(np.mean([found[seed]["structure"][name] for seed in seeds]))


def _draw(folder: Path, curves: Mapping[str, np.ndarray]) -> None:
    rng = np.random.default_rng(0)
    figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
    for arm, values in curves.items():
        steps = np.arange(1, values.shape[1] + 1)
        bounds = np.array([interval(column, rng) for column in values.T]).T
        (line,) = axes.plot(steps, 100 * values.mean(axis=0), label=arm)
        axes.fill_between(steps, *(100 * bounds), alpha=0.15, color=line.get_color())
    lowest = min(values[:, 5].mean() for values in curves.values())
    axes.set_ylim(bottom=100 * lowest)
    axes.set_xlabel("trainings")
    axes.set_ylabel("validation accuracy of the incumbent, %")
    axes.set_title("Fashion-MNIST mini: mean and 95 % interval over seeds")
    axes.legend()
    axes.grid(alpha=0.3)
    figure.savefig(folder / "incumbents.png", dpi=120)
    plt.close(figure)


def _page(
    folder: Path,
    rows: Sequence[Mapping[str, Any]],
    seeds: Sequence[int],
    found: Mapping[str, Mapping[int, Any]],
) -> str:
    first = found["codeepneat"][seeds[0]]
    lines = [
        "# CoDeepNEAT against random search on Fashion-MNIST mini",
        "",
        f"{len(seeds)} paired seeds, {len(first['validation'])} trainings a search, "
        "the configuration `configs/fashion-mnist-mini.yaml`. Validation accuracy of "
        "the incumbent (the best network so far), in percent; *area* is its mean over "
        "all trainings of a search. Intervals are 95 % bootstrap intervals over seeds. "
        "*ahead* is how far `codeepneat` is ahead of the arm on the same seed; p is "
        "Wilcoxon's signed-rank test of the area, two-sided and not corrected for "
        "the three comparisons.",
        "",
        "| arm | area | at the end | ahead (area) | ahead (end) | seeds won | p | "
        "minutes |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        cells = [
            row["arm"],
            _with_interval(row, "area"),
            _with_interval(row, "last"),
            _with_interval(row, "ahead_area") if "wins" in row else "",
            _with_interval(row, "ahead_last") if "wins" in row else "",
            f"{row['wins']} of {len(seeds)}" if "wins" in row else "",
            f"{row['p_value']:.3f}" if "wins" in row else "",
            f"{row['minutes']:.1f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    own = rows[0]
    lines += [
        "",
        "![incumbents](incumbents.png)",
        "",
        "What the searches of `codeepneat` look like, means over seeds: "
        f"{own['two_species_share']:.0%} of the networks use two or more module "
        f"species, {own['branching_share']:.0%} branch; of the winners "
        f"{own['winner_branches']:.0%} branch and {own['winner_is_new']:.0%} have a "
        "graph of layer kinds that no network of generation 0 had.",
        "",
    ]
    final = folder / "final.json"
    if final.exists():
        one = json.loads(final.read_text())
        record = one["record"]
        lines += [
            f"The best of the first three searches (seed {one['seed']}), trained "
            f"for {record['fidelity']['epochs']:g} epochs on the {one['size']} set: "
            f"validation {record['metrics']['validation_accuracy']:.2%}, **test "
            f"{record['metrics']['test_accuracy']:.2%}**, "
            f"{record['cost']['parameters']:,} parameters, {record['seconds']:.0f} s. "
            "The test set was opened this once.",
            "",
        ]
    lines += [
        f"Machine: two {platform.machine()} CPU cores without a GPU, two searches at "
        "a time with one thread each (minutes are of one search, while the machine "
        f"had other work too). Versions: {_versions(first)}.",
        "",
        f"    python benchmarks/study.py run --first {seeds[0]} --seeds {len(seeds)}",
        "    python benchmarks/study.py train --epochs 20",
        "    python benchmarks/study.py report",
        "",
    ]
    return "\n".join(lines)


def _with_interval(row: Mapping[str, Any], name: str) -> str:
    low, high = row[f"{name}_interval"]
    return f"{100 * row[name]:.2f} [{100 * low:.2f}, {100 * high:.2f}]"


def _versions(first: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {text}" for name, text in first["versions"].items())

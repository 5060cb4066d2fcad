"""Pictures of the searches that train: the source's, with our data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from minibench_trained import ALONE
from minibench_trained_measures import BASELINE, Found, Scale, Search, estimate

mpl.use("Agg")
import matplotlib.pyplot as plt

#: arm → colour, the same in every picture
COLOURS = {
    BASELINE: "tab:gray",
    "constrained": "tab:blue",
    "hpo": "tab:orange",
    "set": "tab:green",
    "random": "tab:red",
    "union": "tab:purple",
    "oracle": "tab:olive",
}


def draw(
    folder: Path,
    found: Found,
    problems: Sequence[str],
    controlled: Sequence[str],
    speed: Sequence[Search],
) -> list[str]:
    """Draw what there are figures for; gives the names of the files."""
    drawn = ["generations.png", "loss.png"]
    _generations(folder / drawn[0], found, problems)
    _losses(folder / drawn[1], found, problems)
    guided = [one for one in problems if one not in ALONE]
    if found.pairs("constrained", guided):
        _regrets(folder / "regret.png", found, guided)
        drawn.append("regret.png")
    if any(found.of(one, "hpo") for one in controlled):
        _modes(folder / "modes.png", found, controlled)
        drawn.append("modes.png")
    if {one.data["workers"] for one in speed} >= {1, 2}:
        _speed_up(folder / "workers.png", speed)
        drawn.append("workers.png")
    return drawn


def _generations(path: Path, found: Found, problems: Sequence[str]) -> None:
    """Mean of each generation (dashed) and best so far (solid), means over seeds."""
    shown = [one for one in problems if found.of(one, BASELINE)]
    figure, places = _grid(len(shown))
    for axes, problem in zip(places, shown, strict=False):
        for arm in (BASELINE, "constrained"):
            searches = found.of(problem, arm)
            if searches:
                _per_generation(axes, searches, COLOURS[arm], arm)
        axes.set_title(problem, fontsize=9)
        axes.set_ylabel(searches_metric(found.of(problem, BASELINE)), fontsize=8)
    places[0].legend(fontsize=7)
    figure.supxlabel("trainings; dashed: mean of the generation, solid: best so far")
    _save(figure, path)


def _per_generation(
    axes: Any, searches: Sequence[Search], colour: str, label: str
) -> None:
    """A search's generations may end early, so that places are those of trainings."""
    sign = -1.0 if searches[0].data["direction"] == "minimise" else 1.0
    steps = range(12, min(len(one.gains) for one in searches) + 1, 12)
    means = [
        np.nanmean([np.nanmean(one.gains[at - 12 : at]) for one in searches])
        for at in steps
    ]
    bests = [np.mean([one.incumbents[at - 1] for one in searches]) for at in steps]
    axes.plot(steps, sign * np.array(means), "--", color=colour)
    axes.plot(steps, sign * np.array(bests), color=colour, label=label)
    axes.grid(alpha=0.3)


def _regrets(path: Path, found: Found, problems: Sequence[str]) -> None:
    """Regret of the best so far over all problems, with 95 % intervals."""
    figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
    shared = [one for one in problems if found.pairs("constrained", [one])]
    rng = np.random.default_rng(0)
    for arm in (BASELINE, "constrained"):
        curves = {
            problem: _regret_curves(found, problem, arm, seeds)
            for problem in shared
            for seeds in [_shared_seeds(found, problem)]
        }
        length = min(curve.shape[1] for curve in curves.values())
        steps = range(1, length + 1)
        rows = [
            estimate({key: curve[:, at] for key, curve in curves.items()}, rng)
            for at in range(length)
        ]
        axes.plot(steps, [row.mean for row in rows], color=COLOURS[arm], label=arm)
        axes.fill_between(
            steps,
            [row.low for row in rows],
            [row.high for row in rows],
            alpha=0.15,
            color=COLOURS[arm],
        )
    axes.set_xlabel("trainings")
    axes.set_ylabel("regret of the best so far")
    axes.set_ylim(top=1.5)
    axes.set_title(f"{len(shared)} problems: mean and 95 % interval", fontsize=10)
    axes.legend()
    axes.grid(alpha=0.3)
    _save(figure, path)


def _shared_seeds(found: Found, problem: str) -> set[int]:
    pairs = found.pairs("constrained", [problem])[problem]
    return {int(one.data["seed"]) for one, _ in pairs}


def _regret_curves(found: Found, problem: str, arm: str, seeds: set[int]) -> np.ndarray:
    scale = Scale(found.of(problem, BASELINE))
    own = [one for one in found.of(problem, arm) if one.data["seed"] in seeds]
    length = min(len(one.gains) for one in own)
    # before anything has learned: as bad as the worst that is shown
    return np.array(
        [
            [
                2.0 if math.isnan(gain) else min(2.0, scale.regret(float(gain)))
                for gain in one.incumbents[:length]
            ]
            for one in own
        ]
    )


def _modes(path: Path, found: Found, controlled: Sequence[str]) -> None:
    """NAS and HPO mode: mean of the last 12 trainings above, best so far below."""
    shown = [one for one in controlled if found.of(one, "hpo")]
    figure, places = plt.subplots(
        2, len(shown), figsize=(3.6 * len(shown), 5.4), layout="constrained"
    )
    rows = np.array(places).reshape(2, len(shown))
    for column, problem in enumerate(shown):
        for arm, name in (
            (BASELINE, "NAS, unconstrained"),
            ("constrained", "NAS, constrained"),
            ("hpo", "HPO"),
        ):
            searches = found.of(problem, arm)
            if not searches:
                continue
            sign = -1.0 if searches[0].data["direction"] == "minimise" else 1.0
            length = min(len(one.gains) for one in searches)
            steps = np.arange(12, length + 1)
            means = [
                np.nanmean([np.nanmean(one.gains[at - 12 : at]) for one in searches])
                for at in steps
            ]
            bests = [
                np.mean([one.incumbents[at - 1] for one in searches]) for at in steps
            ]
            colour = COLOURS[arm]
            rows[0, column].plot(steps, sign * np.array(means), color=colour)
            rows[1, column].plot(
                steps, sign * np.array(bests), color=colour, label=name
            )
        rows[0, column].set_title(problem, fontsize=10)
        metric = searches_metric(found.of(problem, "hpo"))
        rows[0, column].set_ylabel(f"mean of 12, {metric}", fontsize=8)
        rows[1, column].set_ylabel(f"best, {metric}", fontsize=8)
        rows[1, column].set_xlabel("trainings")
        for axes in rows[:, column]:
            axes.grid(alpha=0.3)
    rows[1, 0].legend(fontsize=8)
    _save(figure, path)


def _losses(path: Path, found: Found, problems: Sequence[str]) -> None:
    """Validation loss of each search's best networks after each epoch, medians."""
    shown = [
        one
        for one in problems
        if found.of(one, BASELINE) and _epochs_of(found.of(one, BASELINE)) > 1
    ]
    figure, places = _grid(len(shown))
    for axes, problem in zip(places, shown, strict=False):
        for arm in (BASELINE, "constrained"):
            curves = [c for one in found.of(problem, arm) for c in one.data["curves"]]
            length = min((len(one["epoch"]) for one in curves), default=0)
            if not length:
                continue
            losses = np.array(
                [
                    [_number(v) for v in one["validation_loss"][:length]]
                    for one in curves
                ]
            )
            epochs = np.mean([one["epoch"][:length] for one in curves], axis=0)
            low, middle, high = np.nanquantile(losses, [0.25, 0.5, 0.75], axis=0)
            axes.plot(epochs, middle, color=COLOURS[arm], label=arm)
            axes.fill_between(epochs, low, high, alpha=0.15, color=COLOURS[arm])
        axes.set_title(problem, fontsize=9)
        axes.grid(alpha=0.3)
    places[0].legend(fontsize=7)
    figure.supxlabel("epoch")
    figure.supylabel("validation loss: median and quartiles")
    _save(figure, path)


def _speed_up(path: Path, speed: Sequence[Search]) -> None:
    """How much sooner the same search ends, and what an epoch of it takes."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(7, 3.4), layout="constrained")
    by_seed: dict[int, dict[int, Search]] = {}
    for one in speed:
        by_seed.setdefault(one.data["seed"], {})[one.data["workers"]] = one
    for seed, own in sorted(by_seed.items()):
        if set(own) < {1, 2}:
            continue
        walls = [own[count].data["wall_seconds"] for count in (1, 2)]
        left.plot(
            (1, 2), [walls[0] / wall for wall in walls], "o-", label=f"seed {seed}"
        )
        right.plot((1, 2), [own[n].wall_epoch_seconds for n in (1, 2)], "o-")
    left.plot((1, 2), (1, 2), ":", color="gray", label="ideal")
    left.set_ylabel("speed-up")
    right.set_ylabel("seconds of the search for an epoch")
    right.set_ylim(bottom=0)
    for axes in (left, right):
        axes.set_xticks((1, 2))
        axes.set_xlabel("workers")
        axes.grid(alpha=0.3)
    left.legend(fontsize=8)
    _save(figure, path)


def searches_metric(searches: Sequence[Search]) -> str:
    """What they were judged by, without `validation_`."""
    return str(searches[0].data["metric"]).removeprefix("validation_")


def _epochs_of(searches: Sequence[Search]) -> int:
    return max(len(one["epoch"]) for one in searches[0].data["curves"])


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _grid(count: int) -> tuple[Any, Sequence[Any]]:
    columns = min(5, count)
    rows = math.ceil(count / columns)
    figure, places = plt.subplots(
        rows, columns, figsize=(2.7 * columns, 2.5 * rows + 0.4), layout="constrained"
    )
    flat = list(np.array(places).reshape(-1))
    for axes in flat[count:]:
        axes.set_visible(False)
    return figure, flat


def _save(figure: Any, path: Path) -> None:
    figure.savefig(path, dpi=110)
    plt.close(figure)

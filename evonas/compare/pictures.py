"""Pictures of a comparison: curves over each axis, and where runs have ended."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from evonas.compare.axes import Axis, at_common_axes
from evonas.compare.folder import Played
from evonas.compare.statistics import Floats, mean_interval
from evonas.compare.yardstick import Yardstick

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: of the bands; a picture does not show more
_RESAMPLES = 1000
_DOTS_PER_INCH = 130
#: colours that colour-blind readers can tell apart (Okabe and Ito 2008), then greys
_COLOURS = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#e69f00",
    "#56b4e9",
    "#000000",
    "#7f7f7f",
)
_DASHES = ("-", "--", ":", "-.")
_AXES = {"evaluations": "evaluations", "seconds": "seconds of the run's clock"}

Runs = Mapping[str, Sequence[Played]]


def draw(played: Runs, yardstick: Yardstick, *, seconds: bool) -> dict[str, bytes]:
    """Name of each picture → its PNG.

    Args:
        played: name of each config → its runs.
        yardstick: what they are judged by.
        seconds: whether the task has times.
    """
    pictures = {
        f"curves-{axis.name}.png": _curves(axis, played, yardstick)
        for axis in at_common_axes(played, seconds=seconds)
    }
    return {**pictures, "final.png": _ends(played, yardstick)}


def _curves(axis: Axis, played: Runs, yardstick: Yardstick) -> bytes:
    """Means over the seeds, with the bootstrap interval of each as a band."""
    figure, axes = _figure()
    rng = np.random.default_rng(0)
    places = axis.places()
    for number, (name, runs) in enumerate(played.items()):
        values = yardstick.shown(axis.values(runs, places))
        colour, dash = _look(number)
        axes.step(
            places,
            values.mean(axis=0),
            where="post",
            color=colour,
            linestyle=dash,
            label=f"{name} ({len(runs)})",
        )
        ends = mean_interval(values, rng, _RESAMPLES)
        if ends is not None:
            axes.fill_between(
                places, *ends, step="post", color=colour, alpha=0.18, linewidth=0
            )
    if axis.end > axis.start > 0:
        axes.set_xscale("log")
    axes.set_xlabel(_AXES[axis.name])
    axes.set_ylabel(f"incumbent's {yardstick.curve_told}")
    _logarithmic(axes, yardstick, played)
    axes.legend(frameon=False, title="mean and 95 % interval (seeds)")
    return _png(figure)


def _logarithmic(axes: Axes, yardstick: Yardstick, played: Runs) -> None:
    """Regret shrinks by factors; where some are zero, linear below a hundredth."""
    if yardstick.best is None:
        return
    largest = max(
        float(yardstick.shown(np.array([run.points[0].judged]))[0])
        for runs in played.values()
        for run in runs
    )
    if largest > 0:
        axes.set_yscale("symlog", linthresh=largest * 1e-2)
        axes.set_ylim(bottom=0)


def _ends(played: Runs, yardstick: Yardstick) -> bytes:
    """A dot a run, and the quartiles of each config."""
    figure, axes = _figure(height=1.4 + 0.55 * len(played))
    rng = np.random.default_rng(0)
    names = list(played)
    for number, name in enumerate(names):
        values: Floats = yardstick.ends(played[name])
        colour, _ = _look(number)
        heights = number + rng.uniform(-0.16, 0.16, len(values))
        axes.scatter(values, heights, s=9, color=colour, alpha=0.55, linewidth=0)
        low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
        axes.plot([low, high], [number + 0.3] * 2, color=colour, linewidth=3)
        axes.plot([middle], [number + 0.3], "|", color="black", markersize=11)
        axes.plot([values.mean()], [number + 0.3], "D", color="black", markersize=4)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.5)
    axes.set_xlabel(f"{yardstick.told} at the end: quartiles, median (|), mean (◆)")
    return _png(figure)


def _look(number: int) -> tuple[str, str]:
    dash = _DASHES[number // len(_COLOURS) % len(_DASHES)]
    return _COLOURS[number % len(_COLOURS)], dash


def _figure(height: float = 4.6) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.4, height), layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
    return figure, axes


def _png(figure: Figure) -> bytes:
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=_DOTS_PER_INCH)
    return stream.getvalue()

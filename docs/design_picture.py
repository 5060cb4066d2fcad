"""Draws `design.png`: the rooms from top to bottom, and one candidate's way through.

Run it where it lies: `python docs/design_picture.py`. A test holds `ROOMS` against the
import table.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib

matplotlib.use("agg")

from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, PathPatch
from matplotlib.path import Path as Curve

LEFT, MIDDLE, RIGHT, FAR, OUTER = 2.0, 6.1, 10.2, 14.3, 17.8
WIDTH, HEIGHT, ROW = 3.1, 0.66, 1.0

#: name, what it is for, place and colour of each room, line by line of the import table
ROOMS = (
    (
        ("evonas.cli", "the same from the shell", LEFT, "face"),
        ("evonas.api", "and from Python", MIDDLE, "face"),
        ("minibench.cli", "curating the database", OUTER, "face"),
    ),
    (
        ("evonas.compare", "configs × seeds", LEFT, "face"),
        ("evonas.simulate", "made-up workers", MIDDLE, "face"),
    ),
    (("evonas.build", "settings → objects", MIDDLE, "face"),),
    (("evonas.run", "the loop, resume, result", MIDDLE, "run"),),
    (
        ("evonas.search", "strategies: ask and tell", LEFT, "search"),
        ("evonas.training", "request → record", RIGHT, "torch"),
        ("evonas.tables", "request → known record", FAR, "data"),
        ("minibench", "results kept for years", OUTER, "data"),
    ),
    (("evonas.population", "species, sharing, Pareto", LEFT, "search"),),
    (
        ("evonas.genome", "modules, blueprints", LEFT, "search"),
        ("evonas.storage", "journal, weights", MIDDLE, "run"),
        ("evonas.network", "architecture → torch", RIGHT, "torch"),
    ),
    (("evonas.advice", "verdicts, revisions", LEFT, "search"),),
    (
        ("evonas.evaluation", "request, record, outcome", LEFT, "data"),
        ("evonas.config", "settings, checked", MIDDLE, "face"),
    ),
    (
        ("evonas.candidate", "architecture + recipe", LEFT, "data"),
        ("evonas.tasks", "data, splits, metrics", MIDDLE, "data"),
        ("evonas.formats", "files of known results", FAR, "data"),
        ("evonas.encoding", "architecture → numbers", OUTER, "data"),
    ),
    (
        ("evonas.space", "what may be drawn", LEFT, "search"),
        ("evonas.cells", "published cells", MIDDLE, "data"),
    ),
    (
        ("evonas.architecture", "layers, shapes, costs", LEFT, "data"),
        ("cluster", "inline, processes, MPI", RIGHT, "run"),
    ),
    (("evonas.errors", "one small tree", LEFT, "data"),),
)

#: fill and edge of each colour
COLOURS = {
    "face": ("#eef0f3", "#8a93a3"),
    "run": ("#fdebd2", "#cf8a2e"),
    "search": ("#e0f0e3", "#4c9a5f"),
    "torch": ("#e5e6fb", "#6469c4"),
    "data": ("#f7f4ea", "#a99f78"),
}
INK, WAY = "#20242c", "#b3261e"


def top(line: int) -> float:
    """Height of the middle of a line's boxes."""
    return -ROW * line


def room(axes: Axes, line: int, name: str, words: str, x: float, colour: str) -> None:
    """One box."""
    fill, edge = COLOURS[colour]
    corner = (x - WIDTH / 2, top(line) - HEIGHT / 2)
    axes.add_patch(
        FancyBboxPatch(
            corner,
            WIDTH,
            HEIGHT,
            boxstyle="round,pad=0,rounding_size=0.12",
            facecolor=fill,
            edgecolor=edge,
            linewidth=1.2,
            zorder=2,
        )
    )
    put = {"ha": "center", "va": "center", "color": INK, "zorder": 3}
    axes.text(x, top(line) + 0.13, name, fontsize=11.5, fontweight="bold", **put)
    axes.text(x, top(line) - 0.16, words, fontsize=9.5, **put)


def way(axes: Axes, points: list[tuple[float, float]]) -> None:
    """An arrow along straight pieces with rounded corners."""
    rounding = 0.18
    vertices, codes = [points[0]], [Curve.MOVETO]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        for end in (before, after):
            gap = max(abs(end[0] - corner[0]), abs(end[1] - corner[1]))
            share = min(0.5, rounding / gap)
            near = tuple(c + share * (e - c) for c, e in zip(corner, end, strict=True))
            vertices += [near] if end is before else [corner, near]
        codes += [Curve.LINETO, Curve.CURVE3, Curve.CURVE3]
    vertices.append(points[-1])
    codes.append(Curve.LINETO)
    line = {"edgecolor": WAY, "linewidth": 2.0, "zorder": 4, "capstyle": "round"}
    axes.add_patch(PathPatch(Curve(vertices, codes), facecolor="none", **line))
    axes.annotate(
        "",
        xy=points[-1],
        xytext=tuple(
            end + 0.02 * (start - end)
            for start, end in zip(points[-2], points[-1], strict=True)
        ),
        arrowprops={
            "arrowstyle": "-|>,head_width=0.28,head_length=0.5",
            "color": WAY,
            "linewidth": 2.0,
            "shrinkA": 0,
            "shrinkB": 0,
        },
        zorder=5,
    )


def step(axes: Axes, x: float, y: float, number: str, words: str, side: str) -> None:
    """The number of a step in a disc, with its words to the left or right of it."""
    axes.text(
        x,
        y,
        number,
        color="white",
        fontsize=9.5,
        fontweight="bold",
        ha="center",
        va="center",
        zorder=7,
        bbox={"boxstyle": "circle,pad=0.22", "facecolor": WAY, "edgecolor": "white"},
    )
    if words:
        axes.text(
            x + (0.24 if side == "left" else -0.24),
            y,
            words,
            color=WAY,
            fontsize=9.5,
            ha=side,
            va="center",
            linespacing=1.15,
            zorder=6,
        )


def candidate(axes: Axes) -> None:
    """The way of one candidate, from the strategy that asks to the one that is told."""
    half, run = HEIGHT / 2, top(3)
    # search and run
    way(
        axes,
        [(LEFT - 0.55, top(4) + half), (LEFT - 0.55, run + 0.15), (4.55, run + 0.15)],
    )
    way(
        axes,
        [(4.55, run - 0.15), (LEFT + 0.75, run - 0.15), (LEFT + 0.75, top(4) + half)],
    )
    step(axes, LEFT - 0.55, run + 0.15, "1", "ask", "right")
    step(axes, LEFT + 0.75, run - 0.15, "8", "", "left")
    axes.text(
        LEFT + 1.0, run - 0.42, "tell", color=WAY, fontsize=9.5, ha="left", va="center"
    )
    # run and storage
    way(axes, [(MIDDLE - 0.5, run - half), (MIDDLE - 0.5, top(6) + half)])
    way(axes, [(MIDDLE + 0.5, run - half), (MIDDLE + 0.5, top(6) + half)])
    step(axes, MIDDLE - 0.5, top(4) - 0.2, "2", "asked\nis written", "right")
    step(axes, MIDDLE + 0.5, top(4) - 0.2, "7", "told\nis written", "left")
    # run and cluster
    lane = 8.15
    way(
        axes, [(7.65, run - 0.15), (lane, run - 0.15), (lane, top(11)), (8.65, top(11))]
    )
    step(axes, lane, top(8), "3", "submit", "left")
    way(
        axes,
        [
            (RIGHT + WIDTH / 2, top(11)),
            (12.35, top(11)),
            (12.35, run + 0.15),
            (7.65, run + 0.15),
        ],
    )
    step(axes, 12.35, top(8), "6", "record", "right")
    # cluster, training, network
    way(axes, [(RIGHT - 0.85, top(11) + half), (RIGHT - 0.85, top(6) - 0.66)])
    step(
        axes,
        RIGHT - 0.85,
        top(9),
        "4",
        "to a warm child\n(local, or of a rank)",
        "left",
    )
    way(axes, [(RIGHT, top(4) - half), (RIGHT, top(6) + half)])
    step(axes, RIGHT, top(5), "5", "build, train,\nmeasure", "left")


def draw(path: Path) -> None:
    """Write the picture."""
    figure = pyplot.figure(figsize=(16.6, 9.9))
    axes = figure.add_axes((0.01, 0.01, 0.98, 0.98))
    axes.set_xlim(-0.35, 19.52)
    axes.set_ylim(top(len(ROOMS) - 1) - 0.75, 0.95)
    axes.axis("off")
    axes.add_patch(
        FancyBboxPatch(
            (RIGHT - 1.8, top(6) - 0.66),
            3.6,
            top(4) - top(6) + 1.22,
            boxstyle="round,pad=0,rounding_size=0.2",
            facecolor="#f6f6fe",
            edgecolor=COLOURS["torch"][1],
            linestyle=(0, (4, 3)),
            linewidth=1.3,
            zorder=0,
        )
    )
    axes.text(
        RIGHT + 1.7,
        top(6) - 0.5,
        "torch lives here, in child processes",
        fontsize=9.5,
        fontstyle="italic",
        color=COLOURS["torch"][1],
        ha="right",
        va="center",
    )
    for line, rooms in enumerate(ROOMS):
        for name, words, x, colour in rooms:
            room(axes, line, name, words, x, colour)
    candidate(axes)
    axes.annotate(
        "",
        xy=(-0.15, top(len(ROOMS) - 1) - 0.3),
        xytext=(-0.15, 0.3),
        arrowprops={"arrowstyle": "-|>", "color": "#8a93a3", "linewidth": 1.4},
    )
    axes.text(
        -0.28,
        top((len(ROOMS) - 1) // 2),
        "imports only from below",
        rotation=90,
        fontsize=10,
        color="#5d6675",
        ha="center",
        va="center",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 2},
    )
    axes.text(
        -0.15,
        0.7,
        "Rooms of evonas, and one candidate's way",
        fontsize=14,
        fontweight="bold",
        color=INK,
        ha="left",
        va="center",
    )
    figure.savefig(path, dpi=130, metadata={"Software": None})
    pyplot.close(figure)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Draw the picture of the design page.")
    parser.add_argument("path", type=Path, nargs="?")
    chosen = parser.parse_args().path
    draw(chosen or Path(__file__).with_name("design.png"))

"""A story as one picture, as wide as a page of A4.

From top to bottom: how much each problem counts over the trainings; what was refused
over the trainings; and the set of now, place by place, each value with a strip that
tells which part of the best networks uses it, of which problem.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from minibench.advice.trainings import OWN
from minibench.explaining.chart import PAGE_INCHES, Colours, draw_chart, lay_out_chart
from minibench.explaining.section import short
from minibench.explaining.story import Story

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: colours that colour-blind readers can tell apart (Okabe and Ito 2008)
_COLOURS = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#e69f00",
    "#56b4e9",
    "#8c564b",
    "#bcbd22",
)
_OWN_COLOUR = "#666666"
_RULES = ("#4d4d4d", "#b2b2b2", "#7fa8c9", "#d9a441")
_DOTS_PER_INCH = 150
#: inches
_PANEL, _GAP, _LEFT, _RIGHT, _TOP, _BOTTOM = 1.35, 0.5, 0.5, 0.2, 0.62, 0.15
#: bars of refusals, at most
_BARS = 40
_SMALL = 7.5
#: lines of a legend have so many names
_ROW = 4


def draw_story(story: Story, ending: str) -> bytes:
    """The picture as a file's content.

    Args:
        story: of the run.
        ending: `svg`, `png` or `pdf`.
    """
    from matplotlib import rc_context

    figure = _figure(story)
    stream = io.BytesIO()
    # the same picture has the same bytes, and letters stay letters
    with rc_context({"svg.hashsalt": "evonas", "svg.fonttype": "none"}):
        metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(ending)
        figure.savefig(stream, format=ending, dpi=_DOTS_PER_INCH, metadata=metadata)
    return stream.getvalue()


def _figure(story: Story) -> Figure:
    from matplotlib.figure import Figure

    colours = _colours(story)
    chart = lay_out_chart(story)
    panels = [_draw_weights] if story.knowledge.sources else []
    panels += [_draw_refusals] if story.refused or not panels else []
    legend = 0.2 * -(-len(colours) // _ROW)
    height = _TOP + legend + len(panels) * (_PANEL + _GAP) + chart.height + _BOTTOM
    figure = Figure(figsize=(PAGE_INCHES, height))
    top = height - _TOP - legend
    for draw in panels:
        axes = figure.add_axes(
            (
                _LEFT / PAGE_INCHES,
                (top - _PANEL) / height,
                1 - (_LEFT + _RIGHT) / PAGE_INCHES,
                _PANEL / height,
            )
        )
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.25)
        axes.tick_params(labelsize=_SMALL)
        draw(axes, story, colours)
        _mark_edits(axes, story)
        axes.set_xlim(0, max(1, len(story.trained)))
        top -= _PANEL + _GAP
    axes.set_xlabel("candidates trained", fontsize=_SMALL)
    draw_chart(figure, chart, colours, top)
    _head(figure, story, colours, height)
    return figure


def _colours(story: Story) -> Colours:
    """Key of a problem, or of the search's own → its colour."""
    sources = sorted(story.knowledge.sources, key=lambda one: -one.weight)
    found = {
        one.sets.problem: _COLOURS[number % len(_COLOURS)]
        for number, one in enumerate(sources)
    }
    return {**found, OWN: _OWN_COLOUR} if found else found


def _head(figure: Figure, story: Story, colours: Colours, height: float) -> None:
    """Title, and a legend of the problems for all of the picture."""
    from matplotlib.patches import Patch

    figure.text(
        0.14 / PAGE_INCHES,
        1 - 0.26 / height,
        f"Why the space of {short(story.knowledge.task)} became what it is",
        fontsize=11,
        weight="bold",
    )
    if colours:
        figure.legend(
            handles=[
                Patch(color=colour, label=short(key, colours))
                for key, colour in colours.items()
            ],
            loc="upper left",
            bbox_to_anchor=(0.06 / PAGE_INCHES, 1 - 0.32 / height),
            ncols=min(_ROW, len(colours)),
            frameon=False,
            fontsize=_SMALL,
        )


def _draw_weights(axes: Axes, story: Story, colours: Colours) -> None:
    """A line a problem; dashed, the part of the set that is the search's own."""
    turns = [turn for turn in story.turns if turn.weights is not None]
    end = len(story.trained)
    # equal ones lie upon each other: the later ones are thinner
    width = 1.4 + 0.9 * len(story.knowledge.sources)
    for key, start in story.knowledge.weights.items():
        points = [(0, start)]
        points += [(turn.told, (turn.weights or {}).get(key, 0.0)) for turn in turns]
        _steps(axes, [*points, (end, points[-1][1])], colours[key], "-", width)
        width -= 0.9
    own = [(turn.told, turn.note.get("merged", {}).get(OWN, 0.0)) for turn in turns]
    if any(value for _, value in own):
        _steps(axes, [*own, (end, own[-1][1])], colours[OWN], "--", 1.4)
    axes.set_ylim(0, 1.02)
    axes.set_title(
        "how much each problem counts (dashed: part of the set that is the search's "
        "own elite)",
        fontsize=_SMALL + 0.5,
        loc="left",
    )


def _steps(
    axes: Axes,
    points: Sequence[tuple[int, float]],
    colour: str,
    dash: str,
    width: float,
) -> None:
    places, values = zip(*points, strict=True)
    axes.step(
        places, values, where="post", color=colour, linestyle=dash, linewidth=width
    )


def _draw_refusals(axes: Axes, story: Story, colours: Colours) -> None:
    """Stacked bars over the trainings, a colour a rule; triangles are audits."""
    refused, end = story.refused, max(1, len(story.trained))
    axes.set_title("candidates refused", fontsize=_SMALL + 0.5, loc="left")
    if not refused:
        axes.text(
            0.5, 0.4, "none", ha="center", transform=axes.transAxes, fontsize=_SMALL
        )
        axes.set_yticks([])
        return
    edges = np.linspace(0, end, min(_BARS, end) + 1)
    rules = list(dict.fromkeys(one.rule for one in refused))
    bottom = np.zeros(len(edges) - 1)
    for number, rule in enumerate(rules):
        told = [one.told for one in refused if one.rule == rule]
        counts, _ = np.histogram(told, edges)
        axes.bar(
            edges[:-1],
            counts,
            np.diff(edges) * 0.9,
            bottom=bottom,
            align="edge",
            color=_RULES[number % len(_RULES)],
            label=f"{rule} ({len(told):,})",
        )
        bottom += counts
    audited = [one.told for one in refused if one.audited]
    if audited:
        axes.plot(
            audited,
            [0.0] * len(audited),
            "^",
            color="black",
            markersize=4,
            clip_on=False,
            label=f"audited ({len(audited):,})",
        )
    axes.legend(
        frameon=False,
        fontsize=_SMALL,
        loc="lower right",
        bbox_to_anchor=(1, 0.97),
        ncols=len(rules) + 1,
    )
    axes.set_ylim(0, bottom.max() * 1.1)


def _mark_edits(axes: Axes, story: Story) -> None:
    """Dotted lines where a person has edited the set."""
    for turn in story.turns:
        if turn.by == "person":
            axes.axvline(turn.told, color="black", linestyle=":", linewidth=1)
            axes.text(
                turn.told,
                0.97,
                " edited",
                fontsize=_SMALL,
                va="top",
                transform=axes.get_xaxis_transform(),
            )

"""The constraint set of now as a compact chart: places with their values as chips.

A chip's strip is as long as the part of the best networks that uses the value, in the
colours of the problems; values outside the set are grey and have none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from evonas.architecture.layer import Value
from evonas.space import ConstraintSet, Domain
from evonas.space.constraints import Place
from minibench.explaining.backing import Backing, backings
from minibench.explaining.story import Story
from minibench.places import BLOCKS, Left, allowed_at, places_of, told, word

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: key of a problem → its colour
Colours = Mapping[str, str]

#: width of a page of A4 between its margins, in inches
PAGE_INCHES = 7.4

#: inches
_COLUMN, _MARGIN, _NAME = 3.6, 0.14, 1.3
_LINE, _CHIP, _STRIP, _SPACE = 0.21, 0.165, 0.04, 0.035
_LETTER = 0.056
_HEAD = 0.42
#: points
_FONT = 6.2
#: values of one place that are drawn, at most
_MOST = 24
#: names of places are cut to so many letters
_NAME_LETTERS = 25


@dataclass(frozen=True, slots=True)
class _Chip:
    text: str
    inside: bool
    backing: Backing | None
    #: whether it is a range, whose points follow
    range: bool = False
    #: inches: of its left lower corner within its row, and of its line from the top
    x: float = 0.0
    line: int = 0

    @property
    def width(self) -> float:
        return max(0.2, _LETTER * len(self.text) + 0.1)


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    chips: tuple[_Chip, ...]

    @property
    def lines(self) -> int:
        return 1 + max((chip.line for chip in self.chips), default=0)


@dataclass(frozen=True)
class Chart:
    """Where everything goes.

    Attributes:
        columns: of rows.
        weights: key of a problem → its part in the set, for the strips.
        height: of all of it, in inches; 0: there is no set.
    """

    columns: tuple[tuple[_Row, ...], ...]
    weights: Mapping[str, float]
    height: float


def lay_out_chart(story: Story) -> Chart:
    """Rows of chips in two columns of about equal length."""
    made = story.constraints
    if made is None:
        return Chart((), {}, 0.0)
    if story.whole is None:
        rows = [_row_of_set(made, place) for place in places_of(made)]
    else:
        rows = [_row_of_space(made, left) for left in story.whole.left(made)]
    total = sum(row.lines for row in rows)
    columns: tuple[list[_Row], list[_Row]] = ([], [])
    for row in rows:
        full = sum(one.lines for one in columns[0]) * 2 >= total
        columns[1 if full else 0].append(row)
    longest = max(sum(row.lines for row in column) for column in columns)
    parts = made.provenance.get("problems", {})
    return Chart(
        tuple(map(tuple, columns)),
        {key: one["weight"] for key, one in parts.items()},
        _HEAD + longest * _LINE,
    )


def _row_of_space(made: ConstraintSet, left: Left) -> _Row:
    """A place with all that could be drawn there."""
    return _row(made, left.place, left.whole, left.allowed)


def _row_of_set(made: ConstraintSet, place: Place) -> _Row:
    """A place with what the set allows there."""
    if place == BLOCKS:
        return _row(made, place, None, None)
    allowed = allowed_at(made, place)
    return _row(made, place, allowed, allowed)


def _row(
    made: ConstraintSet, place: Place, whole: Domain | None, allowed: Domain | None
) -> _Row:
    known = {one.value: one for one in backings(made, place)}
    name = place.removeprefix("blocks.")
    if len(name) > _NAME_LETTERS:
        name = f"…{name[1 - _NAME_LETTERS :]}"
    return _Row(name, _placed(_chips(whole, allowed, known)))


def _chips(
    whole: Domain | None, allowed: Domain | None, known: Mapping[str, Backing]
) -> list[_Chip]:
    """A chip a value; of real numbers the range, and the points that are used."""
    values = None if whole is None else whole.values()
    if values is None:
        text = "nothing" if allowed is None else told(allowed)
        head = (
            []
            if whole is None
            else [_Chip(text, allowed is not None, None, range=True)]
        )
        points = sorted(known.values(), key=lambda one: _numeric(one.value))
        return head + [_Chip(one.text, True, one) for one in points]
    chips = [_of_value(value, allowed, known) for value in values]
    if len(chips) > _MOST:
        kept = [chip for chip in chips if chip.inside][:_MOST]
        more = len(chips) - len(kept)
        chips = [*kept, _Chip(f"{more} more", False, None)]
    return chips


def _of_value(
    value: Value, allowed: Domain | None, known: Mapping[str, Backing]
) -> _Chip:
    inside = allowed is not None and allowed.contains(value)
    return _Chip(word(value), inside, known.get(str(value)) if inside else None)


def _numeric(text: str) -> tuple[float, str]:
    try:
        return float(text), text
    except ValueError:
        return 0.0, text


def _placed(chips: Sequence[_Chip]) -> tuple[_Chip, ...]:
    """The chips from left to right, with new lines where there is no room."""
    placed = []
    x, line = 0.0, 0
    for chip in chips:
        if x and x + chip.width > _COLUMN - _NAME - _MARGIN:
            x, line = 0.0, line + 1
        placed.append(replace(chip, x=x, line=line))
        x += chip.width + _SPACE
    return tuple(placed)


def draw_chart(figure: Figure, chart: Chart, colours: Colours, top: float) -> None:
    """Draw it below everything else.

    Args:
        figure: of the page.
        chart: as it was laid out.
        colours: of the problems.
        top: inches from the lower edge of the page to where it begins.
    """
    if not chart.height:
        return
    height = figure.get_figheight()
    axes = figure.add_axes(
        (0.0, (top - chart.height) / height, 1.0, chart.height / height)
    )
    axes.set(xlim=(0, PAGE_INCHES), ylim=(chart.height, 0))
    axes.axis("off")
    axes.text(
        _MARGIN,
        0.14,
        "inside the set now: black; outside: grey. Strips: which part of the best "
        "networks uses it (full: all), by problem",
        fontsize=_FONT + 1.8,
        va="center",
    )
    for number, column in enumerate(chart.columns):
        y = _HEAD
        for row in column:
            _draw_row(axes, row, _MARGIN + number * _COLUMN, y, chart.weights, colours)
            y += row.lines * _LINE


def _draw_row(
    axes: Axes,
    row: _Row,
    x: float,
    y: float,
    weights: Mapping[str, float],
    colours: Colours,
) -> None:
    axes.text(x, y + _CHIP / 2, row.name, fontsize=_FONT, va="center")
    for chip in row.chips:
        _draw_chip(
            axes, chip, x + _NAME + chip.x, y + chip.line * _LINE, weights, colours
        )


def _draw_chip(
    axes: Axes,
    chip: _Chip,
    x: float,
    y: float,
    weights: Mapping[str, float],
    colours: Colours,
) -> None:
    from matplotlib.patches import Rectangle

    edge = "#333333" if chip.inside else "#dddddd"
    face = "#ececec" if chip.range else "white"
    axes.add_patch(
        Rectangle((x, y), chip.width, _CHIP, facecolor=face, edgecolor=edge, lw=0.5)
    )
    axes.text(
        x + chip.width / 2,
        y + (_CHIP - _STRIP) / 2,
        chip.text,
        fontsize=_FONT,
        ha="center",
        va="center",
        color="black" if chip.inside else "#aaaaaa",
    )
    if chip.backing is None:
        return
    for key, share in chip.backing.shares.items():
        width = chip.width * min(1.0, share * weights.get(key, 0.0))
        colour = colours.get(key, "#666666")
        axes.add_patch(
            Rectangle((x, y + _CHIP - _STRIP), width, _STRIP, facecolor=colour, lw=0)
        )
        x += width

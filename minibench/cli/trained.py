"""What `minibench train` prints: how good the classifiers are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from rich.table import Table
from rich.text import Text

from minibench.classifier import Classifiers
from minibench.classifier.measures import Ordered, Told, Transfer
from minibench.classifier.report import Report
from minibench.classifier.threshold import CHANCE, Refused, Threshold


def shown(report: Report, made: Classifiers) -> Iterator[Table | Text]:
    """Tables and lines, in their order.

    Args:
        report: of a training.
        made: what was fitted.
    """
    yield _classes_table(report.classes, made)
    yield _told_table(report.told)
    for name, hidden in report.hidden.items():
        yield Text(f"{name}: {', '.join(hidden)}", style="dim")
    keys = list(report.classes)
    yield _matrix_table("Pairwise accuracy", keys, report.told[0].matrix)
    if report.transfer is not None:
        yield from _transfer(report.transfer)
    if report.ordered:
        yield _ordered_table(report.ordered)
    if report.threshold is not None:
        yield _threshold_table(report.threshold)
        yield _threshold_text(report.threshold)
    for key, reason in report.left_out.items():
        yield Text(f"left out: {key}: {reason}", style="yellow")


def _transfer(found: Transfer) -> Iterator[Table | Text]:
    yield _matrix_table("Best against background", found.problems, found.areas)
    yield Text(
        "row: whose classifier; column: whose networks; area under the ROC curve, "
        f"0.5 is chance; mean of a problem's own {found.own:.3f}, of others "
        f"{found.others:.3f}",
        style="dim",
    )


def _classes_table(classes: Mapping[str, tuple[int, int]], made: Classifiers) -> Table:
    table = _table("Problems")
    table.add_column("problem")
    for name in ("best networks", "of runs", "best told from background"):
        table.add_column(name, justify="right")
    for key, (networks, runs) in classes.items():
        told = "yes" if key in made.best else "no"
        table.add_row(Text(key), str(networks), str(runs), told)
    return table


def _told_table(told: Sequence[Told]) -> Table:
    table = _table("How well the problems are told apart, on runs held out")
    modalities = sorted({key for one in told for key in one.within})
    table.add_column("by")
    for name in ("pairwise accuracy", *(f"within {key}" for key in modalities)):
        table.add_column(name, justify="right")
    for name in ("accuracy", "log loss"):
        table.add_column(name, justify="right")
    for one in told:
        within = [f"{one.within[key]:.3f}" for key in modalities]
        numbers = (f"{one.accuracy:.3f}", f"{one.log_loss:.3f}")
        table.add_row(one.name, f"{one.mean:.3f}", *within, *numbers)
    return table


def _ordered_table(ordered: Sequence[Ordered]) -> Table:
    table = _table("How well the best are known from the background (area)")
    table.add_column("by")
    for name in ("runs held out", "problems held out", "95 % interval"):
        table.add_column(name, justify="right")
    for one in ordered:
        area = one.held_out
        table.add_row(
            one.name, f"{one.own:.3f}", f"{area.value:.3f}", _span(area.low, area.high)
        )
    return table


def _threshold_table(threshold: Threshold) -> Table:
    table = _table("Each problem held out, as the one that is searched next")
    table.add_column("problem")
    names = ("by value: best", "background", "by share: best", "background")
    for name in ("area", "95 % interval", *names):
        table.add_column(name, justify="right")
    for key, one in threshold.held_out.items():
        area = one.area
        table.add_row(
            Text(key),
            f"{area.value:.3f}",
            _span(area.low, area.high),
            *_percent(one.by_value),
            *_percent(one.by_share),
        )
    return table


def _threshold_text(threshold: Threshold) -> Text:
    by_value, by_share = _percent(threshold.by_value), _percent(threshold.by_share)
    said = (
        f"threshold {threshold.value:.3f}, or {threshold.share:.0%} of the "
        f"candidates, tuned to refuse {threshold.false_rejection:.1%} of the best of a "
        "problem held out; tuned without that problem, it has refused "
        f"{by_value[0]} or "
        f"{by_share[0]} of its best and {by_value[1]} or {by_share[1]} of its "
        "background"
    )
    weak = [key for key, one in threshold.held_out.items() if one.area.low <= CHANCE]
    if not threshold.warranted:
        said += "; on average no better than chance: refusing by it is not warranted"
    elif weak:
        said += f"; not surely better than chance on {', '.join(weak)}"
    return Text(said, style="" if threshold.warranted else "yellow")


def _percent(refused: Refused) -> tuple[str, str]:
    return f"{refused.best:.1%}", f"{refused.background:.1%}"


def _span(low: float, high: float) -> str:
    return f"{low:.2f} – {high:.2f}"


def _matrix_table(
    title: str, keys: Sequence[str], matrix: NDArray[np.float64]
) -> Table:
    table = _table(title)
    table.add_column("problem")
    for number in range(1, len(keys) + 1):
        table.add_column(str(number), justify="right")
    for number, (key, row) in enumerate(zip(keys, matrix, strict=True), 1):
        values = ["–" if np.isnan(value) else f"{value:.2f}" for value in row]
        table.add_row(Text(f"{number} {key}"), *values)
    return table


def _table(title: str) -> Table:
    return Table(
        title=title,
        title_justify="left",
        box=None,
        pad_edge=False,
        header_style="bold",
    )

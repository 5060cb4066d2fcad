"""`minibench constraints --tune`: which thresholds of the merge to use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import typer
from rich.table import Table

from evonas.errors import ConfigError
from minibench.advice import networks_of
from minibench.class_sets import class_sets, items_of_record
from minibench.cli.options import answer, console
from minibench.constraints import USUAL, Thresholds
from minibench.database import Database, Reader
from minibench.merge_tuning import GRID, Held, Known, Tried, Tuning, gridded, tune
from minibench.nearest import resemblances
from minibench.reviews import State


def tell_tuning(
    db: str,
    names: Sequence[str],
    best: int,
    states: tuple[State, ...],
    false_rejection: float,
    json: bool,
) -> None:
    """Tune the thresholds of the merge on a database, and say what came of it.

    Args:
        db: where it is.
        names: problems that count; none: all.
        best: networks of each that count as its best.
        states: of the records that count.
        false_rejection: share of what the best use that may lie outside.
        json: answer for programs.

    Raises:
        ConfigError: the share is none.
        DataError: too few problems can be left out.
    """
    if not 0 < false_rejection < 1:
        raise ConfigError(
            "--false-rejection: expected a share above 0 and below 1, got "
            f"{false_rejection:g}"
        )
    with Database.open(db) as database, database.reading() as reader:
        known = known_problems(reader, names, best, states)
    found = tune(known, false_rejection)
    if json:
        answer(found.to_json())
        return
    screen = console()
    screen.print(_tried_table(found))
    screen.print(_problem_table(found))
    for key, why in found.skipped.items():
        typer.echo(f"{key} was not left out: {why}")
    typer.echo(_use(found))


def known_problems(
    reader: Reader, names: Sequence[str], best: int, states: tuple[State, ...]
) -> dict[str, Known]:
    """The problems of a database, as `tune` takes them.

    Args:
        reader: of the database.
        names: problems that count; none: all.
        best: networks of each that count as its best.
        states: of the records that count.
    """
    wanted = {reader.problem(name).key for name in names}
    problems = {
        key: one for key, one in reader.problems().items() if not names or key in wanted
    }
    found = {
        key: networks_of(reader, one, best, states) for key, one in problems.items()
    }
    found = {key: networks for key, networks in found.items() if networks.best}
    return {
        key: Known(
            class_sets(problems[key], own.best, own.others),
            [gridded(items_of_record(one)) for one in own.best],
            [gridded(items_of_record(one)) for one in own.others],
            problems[key].modality,
            {
                other: one.weight
                for other, one in resemblances(
                    problems[key], {o: problems[o] for o in found if o != key}
                ).items()
            },
        )
        for key, own in found.items()
    }


def _tried_table(found: Tuning) -> Table:
    """The narrowest for what they reject, with those that are chosen and usual."""
    rows = found.frontier()
    rows += [
        one
        for one in found.tried
        if one.thresholds in (USUAL, found.chosen.thresholds) and one not in rows
    ]
    rows.sort(key=lambda one: -one.mean("left"))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in (*GRID, "outside", "networks", "left"):
        table.add_column(name, justify="right")
    table.add_column("")
    for one in rows:
        table.add_row(*_thresholds(one.thresholds), *_means(one), _mark(one, found))
    return table


def _thresholds(one: Thresholds) -> list[str]:
    return [f"{value:g}" for value in asdict(one).values()]


def _means(one: Tried) -> list[str]:
    return [f"{one.mean(name):.1%}" for name in ("values", "networks", "left")]


def _mark(one: Tried, found: Tuning) -> str:
    words = ["chosen"] if one.thresholds == found.chosen.thresholds else []
    words += ["usual"] if one.thresholds == USUAL else []
    return ", ".join(words)


def _problem_table(found: Tuning) -> Table:
    table = Table(
        box=None,
        pad_edge=False,
        header_style="bold",
        title="\nby problem left out: with the chosen ones; with those of the others",
        title_justify="left",
    )
    table.add_column("problem")
    for name in ("outside", "networks", "left", "merged", "outside", "left"):
        table.add_column(name, justify="right")
    for key, held in found.chosen.held.items():
        without: Held = found.honest[key]
        table.add_row(
            key,
            f"{held.values:.1%}",
            f"{held.networks:.0%}",
            f"{held.left:.0%}",
            str(len(held.merged)),
            f"{without.values:.1%}",
            f"{without.left:.0%}",
        )
    return table


def _use(found: Tuning) -> str:
    chosen = found.chosen
    flags = " ".join(
        f"--{name} {value:g}" for name, value in asdict(chosen.thresholds).items()
    )
    words = (
        f"use {flags}: of what a left-out problem's best use "
        f"{chosen.mean('values'):.1%} lie outside, of all values "
        f"{chosen.mean('left'):.0%} are left"
    )
    if chosen.thresholds == USUAL:
        words += "; these are the defaults"
    if found.holds:
        return words
    most = f"{found.false_rejection:.1%}"
    return f"no thresholds leave at most {most} of it outside; {words}"

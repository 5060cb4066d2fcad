"""`minibench train`: classifiers of a database, and how good they are."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from rich.text import Text

from evonas.architecture import kind_of
from evonas.encoding import MAX_LEVEL, MAX_ROUNDS, Encoding
from evonas.errors import ArchitectureError, ConfigError
from minibench.classifier import (
    KINDS,
    Classifiers,
    GraphClassifier,
    LinearClassifier,
    Sample,
    samples_of,
)
from minibench.classifier.measures import Told
from minibench.cli.options import DEFAULT_DB, Db, Json, StateNames, answer, console
from minibench.database import Database, Reader
from minibench.problems import Problem
from minibench.reviews import State
from minibench.selection import Selection

EXAMPLES = """\
Examples:

minibench train

minibench train --folding 1 --without fashion-mnist --out without.json

minibench train --model graph --out graph.json

minibench train --sweep --json > report.json
"""

#: where nothing else is said
DEFAULT_FILE = Path("classifier.json")
_USUAL = Encoding()


def train(
    out: Annotated[
        Path, typer.Option(help="File to write; it is replaced if it is there.")
    ] = DEFAULT_FILE,
    problems: Annotated[
        list[str] | None,
        typer.Option(
            "--problem",
            help="Only these problems: name, or name@version; repeatable.",
            metavar="NAME",
        ),
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(
            help="All problems but these: the one that is searched next, say; "
            "repeatable.",
            metavar="NAME",
        ),
    ] = None,
    states: StateNames = None,
    best: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="A problem's best are its N best networks, its background N others; "
            "default: the better half, and the rest.",
        ),
    ] = None,
    folding: Annotated[
        int,
        typer.Option(min=1, max=MAX_LEVEL, help="Most nodes of a chain that become 1."),
    ] = _USUAL.folding,
    rounds: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=MAX_ROUNDS,
            help="Of relabelling: how far a label of a linear classifier looks; "
            f"default: {_USUAL.rounds}.",
        ),
    ] = None,
    hide: Annotated[
        list[str] | None,
        typer.Option(
            help="A kind of layer that must not be told from others; repeatable.",
            metavar="KIND",
        ),
    ] = None,
    model: Annotated[
        str,
        typer.Option(
            help=f"Kind of the classifiers: {' or '.join(KINDS)} (graph networks, "
            "fitted with torch).",
            metavar="KIND",
        ),
    ] = LinearClassifier.name,
    sweep: Annotated[
        bool,
        typer.Option("--sweep", help="Report every level of folding, too (minutes)."),
    ] = False,
    db: Db = DEFAULT_DB,
    json: Json = False,
) -> None:
    """Fit classifiers on the networks of a database, and say how good they are.

    One tells whose best networks a network resembles, the others whether it would be
    among a problem's best or its background. Only approved records count, unless
    --state says otherwise. What is reported was measured on runs that had no part in
    the fit.
    """
    # scikit-learn takes a second, which other commands should not
    from minibench.classifier.report import evaluate
    from minibench.classifier.training import Method, choose
    from minibench.classifier.training import train as fit

    method = Method(_encoding(model, folding, rounds, _kinds(hide or ())), model)
    with Database.open(db) as database, database.reading() as reader:
        samples = [
            sample
            for problem in _chosen(reader, problems, without or ())
            for sample in _samples(reader, problem, states or [State.APPROVED], best)
        ]
    chosen = choose(samples)
    with Console(file=sys.stderr).status("training and validating classifiers"):
        made = fit(chosen, method)
        report = evaluate(chosen, method, sweep)
        made.write(out)
    if json:
        answer(
            {
                "file": str(out),
                "digest": made.digest,
                "records": made.count,
                "model": model,
                "encoding": made.encoding.to_json(),
                **report.to_json(),
            }
        )
        return
    where = console()
    where.print(_classes_table(report.classes, made))
    where.print(_told_table(report.told))
    for name, hidden in report.hidden.items():
        where.print(f"{name}: {', '.join(hidden)}", soft_wrap=True, style="dim")
    keys = list(report.classes)
    title = "Pairwise accuracy"
    where.print(_matrix_table(title, keys, report.told[0].matrix))
    if report.transfer is not None:
        found = report.transfer
        title = "Best against background"
        where.print(_matrix_table(title, found.problems, found.areas))
        where.print(
            "row: whose classifier; column: whose networks; area under the ROC curve, "
            f"0.5 is chance; mean of a problem's own {found.own:.3f}, of others "
            f"{found.others:.3f}",
            soft_wrap=True,
            style="dim",
        )
    for key, reason in report.left_out.items():
        where.print(f"left out: {key}: {reason}", soft_wrap=True, style="yellow")
    where.print(f"{made.count:,} records, written to {out}", soft_wrap=True)


def _encoding(
    model: str, folding: int, rounds: int | None, hidden: tuple[str, ...]
) -> Encoding:
    """How networks are encoded for a kind of classifier."""
    if model != GraphClassifier.name:
        return Encoding(
            folding, _USUAL.rounds if rounds is None else rounds, hidden=hidden
        )
    if rounds is not None:
        raise ConfigError(
            "--rounds: has no meaning for graph networks, which read the graph itself; "
            "leave it out"
        )
    return Encoding(folding, rounds=0, statistics=False, hidden=hidden)


def _kinds(names: Sequence[str]) -> tuple[str, ...]:
    """The names of layers, if there are such."""
    for name in names:
        try:
            kind_of(name)
        except ArchitectureError as error:
            raise ConfigError(f"--hide: {error}") from None
    return tuple(names)


def _chosen(
    reader: Reader, only: Sequence[str] | None, without: Sequence[str]
) -> list[Problem]:
    """The problems that the options mean."""
    left_out = {reader.problem(name).key for name in without}
    if only is None:
        found = reader.problems()
    else:
        found = {one.key: one for one in map(reader.problem, only)}
    return [one for key, one in found.items() if key not in left_out]


def _samples(
    reader: Reader, problem: Problem, states: Sequence[State], best: int | None
) -> list[Sample]:
    selection = Selection(problem.key, states=tuple(states))
    return samples_of(problem, reader.records(selection), best)


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

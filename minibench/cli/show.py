"""`minibench show`: a record with its network, or a problem."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from evonas.architecture import draw, to_text
from evonas.errors import DatabaseError
from minibench.cli.options import DEFAULT_DB, Db, Json, answer, console
from minibench.database import Database, Reader
from minibench.problems import Problem
from minibench.records import BenchRecord
from minibench.selection import Selection

EXAMPLES = """\
Examples:

minibench show 5f0c2ab1

minibench show 5f0c2ab1 --draw network.svg

minibench show digits
"""


def show(
    what: Annotated[
        str,
        typer.Argument(
            help="Beginning of a record's id, or a problem: name or name@version.",
            metavar="ID|PROBLEM",
        ),
    ],
    picture: Annotated[
        Path | None,
        typer.Option(
            "--draw", help="Draw the network into this file (.png, .svg, .pdf)."
        ),
    ] = None,
    db: Db = DEFAULT_DB,
    json: Json = False,
) -> None:
    """Show everything about a record, its network layer by layer; or a problem."""
    with Database.open(db) as database, database.reading() as reader:
        problem = _problem(reader, what)
        record = reader.record(what) if problem is None else None
        others = [] if record is None else _others(reader, record)
    if record is None:
        assert problem is not None
        if picture is not None:
            raise DatabaseError(
                f"--draw: expected a record, which has a network, got problem {what}"
            )
        _show_problem(problem, json)
        return
    if picture is not None:
        draw(record.architecture, record.input_shape, picture)
    if json:
        data = record.to_json()
        answer(
            {
                **data,
                "fingerprint": record.fingerprint,
                "state": record.state.value,
                "same_network": others,
                **({} if picture is None else {"drawing": str(picture)}),
            }
        )
        return
    _show_record(record, others)
    if picture is not None:
        typer.echo(f"\ndrawn into {picture}")


def _problem(reader: Reader, what: str) -> Problem | None:
    """The problem that is meant; None: it is a record."""
    known = reader.problems()
    if what in known or what in (one.name for one in known.values()):
        return reader.problem(what)
    if any(letter not in "0123456789abcdef" for letter in what):
        return reader.problem(what)  # which says that there is none
    return None


def _show_problem(problem: Problem, json: bool) -> None:
    if json:
        answer({**problem.to_json(), "key": problem.key})
        return
    low, high = problem.range_of(problem.ranked_by)
    rows = [
        ("problem", problem.key),
        ("modality", problem.modality),
        ("input", "×".join(map(str, problem.input_shape))),
        ("predicts", f"{problem.outputs} ({problem.kind})"),
        ("metric", f"{problem.metric}, {problem.direction}, from {low:g} to {high:g}"),
    ]
    rows += [
        (one.name, f"{one.value:g} {_settings(dict(one.settings))}")
        for one in problem.characterisation
    ]
    console().print(_grid(rows))


def _others(reader: Reader, record: BenchRecord) -> list[str]:
    """Ids of the other records of its problem with the same network."""
    same = Selection(record.problem, fingerprint=record.fingerprint)
    return [one for one in reader.ids(same) if one != record.id]


def _show_record(record: BenchRecord, others: list[str]) -> None:
    fidelity, cost = record.fidelity, record.cost
    rows = [
        ("record", record.id),
        ("problem", record.problem),
        (
            "state",
            f"{record.state.value}{f' ({record.reason})' if record.reason else ''}",
        ),
        *((name, f"{value:.6g}") for name, value in sorted(record.metrics.items())),
        (
            "fidelity",
            f"{fidelity.epochs:g} epochs of {fidelity.data_share:.0%} of the data, "
            f"resolution {fidelity.resolution:g}, width {fidelity.width:g}",
        ),
        ("parameters", f"{cost.parameters:,}"),
        ("multiply-adds", f"{cost.multiply_adds:,} a sample"),
        (
            "training took",
            "unknown" if cost.seconds is None else f"{cost.seconds:,.1f} s",
        ),
        ("seed", "unknown" if record.seed is None else str(record.seed)),
        ("strategy", record.strategy),
        ("run", record.run),
        (
            "provenance",
            f"{record.provenance.who}, {record.provenance.when}; "
            f"{record.provenance.source}; licence {record.provenance.licence}",
        ),
        (
            "recipe",
            "unknown"
            if record.recipe is None
            else _settings(record.recipe.lasting_json()),
        ),
        ("curve", f"{len(record.curve)} points" if record.curve else "none"),
        ("fingerprint", record.fingerprint),
        (
            "same network",
            f"{', '.join(one[:10] for one in others[:4])}"
            f"{f' and {len(others) - 4:,} more' if len(others) > 4 else ''}"
            if others
            else "in no other record",
        ),
    ]
    rows += [
        (
            "reviewed",
            f"{one.state.value} by {one.who} at {one.when}"
            f"{f': {one.reason}' if one.reason else ''}",
        )
        for one in record.reviews
    ]
    console().print(_grid(rows))
    typer.echo(f"\n{to_text(record.architecture, record.input_shape)}")


def _settings(values: dict[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())


def _grid(rows: list[tuple[str, str]]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim")
    grid.add_column(overflow="fold")
    for name, words in rows:
        grid.add_row(name, Text(words))
    return grid

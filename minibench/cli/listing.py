"""`minibench list`: the problems, or the records of one of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from minibench.cli.options import (
    DEFAULT_DB,
    AtLeast,
    AtMost,
    Db,
    Json,
    RunName,
    StateNames,
    Strategy,
    answer,
    console,
    selection,
)
from minibench.database import Count, Database
from minibench.problems import Problem
from minibench.records import BenchRecord
from minibench.reviews import State

EXAMPLES = """\
Examples:

minibench list

minibench list digits --top 10 --state approved

minibench list digits --run first-5f0c2ab1 --at-least 0.97 --json
"""

_STYLES = {State.PROVISIONAL: "yellow", State.APPROVED: "green", State.REJECTED: "red"}


def list_(
    problem: Annotated[
        str | None,
        typer.Argument(help="Name or name@version; without it, all problems are told."),
    ] = None,
    top: Annotated[
        int,
        typer.Option(min=1, max=1_000_000, help="How many records, the best first."),
    ] = 20,
    states: StateNames = None,
    run: RunName = None,
    strategy: Strategy = None,
    at_least: AtLeast = None,
    at_most: AtMost = None,
    db: Db = DEFAULT_DB,
    json: Json = False,
) -> None:
    """List the problems of a database, or the best records of one.

    Rejected records are told only where `--state rejected` asks for them.
    """
    with Database.open(db) as database, database.reading() as reader:
        if problem is None:
            _tell_problems(reader.counts(), json)
            return
        found = reader.problem(problem)
        chosen = selection(
            reader,
            problem=found.key,
            states=states or (State.PROVISIONAL, State.APPROVED),
            run=run,
            strategy=strategy,
            at_least=at_least,
            at_most=at_most,
        )
        records = reader.top(found, top, chosen)
        total = len(reader.ids(chosen))
    if json:
        answer(
            {
                "problem": found.to_json(),
                "count": total,
                "records": [summary(record) for record in records],
            }
        )
        return
    console().print(_table(found, records, total))


def summary(record: BenchRecord) -> dict[str, Any]:
    """A record in JSON without architecture and curve.

    Args:
        record: to tell.
    """
    data = record.to_json(reference=True)
    del data["curve"]
    return {**data, "fingerprint": record.fingerprint, "state": record.state.value}


def _tell_problems(counts: Sequence[Count], json: bool) -> None:
    if json:
        answer(
            [
                {
                    "problem": one.problem.to_json(),
                    "key": one.problem.key,
                    "records": {str(state): n for state, n in one.states.items()},
                    "networks": one.architectures,
                    "best": one.best,
                }
                for one in counts
            ]
        )
        return
    if not counts:
        typer.echo("no problems yet; `minibench add RUN` brings the first")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("problem", "modality", "input", "targets", "metric"):
        table.add_column(name)
    for name in ("records", "approved", "rejected", "networks", "best"):
        table.add_column(name, justify="right")
    for one in counts:
        problem = one.problem
        unit = "classes" if problem.kind == "classification" else "values"
        best = "–" if one.best is None else f"{one.best:.4f}"
        table.add_row(
            problem.key,
            problem.modality,
            "×".join(map(str, problem.input_shape)),
            f"{problem.outputs} {unit}",
            f"{problem.metric} {'↑' if problem.direction == 'maximise' else '↓'}",
            f"{sum(one.states.values()):,}",
            f"{one.states[State.APPROVED]:,}",
            f"{one.states[State.REJECTED]:,}",
            f"{one.architectures:,}",
            best,
        )
    console().print(table)


def _table(problem: Problem, records: Sequence[BenchRecord], total: int) -> Table:
    test = f"test_{problem.metric}"
    shown = [problem.ranked_by]
    shown += [test] if any(test in record.metrics for record in records) else []
    table = Table(
        box=None,
        pad_edge=False,
        header_style="bold",
        title=f"{problem.key}: {len(records):,} of {total:,} records",
        title_justify="left",
    )
    table.add_column("id")
    for name in (*shown, "epochs", "parameters", "multiply-adds", "layers"):
        table.add_column(name, justify="right")
    for name in ("state", "strategy", "run", "when"):
        table.add_column(name, overflow="fold")
    for record in records:
        values = [record.metrics.get(name) for name in shown]
        table.add_row(
            record.id[:10],
            *("–" if value is None else f"{value:.4f}" for value in values),
            f"{record.fidelity.epochs:g}",
            f"{record.cost.parameters:,}",
            f"{record.cost.multiply_adds:,}",
            str(len(record.architecture.layers)),
            Text(record.state.value, style=_STYLES[record.state]),
            Text(record.strategy),
            Text(record.run),
            record.provenance.when[:10],
        )
    return table

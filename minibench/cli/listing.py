"""`minibench list`: the problems, or the records of one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

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
from minibench.reviews import TOLD, State

EXAMPLES = """\
Examples:

minibench list

minibench list digits --top 10 --state approved

minibench list digits --run first-5f0c2ab1 --at-least 0.97 --json
"""

_STYLES = {
    State.PROVISIONAL: "yellow",
    State.APPROVED: "green",
    State.QUARANTINED: "magenta",
    State.REJECTED: "red",
}


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
            states=states or TOLD,
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
    screen = console()
    screen.print(_table(found, records, total, screen.width))


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
    rows = [_counted(one) for one in counts]
    screen = console()
    spare = ("rejected", "modality", "input", "networks", "approved", "targets")
    names = list(rows[0])
    if not any(one.states[State.QUARANTINED] for one in counts):
        names.remove("quarantined")  # most databases have none
    names = _fitting(rows, names, spare, screen.width)
    table = Table(box=None, pad_edge=False, header_style="bold")
    words = ("problem", "modality", "input", "targets", "metric")
    for name in names:
        justify: Literal["left", "right"] = "left" if name in words else "right"
        table.add_column(name, justify=justify, overflow="fold")
    for row in rows:
        table.add_row(*(row[name] for name in names))
    screen.print(table)


def _counted(one: Count) -> dict[str, Text]:
    """A problem by the names of the table's columns."""
    problem = one.problem
    unit = "classes" if problem.kind == "classification" else "values"
    cells = {
        "problem": problem.key,
        "modality": problem.modality,
        "input": "×".join(map(str, problem.input_shape)),
        "targets": f"{problem.outputs} {unit}",
        "metric": f"{problem.metric} {'↑' if problem.direction == 'maximise' else '↓'}",
        "records": f"{sum(one.states.values()):,}",
        "approved": f"{one.states[State.APPROVED]:,}",
        "quarantined": f"{one.states[State.QUARANTINED]:,}",
        "rejected": f"{one.states[State.REJECTED]:,}",
        "networks": f"{one.architectures:,}",
        "best": "–" if one.best is None else f"{one.best:.4f}",
    }
    return {name: Text(words) for name, words in cells.items()}


def _table(
    problem: Problem, records: Sequence[BenchRecord], total: int, width: int
) -> Table:
    """The records, with as many columns as are whole on a terminal of this width."""
    test = f"test_{problem.metric}"
    shown = [problem.ranked_by]
    shown += [test] if any(test in record.metrics for record in records) else []
    rows = [_cells(record, shown) for record in records]
    names = list(rows[0]) if rows else ["id", *shown]
    spare = ("layers", "when", "strategy", "run", "multiply-adds", "epochs", test)
    names = _fitting(rows, names, spare, width)
    table = Table(
        box=None,
        pad_edge=False,
        header_style="bold",
        title=f"{problem.key}: {len(records):,} of {total:,} records",
        title_justify="left",
    )
    for name in names:
        words = name in ("id", "state", "strategy", "run", "when")
        table.add_column(
            name,
            justify="left" if words else "right",
            no_wrap=name in ("id", *shown),
            overflow="fold",
        )
    for row in rows:
        table.add_row(*(row[name] for name in names))
    return table


def _fitting(
    rows: Sequence[Mapping[str, Text]],
    names: Sequence[str],
    spare: Sequence[str],
    width: int,
) -> list[str]:
    """Names of the columns that a terminal has room for, unless `spare` is not enough.

    What is cut off, an id or a number, would be of no use.
    """
    letters = {
        name: max([len(name), *(row[name].cell_len for row in rows)]) for name in names
    }
    kept = list(names)
    for name in spare:
        # two spaces between columns
        if sum(letters[one] + 2 for one in kept) - 2 <= width:
            break
        kept = [one for one in kept if one != name]
    return kept


def _cells(record: BenchRecord, shown: Sequence[str]) -> dict[str, Text]:
    """A record by the names of the table's columns; metrics first."""
    values = {name: record.metrics.get(name) for name in shown}
    cells = {
        "id": record.id[:10],
        **{k: "–" if one is None else f"{one:.4f}" for k, one in values.items()},
        "epochs": f"{record.fidelity.epochs:g}",
        "parameters": f"{record.cost.parameters:,}",
        "multiply-adds": f"{record.cost.multiply_adds:,}",
        "layers": str(len(record.architecture.layers)),
    }
    return {
        **{name: Text(words) for name, words in cells.items()},
        "state": Text(record.state.value, style=_STYLES[record.state]),
        "strategy": Text(record.strategy),
        "run": Text(record.run),
        "when": Text(record.provenance.when[:10]),
    }

"""`minibench diff`: what two databases do not have in common."""

from __future__ import annotations

from typing import Annotated

import typer

from minibench.cli.options import DEFAULT_DB, Db, Json, answer
from minibench.curation import DatabaseSource, Difference, difference, open_source
from minibench.database import Database

EXAMPLES = """\
Examples:

minibench diff curated/

minibench diff theirs.sqlite --json
"""

OTHER = typer.Argument(
    help="A database (file or URL) or a text form (directory or file).",
    metavar="OTHER",
)


def diff(other: Annotated[str, OTHER], db: Db = DEFAULT_DB, json: Json = False) -> None:
    """Tell what is only here, only there, and otherwise there.

    A line begins with - for what only the database has, with + for what only OTHER has,
    with ~ for what both have otherwise.
    """
    with (
        Database.open(db) as database,
        database.reading() as reader,
        open_source(other) as source,
    ):
        found = difference(DatabaseSource(reader), source)
    if json:
        answer({**found.to_json(), "equal": found.empty})
        return
    _tell(found)


def _tell(found: Difference) -> None:
    for mark, keys in (("-", found.problems_here), ("+", found.problems_there)):
        for key in keys:
            typer.echo(f"{mark} problem {key}")
    for key, differences in found.problems_other.items():
        for one in differences or ("one of them knows less of its data",):
            typer.echo(f"~ problem {key}: {one}")
    for words in found.problems_unlike.values():
        typer.echo(f"~ {words}")
    for mark, records in (("-", found.records_here), ("+", found.records_there)):
        for key, ids in records.items():
            for one in ids:
                typer.echo(f"{mark} record {one} of {key}")
    for record in found.reviews:
        conflict = ", in conflict" if record.conflicting else ""
        typer.echo(
            f"~ record {record.id} of {record.problem}: {record.state_here} here, "
            f"{record.state_there} there{conflict}"
        )
    if found.empty:
        typer.echo("no difference")

"""`minibench init`: make a database, or bring an older one up to date."""

from __future__ import annotations

import typer

from minibench.cli.options import DEFAULT_DB, Db, Json, answer
from minibench.database import Database
from minibench.migrations import NEWEST

EXAMPLES = """\
Examples:

minibench init

minibench init --db postgresql://curator@localhost/minibench
"""


def init(db: Db = DEFAULT_DB, json: Json = False) -> None:
    """Make a database, or bring the tables of an older one up to date.

    Nothing is done to one that is up to date. Keep a copy of an older one.
    """
    database, changed = Database.create(db)
    database.close()
    if json:
        answer({"database": str(database.place), "tables": NEWEST, "changed": changed})
        return
    done = "made" if changed else "is up to date already"
    typer.echo(f"{database.place} {done}, tables of version {NEWEST}")

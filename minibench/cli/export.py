"""`minibench export`: the text form of a database, for review in git."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from minibench.cli.options import DEFAULT_DB, Db, Json, answer
from minibench.database import Database
from minibench.text_form import write_directory

EXAMPLES = """\
Examples:

minibench export curated/
"""


def export(
    directory: Annotated[
        Path, typer.Argument(help="Is made if it is not there.", metavar="DIR")
    ],
    db: Db = DEFAULT_DB,
    json: Json = False,
) -> None:
    """Write one file of JSON lines a problem; equal contents give equal bytes.

    Files of the same problems are replaced, each whole or not at all.
    """
    with Database.open(db) as database, database.reading() as reader:
        files = write_directory(reader, directory)
    if json:
        answer({"files": [str(path) for path in files]})
        return
    for path in files:
        typer.echo(f"{path} ({path.stat().st_size:,} bytes)")
    if not files:
        typer.echo("nothing to export: the database has no problems")

"""`minibench import`: the text form of a database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from minibench.cli.added import tell
from minibench.cli.options import DEFAULT_DB, Db, Json
from minibench.database import Database
from minibench.text_form import read_text

EXAMPLES = """\
Examples:

minibench import curated/

minibench import curated/digits@5f0c….jsonl --db other.sqlite
"""


def import_(
    source: Annotated[
        Path,
        typer.Argument(
            help="Directory that `minibench export` wrote, or one file of it."
        ),
    ],
    db: Db = DEFAULT_DB,
    json: Json = False,
) -> None:
    """Read a text form into a database: all of it or, at a fault, nothing.

    Reviews come with records that are new here. Of records that are here already,
    `minibench merge` takes over the reviews.
    """
    with Database.open(db) as database:
        with database.reading() as reader:
            known = reader.problems()
        added = database.add(read_text(source, known))
    tell(added, json)

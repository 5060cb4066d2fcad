"""`minibench merge`: take over what another database has."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evonas.errors import ConfigError
from minibench.cli.diff import OTHER
from minibench.cli.options import DEFAULT_DB, Db, Json, Who, answer, person
from minibench.curation import MergeConflictError, Side, open_source
from minibench.curation import merge as take_over
from minibench.database import Database
from minibench.database.opening import Place

EXAMPLES = """\
Examples:

minibench merge curated/

minibench merge theirs.sqlite --prefer here --who "Ada Lovelace"
"""


def merge(
    other: Annotated[str, OTHER],
    prefer: Annotated[
        str | None,
        typer.Option(
            help="Whose word holds in a conflict: `here` or `there`; without it, a "
            "merge in conflict does nothing.",
            metavar="SIDE",
        ),
    ] = None,
    who: Who = None,
    db: Db = DEFAULT_DB,
    json: Json = False,
) -> None:
    """Take over problems, records and reviews; all of them, or nothing.

    Nothing is dropped: what both sides say otherwise is a conflict, and conflicts are
    listed. With a side preferred, the histories are still united, and where the last
    review would say otherwise than that side, one by you is added.
    """
    sides: dict[str | None, Side | None] = {None: None, "here": "here"}
    sides["there"] = "there"
    if prefer not in sides:
        raise ConfigError(f"--prefer: expected here or there, got {prefer!r}")
    file, source_file = Place(db).file, Path(other)
    both = file is not None and file.exists() and source_file.exists()
    if file is not None and both and file.samefile(source_file):
        # reading it would keep out the writer, which is this command
        raise ConfigError(f"merge: expected another database, got {db} itself")
    with (
        open_source(other) as source,
        Database.open(db) as database,
        database.writing() as writer,
    ):
        try:
            merged = take_over(writer, source, sides[prefer], person(who))
        except MergeConflictError as error:
            if json:
                answer({"conflicts": list(error.conflicts), "merged": False})
            raise
    if json:
        answer(
            {
                "merged": True,
                "problems": merged.problems,
                "records": merged.records,
                "reviews": merged.reviews,
                "resolved": list(merged.resolved),
            }
        )
        return
    typer.echo(
        f"{merged.problems:,} problems, {merged.records:,} records and "
        f"{merged.reviews:,} reviews taken over"
    )
    for one in merged.resolved:
        typer.echo(f"resolved, {prefer} holds: {one}")

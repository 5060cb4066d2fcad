"""`minibench add`: the records of a run, or of a file of JSON lines."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evonas.errors import ConfigError
from minibench.cli.added import tell
from minibench.cli.options import DEFAULT_DB, Db, Json
from minibench.cli.runs import RunFacts, read_run_records
from minibench.database import Database
from minibench.text_form import read_text

EXAMPLES = """\
Examples:

minibench add runs/first --licence CC0-1.0

minibench add runs/first --best 50 --who "Ada Lovelace"

minibench add records.jsonl
"""


def add(
    source: Annotated[
        Path,
        typer.Argument(
            help="Directory of a run, as `evonas search --out` named it, or a file "
            "of JSON lines.",
            metavar="RUN|FILE",
        ),
    ],
    best: Annotated[
        int | None,
        typer.Option(
            min=1, help="Only the N best of the run; default: all that succeeded."
        ),
    ] = None,
    problem: Annotated[
        str | None,
        typer.Option(
            help="Name of the problem; default: the task's. A run that selected by "
            "another metric needs another name.",
            metavar="NAME",
        ),
    ] = None,
    run_name: Annotated[
        str | None,
        typer.Option(
            "--run",
            help="Name of the run; default: its directory's and a digest of its "
            "settings.",
            metavar="NAME",
        ),
    ] = None,
    who: Annotated[
        str | None,
        typer.Option(
            help="Who has run it; default: what is known of the run, or the owner of "
            "its config.yaml."
        ),
    ] = None,
    when: Annotated[
        str | None,
        typer.Option(
            help="When it was run; default: what is known of the run, or the time of "
            "its config.yaml (UTC).",
            metavar="TIME",
        ),
    ] = None,
    licence: Annotated[
        str, typer.Option(help="Of the records, an SPDX name.")
    ] = "unknown",
    db: Db = DEFAULT_DB,
    json: Json = False,
) -> None:
    """Add the records of a run, or of a file of JSON lines.

    All of them are added or, at a fault, none. Adding the same ones again changes
    nothing. They are provisional until somebody reviews them.
    """
    with Database.open(db) as database:
        if source.is_dir():
            facts = RunFacts(problem, run_name, who, when, licence)
            with database.reading() as reader:
                batch = read_run_records(source, facts, reader, best)
        else:
            given = {"--best": best, "--problem": problem, "--run": run_name}
            given |= {"--who": who, "--when": when}
            for name, value in given.items():
                if value is not None:
                    raise ConfigError(
                        f"{name}: has no meaning for {source}, whose lines say it "
                        "themselves; leave it out"
                    )
            with database.reading() as reader:
                known = reader.problems()
            batch = read_text(source, known)
        added = database.add(batch)
    tell(added, json)

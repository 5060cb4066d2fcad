"""`evonas recommend`: what a database expects of data, before anything is searched."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Counted(StrEnum):
    """States of records that count; those of a database, which is not imported here."""

    APPROVED = "approved"
    PROVISIONAL = "provisional"


EXAMPLES = """\
Examples:

evonas recommend digits --db minibench.sqlite

evonas recommend my_data.npz --no-probe --json

evonas recommend my.yaml --out recommended.yaml
"""


def recommend(
    data: Annotated[
        str,
        typer.Argument(
            help="A known task, a file or folder of your own data, or a search's YAML "
            "file.",
            metavar="DATA",
        ),
    ],
    db: Annotated[
        str,
        typer.Option(
            "--db",
            envvar="MINIBENCH_DB",
            help="The database: an SQLite file, or postgresql://user@host/name.",
            metavar="FILE|URL",
        ),
    ] = "minibench.sqlite",
    probe: Annotated[
        bool,
        typer.Option(
            "--probe/--no-probe",
            help="Train a ProbeNet for a few epochs, by whose number the nearest "
            "problems are found; otherwise by descriptors alone.",
        ),
    ] = True,
    keep: Annotated[
        bool,
        typer.Option(
            "--keep",
            help="Keep the numbers in the database, so that a search weighs its "
            "problems by them.",
        ),
    ] = False,
    state: Annotated[
        list[Counted] | None,
        typer.Option(help="Records that count; repeatable; default: approved."),
    ] = None,
    leave_out: Annotated[
        list[str] | None,
        typer.Option(help="A problem that does not count; repeatable.", metavar="NAME"),
    ] = None,
    size: Annotated[
        str | None, typer.Option(help="Size of a known task: mini or full.")
    ] = None,
    threads: Annotated[int, typer.Option(min=1, help="Of the processor.")] = 1,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Write a search's config with a `constraints` section.", metavar="FILE"
        ),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Answer in JSON, for programs to read.")
    ] = False,
) -> None:
    """Tell what to expect of data, and what to begin with, before any search.

    Nearest problems of the database with the reason, the network to begin with, the
    accuracy that a search may reach and what trainings cost, each with its evidence.
    """
    # Most commands need nothing of databases, which take time to import.
    from evonas.cli.recommending import Question, answer

    answer(
        Question(
            data,
            db,
            probe=probe,
            keep=keep,
            states=tuple(one.value for one in state or ()),
            leave_out=tuple(leave_out or ()),
            size=size,
            threads=threads,
            out=out,
            json=json,
        )
    )

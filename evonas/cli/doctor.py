"""`evonas doctor`: is everything here that a search needs?"""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from evonas.build.health import (
    check_data,
    check_files,
    check_mpi,
    check_search,
    check_versions,
)
from evonas.errors import InputError

EXAMPLES = """\
Examples:

evonas doctor

evonas doctor --directory /scratch/me/runs --ranks 5

evonas doctor --quick
"""

_COLOURS = {"ok": "green", "warning": "yellow", "problem": "red"}


def doctor(
    directory: Annotated[
        Path, typer.Option(help="Where run directories will be.", metavar="FOLDER")
    ] = Path(),
    ranks: Annotated[
        int,
        typer.Option(min=1, help="MPI ranks to start on this machine.", metavar="N"),
    ] = 3,
    quick: Annotated[
        bool,
        typer.Option("--quick", help="Leave out data and the search of a minute."),
    ] = False,
) -> None:
    """Check this machine: packages, MPI, GPUs, files, data, and a real tiny search.

    Each finding says what to do. Exit code 0: searches will run, maybe with warnings;
    2: there is a problem.
    """
    if not directory.is_dir():
        raise InputError(
            f"--directory: expected a folder that exists, got {str(directory)!r}"
        )
    place = directory.absolute()
    console = Console()
    checks = [check_versions(), check_files(place), check_mpi(ranks)]
    if not quick:
        checks += [check_data(), check_search(place)]
    problems = 0
    for finding in chain.from_iterable(checks):
        problems += finding.level == "problem"
        colour = _COLOURS[finding.level]
        console.print(
            f"[{colour}]{finding.level:<8}[/{colour}] {escape(finding.subject)}: "
            f"{escape(finding.text)}",
            soft_wrap=True,
            highlight=False,
        )
    if problems:
        raise typer.Exit(2)

"""`evonas resume`: go on with a run that was stopped or killed."""

from __future__ import annotations

from typing import Annotated

import typer

from evonas.build import check_ranks, resolve
from evonas.cli import ranks
from evonas.cli.options import (
    Mpi,
    Overrides,
    Run,
    WallTime,
    Workers,
    allow_only,
    refuse_both,
    refuse_island,
)
from evonas.cli.running import run_session
from evonas.config import load_config, seconds_of
from evonas.storage import RunDirectory

EXAMPLES = """\
Examples:

evonas resume runs/first

evonas resume runs/first --workers 4 --wall-time 2h

evonas resume runs/first --set budget.evaluations=500

evonas resume runs/first --mpi 8 --take-over
"""


def resume(
    run: Run,
    workers: Workers = None,
    mpi: Mpi = None,
    wall_time: WallTime = None,
    overrides: Overrides = None,
    take_over: Annotated[
        bool,
        typer.Option(
            "--take-over",
            help="Ask the job that works on the run to hand it over, and go on when it "
            "has.",
        ),
    ] = False,
) -> None:
    """Go on with a run that was stopped or killed, with any number of workers.

    No finished record is lost and none counts twice. A run that is finished goes on
    when its budget is raised; --set takes keys of `budget`, `final`, `weights` and
    `reuse`.
    """
    refuse_both(workers, mpi)
    limit = seconds_of(wall_time)
    changes = list(overrides or ())
    allow_only(changes, ("budget", "final", "weights", "reuse"), run)
    if workers is not None:
        changes.append(f"workers={workers}")
    directory = RunDirectory.open(run)
    settings = load_config(directory.config, changes)
    refuse_island(settings, run)
    if mpi is not None:
        check_ranks(settings, mpi)
        words = ["resume", str(run), *(f"--set={change}" for change in overrides or ())]
        words += ["--take-over"] if take_over else []
        raise typer.Exit(ranks.launch(mpi, words, wall_time))
    resolved = resolve(settings)
    code = run_session(lambda: directory, resolved, wall_seconds=limit, take=take_over)
    raise typer.Exit(code)

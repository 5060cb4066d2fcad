"""`evonas search`: start a search in a new run directory."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evonas.build import check_ranks, check_space, resolve
from evonas.cli import ranks
from evonas.cli.dry_run import dry_run as print_plan
from evonas.cli.options import (
    Mpi,
    Overrides,
    WallTime,
    Workers,
    default_out,
    refuse_both,
    refuse_island,
)
from evonas.cli.running import run_session
from evonas.config import load_config, seconds_of
from evonas.storage import RunDirectory

EXAMPLES = """\
Examples:

evonas search configs/quickstart.yaml --workers 2

evonas search my.yaml --out runs/first --set budget.evaluations=50 --set seed=1

evonas search my.yaml --mpi 3 --wall-time 1h30m

mpirun -n 64 evonas search my.yaml --out runs/large

evonas search my.yaml --dry-run
"""


def search(
    config: Annotated[
        Path, typer.Argument(help="YAML file with the settings.", metavar="CONFIG")
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            help="Run directory to make; runs/<name of CONFIG>-<time> if absent.",
            metavar="RUN",
        ),
    ] = None,
    overrides: Overrides = None,
    workers: Workers = None,
    mpi: Mpi = None,
    wall_time: WallTime = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Print every setting, try one network, tell how long it will take.",
        ),
    ] = False,
) -> None:
    """Search for a network, train the best one and export it.

    The settings of CONFIG are checked before anything starts. Ctrl-C (or SIGTERM, or
    --wall-time) stops cleanly: `evonas resume` goes on from there.
    """
    refuse_both(workers, mpi)
    limit = seconds_of(wall_time)
    changes = list(overrides or ())
    if out is not None:
        changes.append(f"out={out}")
    if workers is not None:
        changes.append(f"workers={workers}")
    settings = load_config(config, changes)
    if mpi is not None and not dry_run:
        check_ranks(settings, mpi)
        words = ["search", str(config)]
        words += [f"--set={change}" for change in changes]
        raise typer.Exit(ranks.launch(mpi, words, wall_time))
    refuse_island(settings, config)
    resolved = resolve(settings)
    check_space(resolved)
    if dry_run:
        print_plan(resolved, mpi)
        return
    place = settings.out or default_out(config)

    def create() -> RunDirectory:
        return RunDirectory.create(place, resolved.config_text)

    raise typer.Exit(run_session(create, resolved, wall_seconds=limit))

"""`evonas train`: full training of networks that a search has found."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from evonas.build import (
    Resolved,
    choose,
    make_plan,
    open_workers,
    resolve,
    stopping,
)
from evonas.cli import ranks
from evonas.cli.choosing import choose_winner
from evonas.cli.display import open_display
from evonas.cli.options import (
    Identifier,
    Mpi,
    Overrides,
    Run,
    WallTime,
    Workers,
    allow_only,
    refuse_both,
)
from evonas.cli.real_training import names_a_task, train_cell
from evonas.config import load_config, seconds_of
from evonas.errors import InputError
from evonas.evaluation import Fidelity
from evonas.run import Incumbent, RunState, Session, make_schedule
from evonas.run.wording import number
from evonas.storage import RunDirectory

EXAMPLES = """\
Examples:

evonas train runs/first --top 3 --workers 2

evonas train runs/first --id 41 --set final.epochs=100

evonas train runs/table --set task.name=cifar10 --set final.epochs=200

evonas export runs/first --id 41 --out my_network
"""


def train(
    run: Run,
    identifier: Identifier = None,
    top: Annotated[
        int | None,
        typer.Option(
            min=2,
            help="Train the K best networks again and again on fresh seeds, reject "
            "them one by one, and tell what the last one is worth.",
            metavar="K",
        ),
    ] = None,
    trainings: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="How many trainings --top may use in all (without it 11 for two "
            "networks, 13 for three, 21 for ten).",
            metavar="N",
        ),
    ] = None,
    overrides: Overrides = None,
    workers: Workers = None,
    mpi: Mpi = None,
    wall_time: WallTime = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Run directory of a table's cell that is trained for real; beside RUN "
            "if absent.",
            metavar="DIRECTORY",
        ),
    ] = None,
) -> None:
    """Train the best network of a run fully, and test it; or one by --id.

    For as long as `final.epochs` says (--set final.epochs=… for this time only). What
    has been trained or tested so already is only shown. With --top the winner of a
    selection on fresh seeds is tested; killed or stopped, the same command goes on.

    A run over a table has nothing to train until you name the data: --set
    task.name=cifar10, say, trains its best cell (or the one of --id) for real and
    exports it, in a run directory of its own.
    """
    refuse_both(workers, mpi)
    if identifier is not None and top is not None:
        raise InputError(
            f"expected --id or --top, got both (--id {identifier}, --top {top}); "
            "leave one out"
        )
    if trainings is not None and top is None:
        raise InputError(
            f"--trainings: expected it together with --top, got --trainings "
            f"{trainings} alone; add --top K, or leave it out"
        )
    if top is not None:
        make_schedule(top, trainings)  # refuses too few, before anything is opened
    limit = seconds_of(wall_time)
    changes = list(overrides or ())
    directory = RunDirectory.open(run)
    if load_config(directory.config).task.table is not None and names_a_task(changes):
        if top is not None or mpi is not None:
            raise InputError(
                f"expected one training of one cell, got "
                f"{'--top' if top is not None else '--mpi'}; leave it out"
            )
        raise typer.Exit(
            train_cell(
                directory,
                changes,
                identifier,
                workers=1 if workers is None else workers,
                out=out,
                wall_seconds=limit,
            )
        )
    if out is not None:
        raise InputError(
            f"--out {out}: expected it with the cell of a table and its data (--set "
            "task.name=…), got a training that belongs to its run; leave it out"
        )
    allow_only(changes, ("final",), run)
    if workers is not None:
        changes.append(f"workers={workers}")
    settings = load_config(directory.config, changes)
    if mpi is not None:
        words = ["train", str(run)]
        words += [] if top is None else [f"--top={top}"]
        words += [] if trainings is None else [f"--trainings={trainings}"]
        words += [] if identifier is None else [f"--id={identifier}"]
        words += [f"--set={change}" for change in overrides or ()]
        raise typer.Exit(ranks.launch(mpi, words, wall_time))
    if settings.final.epochs == 0:
        raise InputError(
            "final.epochs: expected more than 0 to train for, got 0; "
            "add --set final.epochs=50"
        )
    resolved = resolve(settings)
    if top is not None:
        raise typer.Exit(choose_winner(directory, resolved, top, trainings, limit))
    raise typer.Exit(_train(directory, resolved, identifier, limit))


def _train(
    directory: RunDirectory,
    resolved: Resolved,
    identifier: int | None,
    wall_seconds: float | None,
) -> int:
    console = ranks.open_console()
    plan = make_plan(resolved, directory)
    fidelity = Fidelity(resolved.config.final.epochs)
    with (
        stopping(wall_seconds, resolved.config.cluster.reserve_seconds) as stop,
        open_workers(resolved) as executor,
        open_display(console, resolved, directory.root) as display,
        Session(
            directory, plan, executor, stop=stop, observer=display.observe
        ) as session,
    ):
        chosen = choose(session.state, directory, identifier)
        display.begin(session.state)
        trained = session.train(chosen, fidelity)
        state, stopped = session.state, bool(stop() or session.handed_over)
        keys = {one.record.candidate_key for one in chosen}
        failed = [
            final
            for final in session.state.finals
            if final.record.candidate_key in keys
            and final.record.fidelity == fidelity
            and not final.record.ok
        ]
    _print_table(console, state, trained, directory)
    for one in failed:
        _print_failure(one)
    return 3 if stopped else 0


def _print_failure(final: Incumbent) -> None:
    record = final.record
    print(
        f"#{final.request.origin['request_id']}: its training for "
        f"{record.fidelity.epochs:g} epochs failed ({record.outcome.value}): "
        f"{record.reason}. An equal one would fail again; try another --set "
        "final.epochs",
        file=sys.stderr,
    )


def _print_table(
    console: Console,
    state: RunState,
    trained: list[Incumbent],
    directory: RunDirectory,
) -> None:
    table = Table(box=None)
    names = sorted({name for one in trained for name in one.record.metrics})
    for heading in ("id", "epochs", "parameters", *names):
        table.add_column(heading, justify="right")
    for one in trained:
        record = one.record
        values = [
            number(record.metrics[n]) if n in record.metrics else "" for n in names
        ]
        table.add_row(
            str(one.request.origin["request_id"]),
            f"{record.fidelity.epochs:g}",
            number(record.value("parameters")),
            *values,
        )
    console.print(table)
    for one in trained:
        if (opening := state.opening_of(one)) is not None:
            console.print(
                f"#{opening.network} was tested once: {opening}",
                soft_wrap=True,
                highlight=False,
            )
    if trained:
        best = trained[0].request.origin["request_id"]
        console.print(
            f"\nWhat next\n  evonas export {shlex.quote(str(directory.root))} --id "
            f"{best} --out my_network",
            soft_wrap=True,
            highlight=False,
            markup=False,
        )

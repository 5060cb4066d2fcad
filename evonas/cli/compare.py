"""`evonas compare`: methods under the same budget, over many seeds."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from evonas.build import stopping
from evonas.cli import ranks
from evonas.cli.options import Mpi, Overrides, WallTime, refuse_both
from evonas.compare import compare as play
from evonas.compare.watching import open_observer
from evonas.config import seconds_of

EXAMPLES = """\
Examples:

evonas compare configs/compare/*.yaml --seeds 20 --out runs/compared

evonas compare a.yaml b.yaml --seeds 10 --out runs/ab --set budget.evaluations=200

evonas compare a.yaml b.yaml --seeds 10 --out runs/ab --mpi 8
"""


def compare(
    configs: Annotated[
        list[Path],
        typer.Argument(
            help="YAML files that differ in their method; results have their names.",
            metavar="CONFIG...",
        ),
    ],
    seeds: Annotated[
        int, typer.Option(min=1, help="Runs of each config: seeds 0, 1, …", metavar="N")
    ],
    out: Annotated[
        Path,
        typer.Option(
            help="Directory of the comparison; the same one again goes on.",
            metavar="DIR",
        ),
    ],
    overrides: Overrides = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Runs at once; 0: in this process. All cores if absent.",
            metavar="N",
        ),
    ] = None,
    mpi: Mpi = None,
    wall_time: WallTime = None,
    final: Annotated[
        bool,
        typer.Option(
            "--final",
            help="Train each run's best network finally (not of tables).",
        ),
    ] = False,
) -> None:
    """Compare methods: any number of configs × seeds under the same budget.

    Incumbents are chosen by validation. Finished runs are kept: after Ctrl-C (or
    --wall-time) the same command goes on, and a larger --seeds adds to them.
    """
    refuse_both(workers, mpi)
    limit = seconds_of(wall_time)
    if mpi is not None:
        words = ["compare", *map(str, configs), f"--seeds={seeds}", f"--out={out}"]
        words += [f"--set={change}" for change in overrides or ()]
        words += ["--final"] * final
        raise typer.Exit(ranks.launch(mpi, words, wall_time))
    console = ranks.open_console()
    with stopping(limit) as stop, open_observer(console) as observer:
        found = play(
            configs,
            seeds,
            out,
            overrides=overrides or (),
            workers=workers,
            final=final,
            stop=stop,
            observer=observer,
        )
        why = stop()
    if found.summary is None:
        console.print(
            f"[bold]Stopped[/bold] by {why}; finished runs are kept. Give the same "
            "command again to go on.",
            soft_wrap=True,
        )
        raise typer.Exit(3)
    print((found.directory / "README.md").read_text("utf-8"))
    print(f"Written to {shlex.quote(str(found.directory))}")

"""`minibench characterize`: what a data set is like, before anything is searched."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from evonas.build.characterisation import characterised
from evonas.build.problem import problem_of
from evonas.errors import ConfigError
from minibench.characterize import USUAL, ProbeSettings
from minibench.cli.options import DEFAULT_DB, Db, Json, answer, console
from minibench.database import Database
from minibench.probenets import DCN_PROBE, PROBENETS
from minibench.problems import Characterisation, Problem

EXAMPLES = """\
Examples:

minibench characterize digits

minibench characterize my_data.npz --problem my-data --probe all --seeds 3

minibench characterize fashion-mnist --size mini --epochs 0 --json
"""

_ALL = "all"


def characterize(
    task: Annotated[
        str,
        typer.Argument(
            help="A task's name, or a file or folder of your own data.", metavar="TASK"
        ),
    ],
    problem: Annotated[
        str | None,
        typer.Option(help="Name of the problem; default: the task's.", metavar="NAME"),
    ] = None,
    probes: Annotated[
        list[str] | None,
        typer.Option(
            "--probe",
            help=f"ProbeNet to train, repeatable: {', '.join(PROBENETS)}, or all. "
            f"Default: {DCN_PROBE}, whose number is the DCN.",
            metavar="NAME",
        ),
    ] = None,
    epochs: Annotated[
        int, typer.Option(min=0, help="Of each training; 0: train none.")
    ] = USUAL.epochs,
    samples: Annotated[
        int, typer.Option(min=1, help="Trained on, at most.")
    ] = USUAL.samples,
    seeds: Annotated[
        int, typer.Option(min=1, help="Trainings that are averaged.")
    ] = USUAL.seeds,
    size: Annotated[
        str | None, typer.Option(help="Size of a known task: mini or full.")
    ] = None,
    threads: Annotated[int, typer.Option(min=1, help="Of the processor.")] = 1,
    db: Db = DEFAULT_DB,
    json: Json = False,
) -> None:
    """Describe a data set by numbers, and train ProbeNets on it.

    The numbers join the problem in the database; a problem that is not there is made.
    Test samples are not looked at. Numbers of other settings are other numbers: use the
    same ones for all problems that you want to compare.
    """
    names = _names(probes)
    with Database.open(db) as database:  # before anything is trained
        settings = ProbeSettings(epochs, samples, seeds) if epochs else None
        resolved, found = characterised(
            _section(task, size), threads, names, settings, _progress
        )
        made = problem_of(resolved, problem)
        with database.writing() as writer:
            known = writer.reader.problems().get(made.key, made)
            writer.replace(known.characterised(*found))
    if json:
        entries = [one.to_json() for one in found]
        answer({"problem": made.key, "characterisation": entries})
        return
    console().print(_table(made, found))


def _names(probes: Sequence[str] | None) -> list[str]:
    names = list(dict.fromkeys(probes or (DCN_PROBE,)))
    if _ALL in names:
        return list(PROBENETS)
    for name in names:
        if name not in PROBENETS:
            raise ConfigError(
                f"--probe: expected one of {', '.join(PROBENETS)} or all, got {name!r}"
            )
    return names


def _section(task: str, size: str | None) -> dict[str, Any]:
    """The `task` section of a config that names what the user does."""
    section: dict[str, Any] = {"name": task}
    if Path(task).exists():
        section = {"path": str(Path(task).resolve())}
    if size is not None:
        section["size"] = size
    return section


@contextmanager
def _progress(total: int) -> Iterator[Callable[[], None]]:
    """A bar on stderr, so that what is printed can be read by programs."""
    columns = (
        TextColumn("training ProbeNets"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    where = Console(file=sys.stderr)
    with Progress(*columns, console=where, transient=True) as progress:
        bar = progress.add_task("", total=total)
        yield lambda: progress.advance(bar)


def _table(problem: Problem, found: Sequence[Characterisation]) -> Table:
    table = Table(title=problem.key, title_justify="left", box=None)
    table.add_column("what")
    table.add_column("value", justify="right")
    for one in found:
        table.add_row(one.name, f"{one.value:g}")
    return table

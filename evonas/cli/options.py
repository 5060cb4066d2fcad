"""Arguments and options that several commands share, and the values they take."""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from evonas.config import Config
from evonas.errors import ConfigError

#: set for the managers of islands by the process that starts them
ISLAND = "EVONAS_ISLAND"

Run = Annotated[
    Path, typer.Argument(help="Directory of a run, as --out named it.", metavar="RUN")
]
Identifier = Annotated[
    int | None,
    typer.Option(
        "--id",
        min=0,
        help="One network, by its number in the run (the #41 of the search's lines).",
        metavar="ID",
    ),
]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        help="Override one setting, for example --set fidelity.epochs=2; repeatable.",
        metavar="KEY=VALUE",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        min=0,
        help="Local worker processes; 0: evaluate in this process, for debugging.",
        metavar="N",
    ),
]
Mpi = Annotated[
    int | None,
    typer.Option(
        "--mpi",
        min=1,
        help="Start N MPI ranks on this machine: one manages, the others work.",
        metavar="N",
    ),
]
WallTime = Annotated[
    str | None,
    typer.Option(
        help="Stop, resumable, after this time: 90s, 45m, 1h30m or 1:30:00.",
        metavar="TIME",
    ),
]


def default_out(config: Path) -> Path:
    """A run directory that no earlier search has: the file's name and the time.

    Args:
        config: the file.
    """
    now = datetime.datetime.now()
    return Path("runs") / f"{config.stem}-{now:%Y%m%d-%H%M%S}"


def refuse_both(workers: int | None, mpi: int | None) -> None:
    """Complain when both ways to work in parallel were given.

    Raises:
        ConfigError: they were.
    """
    if workers is not None and mpi is not None:
        raise ConfigError(
            f"expected --workers or --mpi, got both (--workers {workers}, --mpi "
            f"{mpi}); --mpi N has N - 1 workers"
        )


def refuse_island(config: Config, where: Path) -> None:
    """Complain about the settings of an island, unless its whole search works on it.

    Args:
        config: the settings.
        where: they come from.

    Raises:
        ConfigError: they are an island's; alone it would wait for the others.
    """
    if config.islands.index is not None and ISLAND not in os.environ:
        raise ConfigError(
            f"{where}: expected a whole search, got island {config.islands.index} of "
            "one; give the directory two levels above it"
        )


def allow_only(overrides: Sequence[str], sections: Sequence[str], run: Path) -> None:
    """Complain about overrides of settings that a run cannot change any more.

    Args:
        overrides: `dotted.key=value` texts.
        sections: that may be changed.
        run: directory of the run.

    Raises:
        ConfigError: there is another one.
    """
    for override in overrides:
        if re.split(r"[.=]", override)[0].strip() not in sections:
            raise ConfigError(
                f"--set {override}: expected a key of {', '.join(sections)}, since the "
                f"records in {run} depend on everything else; start a new search for it"
            )

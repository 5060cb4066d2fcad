"""Options that several commands share, and how they answer."""

from __future__ import annotations

import getpass
import json
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.console import Console

from evonas.errors import ConfigError
from minibench.database import Reader
from minibench.reviews import State
from minibench.selection import Selection

Db = Annotated[
    str,
    typer.Option(
        "--db",
        envvar="MINIBENCH_DB",
        help="The database: an SQLite file, or postgresql://user@host/name.",
        metavar="FILE|URL",
    ),
]
Json = Annotated[
    bool, typer.Option("--json", help="Answer in JSON, for programs to read.")
]
ProblemName = Annotated[
    str | None,
    typer.Option(help="Only this problem: name, or name@version.", metavar="NAME"),
]
StateNames = Annotated[
    list[State] | None,
    typer.Option("--state", help="Only records of this state; repeatable."),
]
RunName = Annotated[
    str | None, typer.Option("--run", help="Only records of this run.", metavar="NAME")
]
Strategy = Annotated[
    str | None, typer.Option(help="Only records of this strategy.", metavar="NAME")
]
AtLeast = Annotated[
    float | None, typer.Option(help="Only where the problem's metric is this or more.")
]
AtMost = Annotated[
    float | None, typer.Option(help="Only where the problem's metric is this or less.")
]
Who = Annotated[
    str | None,
    typer.Option(help="Your name, as the history keeps it; default: your login."),
]
#: where nothing else is said
DEFAULT_DB = "minibench.sqlite"


def selection(
    reader: Reader,
    *,
    ids: Sequence[str] = (),
    problem: str | None = None,
    states: Sequence[State] | None = None,
    run: str | None = None,
    strategy: str | None = None,
    at_least: float | None = None,
    at_most: float | None = None,
) -> Selection:
    """The records that the options mean.

    Args:
        reader: of the database.
        ids: beginnings of ids, enough of each to name one record.
        problem: name or key.
        states: that they may have; none: all.
        run: that they come from.
        strategy: that proposed them.
        at_least: value of the problem's metric.
        at_most: likewise.
    """
    return Selection(
        problem=None if problem is None else reader.problem(problem).key,
        states=tuple(states or State),
        run=run,
        strategy=strategy,
        ids=tuple(reader.record(one).id for one in ids),
        at_least=at_least,
        at_most=at_most,
    )


def person(who: str | None) -> str:
    """Whose name goes into a history.

    Args:
        who: as the option says; None: the login.

    Raises:
        ConfigError: the system does not know it.
    """
    if who:
        return who
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise ConfigError(
            "--who: expected a name, since this system has none for you, got none"
        ) from None


def answer(data: Any) -> None:
    """Print JSON for programs, indented.

    Args:
        data: plain JSON values.
    """
    print(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False))


def console() -> Console:
    """Where tables are printed: as wide as they need where nobody looks."""
    found = Console(highlight=False)
    return found if found.is_terminal else Console(width=200, highlight=False)

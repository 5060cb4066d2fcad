"""`minibench value`: what entries of a database save searches, or cost them."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from evonas.build import stopping
from evonas.compare.comparison import conduct
from evonas.compare.conduct import Observer
from evonas.compare.folder import ComparisonFolder
from evonas.compare.watching import open_observer
from evonas.errors import ConfigError
from evonas.run.wording import number
from minibench.cli.options import (
    DEFAULT_DB,
    Json,
    StateNames,
    Who,
    answer,
    console,
    person,
)
from minibench.cli.replays import (
    SHIPPED,
    Entry,
    Replay,
    Wished,
    database_of,
    read_replays,
    state_of,
)
from minibench.cli.verdicts import ALL, Runs, Verdict, corrected, target_of, verdicts
from minibench.curation import review
from minibench.database import Database
from minibench.reviews import State
from minibench.selection import Selection

EXAMPLES = """\
Examples:

minibench value fcnet --state provisional

minibench value my-search.yaml --seeds 50 --most-used 5

minibench value my-search.yaml --quarantine
"""

_STOPPED = 3
#: searches that are held open at once
_AT_ONCE = 24


def value(
    searches: Annotated[
        list[str],
        typer.Argument(
            help="Configs of searches over tables; or "
            f"{' or '.join(SHIPPED)}: aging evolution, 200 trainings, on each of its "
            "data sets, advised by the others.",
            metavar="CONFIG...",
        ),
    ],
    seeds: Annotated[
        int, typer.Option(min=2, help="Replays of each: seeds 0, 1, …")
    ] = 20,
    records: Annotated[
        list[str] | None,
        typer.Option(
            "--record",
            help="Value this record too, with all trainings of its network: the "
            "beginning of its id; repeatable.",
            metavar="ID",
        ),
    ] = None,
    most: Annotated[
        int,
        typer.Option(
            "--most-used",
            min=0,
            help="Value so many records besides: those that seed a search, and that "
            "back most of its set.",
            metavar="K",
        ),
    ] = 0,
    reach: Annotated[
        float | None,
        typer.Option(
            help="Count trainings until the metric has this value; default: until what "
            "half of the searches without advice end with.",
            metavar="VALUE",
        ),
    ] = None,
    states: StateNames = None,
    quarantine: Annotated[
        bool,
        typer.Option(
            "--quarantine",
            help="Put what is harmful into quarantine; `minibench review` lets it out.",
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    who: Who = None,
    out: Annotated[
        Path,
        typer.Option(
            help="Directory of the replays; the same one again goes on.", metavar="DIR"
        ),
    ] = Path("runs/value"),
    workers: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Replays at once; 0: in this process. All cores if absent.",
            metavar="N",
        ),
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="Override one setting of the searches; repeatable.",
            metavar="KEY=VALUE",
        ),
    ] = None,
    db: Annotated[
        str | None,
        typer.Option(
            help="The database; default: the one that the configs name, or else "
            f"$MINIBENCH_DB or {DEFAULT_DB}.",
            metavar="FILE|URL",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Replay table searches without each problem or record that advises them.

    Says what each entry saved or cost: trainings until a value is reached, and what is
    found in the end, with paired 95 % intervals over the seeds. Finished replays are
    kept: after Ctrl-C the same command goes on.
    """
    if quarantine and not yes and (json or not sys.stdin.isatty()):
        raise ConfigError(
            "--quarantine: expected --yes where nobody can be asked, got none"
        )
    trusted = tuple(states or ())
    wished = Wished(
        db or "", trusted, tuple(records or ()), most, tuple(overrides or ())
    )
    default = os.environ.get("MINIBENCH_DB", DEFAULT_DB)
    place = database_of(searches, wished, default)
    wished = replace(wished, database=place)
    with Database.open(place) as database:
        with database.reading() as reader:
            replays = read_replays(searches, wished, reader, state_of(reader))
        folder = ComparisonFolder(out)
        folder.create()
        with folder.lock():
            _play(folder, replays, seeds, workers)
            found = corrected(
                [
                    one
                    for replay in replays
                    for one in _judged(folder, replay, seeds, reach)
                ]
            )
        _tell(found, replays, seeds, json)
        if quarantine:
            _quarantine(database, replays, found, seeds, person(who), yes, json)


class _Whole:
    """Shows the replays of all searches as one row.

    Args:
        observer: of the whole row.
        total: replays of all searches.
        done: of them, those that were there already.
    """

    def __init__(self, observer: Observer, total: int, done: int) -> None:
        self._observer = observer
        observer.begun(total, done)
        self.started, self.lost = observer.started, observer.lost
        self.finished = observer.finished

    def begun(self, total: int, done: int) -> None:
        """Only a part begins; the whole has begun."""


def _play(
    folder: ComparisonFolder, replays: Sequence[Replay], seeds: int, workers: int | None
) -> None:
    """Make the replays that are not there yet; leaves the command when stopped."""
    # what is printed can be read by programs
    watched = Console(file=sys.stderr)
    wanted = set(range(seeds))
    every = [one for replay in replays for one in replay.contestants]
    done = sum(len(wanted & set(folder.finished(one))) for one in every)
    with stopping() as stop, open_observer(watched, "replaying") as observer:
        whole = _Whole(observer, seeds * len(every), done)
        for replay in replays:
            arms = replay.contestants
            for first in range(0, len(arms), _AT_ONCE):
                part = arms[first : first + _AT_ONCE]
                if not conduct(folder, part, seeds, workers, stop, whole):
                    watched.print(
                        f"[bold]Stopped[/bold] by {stop()}; finished replays are kept. "
                        "Give the same command again to go on.",
                        soft_wrap=True,
                    )
                    raise typer.Exit(_STOPPED)


def _judged(
    folder: ComparisonFolder, replay: Replay, seeds: int, reach: float | None
) -> list[Verdict]:
    played = {
        one.name: [folder.played(one, seed) for seed in range(seeds)]
        for one in replay.contestants
    }
    target = target_of(played[replay.unadvised.name]) if reach is None else reach
    first = replay.advised.resolved.objectives[0]
    sign = 1.0 if first.direction == "maximise" else -1.0
    runs = {name: Runs.of(ones, target, sign) for name, ones in played.items()}
    others = {ALL: runs[replay.unadvised.name]}
    others |= {entry.name: runs[one.name] for entry, one in replay.without}
    return verdicts(replay.name, runs[replay.advised.name], others)


def _tell(
    found: Sequence[Verdict], replays: Sequence[Replay], seeds: int, json: bool
) -> None:
    if json:
        harmful = [entry.name for entry, _ in _harmful(replays, found)]
        answer(
            {
                "seeds": seeds,
                "entries": [one.to_json() for one in found],
                "harmful": harmful,
            }
        )
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("search", "without", "to the target", "in the end"):
        table.add_column(name, overflow="fold")
    table.add_column("reached", justify="right")
    table.add_column("p", justify="right")
    for one in found:
        style = "red" if one.harmful else "green" if one.useful else ""
        table.add_row(
            one.search,
            one.entry,
            one.words,
            one.final_words,
            f"{one.reached[0]:.0%} / {one.reached[1]:.0%}",
            number(min(one.trainings.p, one.final.p)),
            style=style,
        )
    console().print(table)
    typer.echo(
        f"each against the search with all advice, {seeds} paired seeds, 95 % "
        "intervals; reached: with / without; p: the smaller one, corrected for all"
    )
    for entry, reason in _harmful(replays, found):
        typer.echo(f"harmful: {entry.name} {reason}")


def _harmful(
    replays: Sequence[Replay], found: Sequence[Verdict]
) -> list[tuple[Entry, str]]:
    """Entries that harm a search and help none, with the reason in words."""
    entries: Mapping[str, Entry] = {
        entry.name: entry for replay in replays for entry, _ in replay.without
    }
    harmful = []
    for name, entry in entries.items():
        own = [one for one in found if one.entry == name]
        bad = [one for one in own if one.harmful]
        if bad and not any(one.useful for one in own):
            words = (f"{one.words}, {one.final_words} on {one.search}" for one in bad)
            harmful.append((entry, "; ".join(words)))
    whole = {entry.problem for entry, _ in harmful if not entry.records}
    return [
        (entry, reason)
        for entry, reason in harmful
        if not entry.records or entry.problem not in whole
    ]


def _quarantine(
    database: Database,
    replays: Sequence[Replay],
    found: Sequence[Verdict],
    seeds: int,
    who: str,
    yes: bool,
    json: bool,
) -> None:
    """Put what is harmful into quarantine, after having asked."""
    # only records that advise now: a rejected one stays rejected
    states = tuple(sorted({one for replay in replays for one in replay.states}))
    for entry, reason in _harmful(replays, found):
        if not yes and not typer.confirm(f"put {entry.name} into quarantine?"):
            continue
        meant = Selection(problem=entry.problem, states=states, ids=entry.records)
        words = f"minibench value, {seeds} seeds: {reason}"
        with database.writing() as writer:
            changed = review(writer, meant, State.QUARANTINED, who, words)
        if not json:
            typer.echo(
                f"{entry.name}: {len(changed):,} records are quarantined; to let them "
                f"out: minibench review --problem {entry.problem} --state quarantined "
                "--withdraw (or --approve)"
            )

"""`minibench explain`: why the space of a search became what it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from evonas.errors import ConfigError
from evonas.storage import Journal, RunDirectory
from minibench.cli.advised_run import AdvisedRun
from minibench.cli.options import Json, answer, console
from minibench.database import Database
from minibench.explaining import Section, Story, draw_story, read_story, sections
from minibench.files import write_file

EXAMPLES = """\
Examples:

minibench explain runs/first

minibench explain runs/first --place blocks.conv --place recipe

minibench explain runs/first --out why.png --json

minibench explain runs/first --db minibench.sqlite
"""

#: of the picture, beside the journal
PICTURE = "explained.svg"
ENDINGS = ("svg", "png", "pdf")
#: records nearest to refused candidates that are looked up, those named most often
_NEAREST = 5


def explain(
    run: Annotated[
        Path,
        typer.Argument(
            help="Directory of a search with a `constraints` section.", metavar="RUN"
        ),
    ],
    place: Annotated[
        list[str] | None,
        typer.Option(
            help="Tell instead who uses the values of this place, with records; "
            "blocks.conv means all its fields; repeatable.",
            metavar="PLACE",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help=f"The picture: .svg, .png or .pdf; default: RUN/{PICTURE}.",
            metavar="FILE",
        ),
    ] = None,
    db: Annotated[
        str | None,
        typer.Option(
            help="A database: look up what the records that are named are worth.",
            metavar="FILE|URL",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Tell in words and one picture why the space of a search became what it is.

    It only reads the run, which may be running, stopped or finished, and writes the
    picture beside it.
    """
    path = out or run / PICTURE
    ending = path.suffix.removeprefix(".").lower()
    if ending not in ENDINGS:
        raise ConfigError(
            f"--out: expected a file that ends in .{', .'.join(ENDINGS)}, got {path}"
        )
    known = AdvisedRun.open(run)
    story = read_story(
        known.knowledge, known.objective, known.whole(), _events(known.directory)
    )
    words = sections(story, place or ())
    records = None if db is None else _records(db, story)
    if not place:
        write_file(path, draw_story(story, ending), "picture")
    if json:
        drawn: dict[str, Any] = {} if place else {"picture": str(path)}
        looked_up = {} if records is None else {"records": records}
        answer({"run": str(run), **story.to_json(), **drawn, **looked_up})
        return
    _tell(words if records is None else [*words, _section(records)])
    if not place:
        typer.echo(f"Drawn into {path}")


def _records(db: str, story: Story) -> list[dict[str, Any]]:
    """What is known of the seeds, and of the records nearest to refused candidates."""
    named = [one.seed for one in story.seeds() if one.seed is not None]
    named += [record for record, _ in story.nearest().most_common(_NEAREST)]
    found: list[dict[str, Any]] = []
    with Database.open(db) as database, database.reading() as reader:
        for identity in dict.fromkeys(named):
            if not reader.ids_of(identity):
                found.append({"id": identity, "problem": None})
                continue
            record = reader.record(identity)
            problem = reader.problem(record.problem)
            found.append(
                {
                    "id": record.id,
                    "problem": record.problem,
                    "metric": problem.metric,
                    "value": record.value(problem),
                    "state": str(record.state),
                }
            )
    return found


def _section(records: Sequence[Mapping[str, Any]]) -> Section:
    rows = [
        (one["id"][:10], "not in the database", "", "")
        if one["problem"] is None
        else (
            one["id"][:10],
            one["problem"].partition("@")[0],
            f"{one['metric']} {one['value']:.4g}" if one["value"] is not None else "",
            one["state"],
        )
        for one in records
    ]
    return Section(
        "The seeds, and the records nearest to what was refused",
        columns=("record", "problem", "value", "state"),
        rows=tuple(rows),
    )


def _events(directory: RunDirectory) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if directory.journal.exists():
        for event in Journal.read(directory.journal):
            yield event.name, event.data


def _tell(words: Sequence[Section]) -> None:
    shown = console()
    for section in words:
        shown.print(f"[bold]{escape(section.title)}[/bold]")
        for paragraph in section.paragraphs:
            shown.print(escape(paragraph))
        if section.columns:
            table = Table(box=None, pad_edge=False, header_style="dim")
            for name in section.columns:
                table.add_column(name, overflow="fold")
            for row in section.rows:
                table.add_row(*map(escape, row))
            shown.print(table)
        shown.print()

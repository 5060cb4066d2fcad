"""`minibench import`: the text form of a database, or another source's records."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from evonas.errors import ConfigError
from minibench.cli.added import tell
from minibench.cli.options import DEFAULT_DB, Db, Json
from minibench.cli.sources import FarAlong, architecture_of, problem_of, recipe_of
from minibench.database import Added, Database
from minibench.importers import IMPORTERS, import_into
from minibench.shipped import RECORDS
from minibench.text_form import read_text

#: in place of the path of a text form: that which comes with evonas
SHIPPED = "shipped"

EXAMPLES = """\
Examples:

minibench import shipped

minibench import curated/

minibench import nasbench101 nasbench101.csv.gz --db tables.sqlite

minibench import nasbench201 nasbench201.csv.gz --dataset cifar100

minibench import fcnet --dataset protein_structure

minibench import nni db/nni.sqlite --problem digits --architecture net.json --recipe
fixed.json --epochs 10 --who "Ada Lovelace"

minibench import rows mine.jsonl --problem digits.json --who Ada --when 2026-11

Sources:

""" + "\n\n".join(
    (
        f"{SHIPPED}: the curated database that comes with evonas, with its reviews",
        *(f"{name}: {one.description}" for name, one in IMPORTERS.items()),
    )
)


def import_(
    source: Annotated[
        str,
        typer.Argument(
            help="Directory that `minibench export` wrote, or one file of it; or the "
            "name of another source, see below.",
            metavar="DIR|FILE|SOURCE",
        ),
    ],
    path: Annotated[
        Path | None,
        typer.Argument(help="File of the named source, where it has one."),
    ] = None,
    problem: Annotated[
        str | None,
        typer.Option(
            help="Problem of the records (nni, rows): name of one that the database "
            "knows, or a file with its JSON form.",
            metavar="NAME|FILE",
        ),
    ] = None,
    dataset: Annotated[
        str | None,
        typer.Option(help="Data set of a table that has several.", metavar="NAME"),
    ] = None,
    architecture: Annotated[
        Path | None,
        typer.Option(
            help="Network of records that tell none, in our text form (nni, rows).",
            metavar="FILE",
        ),
    ] = None,
    recipe: Annotated[
        Path | None,
        typer.Option(
            help="Fields of the recipe that the records do not tell, a JSON object; "
            "{}: evonas' defaults (nni, rows).",
            metavar="FILE",
        ),
    ] = None,
    epochs: Annotated[
        float | None,
        typer.Option(min=0, help="Length of trainings that tell none (nni, rows)."),
    ] = None,
    who: Annotated[
        str | None, typer.Option(help="Who has measured (nni, rows).")
    ] = None,
    when: Annotated[
        str | None,
        typer.Option(
            help="When it was measured: 2026-11-22, or as much of it as is known "
            "(nni, rows).",
            metavar="TIME",
        ),
    ] = None,
    licence: Annotated[
        str | None, typer.Option(help="Of the data, an SPDX name (nni, rows).")
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(
            help="A hyper-parameter to leave out (nni); repeatable.", metavar="NAME"
        ),
    ] = None,
    curves: Annotated[
        bool,
        typer.Option(
            "--curves",
            help="Take over what was measured after every epoch (fcnet's HDF5, nni).",
        ),
    ] = False,
    best: Annotated[
        int | None,
        typer.Option(min=1, help="Of a table: only its best cells, so many."),
    ] = None,
    others: Annotated[
        int | None,
        typer.Option(min=0, help="Of a table, beside --best: so many other cells."),
    ] = None,
    db: Db = DEFAULT_DB,
    json: Json = False,
) -> None:
    """Read a text form, or another source: all of it or, at a fault, nothing.

    Reviews come with records that are new here. Of records that are here already,
    `minibench merge` takes over the reviews.
    """
    given: dict[str, Any] = {
        "problem": problem,
        "dataset": dataset,
        "architecture": architecture,
        "recipe": recipe,
        "epochs": epochs,
        "who": who,
        "when": when,
        "licence": licence,
        "ignore": tuple(ignore or ()),
        "curves": curves,
        "best": best,
        "others": others,
    }
    told = {
        name: value for name, value in given.items() if value not in (None, (), False)
    }
    with Database.open(db) as database:
        if source in IMPORTERS:
            tell(_imported(database, source, path, told), json)
            return
        if path is not None:
            raise ConfigError(
                f"import: expected a source of {', '.join(IMPORTERS)} before a path, "
                f"got {source}"
            )
        for name in told:
            raise ConfigError(
                f"--{name}: has no meaning for {source}, whose lines say it "
                "themselves; leave it out"
            )
        with database.reading() as reader:
            known = reader.problems()
        text = RECORDS if source == SHIPPED else Path(source)
        tell(database.add(read_text(text, known)), json)


def _imported(
    database: Database, source: str, path: Path | None, told: dict[str, Any]
) -> Added:
    """Import from a named source, with options as people write them."""
    options = dict(told)
    if "problem" in options:
        options["problems"] = (problem_of(database, options.pop("problem")),)
    for name, read in (("architecture", architecture_of), ("recipe", recipe_of)):
        if name in options:
            options[name] = read(options[name])
    with FarAlong() as progress:
        return import_into(database, source, path, progress=progress, **options)

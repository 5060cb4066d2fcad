"""`minibench validate`: what a curator should look at."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from evonas.errors import ConfigError, InputError
from minibench.cli.options import (
    DEFAULT_DB,
    Db,
    Json,
    ProblemName,
    answer,
    selection,
)
from minibench.curation import Finding, unreadable
from minibench.curation import validate as find
from minibench.database import Database
from minibench.text_form import read_text

EXAMPLES = """\
Examples:

minibench validate

minibench validate curated/

minibench validate --problem digits --strict --json
"""


def validate(
    source: Annotated[
        Path | None,
        typer.Argument(
            help="A text form, directory or file; without it, the database is looked "
            "at.",
            metavar="DIR|FILE",
        ),
    ] = None,
    problem: ProblemName = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Warnings make it fail as errors do.")
    ] = False,
    db: Db = DEFAULT_DB,
    json: Json = False,
) -> None:
    """Look for records that cannot be right (errors) or may not be (warnings).

    Errors: lines that are no record, networks that cannot be built, costs that the
    network does not have, values that the metric cannot have. Warnings: the same
    experiment twice (networks are compared up to isomorphism), outliers, records
    without the metric or a licence. Ends with exit code 2 where there are errors.
    """
    if source is None:
        with Database.open(db) as database, database.reading() as reader:
            chosen = selection(reader, problem=problem)
            findings = list(find(reader.records(chosen), reader.problems()))
    else:
        if problem is not None:
            raise ConfigError(
                "--problem: has no meaning for a text form; name its file instead"
            )
        findings = _of_text(source)
    errors = sum(one.level == "error" for one in findings)
    if json:
        answer({"findings": [one.to_json() for one in findings], "errors": errors})
    else:
        _tell(findings)
    if errors or (strict and findings):
        raise typer.Exit(2)


def _of_text(source: Path) -> list[Finding]:
    """Findings of a text form; lines that cannot be read are among them."""
    unread: list[InputError] = []
    batch = read_text(source, fault=unread.append)
    problems = {problem.key: problem for problem in batch.problems}
    found = list(find(batch.records, problems))
    return [*map(unreadable, unread), *found]


def _tell(findings: list[Finding]) -> None:
    for one in findings:
        of = f" of {one.problem}" if one.problem else ""
        typer.echo(f"{one.level}: {one.where}{of}: {one.rule}: {one.words}")
    counts = Counter(f"{one.level} {one.rule}" for one in findings)
    words = ", ".join(f"{count} × {name}" for name, count in sorted(counts.items()))
    typer.echo(words or "nothing found")

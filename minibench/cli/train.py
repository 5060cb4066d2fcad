"""`minibench train`: classifiers of a database, and how good they are."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from evonas.architecture import kind_of
from evonas.encoding import MAX_LEVEL, MAX_ROUNDS, Encoding
from evonas.errors import ArchitectureError, ConfigError
from minibench.classifier import (
    KINDS,
    GraphClassifier,
    LinearClassifier,
    Sample,
    samples_of,
)
from minibench.classifier.threshold import FALSE_REJECTION
from minibench.cli.options import DEFAULT_DB, Db, Json, StateNames, answer, console
from minibench.database import Database, Reader
from minibench.problems import Problem
from minibench.reviews import State
from minibench.selection import Selection

EXAMPLES = """\
Examples:

minibench train

minibench train --folding 1 --without fashion-mnist --out without.json

minibench train --model graph --out graph.json

minibench train --sweep --json > report.json
"""

#: where nothing else is said
DEFAULT_FILE = Path("classifier.json")
_USUAL = Encoding()


def train(
    out: Annotated[
        Path, typer.Option(help="File to write; it is replaced if it is there.")
    ] = DEFAULT_FILE,
    problems: Annotated[
        list[str] | None,
        typer.Option(
            "--problem",
            help="Only these problems: name, or name@version; repeatable.",
            metavar="NAME",
        ),
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(
            help="All problems but these: the one that is searched next, say; "
            "repeatable.",
            metavar="NAME",
        ),
    ] = None,
    states: StateNames = None,
    best: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="A problem's best are its N best networks, its background N others; "
            "default: the better half, and the rest.",
        ),
    ] = None,
    folding: Annotated[
        int,
        typer.Option(min=1, max=MAX_LEVEL, help="Most nodes of a chain that become 1."),
    ] = _USUAL.folding,
    rounds: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=MAX_ROUNDS,
            help="Of relabelling: how far a label of a linear classifier looks; "
            f"default: {_USUAL.rounds}.",
        ),
    ] = None,
    hide: Annotated[
        list[str] | None,
        typer.Option(
            help="A kind of layer that must not be told from others; repeatable.",
            metavar="KIND",
        ),
    ] = None,
    model: Annotated[
        str,
        typer.Option(
            help=f"Kind of the classifiers: {' or '.join(KINDS)} (graph networks, "
            "fitted with torch).",
            metavar="KIND",
        ),
    ] = LinearClassifier.name,
    recipe: Annotated[
        str,
        typer.Option(
            help="Which classifiers read the recipe: best (only those that tell a "
            "problem's best from its background), all, or none.",
            metavar="WHICH",
        ),
    ] = "best",
    false_rejection: Annotated[
        float,
        typer.Option(
            help="Share of a held-out problem's best that the threshold may refuse."
        ),
    ] = FALSE_REJECTION,
    sweep: Annotated[
        bool,
        typer.Option("--sweep", help="Report every level of folding, too (minutes)."),
    ] = False,
    db: Db = DEFAULT_DB,
    json: Json = False,
) -> None:
    """Fit classifiers on the networks of a database, and say how good they are.

    One tells whose best networks a network resembles, the others whether it would be
    among a problem's best or its background, by the network and its recipe. Only
    approved records count, unless --state says otherwise. What is reported was measured
    on runs, or problems, that had no part in the fit.
    """
    # scikit-learn takes a second, which other commands should not
    from minibench.classifier.report import evaluate
    from minibench.classifier.training import Method, choose, recipe_use
    from minibench.classifier.training import train as fit
    from minibench.cli.trained import shown

    encoding = _encoding(model, folding, rounds, _kinds(hide or ()))
    method = Method(encoding, model, recipe_use(recipe))
    with Database.open(db) as database, database.reading() as reader:
        samples = [
            sample
            for problem in _chosen(reader, problems, without or ())
            for sample in _samples(reader, problem, states or [State.APPROVED], best)
        ]
    chosen = choose(samples)
    with Console(file=sys.stderr).status("training and validating classifiers"):
        made = fit(chosen, method, false_rejection)
        report = evaluate(chosen, method, made, sweep)
        made.write(out)
    if json:
        answer(
            {
                "file": str(out),
                "digest": made.digest,
                "records": made.count,
                "model": model,
                "encoding": made.encoding.to_json(),
                **report.to_json(),
            }
        )
        return
    where = console()
    for one in shown(report, made):
        where.print(one, soft_wrap=True)
    where.print(f"{made.count:,} records, written to {out}", soft_wrap=True)


def _encoding(
    model: str, folding: int, rounds: int | None, hidden: tuple[str, ...]
) -> Encoding:
    """How networks are encoded for a kind of classifier."""
    if model != GraphClassifier.name:
        return Encoding(
            folding, _USUAL.rounds if rounds is None else rounds, hidden=hidden
        )
    if rounds is not None:
        raise ConfigError(
            "--rounds: has no meaning for graph networks, which read the graph itself; "
            "leave it out"
        )
    return Encoding(folding, rounds=0, statistics=False, hidden=hidden)


def _kinds(names: Sequence[str]) -> tuple[str, ...]:
    """The names of layers, if there are such."""
    for name in names:
        try:
            kind_of(name)
        except ArchitectureError as error:
            raise ConfigError(f"--hide: {error}") from None
    return tuple(names)


def _chosen(
    reader: Reader, only: Sequence[str] | None, without: Sequence[str]
) -> list[Problem]:
    """The problems that the options mean."""
    left_out = {reader.problem(name).key for name in without}
    if only is None:
        found = reader.problems()
    else:
        found = {one.key: one for one in map(reader.problem, only)}
    return [one for key, one in found.items() if key not in left_out]


def _samples(
    reader: Reader, problem: Problem, states: Sequence[State], best: int | None
) -> list[Sample]:
    selection = Selection(problem.key, states=tuple(states))
    return samples_of(problem, reader.records(selection), best)

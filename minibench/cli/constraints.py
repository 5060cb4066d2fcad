"""`minibench constraints`: what the best networks of some problems have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evonas.build import resolve
from evonas.config import config_from_json, read_settings
from evonas.config.source import to_yaml
from evonas.errors import ConfigError
from evonas.space import ConstraintSet
from evonas.space.constraints import Mode
from minibench.class_sets import ClassSets, class_sets
from minibench.cli.editing import Wanted, edit_run
from minibench.cli.options import DEFAULT_DB, Db, Json, StateNames, answer
from minibench.cli.tuning import tell_tuning
from minibench.constraint_text import constraints_text, write_constraints
from minibench.constraints import USUAL, Thresholds, constraint_set, merged_problems
from minibench.database import Database, Reader
from minibench.files import write_file
from minibench.merge_tuning import FALSE_REJECTION
from minibench.nearest import resembling
from minibench.problems import Problem
from minibench.reviews import State
from minibench.selection import Selection

EXAMPLES = """\
Examples:

minibench constraints mnist fashion-mnist --out images.yaml

minibench constraints --like digits --out digits.yaml

minibench constraints mnist --narrow my.yaml --out narrowed.yaml

minibench constraints protein --mode soft --best 20 --json

minibench constraints --tune

minibench constraints --edit runs/first

minibench constraints --edit runs/first --from mine.yaml
"""


def constraints(
    problems: Annotated[
        list[str] | None,
        typer.Argument(help="Problems whose sets are united.", metavar="PROBLEM..."),
    ] = None,
    like: Annotated[
        str | None,
        typer.Option(
            help="Instead: the problems that resemble this one, which the database "
            "has and `minibench characterize` has described; never itself.",
            metavar="PROBLEM",
        ),
    ] = None,
    best: Annotated[
        int, typer.Option(min=1, help="Networks of each problem that count as best.")
    ] = 50,
    mode: Annotated[
        Mode, typer.Option(help="hard: nothing else is drawn; soft: it is rarer.")
    ] = "hard",
    posterior: Annotated[
        float, typer.Option(help="Least probability of a problem (--like).")
    ] = USUAL.posterior,
    overlap: Annotated[
        float,
        typer.Option(
            help="Least overlap (Jaccard) with one of them for another one to join; "
            "above 1: none joins (--like)."
        ),
    ] = USUAL.overlap,
    share: Annotated[
        float, typer.Option(help="Of a problem's best that must use a thing.")
    ] = USUAL.share,
    tail: Annotated[
        float, typer.Option(help="Share of numbers that is cut at either end.")
    ] = USUAL.tail,
    states: StateNames = None,
    narrow: Annotated[
        Path | None,
        typer.Option(
            help="A search's config: write it, with its space narrowed, instead of "
            "the set.",
            metavar="CONFIG",
        ),
    ] = None,
    tune: Annotated[
        bool,
        typer.Option(
            "--tune",
            help="Instead: say which thresholds to use, by leaving out each problem "
            "(or each of those named) in turn.",
        ),
    ] = False,
    false_rejection: Annotated[
        float,
        typer.Option(
            help="With --tune: share of what a left-out problem's best use that may "
            "lie outside."
        ),
    ] = FALSE_REJECTION,
    out: Annotated[
        Path | None,
        typer.Option(help="YAML file; default: it is printed.", metavar="FILE"),
    ] = None,
    edit: Annotated[
        Path | None,
        typer.Option(
            help="Instead: edit the set that a search draws from, in $VISUAL or "
            "$EDITOR.",
            metavar="RUN",
        ),
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option(
            "--from", help="With --edit: the set, instead of an editor.", metavar="FILE"
        ),
    ] = None,
    approve: Annotated[
        bool,
        typer.Option(
            "--approve", help="With --edit: the set stays as it is from now on."
        ),
    ] = False,
    release: Annotated[
        bool,
        typer.Option(
            "--release", help="With --edit: the advisor goes on from the set."
        ),
    ] = False,
    db: Db = DEFAULT_DB,
    json: Json = False,
) -> None:
    """Say which part of a space is worth drawing from, as YAML to read and edit.

    Merged from what the best networks of the problems use, regrouped on common grids
    and linearised. Only approved records count, unless --state says otherwise.

    With --edit, change what a search that goes on draws from. It takes the edit up
    between two generations; without a change nothing is written.
    """
    if edit is not None:
        if (
            tune
            or problems
            or like is not None
            or narrow is not None
            or out is not None
        ):
            raise ConfigError(
                "--edit: expected no problems and none of --like, --narrow, --out and "
                "--tune, since the set is that of the run, got one of them"
            )
        if approve and release:
            raise ConfigError("expected --approve or --release, got both")
        hold = True if approve else False if release else None
        edit_run(edit, Wanted(source, hold), json)
        return
    if source is not None or approve or release:
        raise ConfigError(
            "--from, --approve, --release: expected --edit RUN beside them, got none"
        )
    if tune:
        if like is not None or narrow is not None or out is not None:
            raise ConfigError(
                "--tune: expected none of --like, --narrow and --out, since no set is "
                "made, got one of them"
            )
        trusted = tuple(states or (State.APPROVED,))
        tell_tuning(db, problems or (), best, trusted, false_rejection, json)
        return
    if bool(problems) == (like is not None):
        raise ConfigError(
            "constraints: expected names of problems, or --like and one name, got "
            f"{'both' if problems else 'neither'}"
        )
    if narrow is not None and (mode != "hard" or json):
        raise ConfigError(
            "--narrow: expected --mode hard, and no --json, since only a hard set "
            "makes a space smaller and a config is YAML"
        )
    thresholds = Thresholds(posterior, overlap, share, tail)
    with Database.open(db) as database, database.reading() as reader:
        wanted = tuple(states or (State.APPROVED,))
        if like is None:
            names = [reader.problem(name) for name in problems or ()]
            keys = list(dict.fromkeys(one.key for one in names))
            classes = {key: _sets(reader, key, best, wanted) for key in keys}
            weights = {key: 1 / len(keys) for key in keys}
        else:
            task = reader.problem(like)
            probable = resembling(task, task.characterisation, reader.problems())
            classes = {key: _sets(reader, key, best, wanted) for key in probable}
            weights = merged_problems(classes, probable, thresholds)
    made = constraint_set(list(classes.values()), weights, mode, thresholds)
    if narrow is None:
        _tell(made, out, json)
    else:
        _tell_config(made, narrow, out)


def _sets(reader: Reader, key: str, best: int, states: tuple[State, ...]) -> ClassSets:
    problem: Problem = reader.problem(key)
    found = reader.top(problem, best, Selection(problem=key, states=states))
    known = {one.id for one in found}
    others = reader.records(Selection(problem=key, states=states))
    return class_sets(problem, found, [one for one in others if one.id not in known])


def _tell(made: ConstraintSet, out: Path | None, json: bool) -> None:
    if out is not None:
        write_constraints(out, made)
    if json:
        answer({**made.to_json(), "hash": made.content_hash()})
    elif out is None:
        print(constraints_text(made), end="")
    else:
        typer.echo(f"{out}: {_words(made)}, hash {made.content_hash()[:12]}")


def _tell_config(made: ConstraintSet, path: Path, out: Path | None) -> None:
    """A config with its space narrowed, to be searched as it is."""
    settings, source = read_settings(path)
    resolved = resolve(config_from_json(settings, source))
    narrowed = made.apply(resolved.space)
    text = (
        f"# {path.name}, its space narrowed to {_words(made)}\n"
        f"# (constraint set {made.content_hash()}).\n"
        f"{to_yaml({**settings, 'space': narrowed.to_json()})}"
    )
    if out is None:
        print(text, end="")
        return
    write_file(out, text.encode(), "config")
    typer.echo(f"{out}: {_words(made)}")


def _words(made: ConstraintSet) -> str:
    problems = ", ".join(
        f"{key} {one['weight']:.2f}" for key, one in made.provenance["problems"].items()
    )
    return f"{len(made.blocks or {})} blocks, made of {problems}"

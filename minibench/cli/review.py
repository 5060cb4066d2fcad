"""`minibench review`: approve, reject or quarantine records."""

from __future__ import annotations

from typing import Annotated

import typer

from evonas.errors import ConfigError
from minibench.cli.options import (
    DEFAULT_DB,
    AtLeast,
    AtMost,
    Db,
    Json,
    ProblemName,
    RunName,
    StateNames,
    Strategy,
    Who,
    answer,
    person,
    selection,
)
from minibench.curation import review as give
from minibench.database import Database
from minibench.reviews import State

EXAMPLES = """\
Examples:

minibench review 5f0c2ab1 --approve --reason "trained again, same result"

minibench review --problem digits --run first-5f0c2ab1 --approve

minibench review --problem digits --at-most 0.2 --reject --reason "did not learn"

minibench review --problem digits --state quarantined --approve --reason "a new space"
"""


def review(
    ids: Annotated[
        list[str] | None,
        typer.Argument(help="Beginnings of ids; without them, the options choose."),
    ] = None,
    approve: Annotated[bool, typer.Option("--approve")] = False,
    reject: Annotated[bool, typer.Option("--reject", help="Needs a --reason.")] = False,
    quarantine: Annotated[
        bool,
        typer.Option(
            "--quarantine",
            help="They advise no search any more; needs a --reason.",
        ),
    ] = False,
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help="Make them provisional again.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why; kept in the history.")] = "",
    everything: Annotated[
        bool, typer.Option("--all", help="Every record; where nothing else chooses.")
    ] = False,
    who: Who = None,
    problem: ProblemName = None,
    states: StateNames = None,
    run: RunName = None,
    strategy: Strategy = None,
    at_least: AtLeast = None,
    at_most: AtMost = None,
    db: Db = DEFAULT_DB,
    json: Json = False,
) -> None:
    """Approve, reject or quarantine records, or take a review back.

    The history keeps every review. Records that have the state already are left as they
    are.
    """
    chosen = [
        state
        for state, asked in (
            (State.APPROVED, approve),
            (State.REJECTED, reject),
            (State.QUARANTINED, quarantine),
            (State.PROVISIONAL, withdraw),
        )
        if asked
    ]
    if len(chosen) != 1:
        raise ConfigError(
            "expected one of --approve, --reject, --quarantine and --withdraw, got "
            f"{'none' if not chosen else 'several'}"
        )
    filters = (ids, problem, states, run, strategy, at_least, at_most)
    if not any(one is not None and one != [] for one in filters) and not everything:
        raise ConfigError(
            "expected ids or options that choose records, got none; --all means every "
            "record"
        )
    with Database.open(db) as database, database.writing() as writer:
        meant = selection(
            writer.reader,
            ids=ids or (),
            problem=problem,
            states=states,
            run=run,
            strategy=strategy,
            at_least=at_least,
            at_most=at_most,
        )
        matching = len(writer.reader.ids(meant))
        changed = give(writer, meant, chosen[0], person(who), reason)
    if json:
        answer({"matching": matching, "changed": changed, "state": str(chosen[0])})
        return
    others = "" if len(changed) == matching else "; the others were already"
    typer.echo(f"{len(changed):,} of {matching:,} records are {chosen[0]} now{others}")

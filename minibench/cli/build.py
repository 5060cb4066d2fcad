"""`minibench build`: search problems without constraints, and keep what was found."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from evonas.build import read_run, stopping
from evonas.build.characterisation import characterised
from evonas.build.problem import problem_of
from evonas.compare.comparison import conduct
from evonas.compare.contestants import Contestant, read_contestants
from evonas.compare.folder import ComparisonFolder
from evonas.compare.watching import open_observer
from evonas.config import seconds_of
from evonas.errors import ConfigError, InputError, RunDirectoryError
from evonas.run.wording import number
from evonas.storage import RunDirectory
from minibench.batch import Batch
from minibench.cli.options import DEFAULT_DB, Db, Json, answer, console
from minibench.cli.runs import RunFacts, read_run_records
from minibench.database import Added, Database
from minibench.preparation import Prepared, prepare
from minibench.problems import Problem
from minibench.provenance import Provenance
from minibench.records import BenchRecord
from minibench.shipped import SEARCHES

EXAMPLES = """\
Examples:

minibench build digits

minibench build protein diabetes --seeds 5 --workers 8 --licence CC0-1.0

minibench build my.yaml --best 20 --background 20 --set budget.evaluations=200

mpirun -n 17 minibench build all --db curated.sqlite

Problems that come along:

""" + ", ".join(SEARCHES)

_ALL = "all"
_STOPPED = 3
#: of the generator that draws the background
_SEED = 0


@dataclass(frozen=True)
class _Built:
    """What became of one problem."""

    problem: Problem
    prepared: Prepared
    added: Added

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "problem": self.problem.key,
            "trained": self.prepared.trained,
            "best": [record.id for record in self.prepared.best],
            "background": [record.id for record in self.prepared.background],
            **asdict(self.added),
        }


def build(
    problems: Annotated[
        list[str],
        typer.Argument(
            help="Problems that come along, see below, or all of them; or YAML files "
            "of searches.",
            metavar="PROBLEM...",
        ),
    ],
    seeds: Annotated[
        int, typer.Option(min=3, help="Searches of each problem: seeds 0, 1, …")
    ] = 3,
    best: Annotated[
        int, typer.Option(min=1, help="Networks of each problem that are kept.")
    ] = 50,
    background: Annotated[
        int, typer.Option(min=0, help="Others that are kept, drawn from all the rest.")
    ] = 50,
    out: Annotated[
        Path,
        typer.Option(
            help="Directory of the searches; the same one again goes on.",
            metavar="DIR",
        ),
    ] = Path("runs/minibench"),
    workers: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Searches at once; 0: in this process. All cores if absent. Of no "
            "effect under mpirun, whose ranks search.",
            metavar="N",
        ),
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="Override one setting of the searches, for example --set "
            "fidelity.epochs=2; repeatable.",
            metavar="KEY=VALUE",
        ),
    ] = None,
    wall_time: Annotated[
        str | None,
        typer.Option(
            help="Stop after this time: 90s, 45m or 1h30m; the same command again "
            "goes on.",
            metavar="TIME",
        ),
    ] = None,
    who: Annotated[
        str | None,
        typer.Option(help="Who has run it; default: the owner of the searches."),
    ] = None,
    licence: Annotated[
        str, typer.Option(help="Of the records, an SPDX name.")
    ] = "unknown",
    db: Db = DEFAULT_DB,
    json: Json = False,
) -> None:
    """Search problems without constraints, and add their best networks.

    CoDeepNEAT, several seeds of each problem; what is kept are the best networks and,
    as a background that they can be told from, others drawn by chance. The data set is
    characterised as well. All records are provisional until somebody reviews them.
    Finished searches are kept: after Ctrl-C the same command goes on.
    """
    limit = seconds_of(wall_time)
    contestants = _contestants(problems, overrides or ())
    folder = ComparisonFolder(out)
    facts = RunFacts(None, None, who, None, licence)
    with Database.open(db) as database:
        # before anything is searched: hours would be for nothing
        _check(database, contestants, facts)
        folder.create()
        with folder.lock():
            fault = _search(folder, contestants, seeds, workers, limit)
            built = [
                _keep(database, folder, one, facts, seeds, best, background)
                for one in contestants
                if set(range(seeds)) <= set(folder.finished(one))
            ]
    if json:
        answer([one.to_json() for one in built])
    elif built:
        console().print(_table(built))
    if fault is not None:
        raise fault  # what could be searched is kept all the same


def _contestants(
    problems: Sequence[str], overrides: Sequence[str]
) -> tuple[Contestant, ...]:
    """The searches, read and checked, each once.

    Raises:
        ConfigError: a name is unknown, or a config is wrong.
        DataError: the data of one are not there.
    """
    names = list(SEARCHES) if _ALL in problems else problems
    paths = {name: SEARCHES.get(name, Path(name)) for name in names}
    for name, path in paths.items():
        if name not in SEARCHES and path.suffix not in (".yaml", ".yml"):
            raise ConfigError(
                f"build: expected one of {', '.join(SEARCHES)}, all, or a YAML file, "
                f"got {name!r}"
            )
    found: dict[str, Contestant] = {}
    for path in paths.values():
        (one,) = read_contestants([path], overrides)
        if one.name in found:
            raise ConfigError(
                f"build: expected files of different names, since searches are kept "
                f"by them, got {one.name} twice; rename one"
            )
        if one.resolved.table is not None:
            raise ConfigError(
                f"{path}: expected a task that networks are trained on, got a table "
                "of results; `minibench import` takes those over"
            )
        found[one.name] = one
    return tuple(found.values())


def _check(
    database: Database, contestants: Sequence[Contestant], facts: RunFacts
) -> None:
    """Complain about what the database would refuse in the end.

    Raises:
        ConflictError: two mean different problems by one name, or one another than the
            database does.
        DataError: a name or a text cannot be kept.
    """
    Provenance(facts.who or "somebody", facts.when or "2026", "a run", facts.licence)
    with database.reading() as reader:
        known = reader.problems()
    for one in contestants:
        problem = problem_of(one.resolved, None)
        known.setdefault(problem.key, problem).check_same(problem)


def _search(
    folder: ComparisonFolder,
    contestants: Sequence[Contestant],
    seeds: int,
    workers: int | None,
    limit: float | None,
) -> InputError | None:
    """Make the searches that are not there yet; leaves the command when stopped.

    Returns:
        What is wrong with a search that cannot be made; the others are made then.
    """
    # what is printed can be read by programs
    watched = Console(file=sys.stderr)
    with stopping(limit) as stop, open_observer(watched, "searching") as observer:

        def made(group: Sequence[Contestant]) -> bool:
            return conduct(folder, group, seeds, workers, stop, observer)

        try:
            complete, fault = made(contestants), None
        except InputError as error:
            complete, fault = True, error
            for one in contestants:
                with contextlib.suppress(InputError):
                    complete = complete and made([one])
        if complete:
            return fault
        why = stop()
    watched.print(
        f"[bold]Stopped[/bold] by {why}; finished searches are kept. Give the same "
        "command again to go on.",
        soft_wrap=True,
    )
    raise typer.Exit(_STOPPED)


def _keep(
    database: Database,
    folder: ComparisonFolder,
    one: Contestant,
    facts: RunFacts,
    seeds: int,
    best: int,
    background: int,
) -> _Built:
    """Take the best networks of a problem's searches into the database, and others."""
    records: list[BenchRecord] = []
    for seed in range(seeds):
        own = replace(facts, run=f"{one.name}-seed-{seed}")
        path = folder.run_directory(one.name, seed)
        if not read_run(RunDirectory.open(path)).state.stopped:
            raise RunDirectoryError(
                f"{path}: expected a search that is finished, got one whose journal "
                f"lacks its end; delete {path}.json, and it goes on"
            )
        with database.reading() as reader:
            batch = read_run_records(path, own, reader)
            records += batch.records
    (problem,) = batch.problems
    generator = np.random.default_rng(_SEED)
    prepared = prepare(problem, records, best, background, generator)
    kept = Batch((problem,), (*prepared.best, *prepared.background))
    built = _Built(problem, prepared, database.add(kept))
    _characterise(one, problem, database)
    return built


def _characterise(one: Contestant, problem: Problem, database: Database) -> None:
    """Put numbers beside a problem, unless it has them."""
    with database.reading() as reader:
        if reader.problem(problem.key).characterisation:
            return
    config = one.resolved.config
    section = config.task.model_dump(mode="json", exclude_none=True)
    _, numbers = characterised(section, config.threads)
    with database.writing() as writer:
        known = writer.reader.problem(problem.key)
        writer.replace(known.characterised(*numbers))


def _table(built: Sequence[_Built]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("problem")
    for name in ("trained", "kept", "of the best", "from", "to", "new records"):
        table.add_column(name, justify="right")
    for one in built:
        best, metric = one.prepared.best, one.problem.ranked_by
        kept = len(best) + len(one.prepared.background)
        values = [number(record.metrics[metric]) for record in best]
        table.add_row(
            one.problem.key,
            f"{one.prepared.trained:,}",
            f"{kept:,}",
            f"{len(best):,}",
            values[-1] if values else "–",
            values[0] if values else "–",
            f"{one.added.new:,}",
        )
    return table

"""A run directory as records of the database."""

from __future__ import annotations

import datetime
import os
import pwd
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evonas.build import Reading, Resolved, read_run, resolve
from evonas.build.problem import problem_of
from evonas.candidate import Recipe
from evonas.errors import RunDirectoryError
from evonas.evaluation import Record, Request
from evonas.run import best_of
from evonas.run.history import evaluated
from evonas.storage import Journal, RunDirectory
from minibench.batch import Batch
from minibench.cost import BenchCost
from minibench.database import Reader
from minibench.problems import Problem
from minibench.provenance import Provenance
from minibench.records import BenchRecord
from minibench.selection import Selection


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What the run does not say of itself; None: as `minibench add` documents it.

    Attributes:
        problem: name of the problem.
        run: name of the run.
        who: has run it.
        when: it was run.
        licence: of the records.
    """

    problem: str | None
    run: str | None
    who: str | None
    when: str | None
    licence: str


def read_run_records(
    path: Path, facts: RunFacts, reader: Reader, best: int | None = None
) -> Batch:
    """The problem of a run, and a record for each evaluation that has succeeded.

    Final trainings, which are tested, are among them; what a database knew is not. A
    training that began with weights of another one has no recipe that tells how it was
    done.

    Args:
        path: of the run directory.
        facts: that it does not hold.
        reader: of the database that they are for. Of a run that it knows, who has run
            it and when is taken from there: files of a run that was resumed or copied
            have another time, and other facts would make other records.
        best: take only as many of the search's, the best; None: all.

    Raises:
        InputError: there is no such run, it still goes on, or its data are not there
            or others than it was run with.
    """
    directory = RunDirectory.open(path)
    reading = read_run(directory)
    if reading.holder is not None:
        raise RunDirectoryError(
            f"{path}: expected a run that has stopped, got one that is held by "
            f"{reading.holder}; wait for it"
        )
    resolved = resolve(reading.config)
    digest = _check_same_data(directory, resolved)
    problem = problem_of(resolved, facts.problem)
    run = facts.run or f"{path.resolve().name}-{digest[:8]}"
    source = f"evonas run {run}, settings {digest}"
    known = _known(reader, run, source)
    provenance = Provenance(
        facts.who or (known.who if known else _owner(directory.config)),
        facts.when or (known.when if known else _time(directory.config)),
        source,
        facts.licence,
    )
    made = _Maker(
        problem,
        reading.config.strategy.name,
        run,
        provenance,
        reading.config.final.recipe,
        _inherited(directory),
    )
    return Batch((problem,), _records(directory, reading, made, best))


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes records of what a run has evaluated."""

    problem: Problem
    strategy: str
    run: str
    provenance: Provenance
    #: fields of the recipe that full trainings have instead of the candidate's own
    final_recipe: Mapping[str, Any]
    #: requests whose trainings go back to another network's weights
    inherited: frozenset[int]

    def record(self, request: Request, record: Record) -> BenchRecord:
        architecture = request.candidate.architecture
        shape = self.problem.input_shape
        return BenchRecord(
            problem=self.problem.key,
            architecture=architecture,
            input_shape=shape,
            recipe=self._recipe(request),
            fidelity=record.fidelity,
            metrics=record.metrics,
            cost=BenchCost.of(architecture, shape, record.seconds),
            provenance=self.provenance,
            curve=record.curve,
            seed=request.seed,
            strategy=self.strategy,
            run=self.run,
        )

    def _recipe(self, request: Request) -> Recipe | None:
        """That it was trained by; None: no recipe tells it."""
        recipe, number = request.candidate.recipe, request.request_id
        if not request.searching:
            if (own := request.origin.get("recipe")) is not None:
                return replace(recipe, **own)
            if request.resume is None:
                return replace(recipe, **self.final_recipe)
            # the test of a network as the search has trained it
            number = request.origin["request_id"]
        return None if number in self.inherited else recipe


def _inherited(directory: RunDirectory) -> frozenset[int]:
    """Requests whose trainings began with another network's weights, or go on with one.

    A database cannot tell them from trainings from the start, which end otherwise.
    """
    found: set[int] = set()
    weights: set[str] = set()
    for request, record in evaluated(directory):
        if request["inherit"] or request["resume"] in weights:
            found.add(request["request_id"])
            if record["weights"] is not None:
                weights.add(record["weights"])
    return frozenset(found)


def _records(
    directory: RunDirectory, reading: Reading, made: _Maker, best: int | None
) -> Iterator[BenchRecord]:
    state = reading.state
    if best is None:
        for request, data in evaluated(directory):
            record = Record.from_json(data)
            if record.ok and not record.reused:
                yield made.record(Request.from_json(request), record)
    else:
        for one in best_of(directory, state.incumbents.objectives, best):
            if not one.record.reused:
                yield made.record(one.request, one.record)
    for one in (*state.finals, *state.retrained):
        if one.record.ok:
            yield made.record(one.request, one.record)


def _check_same_data(directory: RunDirectory, resolved: Resolved) -> str:
    """The digest that the run was started with, which its data must still give.

    Raises:
        RunDirectoryError: they do not.
    """
    opened = next(Journal.read(directory.journal), None)
    if opened is None:
        raise RunDirectoryError(
            f"{directory.journal}: expected the journal of a run, got an empty one; "
            f"`evonas resume {directory.root}` makes the run"
        )
    found = str(opened.data["config"])
    if found != resolved.digest:
        raise RunDirectoryError(
            f"{directory.root}: expected the settings and data that it was run with "
            f"(digest {found}), got others ({resolved.digest}); name the data of the "
            "run in its config.yaml, or read it with the version of evonas that has "
            "run it"
        )
    return found


def _known(reader: Reader, run: str, source: str) -> Provenance | None:
    """Where the database has records of a run from; None: it has none."""
    records = reader.records(Selection(run=run))
    found = (one.provenance for one in records if one.provenance.source == source)
    return next(found, None)


def _owner(path: Path) -> str:
    """The login that a file belongs to."""
    number = path.stat().st_uid
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _time(path: Path) -> str:
    """When a file was written, UTC."""
    seconds = int(os.stat(path).st_mtime)
    found = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return f"{found:%Y-%m-%dT%H:%M:%SZ}"

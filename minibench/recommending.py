"""What a database expects of a data set, before anything is searched.

The problems that resemble it say it: how well their searches ended, what trainings cost
there, and which network to begin with. Values are only carried over where they measure
the same: equal metrics of an equal kind of prediction, in no units of the data's own.
How far off such a guess is can be told from the database itself, by leaving out one of
its problems after the other.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evonas.candidate import Candidate, Recipe
from evonas.errors import ArchitectureError
from evonas.genome import GenomeSpace
from minibench.database import Reader
from minibench.nearest import resemblances
from minibench.problems import PLAUSIBLE, Problem
from minibench.recommendation import (
    QUANTILES,
    Expectation,
    Neighbour,
    Recommendation,
    Run,
    Start,
)
from minibench.records import BenchRecord
from minibench.reviews import State
from minibench.selection import Selection

#: best records of a problem that are tried as starting network
TRIED = 10

#: value and how much it counts
Weighted = tuple[float, float]


def recommend(
    reader: Reader,
    task: Problem,
    genomes: GenomeSpace[Any],
    states: Sequence[State] = (State.APPROVED,),
    leave_out: Sequence[str] = (),
    best: int = 50,
) -> Recommendation:
    """What a database has to say to a data set.

    Args:
        reader: of the database.
        task: the data as a problem, with the characterisation that there is.
        genomes: of the space that would be searched.
        states: of the records that count.
        leave_out: names or keys of problems that do not count.
        best: networks of each problem that count as its best.
    """
    known = {
        key: one
        for key, one in reader.problems().items()
        if one.name not in leave_out and key not in leave_out
    }
    reading = _Reading(reader, tuple(states))
    with_records = {key: one for key, one in known.items() if reading.records(one)}
    neighbours = _neighbours(reading, task, with_records)
    top = [(one, one.best[:best]) for one in neighbours]
    starts = _starts(neighbours, genomes, task)
    start = starts[0] if starts else None
    closest = min(
        starts, key=lambda one: (one.distance, len(one.changes)), default=None
    )
    return Recommendation(
        task,
        tuple(neighbours),
        tuple(sorted({one.modality for one in with_records.values()})),
        start,
        None if closest is start else closest,
        _best_expected(neighbours),
        _expected({one.problem.key: (one.weight, one.seconds) for one in neighbours}),
        _expected(
            {
                one.problem.key: (
                    one.weight,
                    [float(record.cost.parameters) for record in records],
                )
                for one, records in top
            }
        ),
        _misses(reading, task, with_records),
    )


class _Reading:
    """Reads the records of problems, each of them once."""

    def __init__(self, reader: Reader, states: tuple[State, ...]) -> None:
        self._reader = reader
        self._states = states
        self._known: dict[str, tuple[BenchRecord, ...]] = {}

    def records(self, problem: Problem) -> tuple[BenchRecord, ...]:
        """Those with the metric at the fidelity that most have, the best first."""
        found = self._known.get(problem.key)
        if found is None:
            meant = Selection(problem=problem.key, states=self._states)
            every = [
                one
                for one in self._reader.records(meant)
                if one.value(problem) is not None
            ]
            counts = Counter(one.fidelity for one in every)
            usual = max(counts, key=lambda one: (counts[one], one.effort), default=None)
            kept = [one for one in every if one.fidelity == usual]
            kept.sort(key=lambda one: (-problem.gain(_value(problem, one)), one.id))
            found = self._known[problem.key] = tuple(kept)
        return found

    def runs(self, problem: Problem) -> tuple[Run, ...]:
        """Its searches, the best first."""
        parts: dict[str, list[BenchRecord]] = {}
        for one in self.records(problem):
            parts.setdefault(one.run, []).append(one)
        return tuple(_run(problem, name, records) for name, records in parts.items())


def _run(problem: Problem, name: str, records: Sequence[BenchRecord]) -> Run:
    seconds = [one.cost.seconds for one in records]
    known = [one for one in seconds if one is not None]
    return Run(
        name,
        len(records),
        _value(problem, records[0]),
        records[0].id,
        sum(known) if len(known) == len(seconds) else None,
    )


def _neighbours(
    reading: _Reading, task: Problem, known: Mapping[str, Problem]
) -> list[Neighbour]:
    near = resemblances(task, known)
    found = []
    for key, one in sorted(near.items(), key=lambda pair: (-pair[1].weight, pair[0])):
        records = reading.records(known[key])
        found.append(
            Neighbour(
                known[key],
                one.weight,
                one.why,
                _comparable(task, known[key]),
                records[0].fidelity,
                records,
                reading.runs(known[key]),
            )
        )
    return found


def _starts(
    neighbours: Iterable[Neighbour], genomes: GenomeSpace[Any], task: Problem
) -> list[Start]:
    """The best networks of the nearest problem of which the space has some, or nearly.

    The best first.
    """
    for neighbour in neighbours:
        told = [_started(one, genomes, task) for one in neighbour.best[:TRIED]]
        if found := [one for one in told if one is not None]:
            return found
    return []


def _started(
    record: BenchRecord, genomes: GenomeSpace[Any], task: Problem
) -> Start | None:
    """A record's network as the space has it; None: it has nothing like it."""
    candidate = Candidate(record.architecture, record.recipe or Recipe())
    found = genomes.translate(candidate)
    if found is None:
        return None
    try:
        made = genomes.decode(found.genome)
        cost = made.architecture.cost(task.input_shape)
    except ArchitectureError:
        return None
    if genomes.refusal(made):
        return None
    return Start(
        record,
        made,
        found.changes,
        found.distance,
        cost.parameters,
        cost.multiply_adds,
    )


def _best_expected(neighbours: Iterable[Neighbour]) -> Expectation | None:
    """Best value of a search, by the searches of comparable problems."""
    return _expected(
        {
            one.problem.key: (one.weight, [run.best for run in one.runs])
            for one in neighbours
            if one.comparable
        }
    )


def _expected(
    values: Mapping[str, tuple[float, Sequence[float]]],
) -> Expectation | None:
    """Quantiles of values of problems; a problem counts by its weight alone."""
    weighted = [
        (value, weight / len(found))
        for weight, found in values.values()
        for value in found
    ]
    if not weighted:
        return None
    return Expectation(
        tuple(quantile(weighted, share) for share in QUANTILES),
        len(weighted),
        tuple(key for key, (_, found) in values.items() if found),
    )


def quantile(values: Sequence[Weighted], share: float) -> float:
    """The least value below or at which so much of the weight is.

    Args:
        values: with their weights, not all of them 0.
        share: of the weight, 0 to 1.
    """
    wanted = share * sum(weight for _, weight in values)
    reached = 0.0
    for value, weight in sorted(values):
        reached += weight
        # what rounding takes away is not missed
        if reached >= wanted * (1 - 1e-9):
            return value
    return max(value for value, _ in values)


def _misses(
    reading: _Reading, task: Problem, known: Mapping[str, Problem]
) -> dict[str, float]:
    """Each comparable problem of the modality, guessed from the others."""
    same = {
        key: one
        for key, one in known.items()
        if one.modality == task.modality and _comparable(task, one)
    }
    found = {}
    for key, one in same.items():
        others = {other: known[other] for other in same if other != key}
        guessed = _best_expected(_neighbours(reading, one, others))
        if guessed is not None:
            reached = statistics.median(run.best for run in reading.runs(one))
            found[key] = abs(guessed.quantiles[1] - reached)
    return found


def _comparable(task: Problem, other: Problem) -> bool:
    """Whether values of the metric mean the same on both.

    An error in units of the target means something on its own data alone; shares and
    correlations, which end at 1, mean the same everywhere.
    """
    if (task.kind, task.metric, task.direction) != (
        other.kind,
        other.metric,
        other.direction,
    ):
        return False
    highest = PLAUSIBLE.get(task.metric, (None, None))[1]
    return highest is not None or task.key == other.key


def _value(problem: Problem, record: BenchRecord) -> float:
    value = record.value(problem)
    assert value is not None  # only such records are read
    return value

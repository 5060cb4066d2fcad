"""Gathering what an advisor knows from a database, before a search begins."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evonas.candidate import Candidate, Recipe
from evonas.errors import ConfigError, DataError
from evonas.genome import GenomeSpace, Seed
from minibench.advice.knowledge import AdviceSettings, Knowledge, Source
from minibench.class_sets import Item, class_sets, items_of_choices, items_of_record
from minibench.classifier import BACKGROUND, BEST, Classifiers, Sample, samples_of
from minibench.database import Reader
from minibench.nearest import Resemblance, resemblances
from minibench.problems import Problem
from minibench.records import BenchRecord
from minibench.reviews import State
from minibench.seeding import RankedRecords, seeds_of
from minibench.selection import Selection

#: networks to begin with, where nobody says how many
SEEDS = 10
#: networks among which one is looked for whose graph can stay as it is, and distance up
#: to which it nearly does
_HELD, _NEAR = 30, 0.2
#: records of a problem that are read whole
_WHOLE = 4_000
#: networks of the background, for each of the best, where there are so many
_BACKGROUND = 4
#: of more: the best, and as many others, for each network that counts as best
_PART = 12


@dataclass(frozen=True)
class Wanted:
    """What a search wants to know.

    Attributes:
        task: the problem that is searched, with its characterisation if it has one.
        settings: of the advisor.
        problems: names of those that count; none: those that resemble the task.
        leave_out: names of those that do not count.
        leave_out_records: beginnings of ids of records that do not count.
        states: of the records that count.
        best: networks of each problem that count as its best.
        seeds: networks to begin with; None: `SEEDS`, or two of each problem if that is
            more.
        judged: whether candidates are to be judged.
        classifiers: that judge them; None: they are fitted.
        false_rejection: share of good candidates that may be refused.
        held: whether the best network's graph is to stay as it is.
    """

    task: Problem
    settings: AdviceSettings
    problems: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()
    leave_out_records: tuple[str, ...] = ()
    states: tuple[State, ...] = (State.APPROVED,)
    best: int = 50
    seeds: int | None = None
    judged: bool = True
    classifiers: Classifiers | None = None
    false_rejection: float = 0.05
    held: bool = False

    def of(self, task: Problem) -> Wanted:
        """The same of the task as a database describes it."""
        return replace(self, task=task)


#: how far a network is from what the running space makes of it, 0 to 1; None: nothing
#: that is within its limits
Distance = Callable[[Candidate], float | None]


def gather(
    reader: Reader,
    wanted: Wanted,
    genomes: GenomeSpace[Any] | None = None,
    distance: Distance = lambda _: 0.0,
) -> Knowledge:
    """What a database knows of a task.

    Args:
        reader: of the database.
        wanted: of it.
        genomes: the genomes of a table's cells, where those are searched; None:
            networks of layers.
        distance: tells whose graph can stay as it is, where one is to.

    Raises:
        ConfigError: no problem counts, a name is unknown, or no graph fits.
        DatabaseError: a record that is to be left out is not there.
    """
    problems = reader.problems()
    known = {
        key: one
        for key, one in problems.items()
        if one.name not in wanted.leave_out and key not in wanted.leave_out
    }
    near = _chosen(reader, wanted, known)
    without = frozenset(reader.record(one).id for one in wanted.leave_out_records)
    networks = {
        key: networks_of(reader, known[key], wanted.best, wanted.states, without)
        for key in near
    }
    networks = {key: found for key, found in networks.items() if found.best}
    if not networks:
        raise ConfigError(
            f"constraints: expected records ({', '.join(wanted.states)}) of "
            f"{', '.join(near) or f'a problem of the modality {wanted.task.modality}'}"
            " in the database, got none; `minibench list` shows what it has"
        )
    total = sum(near[key].weight for key in networks)
    weights = {key: near[key].weight / total for key in networks}
    reading = _Reading(genomes)
    sources = tuple(
        Source(
            class_sets(known[key], found.best, found.others, reading.items),
            weights[key],
            near[key].why,
        )
        for key, found in networks.items()
    )
    judged, unjudged = _judged(wanted, networks.values())
    ranked = [
        RankedRecords(weights[key], found.best) for key, found in networks.items()
    ]
    count = max(SEEDS, 2 * len(ranked)) if wanted.seeds is None else wanted.seeds
    first = seeds_of(ranked, max(count, _HELD), states=wanted.states)
    held = _held(first, distance) if wanted.held else None
    if held is not None:
        first = (held, *(one for one in first if one is not held))
    return Knowledge(
        wanted.task.key,
        wanted.settings,
        sources,
        judged,
        unjudged,
        first[:count],
        None if held is None else held.candidate,
    )


def _held(seeds: Sequence[Seed], distance: Distance) -> Seed:
    """The best network whose graph stays nearly what it is; or the nearest one."""
    far = [(distance(one.candidate), one) for one in seeds]
    fitting = [(found, one) for found, one in far if found is not None]
    if not fitting:
        raise ConfigError(
            "constraints.vary: expected a network of the database that fits into the "
            f"task's space and limits, got none among the {len(far)} best; raise "
            "space.limits, or let everything vary"
        )
    near = [one for found, one in fitting if found <= _NEAR]
    return near[0] if near else min(fitting, key=lambda pair: pair[0])[1]


@dataclass(frozen=True)
class Networks:
    """The networks of a problem.

    Attributes:
        samples: the best first, then others.
        best: a record of each of the best, the best first.
        others: a record of each of the others.
    """

    samples: list[Sample]
    best: list[BenchRecord]
    others: list[BenchRecord]


def _chosen(
    reader: Reader, wanted: Wanted, known: Mapping[str, Problem]
) -> dict[str, Resemblance]:
    """Key → how much a problem counts."""
    if not wanted.problems:
        return resemblances(wanted.task, known)
    named = {reader.problem(name).key for name in wanted.problems}
    kept = sorted(key for key in named if key in known)
    return {key: Resemblance(1 / len(kept), "named") for key in kept}


def networks_of(
    reader: Reader,
    problem: Problem,
    best: int,
    states: tuple[State, ...],
    without: Collection[str] = (),
) -> Networks:
    """The networks of a problem, ranked by the means of their trainings.

    Args:
        reader: of the database.
        problem: of it.
        best: how many count as its best; of fewer than twice as many the better half.
        states: of the records that count.
        without: ids of records that do not.
    """
    meant = Selection(problem=problem.key, states=states)
    ids = reader.ids(meant)
    if len(ids) <= _WHOLE:
        records = list(reader.records(meant))
    else:
        records = reader.top(problem, _PART * best, meant)
        taken = {one.id for one in records}
        # ids are hashes, so that the smallest ones are an even draw, always the same
        further = [one for one in ids if one not in taken][: _PART * best]
        records += reader.records(replace(meant, ids=tuple(further)))
    records = [one for one in records if one.id not in without]
    samples = samples_of(problem, records)
    if len(samples) > 2 * best:
        best_of_all, others_of_all = samples[:best], samples[best:]
        drawn = sorted(others_of_all, key=lambda one: one.records)
        kept = {one.records for one in drawn[: _BACKGROUND * best]}
        samples = [replace(one, label=BEST) for one in best_of_all] + [
            replace(one, label=BACKGROUND)
            for one in others_of_all
            if one.records in kept
        ]
    by_id = {one.id: one for one in records}
    return Networks(
        samples,
        [by_id[one.records[0]] for one in samples if one.label == BEST],
        [by_id[one.records[0]] for one in samples if one.label != BEST],
    )


def _judged(
    wanted: Wanted, networks: Iterable[Networks]
) -> tuple[Classifiers | None, str]:
    """What judges candidates; or nothing, and why."""
    if not wanted.judged:
        return None, "not wanted"
    judged = wanted.classifiers
    if judged is None:
        samples = [sample for one in networks for sample in one.samples]
        try:
            judged = Classifiers.fit(samples, false_rejection=wanted.false_rejection)
        except DataError as error:
            return None, str(error)
    threshold = judged.threshold
    if threshold is None:
        return judged, "no threshold: too few problems can be left out in turn"
    if not threshold.warranted:
        return judged, (
            "good and bad networks of problems left out are not told apart (area "
            f"{threshold.area.value:.2f}, 95 % from {threshold.area.low:.2f})"
        )
    return judged, ""


class _Reading:
    """Tells what a record's network uses, in the words of what is searched."""

    def __init__(self, genomes: GenomeSpace[Any] | None) -> None:
        self._genomes = genomes
        self._translated: dict[str, Sequence[Item]] = {}

    def items(self, record: BenchRecord) -> Iterable[Item]:
        """Blocks, merges and recipe; of a table's space, the nearest cell's choices."""
        genomes = self._genomes
        if genomes is None:
            return items_of_record(record)
        known = self._translated.get(record.fingerprint)
        if known is None:
            candidate = Candidate(record.architecture, record.recipe or Recipe())
            found = genomes.translate(candidate)
            known = (
                [] if found is None else items_of_choices(genomes.values(found.genome))
            )
            self._translated[record.fingerprint] = known
        return known

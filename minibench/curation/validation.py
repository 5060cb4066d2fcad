"""What a curator should look at before records are approved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from evonas.errors import InputError
from minibench.canonical import canonical, digest
from minibench.checks import faults
from minibench.problems import Problem
from minibench.records import BenchRecord

Level = Literal["error", "warning"]

#: records of one problem and fidelity below which nothing is called an outlier
FEWEST = 20
#: quartile distances beyond the quartiles: what Tukey has called far out
FAR_OUT = 3.0


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a curator should look at.

    Attributes:
        level: an error cannot be right; a warning may well be.
        rule: that found it: `schema`, `implausible`, `shape`, `unbuildable`, `cost`,
            `unranked`, `licence`, `duplicate`, `outlier`.
        where: id of the record, or file and line.
        problem: key; "" where it could not be read.
        words: what was expected and what was found.
    """

    level: Level
    rule: str
    where: str
    problem: str
    words: str

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {
            "level": self.level,
            "rule": self.rule,
            "where": self.where,
            "problem": self.problem,
            "words": self.words,
        }


def unreadable(error: InputError) -> Finding:
    """The finding of a line that could not be read.

    Args:
        error: as the reader has raised it: file, line, and what is wrong.
    """
    where, _, words = str(error).partition(": ")
    return Finding("error", "schema", where, "", words)


def validate(
    records: Iterable[BenchRecord], problems: Mapping[str, Problem]
) -> Iterator[Finding]:
    """Findings about records one by one, then about all of them together.

    Args:
        records: read once.
        problems: that they are of.
    """
    same: defaultdict[str, list[str]] = defaultdict(list)
    values: defaultdict[tuple[str, str], list[tuple[str, float]]] = defaultdict(list)
    problem_of: dict[str, str] = {}
    for record in records:
        problem = problems[record.problem]
        yield from _alone(record, problem)
        if record.id in problem_of:
            continue
        problem_of[record.id] = problem.key
        same[_experiment(record)].append(record.id)
        value = record.value(problem)
        if value is not None:
            fidelity = canonical(record.fidelity.to_json())
            values[problem.key, fidelity].append((record.id, value))
    for ids in same.values():
        yield from _duplicates(ids, problem_of)
    for (key, _), found in values.items():
        yield from _outliers(problems[key], found)


def _alone(record: BenchRecord, problem: Problem) -> Iterator[Finding]:
    for rule, words in faults(record, problem):
        yield Finding("error", rule, record.id, problem.key, words)
    if record.value(problem) is None:
        yield Finding(
            "warning",
            "unranked",
            record.id,
            problem.key,
            f"metrics: expected {problem.ranked_by}, which records are ranked by, got "
            f"{', '.join(record.metrics) or 'none'}",
        )
    if record.provenance.licence == "unknown":
        yield Finding(
            "warning",
            "licence",
            record.id,
            problem.key,
            "provenance.licence: expected one under which it can be shared, got none",
        )


def _experiment(record: BenchRecord) -> str:
    """Equal for records that say what came of the same training."""
    recipe = None if record.recipe is None else record.recipe.lasting_json()
    return digest(
        canonical(
            [
                record.problem,
                record.fingerprint,
                recipe,
                record.fidelity.to_json(),
                record.seed,
            ]
        )
    )


def _duplicates(ids: list[str], problem_of: Mapping[str, str]) -> Iterator[Finding]:
    first, *others = sorted(ids)
    for one in others:
        yield Finding(
            "warning",
            "duplicate",
            one,
            problem_of[one],
            "expected each experiment once, got the same network up to isomorphism "
            f"with the same recipe, fidelity and seed as record {first}",
        )


def _outliers(problem: Problem, found: list[tuple[str, float]]) -> Iterator[Finding]:
    if len(found) < FEWEST:
        return
    low, high = np.quantile([value for _, value in found], (0.25, 0.75))
    reach = FAR_OUT * (high - low)
    for one, value in found:
        if not low - reach <= value <= high + reach:
            better = (value > high) == (problem.direction == "maximise")
            yield Finding(
                "warning",
                "outlier",
                one,
                problem.key,
                f"metrics.{problem.ranked_by}: expected a value from "
                f"{low - reach:.4g} to {high + reach:.4g}, as most of {len(found)} "
                f"records of this fidelity have, got {value:.4g}, far "
                f"{'better' if better else 'worse'}",
            )

"""Validation: what a curator should look at, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from architecture_strategies import renumbered
from bench_records import PROBLEM, record

from evonas.errors import DataError
from minibench import BenchRecord
from minibench.curation import Finding, unreadable, validate


def found(*ones: BenchRecord) -> list[tuple[str, str, str]]:
    """Level, rule and record of every finding."""
    return [
        (one.level, one.rule, one.where)
        for one in validate(ones, {PROBLEM.key: PROBLEM})
    ]


def series(values: Sequence[float]) -> list[BenchRecord]:
    """Records with these values, each of another seed."""
    return [record(value, seed=seed) for seed, value in enumerate(values)]


def test_sound_records_give_no_finding() -> None:
    """Other seeds, fidelities and networks are other experiments."""
    assert found(*series([0.5, 0.5]), record(0.5, filters=7)) == []


def test_what_cannot_be_right_is_an_error() -> None:
    """A value that the metric cannot have, a cost that the network has not."""
    high = record(1.7)
    dear = record(cost=replace(record().cost, multiply_adds=1))
    assert found(high, dear)[:2] == [
        ("error", "implausible", high.id),
        ("error", "cost", dear.id),
    ]


def test_what_a_curator_may_want_to_know_is_a_warning() -> None:
    """No metric to rank by, no licence."""
    unranked = record(metrics={"test_accuracy": 0.5})
    unlicensed = record(provenance=replace(record().provenance, licence="unknown"))
    assert found(unranked, replace(unlicensed, seed=9)) == [
        ("warning", "unranked", unranked.id),
        ("warning", "licence", replace(unlicensed, seed=9).id),
    ]


def test_one_experiment_twice_is_found_up_to_isomorphism() -> None:
    """However the layers are numbered; the same record twice is no duplicate."""
    one = record(0.5)
    other = record(0.6, architecture=renumbered(one.architecture, 3))
    first, second = sorted((one.id, other.id))
    assert found(one, other, one) == [("warning", "duplicate", second)]
    (finding,) = validate([one, other], {PROBLEM.key: PROBLEM})
    assert f"as record {first}" in finding.words


def test_values_far_from_the_others_are_outliers() -> None:
    """Of the same fidelity, and only where there are enough to compare with."""
    usual = [0.5 + 0.001 * n for n in range(20)]
    ones = series([*usual, 0.99, 0.01])
    assert found(*ones) == [
        ("warning", "outlier", ones[-2].id),
        ("warning", "outlier", ones[-1].id),
    ]
    words = [one.words for one in validate(ones, {PROBLEM.key: PROBLEM})]
    assert ["far better" in words[0], "far worse" in words[1]] == [True, True]
    assert found(*series([*usual[:10], 0.99])) == []


def test_a_line_that_cannot_be_read_is_a_finding() -> None:
    """With its file and line as the place."""
    finding = unreadable(DataError("a.jsonl, line 3: seed: expected a whole number"))
    assert finding == Finding(
        "error", "schema", "a.jsonl, line 3", "", "seed: expected a whole number"
    )
    assert finding.to_json()["rule"] == "schema"


@pytest.mark.parametrize("values", [[0.5] * 30, []])
def test_equal_values_have_no_outliers(values: list[float]) -> None:
    """Nor has nothing."""
    assert found(*series(values)) == []

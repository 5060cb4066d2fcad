"""What a journal tells of a run beyond its state."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from synthetic import strategy

from evonas.evaluation import Outcome, Record, Request
from evonas.population import Objective
from evonas.run import Incumbents, best_of, find
from evonas.run.history import evaluated, why_none
from evonas.storage import Journal, RunDirectory

ACCURACY = Objective("validation_accuracy")
REQUESTS = strategy(networks=30).ask(24)


def written(folder: Path, records: list[Record]) -> RunDirectory:
    """A run whose journal tells these records, each right after its request."""
    directory = RunDirectory.create(folder, "seed: 0\n")
    with Journal.create(directory.journal, "abc") as journal:
        for record in records:
            request = REQUESTS[record.request_id].to_json()
            journal.append("asked", {"count": 1, "requests": [request]})
            told = {"record": record.to_json(), "elapsed": 1.0, "workers": 1}
            journal.append("told", told)
    return directory


def well(request: Request, value: float, **more: Any) -> Record:
    """A record with this accuracy."""
    metrics = {"validation_accuracy": value, **more}
    key = request.candidate.key()
    return Record(request.request_id, key, request.fidelity, Outcome.OK, metrics)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(list(Outcome)), max_size=len(REQUESTS)))
def test_every_evaluation_is_told_once(
    tmp_path_factory: pytest.TempPathFactory, outcomes: list[Outcome]
) -> None:
    """With its own request; an attempt that was lost is none."""
    records = [
        Record.failed(request, outcome, "made up")
        for request, outcome in zip(REQUESTS, outcomes, strict=False)
    ]
    directory = written(tmp_path_factory.mktemp("run") / "run", records)
    found = [
        (Request.from_json(request), Record.from_json(record))
        for request, record in evaluated(directory)
    ]
    assert found == [
        (REQUESTS[record.request_id], record)
        for record in records
        if not record.outcome.retried
    ]


def test_a_lost_attempt_keeps_its_request(tmp_path: Path) -> None:
    """The record that comes back in the end belongs to it."""
    directory = RunDirectory.create(tmp_path / "run", "seed: 0\n")
    lost = Record.failed(REQUESTS[0], Outcome.LOST, "gone")
    with Journal.create(directory.journal, "abc") as journal:
        asked = {"count": 1, "requests": [REQUESTS[0].to_json()]}
        journal.append("asked", asked)
        for record in (lost, lost, well(REQUESTS[0], 0.5)):
            told = {"record": record.to_json(), "elapsed": 1.0, "workers": 1}
            journal.append("told", told)
    ((request, record),) = evaluated(directory)
    assert Request.from_json(request) == REQUESTS[0]
    assert record["outcome"] == "ok"


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from((0.0, 0.25, 0.5, 1e200)), max_size=len(REQUESTS)),
    st.integers(1, 10),
)
def test_the_best_of_the_journal_are_those_that_the_run_remembers(
    tmp_path_factory: pytest.TempPathFactory, values: list[float], count: int
) -> None:
    """In the same order; and every one is found by its number."""
    remembered = Incumbents([ACCURACY], count)
    records = []
    for request, value in zip(REQUESTS, values, strict=False):
        records.append(well(request, value))
        remembered.update(request, records[-1])
    directory = written(tmp_path_factory.mktemp("run") / "run", records)
    assert best_of(directory, [ACCURACY], count) == remembered.top
    numbers = {record.request_id for record in records[::2]}
    found = find(directory, numbers | {-1, 999})
    assert found.keys() == numbers
    assert all(found[n].record == records[n] for n in numbers)


def test_reasons_that_differ_in_numbers_are_one(tmp_path: Path) -> None:
    """The most frequent is shown as it was told first."""
    texts = ["loss 1.5e-7 by step 3", "no memory", "loss 12 by step 40", "loss 3 by 4"]
    records = [
        Record.failed(request, Outcome.DIVERGED, text)
        for request, text in zip(REQUESTS, texts, strict=False)
    ]
    said = why_none(written(tmp_path / "run", records), [ACCURACY])
    assert "none in 4 evaluations; the most frequent reason (2 times): diverged" in said
    assert said.endswith("loss 1.5e-7 by step 3")


def test_of_a_traceback_the_last_line_is_told_and_of_a_kill_the_first(
    tmp_path: Path,
) -> None:
    """A kill is followed by the stack of the process that was killed."""
    raised = 'Traceback (most recent call last):\n  File "x"\nKeyError: 3\n'
    killed = "killed after its limit of 2 s\nCurrent thread 0x1:\n  File x"
    for name, text, shown in (
        ("a", raised, "crashed: KeyError: 3"),
        ("b", killed, "crashed: killed after its limit of 2 s"),
    ):
        record = Record.failed(REQUESTS[0], Outcome.CRASHED, text)
        said = why_none(written(tmp_path / name, [record]), [ACCURACY])
        assert said.endswith(shown)


def test_records_that_cannot_be_compared_say_so(tmp_path: Path) -> None:
    """An overflow that stayed finite, a metric that is missing, nothing at all."""
    huge = written(tmp_path / "huge", [well(REQUESTS[0], 1e200)])
    assert "beyond what can be compared" in why_none(huge, [ACCURACY])
    other = written(tmp_path / "other", [well(REQUESTS[0], 0.5)])
    assert "no joy, which is an objective; it has validation_accuracy" in why_none(
        other, [ACCURACY, Objective("joy")]
    )
    nothing = written(tmp_path / "nothing", [])
    assert "none before the search ended" in why_none(nothing, [ACCURACY])

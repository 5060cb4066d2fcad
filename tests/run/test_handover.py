"""A session lets go of its run when another process asks for it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from synthetic import SyntheticEvaluator, strategy

import evonas.run.handover as handover_module
from cluster import InlineExecutor, ProcessExecutor
from evonas.errors import RunDirectoryError
from evonas.evaluation import Fidelity
from evonas.population import Objective
from evonas.run import Budget, Finish, Plan, RunState, Session
from evonas.run.handover import take_over
from evonas.storage import Holder, Journal, RunDirectory

#: somebody else who lives as long as this test
PARENT = Holder(Holder.this_process().host, os.getppid(), "2024-01-01T00:00:00+00:00")


@pytest.fixture
def directory(tmp_path: Path) -> RunDirectory:
    """Of a new run."""
    return RunDirectory.create(tmp_path / "run", "seed: 0\n")


def session(
    directory: RunDirectory, seconds: float = 0.0, after: int | None = None
) -> Finish:
    """Search with two workers; after some records somebody asks for the run."""

    def observe(event: str, state: RunState) -> None:
        if event == "told" and state.accounting.evaluations == after:
            directory.handover_file.write_bytes(PARENT.to_bytes())

    plan = Plan(
        strategy=strategy(),
        evaluator=SyntheticEvaluator(seconds=seconds),
        objectives=(Objective("validation_accuracy"),),
        budget=Budget(30),
        final=Fidelity(3.0),
        seed=0,
        config_digest="abc",
    )
    executor = ProcessExecutor(2) if seconds else InlineExecutor()
    with executor, Session(directory, plan, executor, observer=observe) as one:
        return one.run()


def told(directory: RunDirectory) -> list[int]:
    """The requests of every record, in order."""
    return [
        event.data["record"]["request_id"]
        for event in Journal.read(directory.journal)
        if event.name == "told"
    ]


def test_what_is_under_way_ends_and_nothing_begins(
    directory: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run stops as resumable, no training is cut off, and it goes on later."""
    monkeypatch.setattr("evonas.storage.handover.LOOK_SECONDS", 0.0)
    finish = session(directory, seconds=0.05, after=5)
    assert not finish.finished
    assert finish.summary.detail == f"hand-over to {PARENT}"
    assert not finish.summary.state.outstanding, "nothing was cut off"
    found = directory.read_result()
    assert found is not None
    assert found["status"] == "stopped"
    # the lines by which job scripts know that somebody else goes on
    text = (directory.root / "result.json").read_text()
    assert '\n  "detail": "hand-over to ' in text
    assert 5 <= found["evaluations"] < 12
    directory.handover_file.unlink()
    assert session(directory).finished
    assert sorted(told(directory)) == [-1, *range(30)]


def test_what_takes_too_long_is_ended(
    directory: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next one asks for it again."""
    monkeypatch.setattr("evonas.storage.handover.LOOK_SECONDS", 0.0)
    monkeypatch.setattr(handover_module, "DRAIN_SECONDS", 0.0)
    finish = session(directory, seconds=0.3, after=3)
    assert finish.summary.detail == f"hand-over to {PARENT}"
    assert finish.summary.state.outstanding
    directory.handover_file.unlink()
    assert session(directory).finished
    assert sorted(told(directory)) == [-1, *range(30)]


def test_a_run_that_nobody_has_is_taken_at_once(directory: RunDirectory) -> None:
    """The request is gone when the lock is held."""
    lock = take_over(directory, str)
    try:
        assert not directory.handover_file.exists()
        with pytest.raises(RunDirectoryError, match=f"held by process {os.getpid()}"):
            directory.lock().__enter__()
    finally:
        lock.__exit__()


def test_whoever_waits_gives_up_in_the_end(
    directory: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After its patience, or when it is told to stop; and asks no more."""
    monkeypatch.setattr(handover_module, "_TRY_SECONDS", 0.01)
    with directory.lock():
        with pytest.raises(KeyboardInterrupt, match="SIGTERM"):
            take_over(directory, lambda: "SIGTERM")
        monkeypatch.setattr(handover_module, "_PATIENCE_SECONDS", 0.05)
        with pytest.raises(RunDirectoryError, match="held by"):
            take_over(directory, str)
    assert not directory.handover_file.exists()


def test_a_session_that_lost_its_run_writes_no_record(directory: RunDirectory) -> None:
    """It stood still while another one took over; the journal is left alone."""
    plan = Plan(
        strategy=strategy(),
        evaluator=SyntheticEvaluator(),
        objectives=(Objective("validation_accuracy"),),
        budget=Budget(30),
        final=None,
        seed=0,
        config_digest="abc",
    )
    other = Holder("elsewhere", 1, PARENT.since).to_bytes()
    with (
        InlineExecutor() as executor,
        Session(directory, plan, executor) as one,
    ):
        before = directory.journal.read_bytes()
        directory.lock_file.write_bytes(other)
        one._lock._checked = -1e9
        with pytest.raises(RunDirectoryError, match="taken by process 1 on elsewhere"):
            one.run()
    assert directory.journal.read_bytes() == before
    assert directory.lock_file.read_bytes() == other

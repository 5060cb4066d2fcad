"""Handing runs out: what is missing, what is lost, what has failed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from comparing import write_config

from cluster import Completion, Executor, Failure, FailureKind, InlineExecutor, Limits
from evonas.compare.conduct import Conductor, Unwatched
from evonas.compare.contestants import Contestant, read_contestants
from evonas.compare.folder import ComparisonFolder
from evonas.errors import InputError, LostWorkerError


class Scripted(Executor):
    """One worker, whose first calls fail as they are told to.

    Args:
        failures: of the first calls, one each.
        workers: that live.
    """

    def __init__(self, *failures: Failure, workers: int = 1) -> None:
        self._failures = list(failures)
        self._workers = workers
        self._inline = InlineExecutor()
        self.calls = 0

    def submit(
        self, ticket: int, function: Callable[[Any], Any], payload: Any, limits: Limits
    ) -> None:
        """Call it."""
        self.calls += 1
        self._inline.submit(ticket, function, payload, limits)

    def wait(self, timeout: float) -> list[Completion]:
        """What was called, or its failure."""
        found = self._inline.wait(timeout)
        if not found or not self._failures:
            return found
        return [Completion(found[0].ticket, None, self._failures.pop(0), 0.0, "x")]

    def cancel(self, ticket: int) -> None:
        """Nothing runs."""

    @property
    def capacity(self) -> int:
        """One at a time."""
        return 1

    @property
    def workers(self) -> int:
        """As many as it was told."""
        return self._workers

    def close(self) -> None:
        """Nothing to end."""


@pytest.fixture
def one(tmp_path: Path) -> Contestant:
    """A config."""
    return read_contestants([write_config(tmp_path, "a", "random")])[0]


def conductor(
    root: Path, one: Contestant, executor: Executor, stop: Callable[[], str] = str
) -> Conductor:
    """Of a folder there."""
    folder = ComparisonFolder(root)
    folder.create()
    folder.begin([one])
    return Conductor(folder, [one], executor, stop, Unwatched())


DIED = Failure(FailureKind.DIED, "signal 9")
LOST = Failure(FailureKind.LOST, "the rank is gone")


def test_only_what_is_missing_is_played(tmp_path: Path, one: Contestant) -> None:
    """A second call with more seeds adds to them."""
    executor = Scripted()
    assert conductor(tmp_path / "out", one, executor).conduct(2)
    assert conductor(tmp_path / "out", one, executor).conduct(3)
    assert conductor(tmp_path / "out", one, executor).conduct(1)
    assert executor.calls == 3


def test_a_run_whose_worker_died_is_begun_again(
    tmp_path: Path, one: Contestant
) -> None:
    """Twice, and no more: whatever kills three is no accident."""
    assert conductor(tmp_path / "out", one, Scripted(DIED, LOST)).conduct(1)
    with pytest.raises(LostWorkerError, match=r"a, seed 1: 3 workers died .* signal 9"):
        conductor(tmp_path / "out", one, Scripted(DIED, DIED, DIED)).conduct(2)


def test_without_workers_it_ends(tmp_path: Path, one: Contestant) -> None:
    """Instead of waiting for ever."""
    with pytest.raises(LostWorkerError, match="every worker is gone"):
        conductor(tmp_path / "out", one, Scripted(workers=0)).conduct(1)


def test_a_run_that_raises_is_told_with_its_traceback(
    tmp_path: Path, one: Contestant
) -> None:
    """It is our fault, and no result."""
    raised = Failure(FailureKind.RAISED, "Traceback: ZeroDivisionError")
    with pytest.raises(RuntimeError, match=r"a, seed 0: raised: .*ZeroDivision"):
        conductor(tmp_path / "out", one, Scripted(raised)).conduct(1)


def test_a_complaint_of_a_run_is_the_users(tmp_path: Path) -> None:
    """With the config and the seed."""
    limit = {"time_limit_seconds": 1}
    path = write_config(tmp_path, "a", "random", fidelity=limit)
    (one,) = read_contestants([path])
    with pytest.raises(InputError, match="a, seed 0: expected a network"):
        conductor(tmp_path / "out", one, Scripted()).conduct(1)


@pytest.mark.parametrize("make", [Scripted, InlineExecutor])
def test_a_stop_is_noticed_between_runs_and_within(
    tmp_path: Path, one: Contestant, make: Callable[[], Executor]
) -> None:
    """In this process even in the middle of one; what is done stays."""
    calls = iter(range(5))
    stop = lambda: "" if next(calls, None) is not None else "SIGINT"  # noqa: E731
    assert not conductor(tmp_path / "out", one, make(), stop).conduct(30)
    folder = ComparisonFolder(tmp_path / "out")
    assert len(folder.finished(one)) < 30

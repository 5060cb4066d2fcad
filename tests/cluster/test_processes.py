"""The executor over local processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import cluster_work as work
import pytest
from contracts.executor_contract import (
    FREE,
    ExecutorContract,
    IsolationContract,
    complete,
    is_alive,
    run_one,
    wait_for,
)

from cluster import ProcessExecutor
from evonas.errors import InputError, LostWorkerError


@pytest.fixture
def executor() -> Iterator[ProcessExecutor]:
    """Two workers, as `--workers 2` has."""
    environment = {"OMP_NUM_THREADS": "1"}
    with ProcessExecutor(2, environment, "cluster_work:warm_up") as executor:
        yield executor


class TestProcessExecutor(ExecutorContract, IsolationContract):
    """Keeps every promise there is."""


def test_both_workers_work_at_once(executor: ProcessExecutor) -> None:
    """Two sleeping calls take the time of one."""
    for ticket in range(2):
        executor.submit(ticket, work.pause, 0.3, FREE)
    assert {done.worker for done in complete(executor, 2)} == {"process-1", "process-2"}


def test_what_user_code_prints_goes_to_stderr(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Standard output belongs to the command line."""
    with ProcessExecutor(1) as executor:
        run_one(executor, work.talk, "loud")
    captured = capfd.readouterr()
    assert captured.out == ""
    assert "loud" in captured.err


def test_a_warm_up_that_fails_leaves_no_worker_and_says_why() -> None:
    """It would fail in every child: no endless restarting."""
    with ProcessExecutor(2, warm_up="cluster_work:bad_warm_up") as executor:
        executor.submit(0, work.echo, None, FREE)
        with pytest.raises(LostWorkerError, match="no module named luck"):
            complete(executor)
        assert executor.workers == 0
        with pytest.raises(LostWorkerError, match="no worker is left"):
            executor.submit(1, work.echo, None, FREE)


def test_a_warm_up_that_kills_its_process_is_given_up_by_name() -> None:
    """After a few children, not for ever."""
    with ProcessExecutor(1, warm_up="cluster_work:die_in_warm_up") as executor:
        executor.submit(0, work.echo, None, FREE)
        with pytest.raises(LostWorkerError, match="exited with status 9"):
            complete(executor)


def test_no_workers_are_refused() -> None:
    """The message names what does without."""
    with pytest.raises(InputError, match="at least 1 worker, got 0"):
        ProcessExecutor(0)


def test_a_function_of_the_started_script_is_refused(
    executor: ProcessExecutor,
) -> None:
    """A child could not import it: `__main__` is another file there."""
    function = type(work.echo)(work.echo.__code__, {"__name__": "__main__"}, "own")
    with pytest.raises(InputError, match="move it into a file of its own"):
        executor.submit(0, function, None, FREE)


def test_children_die_with_their_parent(tmp_path: Path) -> None:
    """Even if it is killed while they hang in native code."""
    note = tmp_path / "note"
    script = (
        "import cluster_work as work\n"
        "from cluster import Limits, ProcessExecutor\n"
        "executor = ProcessExecutor(1)\n"
        f"executor.submit(0, work.pause_noted, (60.0, {str(note)!r}), Limits())\n"
        "executor.wait(60)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    parent = subprocess.Popen([sys.executable, "-c", script], env=environment)
    wait_for(note.exists)
    child = int(note.read_text())
    assert is_alive(child)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    wait_for(lambda: not is_alive(child), seconds=3)


def test_large_payloads_to_busy_workers_do_not_block_the_caller(
    executor: ProcessExecutor,
) -> None:
    """Far more than a socket holds, while every child sleeps."""
    for ticket in range(2):
        executor.submit(ticket, work.pause, 0.3, FREE)
    for ticket in range(2, 6):
        executor.submit(ticket, len, bytes(5_000_000), FREE)
    values = {done.ticket: done.value for done in complete(executor, 6)}
    assert [values[ticket] for ticket in range(2, 6)] == [5_000_000] * 4

"""What every executor promises. Subclasses give the `executor` fixture.

`ExecutorContract` holds for all; `IsolationContract` for those which run functions in
processes of their own, and may be handed the worst.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cluster_work as work
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster import Completion, Executor, Failure, FailureKind, Limits
from evonas.errors import CallOrderError, InputError

#: seconds after which a completion will not come any more
PATIENCE = 20.0

FREE = Limits()


def complete(executor: Executor, count: int = 1) -> list[Completion]:
    """Wait for that many completions."""
    found: list[Completion] = []
    deadline = time.monotonic() + PATIENCE
    while len(found) < count:
        assert time.monotonic() < deadline, f"{len(found)} of {count} came: {found}"
        found += executor.wait(0.5)
    assert len(found) == count
    return found


def run_one(
    executor: Executor,
    function: Callable[[Any], Any],
    payload: Any = None,
    limits: Limits = FREE,
) -> Completion:
    """Submit one call and wait for its completion."""
    executor.submit(0, function, payload, limits)
    return complete(executor)[0]


def failure_of(done: Completion) -> Failure:
    """The failure of a completion, which must have one, and no value."""
    assert done.failure is not None
    assert done.value is None
    return done.failure


def is_alive(process: int) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def wait_for(condition: Callable[[], Any], seconds: float = PATIENCE) -> None:
    """Wait until the condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.01)


class ExecutorContract:
    """Promises of every executor."""

    def test_every_ticket_completes_exactly_once(self, executor: Executor) -> None:
        """Whatever mixture of values and exceptions: each ticket, once, its own."""

        @settings(max_examples=20, deadline=None, database=None)
        @given(works=st.lists(st.booleans(), max_size=20))
        def each_once(works: list[bool]) -> None:
            for ticket, well in enumerate(works):
                function = work.echo if well else work.fail
                executor.submit(ticket, function, ("payload", ticket), FREE)
            found = {done.ticket: done for done in complete(executor, len(works))}
            assert sorted(found) == list(range(len(works)))
            for ticket, well in enumerate(works):
                if well:
                    assert found[ticket].failure is None
                    assert found[ticket].value == ("payload", ticket)
                else:
                    assert failure_of(found[ticket]).kind is FailureKind.RAISED
            assert executor.wait(0) == []

        each_once()

    def test_an_exception_comes_back_with_its_full_traceback(
        self, executor: Executor
    ) -> None:
        """The detail names type, message and the lines in the user's file."""
        failure = failure_of(run_one(executor, work.fail, "luck"))
        assert failure.kind is FailureKind.RAISED
        assert "UserError: no good: luck" in failure.detail
        assert "cluster_work.py" in failure.detail
        assert "in inner" in failure.detail

    def test_sys_exit_in_user_code_is_an_exception_like_any_other(
        self, executor: Executor
    ) -> None:
        """It ends the call, not the worker, not the run."""
        failure = failure_of(run_one(executor, work.call_exit, 3))
        assert failure.kind is FailureKind.RAISED
        assert "SystemExit: 3" in failure.detail

    def test_a_memory_error_is_told_as_one(self, executor: Executor) -> None:
        """A limit that the system holds raises it; no other code may pass for it."""
        failure = failure_of(run_one(executor, work.run_out_of_memory))
        assert failure.kind is FailureKind.OUT_OF_MEMORY
        assert "MemoryError" in failure.detail
        assert "in run_out_of_memory" in failure.detail

    def test_seconds_and_worker_are_told(self, executor: Executor) -> None:
        """The time is the call's own."""
        done = run_one(executor, work.pause, 0.2)
        assert 0.2 <= done.seconds < 5
        assert done.worker.startswith(("inline", "process-", "rank-", "simulated"))

    def test_arrays_come_back_whole_and_are_writable_on_both_sides(
        self, executor: Executor
    ) -> None:
        """A megabyte of odd-sized float64 arrays, negated in place."""
        arrays = np.linspace(-1, 1, 131_077)
        before = arrays.copy()
        value = run_one(executor, work.negate, arrays).value
        np.testing.assert_array_equal(value, -before)
        value += 1

    def test_waiting_for_nothing_returns_at_once(self, executor: Executor) -> None:
        """However long the time given."""
        start = time.monotonic()
        assert executor.wait(30) == []
        assert time.monotonic() - start < 1

    def test_a_ticket_in_use_is_refused_and_free_again_when_it_completed(
        self, executor: Executor
    ) -> None:
        """Two unfinished tickets of one number could not be told apart."""
        executor.submit(5, work.echo, "first", FREE)
        with pytest.raises(CallOrderError, match="ticket 5 is unfinished"):
            executor.submit(5, work.echo, "second", FREE)
        assert complete(executor)[0].value == "first"
        executor.submit(5, work.echo, "third", FREE)
        assert complete(executor)[0].value == "third"

    def test_cancelling_what_is_finished_or_unknown_changes_nothing(
        self, executor: Executor
    ) -> None:
        """The value stays."""
        executor.cancel(99)
        executor.submit(0, work.echo, "kept", FREE)
        done = complete(executor)[0]
        executor.cancel(0)
        assert done.value == "kept"
        assert executor.wait(0.1) == []

    def test_a_closed_executor_takes_no_more(self, executor: Executor) -> None:
        """Closing twice is fine."""
        executor.close()
        executor.close()
        with pytest.raises(CallOrderError, match="submit after close"):
            executor.submit(0, work.echo, None, FREE)

    def test_capacity_covers_the_workers(self, executor: Executor) -> None:
        """So many tickets leave no worker idle."""
        assert executor.capacity >= executor.workers >= 1


class IsolationContract:
    """Promises of executors whose workers are other processes."""

    def test_waiting_ends_after_its_time(self, executor: Executor) -> None:
        """With work under way and nothing finished."""
        executor.submit(0, work.pause, 1.0, FREE)
        start = time.monotonic()
        assert executor.wait(0.2) == []
        assert 0.2 <= time.monotonic() - start < 0.9
        complete(executor)

    @pytest.mark.parametrize(
        ("function", "detail"),
        [
            (work.crash_natively, "SIGSEGV"),
            (work.kill_itself, "SIGKILL"),
            (work.die_leaving_a_fork, "SIGKILL"),
        ],
    )
    def test_a_death_costs_one_ticket_and_names_its_signal(
        self, executor: Executor, function: Callable[[Any], Any], detail: str
    ) -> None:
        """Work before and after it in the queue is done as if nothing had been."""
        workers = executor.workers
        for ticket in range(6):
            executor.submit(ticket, function if ticket == 2 else work.echo, 1, FREE)
        found = {done.ticket: done for done in complete(executor, 6)}
        failure = failure_of(found.pop(2))
        assert failure.kind is FailureKind.DIED
        assert detail in failure.detail
        assert [done.value for done in found.values()] == [1] * 5
        assert executor.workers == workers

    def test_a_native_crash_tells_where_it_was(self, executor: Executor) -> None:
        """The Python stack at the crash is in the detail."""
        failure = failure_of(run_one(executor, work.crash_natively))
        assert "in crash_natively" in failure.detail

    def test_leaving_with_a_status_is_a_death(self, executor: Executor) -> None:
        """`os._exit` cannot be caught, but told."""
        failure = failure_of(run_one(executor, work.leave, 7))
        assert failure == Failure(FailureKind.DIED, "exited with status 7")

    def test_a_native_hang_is_killed_at_its_time_limit(
        self, executor: Executor
    ) -> None:
        """Soon after the limit, with the place where it hung; then work goes on."""
        run_one(executor, work.echo)
        done = run_one(executor, work.hang_natively, limits=Limits(seconds=0.5))
        failure = failure_of(done)
        assert failure.kind is FailureKind.TIMED_OUT
        assert "limit of 0.5 s" in failure.detail
        assert "in hang_natively" in failure.detail
        assert 0.5 <= done.seconds < 1.5
        assert run_one(executor, work.echo, "next").value == "next"

    def test_a_time_limit_counts_from_the_start_of_its_own_call(
        self, executor: Executor
    ) -> None:
        """Waiting in the queue is free."""
        count = 4 * executor.workers
        for ticket in range(count):
            executor.submit(ticket, work.pause, 0.2, Limits(seconds=0.6))
        assert all(done.failure is None for done in complete(executor, count))

    def test_eating_memory_is_killed_at_its_limit(self, executor: Executor) -> None:
        """Well before it has eaten everything."""
        limits = Limits(memory_bytes=200_000_000)
        failure = failure_of(run_one(executor, work.eat_memory, limits=limits))
        assert failure.kind is FailureKind.OUT_OF_MEMORY
        assert "limit of 200.0 MB" in failure.detail
        assert run_one(executor, work.echo, "next").value == "next"

    def test_limits_that_are_kept_change_nothing(self, executor: Executor) -> None:
        """A value within its limits is a value."""
        limits = Limits(seconds=30, memory_bytes=10**12)
        assert run_one(executor, work.pause, 0.2, limits).value == 0.2

    def test_a_value_that_cannot_travel_is_a_failure_of_its_ticket(
        self, executor: Executor
    ) -> None:
        """Whether it cannot be packed there or not be loaded here."""
        failure = failure_of(run_one(executor, work.give_unpicklable))
        assert failure.kind is FailureKind.RAISED
        assert "pickle" in failure.detail
        failure = failure_of(run_one(executor, work.give_only_here))
        assert failure.kind is FailureKind.RAISED
        assert "cannot be loaded here" in failure.detail

    def test_what_cannot_travel_to_a_worker_is_refused(
        self, executor: Executor
    ) -> None:
        """At once, by the caller, and the ticket stays free."""
        with pytest.raises(InputError, match="top level of a module"):
            executor.submit(0, lambda _: None, None, FREE)
        with pytest.raises(InputError, match="payload that can be pickled"):
            executor.submit(0, work.echo, lambda: None, FREE)
        assert run_one(executor, work.echo, 1).value == 1

    def test_running_work_can_be_cancelled(
        self, executor: Executor, tmp_path: Path
    ) -> None:
        """Its process is killed; the ticket completes as CANCELLED, once."""
        note = tmp_path / "note"
        executor.submit(0, work.pause_noted, (60.0, str(note)), FREE)
        wait_for(lambda: executor.wait(0.01) or note.exists())
        executor.cancel(0)
        done = complete(executor)[0]
        assert failure_of(done).kind is FailureKind.CANCELLED
        wait_for(lambda: not is_alive(int(note.read_text())))
        assert run_one(executor, work.echo, "next").value == "next"

    def test_waiting_work_can_be_cancelled(self, executor: Executor) -> None:
        """Others are not touched, wherever in the queue it is."""
        count = 4 * executor.workers
        for ticket in range(count):
            executor.submit(ticket, work.pause, 0.3, FREE)
        executor.wait(0)
        cancelled = {count - 1, executor.workers}
        for ticket in cancelled:
            executor.cancel(ticket)
        for done in complete(executor, count):
            if done.ticket in cancelled:
                assert failure_of(done).kind is FailureKind.CANCELLED
            else:
                assert done.value == 0.3

    def test_nothing_waits_behind_a_long_call_while_a_worker_is_free(
        self, executor: Executor
    ) -> None:
        """Read-ahead must not cost what it is there to save."""
        if executor.workers < 2:
            pytest.skip("needs two workers")
        executor.submit(0, work.pause, 3.0, FREE)
        for ticket in range(1, 6):
            executor.submit(ticket, work.pause, 0.1, FREE)
        first = complete(executor, 5)
        assert {done.ticket for done in first} == {1, 2, 3, 4, 5}
        complete(executor)

    def test_workers_are_warm_and_no_ranks(self, executor: Executor) -> None:
        """Warmed up once, then kept; without MPI and the variables of a rank."""
        process, count = run_one(executor, work.count_warm_ups).value
        assert count == 1
        for _ in range(3 * executor.workers):
            again, count = run_one(executor, work.count_warm_ups).value
            assert count == 1
            if again == process:
                break
        assert again == process
        assert run_one(executor, work.rank_variables).value == []
        assert run_one(executor, work.imported).value is False

    def test_the_given_environment_reaches_user_code(self, executor: Executor) -> None:
        """The fixture sets OMP_NUM_THREADS to 1."""
        assert run_one(executor, work.read_environment, ["OMP_NUM_THREADS"]).value == [
            "1"
        ]

    def test_closing_ends_running_work(
        self, executor: Executor, tmp_path: Path
    ) -> None:
        """Within a few seconds no process is left."""
        note = tmp_path / "note"
        executor.submit(0, work.pause_noted, (60.0, str(note)), FREE)
        wait_for(lambda: executor.wait(0.01) or note.exists())
        executor.close()
        wait_for(lambda: not is_alive(int(note.read_text())), seconds=5)

    def test_a_child_killed_from_outside_is_told_and_replaced(
        self, executor: Executor, tmp_path: Path
    ) -> None:
        """As the system's out-of-memory killer does."""
        note = tmp_path / "note"
        executor.submit(0, work.pause_noted, (60.0, str(note)), FREE)
        wait_for(lambda: executor.wait(0.01) or note.exists())
        os.kill(int(note.read_text()), signal.SIGKILL)
        failure = failure_of(complete(executor)[0])
        assert failure.kind is FailureKind.DIED
        assert "from outside" in failure.detail
        assert run_one(executor, work.echo, "next").value == "next"

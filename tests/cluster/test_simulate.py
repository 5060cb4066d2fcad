"""Workers on a virtual clock."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import cluster_work as work
import pytest
from contracts.executor_contract import FREE, ExecutorContract
from hypothesis import given
from hypothesis import strategies as st

from cluster import SimulatedExecutor, VirtualClock

durations = st.lists(st.integers(0, 50).map(float), min_size=1, max_size=30)


def seconds_of(value: Any) -> float:
    """What work took: itself, where it is a number."""
    return value if isinstance(value, float) else 0.0


def simulated(workers: int) -> SimulatedExecutor:
    """Workers whose work takes as long as its value says."""
    return SimulatedExecutor(workers, seconds_of)


class TestSimulatedExecutor(ExecutorContract):
    """Holds what every executor promises."""

    @pytest.fixture
    def executor(self) -> Iterator[SimulatedExecutor]:
        """A fresh one."""
        with simulated(3) as executor:
            yield executor


@given(durations, st.integers(1, 5))
def test_workers_finish_in_the_order_of_the_virtual_clock(
    lengths: list[float], workers: int
) -> None:
    """As workers who each take the next piece when they are free: none is idle."""
    executor = simulated(workers)
    free = [0.0] * workers
    ends = []
    for ticket, length in enumerate(lengths):
        executor.submit(ticket, work.echo, length, FREE)
        worker = free.index(min(free))
        free[worker] += length
        ends.append((free[worker], ticket))
    for end, ticket in sorted(ends):
        (done,) = executor.wait(0)
        assert (executor.clock.now(), done.ticket) == (end, ticket)
        assert done.seconds == lengths[ticket]
    assert executor.wait(0) == []


def test_work_is_done_at_once_in_this_process() -> None:
    """Days pass on the clock alone."""
    executor = simulated(1)
    executor.submit(0, work.echo, 86_400.0, FREE)
    executor.submit(1, work.process_id, None, FREE)
    assert executor.clock.now() == 0
    assert [done.value for _ in range(2) for done in executor.wait(0)] == [
        86_400.0,
        os.getpid(),
    ]
    assert executor.clock.now() == 86_400


def test_work_that_was_under_way_goes_on_from_where_it_began() -> None:
    """A resumed run gives it out again with the time of its beginning."""
    executor = simulated(2)
    executor.clock.advance(100.0)
    executor.submit_at(80.0, 0, work.echo, 50.0)
    executor.submit_at(100.0, 1, work.echo, 10.0)
    ends = []
    for _ in range(2):
        (done,) = executor.wait(0)
        ends.append((done.ticket, executor.clock.now()))
    assert ends == [(1, 110.0), (0, 130.0)]


def test_cancelled_work_completes_now() -> None:
    """The clock does not go on to its end."""
    executor = simulated(1)
    executor.submit(0, work.echo, 50.0, FREE)
    executor.cancel(0)
    (done,) = executor.wait(0)
    assert done.failure is not None
    assert executor.clock.now() == 0


def test_the_clock_never_goes_back() -> None:
    """Whatever it is told."""
    clock = VirtualClock()
    clock.advance(5.0)
    clock.advance(3.0)
    assert clock.now() == 5

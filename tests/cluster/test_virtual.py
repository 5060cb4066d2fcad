"""A virtual cluster: failures, preemptions, and the manager's time."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import cluster_work as work
import numpy as np
import pytest
from contracts.executor_contract import FREE, ExecutorContract
from hypothesis import given
from hypothesis import strategies as st

from cluster import Completion, FailureKind
from cluster.virtual import ClusterModel, VirtualCluster

durations = st.lists(st.integers(1, 50).map(float), min_size=1, max_size=40)


def seconds_of(value: Any) -> float:
    """What work took: itself, where it is a number."""
    return value if isinstance(value, float) else 0.0


def made(workers: int = 3, seed: int = 0, **more: Any) -> VirtualCluster:
    """A cluster without delays, but for those that are asked for."""
    more = {"latency_seconds": 0.0, "manager_seconds": 0.0, **more}
    rng = np.random.default_rng(seed)
    return VirtualCluster(ClusterModel(workers, **more), seconds_of, rng)


def drain(cluster: VirtualCluster, again: bool = True) -> list[Completion]:
    """Every completion; what was lost is handed out again, as the loop does."""
    found = []
    while done := cluster.wait(0):
        found += done
        for one in done:
            if again and one.failure is not None and cluster.workers:
                cluster.submit(one.ticket, work.echo, 50.0, FREE)
    return found


class TestVirtualCluster(ExecutorContract):
    """Holds what every executor promises."""

    @pytest.fixture
    def executor(self) -> Iterator[VirtualCluster]:
        """A fresh one."""
        with made() as executor:
            yield executor


@given(durations, st.integers(1, 5))
def test_each_worker_takes_the_next_request_when_it_is_free(
    lengths: list[float], workers: int
) -> None:
    """Completions come at the times that simple list scheduling gives."""
    cluster = made(workers)
    free = [0.0] * workers
    ends = []
    for ticket, length in enumerate(lengths):
        cluster.submit(ticket, work.echo, length, FREE)
        worker = free.index(min(free))
        free[worker] += length
        ends.append((free[worker], ticket))
    found = []
    while done := cluster.wait(0):
        found += [(cluster.clock.now(), one.ticket) for one in done]
    assert sorted(found) == sorted(ends)
    assert [at for at, _ in found] == sorted(at for at, _ in ends)


@given(durations, st.integers(1, 4), st.integers(0, 99))
def test_lost_work_completes_as_lost_and_nothing_is_told_twice(
    lengths: list[float], workers: int, seed: int
) -> None:
    """However often workers are taken away; spells of a worker never overlap."""
    cluster = made(workers, seed, preemptions=100.0, away_seconds=20.0)
    for ticket, length in enumerate(lengths):
        cluster.submit(ticket, work.echo, length, FREE)
    found = drain(cluster)
    kept = Counter(one.ticket for one in found if one.failure is None)
    assert kept == Counter(range(len(lengths)))
    lost = [one for one in found if one.failure is not None]
    assert all(one.failure.kind is FailureKind.LOST for one in lost if one.failure)
    assert len([one for one in cluster.spells if not one.useful]) == len(lost)
    for worker in range(workers):
        own = sorted(one for one in cluster.spells if one.worker == worker)
        for before, after in itertools.pairwise(own):
            assert before.end <= after.begin


@given(st.integers(0, 99))
def test_dead_workers_stay_away(seed: int) -> None:
    """Their number goes down, and none works after its death."""
    cluster = made(4, seed, failures=60.0)
    for ticket in range(12):
        cluster.submit(ticket, work.echo, 30.0, FREE)
    drain(cluster)
    assert cluster.workers == 4 - len(cluster.died)
    for one in cluster.spells:
        assert one.end <= cluster.died.get(one.worker, one.end)


def test_workers_wait_for_a_manager_that_is_slow() -> None:
    """With requests one by one, each costs its own seconds and the manager's."""
    cluster = made(1, manager_seconds=2.0)
    for ticket in range(5):
        cluster.submit(ticket, work.echo, 1.0, FREE)
        assert len(cluster.wait(0)) == 1
    assert cluster.clock.now() == pytest.approx(1 + 4 * (2 + 1))
    assert cluster.manager_seconds == pytest.approx(8.0)


def test_results_come_together_to_a_manager_that_was_busy() -> None:
    """It looks once, and finds all that has ended meanwhile."""
    cluster = made(4, manager_seconds=10.0)
    for ticket in range(4):
        cluster.submit(ticket, work.echo, 1.0 + ticket, FREE)
    assert [len(cluster.wait(0)) for _ in range(2)] == [1, 3]
    assert cluster.batches == (4, 2, 3)


def test_messages_take_their_time() -> None:
    """There and back."""
    cluster = made(1, latency_seconds=0.5)
    cluster.submit(0, work.echo, 3.0, FREE)
    cluster.wait(0)
    assert cluster.clock.now() == pytest.approx(4.0)
    assert cluster.spells[0].begin == pytest.approx(0.5)


def test_the_longest_may_go_first() -> None:
    """Of those that wait; what runs already is left alone."""
    cluster = made(1, longest_first=True)
    for ticket, length in enumerate((1.0, 2.0, 9.0, 5.0)):
        cluster.submit(ticket, work.echo, length, FREE)
    assert [one.ticket for one in drain(cluster)] == [0, 2, 3, 1]


def test_waiting_requests_are_counted() -> None:
    """Their number times how long they waited."""
    cluster = made(1)
    for ticket in range(3):
        cluster.submit(ticket, work.echo, 10.0, FREE)
    drain(cluster)
    assert cluster.waited == pytest.approx(2 * 10 + 10)
    assert cluster.most_waiting == 2


def test_the_threads_own_time_is_charged_where_none_is_given() -> None:
    """What is computed between two looks, but not what the work computes."""
    cluster = made(1, manager_seconds=None)
    cluster.begin()
    for ticket in range(3):
        sum(range(200_000))
        cluster.submit(ticket, _busy, 1.0, FREE)
        cluster.wait(0)
    charged = cluster.manager_seconds
    assert 0 < charged < sum(_WORKED)
    assert cluster.clock.now() > 3.0


_WORKED: list[float] = []


def _busy(payload: float) -> float:
    begun = time.thread_time()
    sum(range(2_000_000))
    _WORKED.append(time.thread_time() - begun)
    return payload

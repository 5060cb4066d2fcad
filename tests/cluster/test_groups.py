"""Groups of ranks, as threads with letters in memory."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager

import cluster_work as work
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster import Limits, StopSignal
from cluster import groups as module
from cluster.groups import LOST, GroupPost, Groups, split
from cluster.manager import RankExecutor
from cluster.post import (
    MANAGER,
    Kind,
    Letter,
    Post,
    pack_follow,
    pack_hello,
    pack_lead,
    unpack_follow,
    unpack_lead,
)
from cluster.worker import Worker
from evonas.errors import LostWorkerError


class MemoryPost(Post):
    """One rank's place in a job of threads."""

    def __init__(self, boxes: Sequence[deque[Letter]], rank: int, dead: set[int]):
        self._boxes, self._rank, self._dead = boxes, rank, dead
        self.asked: list[frozenset[int]] = []

    @property
    def rank(self) -> int:
        """As given."""
        return self._rank

    @property
    def size(self) -> int:
        """Of the job."""
        return len(self._boxes)

    @property
    def workers(self) -> Sequence[int]:
        """All but rank 0."""
        return range(1, self.size)

    def local_worker(self, managers: Collection[int]) -> int:
        """Notes who are no workers."""
        self.asked.append(frozenset(managers))
        return 0

    def send(self, rank: int, kind: Kind, body: bytes = b"") -> None:
        """At once."""
        self._boxes[rank].append(Letter(self._rank, kind, bytearray(body)))

    def receive(self) -> list[Letter]:
        """What has come."""
        box = self._boxes[self._rank]
        return [box.popleft() for _ in range(len(box))]

    def lost(self) -> frozenset[int]:
        """As told."""
        return frozenset(self._dead)


class Job:
    """Ranks of a job; those that work are threads."""

    def __init__(self, size: int) -> None:
        self.boxes: list[deque[Letter]] = [deque() for _ in range(size)]
        self.dead: set[int] = set()
        self.posts = [MemoryPost(self.boxes, rank, self.dead) for rank in range(size)]


@contextmanager
def job(size: int, lead: Callable[[GroupPost, bytes], int]) -> Iterator[Job]:
    """A job whose ranks work; `lead` is what the managers of its groups do."""
    made = Job(size)

    def serve(post: MemoryPost) -> None:
        def carry_out(body: bytearray) -> int:
            workers, errand = unpack_lead(body)
            return lead(GroupPost(post, workers), errand)

        Worker(post, carry_out).serve()

    threads = [threading.Thread(target=serve, args=(p,)) for p in made.posts[1:]]
    for thread in threads:
        thread.start()
    try:
        yield made
    finally:
        for rank in range(1, size):
            made.posts[0].send(rank, Kind.STOP)
        for thread in threads:
            thread.join(20)
            assert not thread.is_alive()


def until_all_end(groups: Groups) -> list[int | None]:
    """The codes of groups that end by themselves."""
    deadline = time.monotonic() + 20
    while None in groups.codes:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    return groups.codes


@given(st.lists(st.integers(), unique=True, min_size=2), st.data())
def test_ranks_are_split_evenly(ranks: list[int], data: st.DataObject) -> None:
    """Everyone is in one group, neighbours together, each of two ranks or more."""
    count = data.draw(st.integers(1, len(ranks) // 2))
    groups = split(ranks, count)
    assert [rank for group in groups for rank in group] == ranks
    sizes = [len(group) for group in groups]
    assert max(sizes) - min(sizes) <= 1
    assert min(sizes) >= 2


def test_groups_work_for_their_managers_and_then_for_rank_0() -> None:
    """Each errand has an executor over its own ranks; their names are the job's."""
    names: dict[bytes, set[str]] = {}

    def lead(post: GroupPost, errand: bytes) -> int:
        with RankExecutor(post) as executor:
            for ticket in range(8):
                executor.submit(ticket, work.pause, 0.05, Limits())
            done = []
            while len(done) < 8:
                done += executor.wait(5.0)
            names[errand] = {one.worker for one in done if one.failure is None}
        return len(errand)

    with job(6, lead) as ranks:
        with Groups(ranks.posts[0], [b"one", b"second"]) as groups:
            assert until_all_end(groups) == [3, 6]
        assert names == {b"one": {"rank-2"}, b"second": {"rank-4", "rank-5"}}
        assert ranks.posts[5].asked == [frozenset((0, 1, 3))], "they hold no GPU"
        with RankExecutor(ranks.posts[0]) as executor:
            for ticket in range(10):
                executor.submit(ticket, work.pause, 0.1, Limits())
            done = []
            while len(done) < 10:
                done += executor.wait(5.0)
        assert {one.worker for one in done} == {f"rank-{n}" for n in range(1, 6)}
        assert all(one.failure is None for one in done)


def test_leaving_stops_what_runs() -> None:
    """By the signal that any manager listens to; all have ended then."""

    def lead(post: GroupPost, errand: bytes) -> int:
        while not stop:
            post.receive()
            time.sleep(0.005)
        return 3

    with StopSignal() as stop, job(5, lead) as ranks:
        with Groups(ranks.posts[0], [b"", b""]) as groups:
            assert groups.codes == [None, None]
        assert groups.codes == [3, 3]
        assert stop.name == "SIGUSR1"


def test_a_group_that_does_not_stop_ends_the_job(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After a while, by name."""
    monkeypatch.setattr(module, "_GRACE_SECONDS", 0.1)
    over = threading.Event()

    def lead(post: GroupPost, errand: bytes) -> int:
        over.wait(20)
        return 0

    with job(3, lead) as ranks:
        with (
            pytest.raises(LostWorkerError, match=r"managers, ranks \[1\].*resume"),
            Groups(ranks.posts[0], [b""]),
        ):
            pass
        over.set()


def test_a_lost_manager_is_told_by_its_code() -> None:
    """Its workers end what they run, and wait for rank 0."""
    ranks = Job(3)
    supervisor, _, worker = ranks.posts
    ranks.boxes[0].append(Letter(2, Kind.FOLLOWING, bytearray()))
    with Groups(supervisor, [b""]) as groups:
        assert groups.codes == [None]
        ranks.dead.add(1)
        assert groups.codes == [LOST]
    sent = [(letter.kind, letter.source) for letter in worker.receive()]
    assert sent == [(Kind.FOLLOW, 0), (Kind.FOLLOW, 0)]


def test_ranks_that_are_too_few_or_silent_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing hangs."""
    monkeypatch.setattr(module, "_ANSWER_SECONDS", 0.05)
    ranks = Job(5)
    with pytest.raises(LostWorkerError, match=r"nothing from \[2, 4\]"):
        Groups(ranks.posts[0], [b"", b""])
    ranks.dead.add(3)
    with pytest.raises(LostWorkerError, match=r"expected 4 ranks.*got 3"):
        Groups(ranks.posts[0], [b"", b""])


def test_a_fault_of_a_rank_reaches_rank_0() -> None:
    """With its traceback, while it belongs to no group."""
    ranks = Job(3)
    ranks.boxes[0].append(Letter(2, Kind.FOLLOWING, bytearray()))
    ranks.boxes[0].append(Letter(1, Kind.BROKEN, bytearray(b"ZeroDivisionError")))
    with pytest.raises(RuntimeError, match=r"rank 1 failed:\nZeroDivisionError"):
        Groups(ranks.posts[0], [b""])


def test_a_worker_that_changed_groups_is_deaf_to_the_old_manager() -> None:
    """A CLOSE that comes late must not end the new manager's work."""
    with job(3, lambda _post, _errand: 0) as ranks:
        ranks.posts[1].send(2, Kind.CLOSE)
        supervisor = ranks.posts[0]
        supervisor.send(2, Kind.FOLLOW, pack_follow(1, (0, 1)))
        supervisor.send(2, Kind.FOLLOW, pack_follow(MANAGER, (MANAGER,)))
        with RankExecutor(supervisor) as executor:
            executor.submit(0, work.pause, 0.3, Limits())
            executor.submit(1, work.pause, 0.3, Limits())
            executor.wait(0.1)
            ranks.posts[1].send(2, Kind.CLOSE)
            ranks.posts[1].send(2, Kind.HELLO, pack_hello(9, {}, "", 1.0))
            done = []
            while len(done) < 2:
                found = executor.wait(5.0)
                assert found
                done += found
        assert all(one.failure is None for one in done)


def test_what_rank_0_says_to_groups_reads_as_it_was_written() -> None:
    """Both bodies."""
    assert unpack_follow(pack_follow(3, {7, 0, 3})) == (3, frozenset((0, 3, 7)))
    assert unpack_lead(pack_lead([4, 5], b"errand")) == ([4, 5], b"errand")

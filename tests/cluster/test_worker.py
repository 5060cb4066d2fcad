"""A worker rank with a real child, and a manager that the test plays."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence

import cluster_work as work
import pytest

from cluster import worker as module
from cluster.executor import FailureKind, Limits
from cluster.keeper import Job, JobEnd
from cluster.post import (
    Kind,
    Letter,
    Post,
    pack_hello,
    pack_jobs,
    pack_number,
    unpack_ends,
    unpack_number,
    unpack_unusable,
)
from cluster.wire import dump_call, load
from cluster.worker import Worker


class ThreadPost(Post):
    """The worker's side of a post in memory."""

    def __init__(self, local_worker: int = 0) -> None:
        self._local_worker = local_worker
        self.to_worker: deque[Letter] = deque()
        self.to_manager: deque[tuple[Kind, bytes]] = deque()
        self.dead: frozenset[int] = frozenset()

    @property
    def rank(self) -> int:
        """The first worker's."""
        return 1

    @property
    def size(self) -> int:
        """With its manager."""
        return 2

    @property
    def workers(self) -> Sequence[int]:
        """It is no manager."""
        return ()

    def local_worker(self, managers: Collection[int]) -> int:
        """As given."""
        return self._local_worker

    def send(self, rank: int, kind: Kind, body: bytes = b"") -> None:
        """To the manager."""
        assert rank == 0
        self.to_manager.append((kind, body))

    def receive(self) -> list[Letter]:
        """What the manager sent."""
        return [self.to_worker.popleft() for _ in range(len(self.to_worker))]

    def lost(self) -> frozenset[int]:
        """As told."""
        return self.dead

    def put(self, kind: Kind, body: bytes = b"") -> None:
        """Send the worker a letter."""
        self.to_worker.append(Letter(0, kind, bytearray(body)))

    def next(self) -> tuple[Kind, bytes]:
        """Wait for the worker's next letter."""
        deadline = time.monotonic() + 20
        while not self.to_manager:
            assert time.monotonic() < deadline, "no letter came"
            time.sleep(0.005)
        return self.to_manager.popleft()

    def ends(self, count: int) -> list[JobEnd]:
        """Wait for so many ends of jobs, and no other letter."""
        found: list[JobEnd] = []
        while len(found) < count:
            kind, body = self.next()
            assert kind is Kind.DONE
            found += unpack_ends(body)
        return found


@pytest.fixture
def post() -> ThreadPost:
    """An empty one."""
    return ThreadPost()


@pytest.fixture
def thread(post: ThreadPost) -> Iterator[threading.Thread]:
    """A worker at work; told to stop at the end if it still is."""
    thread = threading.Thread(target=Worker(post).serve)
    thread.start()
    yield thread
    post.put(Kind.STOP)
    thread.join(10)
    assert not thread.is_alive()


def jobs(*calls: tuple[Callable[..., object], object]) -> bytes:
    """The body of JOBS, numbered from 1."""
    return pack_jobs(
        Job(number, dump_call(*call), Limits()) for number, call in enumerate(calls, 1)
    )


@pytest.mark.usefixtures("thread")
def test_jobs_run_in_order_and_their_ends_come_back(post: ThreadPost) -> None:
    """Values and failures alike."""
    post.put(Kind.HELLO, pack_hello(1, {}, "", 5.0))
    post.put(Kind.JOBS, jobs((work.echo, "a"), (work.fail, "b"), (work.echo, "c")))
    ends = post.ends(3)
    assert [end.number for end in ends] == [1, 2, 3]
    assert ends[0].value is not None
    assert load(ends[0].value) == "a"
    assert ends[1].failure is not None
    assert "UserError: no good: b" in ends[1].failure.detail


@pytest.mark.usefixtures("thread")
def test_a_waiting_job_is_given_back_and_a_running_one_is_not(
    post: ThreadPost,
) -> None:
    """A recall of what runs, or ran, has no answer."""
    post.put(Kind.HELLO, pack_hello(1, {}, "", 5.0))
    post.put(Kind.JOBS, jobs((work.pause, 1.0), (work.echo, None)))
    time.sleep(0.3)
    for number in (1, 2, 77):
        post.put(Kind.RECALL, pack_number(number))
    kind, body = post.next()
    assert (kind, unpack_number(body)) == (Kind.RETURNED, 2)
    assert [end.number for end in post.ends(1)] == [1]


@pytest.mark.usefixtures("thread")
def test_running_and_waiting_jobs_can_be_cancelled(post: ThreadPost) -> None:
    """Each answers once."""
    post.put(Kind.HELLO, pack_hello(1, {}, "", 5.0))
    post.put(Kind.JOBS, jobs((work.pause, 60.0), (work.echo, None)))
    time.sleep(0.5)
    for number in (1, 2, 1, 2):
        post.put(Kind.CANCEL, pack_number(number))
    ends = post.ends(2)
    assert {end.number for end in ends} == {1, 2}
    for end in ends:
        assert end.failure is not None
        assert end.failure.kind is FailureKind.CANCELLED
    time.sleep(0.1)
    assert not post.to_manager


@pytest.fixture
def batching(
    post: ThreadPost, thread: threading.Thread, monkeypatch: pytest.MonkeyPatch
) -> ThreadPost:
    """A worker that has seen many short jobs, however slow this machine is."""
    monkeypatch.setattr(module, "_SHORT_SECONDS", 0.1)
    post.put(Kind.HELLO, pack_hello(1, {}, "", 5.0))
    post.put(Kind.JOBS, jobs(*[(work.echo, number) for number in range(40)]))
    assert [end.number for end in post.ends(40)] == list(range(1, 41))
    return post


def test_short_jobs_in_batches_come_back_in_order_each_with_its_own(
    batching: ThreadPost,
) -> None:
    """Values, exceptions and a death in the middle, which takes nobody along."""
    calls: list[tuple[Callable[..., object], object]] = [
        (work.echo, n) for n in range(64)
    ]
    calls[5] = (work.fail, "luck")
    calls[20] = (work.crash_natively, None)
    batching.put(Kind.JOBS, jobs(*calls))
    ends = batching.ends(64)
    assert [end.number for end in ends] == list(range(1, 65))
    kinds = {end.number - 1: end.failure.kind for end in ends if end.failure}
    assert kinds == {5: FailureKind.RAISED, 20: FailureKind.DIED}
    for number, end in enumerate(ends):
        if number not in kinds:
            assert end.value is not None
            assert load(end.value) == number


def test_nothing_of_a_batch_waits_behind_a_long_job(batching: ThreadPost) -> None:
    """What is behind it can be called back, and then runs elsewhere only."""
    batching.put(Kind.JOBS, jobs((work.pause, 1.0), (work.echo, 2), (work.echo, 3)))
    time.sleep(0.3)
    batching.put(Kind.RECALL, pack_number(3))
    kind, body = batching.next()
    assert (kind, unpack_number(body)) == (Kind.RETURNED, 3)
    assert [end.number for end in batching.ends(2)] == [1, 2]
    time.sleep(0.1)
    assert not batching.to_manager


def test_a_job_of_a_batch_can_be_cancelled(batching: ThreadPost) -> None:
    """The one that runs, with its process, and one behind it."""
    batching.put(Kind.JOBS, jobs((work.pause, 60.0), *[(work.echo, 0)] * 4))
    for number in (3, 1):
        batching.put(Kind.CANCEL, pack_number(number))
    ends = {end.number: end for end in batching.ends(5)}
    assert sorted(ends) == [1, 2, 3, 4, 5]
    cancelled = {number for number, end in ends.items() if end.failure}
    assert cancelled == {1, 3}


@pytest.mark.usefixtures("thread")
def test_a_child_that_cannot_start_is_told_with_its_session(post: ThreadPost) -> None:
    """The next HELLO may do better."""
    post.put(Kind.HELLO, pack_hello(5, {}, "cluster_work:bad_warm_up", 5.0))
    kind, body = post.next()
    assert kind is Kind.UNUSABLE
    session, reason = unpack_unusable(body)
    assert session == 5
    assert "no module named luck" in reason
    post.put(Kind.HELLO, pack_hello(6, {}, "", 5.0))
    post.put(Kind.JOBS, jobs((work.echo, None)))
    assert post.next()[0] is Kind.DONE


@pytest.mark.usefixtures("thread")
def test_a_value_that_mpi_cannot_count_is_a_failure(
    post: ThreadPost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of its ticket, not of the rank."""
    monkeypatch.setattr(module, "MAX_BODY_BYTES", 1000)
    post.put(Kind.HELLO, pack_hello(1, {}, "", 5.0))
    post.put(Kind.JOBS, jobs((work.echo, bytes(2000))))
    (end,) = post.ends(1)
    assert end.failure is not None
    assert "give back large data as files" in end.failure.detail


@pytest.mark.usefixtures("thread")
def test_an_idle_worker_gives_signs_of_life(
    post: ThreadPost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before its first HELLO too."""
    monkeypatch.setattr(module, "BEAT_SECONDS", 0.05)
    assert post.next() == (Kind.ALIVE, b"")
    assert post.next() == (Kind.ALIVE, b"")


@pytest.mark.usefixtures("thread")
def test_signs_of_life_come_as_often_as_the_manager_wants(post: ThreadPost) -> None:
    """A manager that gives up soon must hear often."""
    post.put(Kind.HELLO, pack_hello(1, {}, "", 0.05))
    assert post.next() == (Kind.ALIVE, b"")
    assert post.next() == (Kind.ALIVE, b"")


def test_a_worker_whose_manager_is_lost_leaves(
    post: ThreadPost, thread: threading.Thread
) -> None:
    """Nobody else could tell it to."""
    post.dead = frozenset({0})
    thread.join(5)
    assert not thread.is_alive()


@pytest.mark.parametrize(("local", "gpu"), [(0, "GPU-a"), (1, "GPU-b"), (2, "GPU-a")])
def test_a_workers_child_sees_its_own_gpu_only(
    monkeypatch: pytest.MonkeyPatch, local: int, gpu: str
) -> None:
    """Whose list is that of the worker's machine, not the manager's."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-a,GPU-b")
    post = ThreadPost(local)
    serving = threading.Thread(target=Worker(post).serve)
    serving.start()
    post.put(Kind.HELLO, pack_hello(1, {}, "", 5.0))
    post.put(Kind.JOBS, jobs((work.read_environment, ["CUDA_VISIBLE_DEVICES"])))
    (end,) = post.ends(1)
    post.put(Kind.STOP)
    serving.join(10)
    assert end.value is not None
    assert load(end.value) == [gpu]

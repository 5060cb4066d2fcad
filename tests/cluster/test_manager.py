"""The manager, against workers that answer exactly as told."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence

import cluster_work as work
import pytest

from cluster import manager as module
from cluster.executor import Failure, FailureKind, Limits
from cluster.keeper import JobEnd
from cluster.manager import RankExecutor
from cluster.post import (
    MAX_BODY_BYTES,
    Kind,
    Letter,
    Post,
    pack_ends,
    pack_number,
    pack_unusable,
    unpack_hello,
    unpack_jobs,
    unpack_number,
)
from cluster.wire import dump
from evonas.errors import InputError, LostWorkerError

FREE = Limits()


class ScriptedPost(Post):
    """Keeps what the manager sends, and delivers what the test lays in."""

    def __init__(self, size: int) -> None:
        self._size = size
        self.sent: list[tuple[int, Kind, bytes]] = []
        self.arriving: list[Letter] = []
        self.dead: frozenset[int] = frozenset()

    @property
    def rank(self) -> int:
        """The manager's."""
        return 0

    @property
    def size(self) -> int:
        """As given."""
        return self._size

    @property
    def workers(self) -> Sequence[int]:
        """All but the manager."""
        return range(1, self._size)

    def local_worker(self, managers: Collection[int]) -> int:
        """Of no meaning to a manager."""
        return 0

    def send(self, rank: int, kind: Kind, body: bytes = b"") -> None:
        """Keep it."""
        self.sent.append((rank, kind, body))

    def receive(self) -> list[Letter]:
        """Deliver everything."""
        arriving, self.arriving = self.arriving, []
        return arriving

    def lost(self) -> frozenset[int]:
        """As told."""
        return self.dead

    def put(self, rank: int, kind: Kind, body: bytes = b"") -> None:
        """Lay a letter in."""
        self.arriving.append(Letter(rank, kind, bytearray(body)))

    def finish(self, rank: int, number: int, seconds: float = 1.0) -> None:
        """Lay in that a job gave its own number."""
        end = JobEnd(number, dump(number), None, seconds)
        self.put(rank, Kind.DONE, pack_ends([end]))

    def take(self, kind: Kind) -> list[tuple[int, bytes]]:
        """Rank and body of what was sent of a kind; forgets all else."""
        found = [(rank, body) for rank, sent, body in self.sent if sent is kind]
        self.sent.clear()
        return found

    def take_jobs(self) -> dict[int, list[int]]:
        """Numbers of the jobs sent, by rank."""
        found: dict[int, list[int]] = {}
        for rank, body in self.take(Kind.JOBS):
            found.setdefault(rank, []).extend(job.number for job in unpack_jobs(body))
        return found


@pytest.fixture
def post() -> ScriptedPost:
    """Of a job with two workers."""
    return ScriptedPost(3)


@pytest.fixture
def executor(post: ScriptedPost) -> Iterator[RankExecutor]:
    """Over both, greeted."""
    with RankExecutor(post, {"A": "b"}, "warm:up", silence_seconds=0.2) as executor:
        yield executor


def submit(executor: RankExecutor, count: int) -> None:
    """Submit calls with tickets from 0."""
    for ticket in range(count):
        executor.submit(ticket, work.echo, ticket, FREE)


def _tickets_at(executor: RankExecutor, rank: int) -> list[int]:
    """Tickets whose jobs a rank has."""
    jobs = executor._ranks[rank].jobs
    return [executor._ticket_of[number] for number in jobs]


@pytest.mark.usefixtures("executor")
def test_every_worker_is_greeted_with_what_its_child_needs(
    post: ScriptedPost,
) -> None:
    """Session, environment, warm-up, and a heartbeat well within its patience."""
    greetings = {rank: unpack_hello(body) for rank, body in post.take(Kind.HELLO)}
    assert sorted(greetings) == [1, 2]
    assert all(
        greeting[1:] == ({"A": "b"}, "warm:up", 0.05) for greeting in greetings.values()
    )


def test_each_rank_gets_one_job_before_any_gets_a_second(
    post: ScriptedPost, executor: RankExecutor
) -> None:
    """And no more than one ahead while nothing is known of their length."""
    submit(executor, 2)
    assert {rank: len(jobs) for rank, jobs in post.take_jobs().items()} == {1: 1, 2: 1}
    for ticket in range(2, 8):
        executor.submit(ticket, work.echo, None, FREE)
    executor.wait(0)
    assert {rank: len(jobs) for rank, jobs in post.take_jobs().items()} == {1: 1, 2: 1}


def test_short_jobs_are_sent_ahead_by_the_dozen(
    post: ScriptedPost, executor: RankExecutor
) -> None:
    """So that the way there and back does not count."""
    submit(executor, 200)
    for rank, (number,) in post.take_jobs().items():
        post.finish(rank, number, seconds=1e-4)
    assert len(executor.wait(1)) == 2
    assert all(len(jobs) > 50 for jobs in post.take_jobs().values())


def test_an_idle_rank_gets_what_waits_at_a_busy_one(
    post: ScriptedPost, executor: RankExecutor
) -> None:
    """The job that is ahead there is recalled, once, and sent on."""
    submit(executor, 4)
    executor.wait(0)
    jobs = post.take_jobs()
    for number in jobs[2]:
        post.finish(2, number)
    executor.wait(0)
    executor.wait(0)
    ((rank, body),) = post.take(Kind.RECALL)
    assert (rank, unpack_number(body)) == (1, jobs[1][1])
    post.put(1, Kind.RETURNED, body)
    executor.wait(0)
    assert post.take_jobs() == {2: [jobs[1][1]]}


def test_a_job_that_started_before_its_recall_came_is_finished_there(
    post: ScriptedPost, executor: RankExecutor
) -> None:
    """The recall is forgotten, the value counts once."""
    submit(executor, 4)
    executor.wait(0)
    jobs = post.take_jobs()
    for number in jobs[2]:
        post.finish(2, number)
    done = executor.wait(0)
    for number in jobs[1]:
        post.finish(1, number)
    done += executor.wait(0)
    assert sorted(one.ticket for one in done) == [0, 1, 2, 3]
    assert executor.wait(0) == []


def test_a_job_cancelled_while_it_travels_back_is_cancelled(
    post: ScriptedPost, executor: RankExecutor
) -> None:
    """The rank has it no more and cannot answer."""
    submit(executor, 4)
    executor.wait(0)
    jobs = post.take_jobs()
    for number in jobs[2]:
        post.finish(2, number)
    tickets = {done.ticket for done in executor.wait(0)}
    (left,) = {2, 3} - tickets
    executor.cancel(left)
    assert [rank for rank, _ in post.take(Kind.CANCEL)] == [1]
    post.put(1, Kind.RETURNED, pack_number(jobs[1][1]))
    (done,) = executor.wait(0)
    assert done.ticket == left
    assert done.failure is not None
    assert done.failure.kind is FailureKind.CANCELLED
    assert post.take_jobs() == {}


def test_a_dead_rank_loses_the_ticket_it_ran_and_the_rest_goes_on(
    post: ScriptedPost, executor: RankExecutor
) -> None:
    """What waited there goes to others, first of all; until no rank is left."""
    submit(executor, 5)
    executor.wait(0)
    jobs = post.take_jobs()
    post.dead = frozenset({1})
    (done,) = executor.wait(0)
    assert done.failure == Failure(FailureKind.LOST, "rank 1 died")
    assert executor.workers == 1
    for number in jobs[2]:
        post.finish(2, number)
    assert len(executor.wait(0)) == 2
    numbers = post.take_jobs()[2]
    assert len(numbers) == 2
    assert not set(numbers) & set(jobs[1])
    for number in numbers:
        post.finish(2, number)
    assert len(executor.wait(0)) == 2
    submit(executor, 1)
    post.dead = frozenset({1, 2})
    (last,) = executor.wait(0)
    assert last.failure is not None
    assert last.failure.kind is FailureKind.LOST
    with pytest.raises(LostWorkerError, match="no worker is left: rank 2 died"):
        executor.submit(9, work.echo, None, FREE)


def test_a_cancelled_ticket_that_waited_at_a_dead_rank_is_cancelled(
    post: ScriptedPost, executor: RankExecutor
) -> None:
    """Nobody is to do it any more."""
    submit(executor, 4)
    executor.wait(0)
    (ahead,) = (ticket for ticket in (2, 3) if ticket in _tickets_at(executor, 1))
    executor.cancel(ahead)
    post.dead = frozenset({1})
    kinds = {done.ticket: done.failure for done in executor.wait(0)}
    assert kinds[ahead] is not None
    assert kinds[ahead].kind is FailureKind.CANCELLED
    post.take_jobs()
    assert len(kinds) == 2


def test_the_late_results_of_a_silent_rank_never_stand_for_a_second_try(
    post: ScriptedPost, executor: RankExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes back with what it ran meanwhile; that went to others already."""
    monkeypatch.setattr(module, "_SILENCE_CHECK_SECONDS", 0.01)
    submit(executor, 4)
    executor.wait(0)
    old = post.take_jobs()[1]
    deadline = time.monotonic() + 5
    while executor.workers == 2 and time.monotonic() < deadline:
        post.put(2, Kind.ALIVE)
        time.sleep(0.01)
        executor.wait(0)
    assert executor.workers == 1
    for number in old:
        post.finish(1, number)
    assert executor.wait(0) == []
    for number in old:
        post.finish(1, number)
    assert executor.wait(0) == []
    # to rank 1 again, or still in the queue: never under a number of before
    assert not set(post.take_jobs().get(1, [])) & set(old)


def test_a_silent_rank_is_given_up_and_its_late_results_do_not_count(
    post: ScriptedPost, executor: RankExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When it speaks again it is greeted anew, which makes it forget."""
    monkeypatch.setattr(module, "_SILENCE_CHECK_SECONDS", 0.01)
    submit(executor, 2)
    jobs = post.take_jobs()
    deadline = time.monotonic() + 0.3
    while time.monotonic() < deadline:
        post.put(2, Kind.ALIVE)
        time.sleep(0.01)
        done = executor.wait(0)
        if done:
            break
    assert [one.worker for one in done] == ["rank-1"]
    assert done[0].failure is not None
    assert "no sign of life" in done[0].failure.detail
    assert executor.workers == 1
    post.finish(1, jobs[1][0])
    assert executor.wait(0) == []
    assert [rank for rank, _ in post.take(Kind.HELLO)] == [1]
    assert executor.workers == 2


def test_a_manager_that_was_away_takes_nobody_for_dead(
    executor: RankExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was silent itself: a long fit, or SIGSTOP."""
    monkeypatch.setattr(module, "_AWAY_SECONDS", 0.1)
    monkeypatch.setattr(module, "_SILENCE_CHECK_SECONDS", 0.01)
    submit(executor, 2)
    executor.wait(0)
    time.sleep(0.3)
    assert executor.wait(0) == []
    assert executor.workers == 2


def test_a_rank_without_a_child_gives_its_jobs_to_others(
    post: ScriptedPost, executor: RankExecutor
) -> None:
    """It ran none of them; it is not greeted again."""
    ((session, *_), _) = (unpack_hello(body) for _, body in post.take(Kind.HELLO))
    submit(executor, 2)
    jobs = post.take_jobs()
    post.put(1, Kind.UNUSABLE, pack_unusable(session, "no torch"))
    post.put(1, Kind.ALIVE)
    executor.wait(0)
    assert executor.workers == 1
    taken = post.take_jobs()
    assert list(taken) == [2]
    assert len(taken[2]) == len(jobs[1])
    post.put(2, Kind.UNUSABLE, pack_unusable(session, "no torch"))
    with pytest.raises(LostWorkerError, match="rank 2: no torch"):
        executor.wait(1)


def test_letters_to_an_earlier_executor_do_not_count(
    post: ScriptedPost, executor: RankExecutor
) -> None:
    """Its numbers are never used again."""
    submit(executor, 2)
    jobs = post.take_jobs()
    executor.close()
    assert [rank for rank, _ in post.take(Kind.CLOSE)] == [1, 2]
    with RankExecutor(post) as other:
        post.finish(1, jobs[1][0])
        post.put(2, Kind.RETURNED, pack_number(jobs[2][0]))
        post.put(2, Kind.UNUSABLE, pack_unusable(0, "of the earlier one"))
        submit(other, 1)
        assert other.wait(0) == []
        assert other.workers == 2


def test_a_fault_of_a_worker_rank_is_raised(
    post: ScriptedPost, executor: RankExecutor
) -> None:
    """With its traceback."""
    post.put(2, Kind.BROKEN, b"Traceback: deep down")
    with pytest.raises(RuntimeError, match="rank 2 failed:\nTraceback: deep down"):
        executor.wait(0)


def test_a_payload_that_mpi_cannot_count_is_refused(
    executor: RankExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is sent."""
    assert MAX_BODY_BYTES < 2**31
    monkeypatch.setattr(module, "MAX_BODY_BYTES", 1000)
    with pytest.raises(InputError, match="pass large data as files"):
        executor.submit(0, work.echo, bytes(1001), FREE)
    executor.submit(0, work.echo, bytes(1), FREE)

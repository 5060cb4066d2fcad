"""The executor of a manager, whose workers are other ranks."""

from __future__ import annotations

import heapq
import itertools
import math
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cluster.executor import Completion, Executor, Failure, FailureKind, Limits
from cluster.keeper import Job, JobEnd
from cluster.post import (
    BEAT_SECONDS,
    MAX_BODY_BYTES,
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
from cluster.wire import dump_call, load_value
from evonas.errors import CallOrderError, InputError, LostWorkerError

#: jobs sent ahead cover this many seconds of a worker's time: the manager's longest nap
#: and its way there and back, several times over
_AHEAD_SECONDS = 0.02

#: at most so many jobs at one rank, however short they are
_MAX_JOBS_AHEAD = 64

#: seconds between two looks for letters: at first, at most, and at most where no job
#: ended for a while: whoever ends one then has another, and that is a long one
_FIRST_NAP = 0.0002
_LONGEST_NAP = 0.008
_QUIET_NAP = 0.025
_QUIET_SECONDS = 1.0

#: a manager that was away for longer cannot say who was silent meanwhile
_AWAY_SECONDS = 1.0

#: jobs and sessions are numbered through the life of the process, so that a late letter
#: to an executor that was closed is never taken for another's
_count = itertools.count(1)

#: a rank that sent nothing for this long counts as lost
SILENCE_SECONDS = 60.0

#: silence is judged this often
_SILENCE_CHECK_SECONDS = 1.0


@dataclass(slots=True)
class _Rank:
    """What the manager knows of one worker rank."""

    #: the jobs sent to it, by number, in the order in which it runs them
    jobs: dict[int, Job] = field(default_factory=dict)
    #: the job that is being recalled
    recalled: int | None = None
    #: smoothed length of its jobs; infinite: none seen yet
    mean_seconds: float = math.inf
    #: when its last letter came
    heard: float = 0.0
    #: since when the first of its jobs is the first
    occupied: float = 0.0

    @property
    def room(self) -> int:
        """How many more jobs should be sent to it."""
        ahead = _AHEAD_SECONDS / max(self.mean_seconds, 1e-6)
        return min(2 + int(ahead), _MAX_JOBS_AHEAD) - len(self.jobs)


class RankExecutor(Executor):
    """Sends calls to the worker ranks, one ahead of the one each runs.

    A job that waits at a busy rank is recalled as soon as another rank has nothing to
    do. When a rank dies or falls silent, the ticket that it ran fails as LOST and those
    that waited there go to others; a silent rank that speaks again is taken back.

    Args:
        post: carries the letters; of the manager.
        environment: variables for the children, such as `OMP_NUM_THREADS`.
        warm_up: `package.module:function` called once in every new child, or empty.
        silence_seconds: a rank that sent nothing for this long counts as lost; a live
            one sends a sign of life several times as often.
    """

    def __init__(
        self,
        post: Post,
        environment: Mapping[str, str] | None = None,
        warm_up: str = "",
        silence_seconds: float = SILENCE_SECONDS,
    ) -> None:
        self._post = post
        self._silence_seconds = silence_seconds
        self._session = next(_count)
        beat_seconds = min(BEAT_SECONDS, silence_seconds / 4)
        self._hello = pack_hello(
            self._session, environment or {}, warm_up, beat_seconds
        )
        self._ranks: dict[int, _Rank] = {}
        self._ticket_of: dict[int, int] = {}
        self._number_of: dict[int, int] = {}
        self._cancelled: set[int] = set()
        self._unusable: set[int] = set()
        self._waiting: deque[Job] = deque()
        self._finished: list[Completion] = []
        self._why_lost = "the job has no worker rank"
        self._last_pump = time.monotonic()
        self._nap = _FIRST_NAP
        self._last_end = self._last_pump
        self._next_silence_check = 0.0
        self._closed = False
        for rank in post.workers:
            if rank not in post.lost():
                self._greet(rank)

    def submit(
        self, ticket: int, function: Callable[[Any], Any], payload: Any, limits: Limits
    ) -> None:
        """Queue one call, and send it if a rank has room."""
        if self._closed:
            raise CallOrderError("submit after close: open another executor")
        if ticket in self._number_of:
            raise CallOrderError(
                f"ticket {ticket} is unfinished: wait for it, or use another number"
            )
        self._require_workers()
        call = dump_call(function, payload)
        if len(call) > MAX_BODY_BYTES:
            raise InputError(
                f"expected a payload of less than {MAX_BODY_BYTES} bytes, got "
                f"{len(call)} bytes: pass large data as files"
            )
        job = Job(next(_count), call, limits)
        self._ticket_of[job.number] = ticket
        self._number_of[ticket] = job.number
        self._waiting.append(job)
        if any(not state.jobs for state in self._ranks.values()):
            # busy ranks get theirs in `wait`, several in one letter
            self._dispatch()

    def wait(self, timeout: float) -> list[Completion]:
        """Completions so far, waiting at most `timeout` seconds for the first one."""
        deadline = time.monotonic() + timeout
        while True:
            self._pump()
            remaining = deadline - time.monotonic()
            if self._finished or not self._ticket_of or remaining <= 0:
                break
            self._require_workers()
            time.sleep(min(self._nap, remaining))
            quiet = time.monotonic() - self._last_end > _QUIET_SECONDS
            self._nap = min(1.5 * self._nap, _QUIET_NAP if quiet else _LONGEST_NAP)
        finished, self._finished = self._finished, []
        for done in finished:
            self._number_of.pop(done.ticket, None)
        return finished

    def cancel(self, ticket: int) -> None:
        """End one ticket: take it from the queue, or have its rank end it."""
        number = self._number_of.get(ticket)
        if number is None or number not in self._ticket_of:
            return
        self._cancelled.add(number)
        for job in self._waiting:
            if job.number == number:
                self._waiting.remove(job)
                self._finish_cancelled(number)
                return
        for rank, state in self._ranks.items():
            if number in state.jobs:
                self._post.send(rank, Kind.CANCEL, pack_number(number))

    @property
    def capacity(self) -> int:
        """Two a worker: one that runs and one that was sent ahead."""
        return 2 * self.workers

    @property
    def workers(self) -> int:
        """Worker ranks that are alive."""
        return len(self._ranks)

    def close(self) -> None:
        """Have every rank kill its child and wait for another executor."""
        if not self._closed:
            for rank in self._ranks:
                self._post.send(rank, Kind.CLOSE)
        self._closed = True
        self._ranks.clear()
        self._ticket_of.clear()
        self._number_of.clear()
        self._waiting.clear()
        self._finished.clear()

    def _greet(self, rank: int) -> None:
        self._ranks[rank] = _Rank(heard=time.monotonic())
        self._post.send(rank, Kind.HELLO, self._hello)

    def _require_workers(self) -> None:
        if not self._ranks and not self._closed:
            raise LostWorkerError(f"no worker is left: {self._why_lost}")

    def _pump(self) -> None:
        now = time.monotonic()
        letters = self._post.receive()
        for letter in letters:
            self._handle(letter, now)
        lost = self._post.lost() & self._ranks.keys()
        for rank in lost:
            self._lose(rank, f"rank {rank} died")
        if now >= self._next_silence_check:
            self._check_silence(now)
        self._last_pump = now
        self._dispatch()
        if letters or lost:
            self._recall()

    def _handle(self, letter: Letter, now: float) -> None:
        rank = letter.source
        if letter.kind is Kind.BROKEN:
            text = letter.body.decode(errors="replace")
            raise RuntimeError(f"rank {rank} failed:\n{text}")
        if letter.kind is Kind.UNUSABLE:
            session, reason = unpack_unusable(letter.body)
            if session == self._session:
                self._retire(rank, reason)
            return
        state = self._ranks.get(rank)
        if state is None:
            if rank not in self._unusable and letter.kind is not Kind.BYE:
                # given up, and yet alive: HELLO makes it forget what it had
                self._greet(rank)
            return
        state.heard = now
        if letter.kind is Kind.DONE:
            for end in unpack_ends(letter.body):
                self._take_end(rank, state, end)
        elif letter.kind is Kind.RETURNED:
            self._take_returned(state, unpack_number(letter.body))

    def _take_end(self, rank: int, state: _Rank, end: JobEnd) -> None:
        if state.jobs.pop(end.number, None) is None:
            # of an earlier executor, or from before the rank was given up
            return
        if state.recalled == end.number:
            state.recalled = None
        now = time.monotonic()
        held, state.occupied = now - state.occupied, now
        if math.isinf(state.mean_seconds):
            state.mean_seconds = end.seconds
        state.mean_seconds += (end.seconds - state.mean_seconds) / 8
        self._finish(end, f"rank-{rank}", max(0.0, held - end.seconds))

    def _take_returned(self, state: _Rank, number: int) -> None:
        job = state.jobs.pop(number, None)
        if job is None:
            return
        state.recalled = None
        if number in self._cancelled:
            self._finish_cancelled(number)
        else:
            self._waiting.appendleft(job)

    def _finish(self, end: JobEnd, worker: str, communication: float = 0.0) -> None:
        ticket = self._ticket_of.pop(end.number)
        self._cancelled.discard(end.number)
        self._nap = _FIRST_NAP
        self._last_end = time.monotonic()
        value, failure = load_value(end.value)
        failure = end.failure or failure
        done = Completion(ticket, value, failure, end.seconds, worker, communication)
        self._finished.append(done)

    def _finish_cancelled(self, number: int) -> None:
        failure = Failure(FailureKind.CANCELLED, "cancelled before its start")
        self._finish(JobEnd(number, None, failure, 0.0), "")

    def _lose(self, rank: int, reason: str) -> None:
        """Do without a rank that died or is silent."""
        self._why_lost = reason
        state = self._ranks.pop(rank)
        jobs = list(state.jobs.values())
        held = time.monotonic() - state.occupied
        # it runs them in order: the first was under way, whatever that did to it
        for job in jobs[:1]:
            failure = Failure(FailureKind.LOST, reason)
            self._finish(JobEnd(job.number, None, failure, held), f"rank-{rank}")
        self._take_back(jobs[1:])

    def _retire(self, rank: int, reason: str) -> None:
        """Do without a rank that cannot start a child, and has run none of its jobs."""
        self._why_lost = f"rank {rank}: {reason}"
        self._unusable.add(rank)
        state = self._ranks.pop(rank, _Rank())
        self._take_back(list(state.jobs.values()))

    def _take_back(self, jobs: list[Job]) -> None:
        """Queue jobs again that a rank had and did not begin, before all others.

        Under new numbers: a silent rank that speaks again may have run them.
        """
        for job in reversed(jobs):
            if job.number in self._cancelled:
                self._finish_cancelled(job.number)
                continue
            ticket = self._ticket_of.pop(job.number)
            again = replace(job, number=next(_count))
            self._ticket_of[again.number] = ticket
            self._number_of[ticket] = again.number
            self._waiting.appendleft(again)

    def _check_silence(self, now: float) -> None:
        self._next_silence_check = now + _SILENCE_CHECK_SECONDS
        away = now - self._last_pump > _AWAY_SECONDS
        for rank, state in list(self._ranks.items()):
            if away:
                state.heard = now
            elif now - state.heard > self._silence_seconds:
                seconds = f"{now - state.heard:.0f} s"
                self._lose(rank, f"rank {rank} gave no sign of life for {seconds}")

    def _dispatch(self) -> None:
        """Send what waits to ranks with room, the emptiest first."""
        if not self._waiting:
            return
        heap = [
            (len(state.jobs), rank)
            for rank, state in self._ranks.items()
            if state.room > 0
        ]
        heapq.heapify(heap)
        batches: dict[int, list[Job]] = {}
        while self._waiting and heap:
            _, rank = heapq.heappop(heap)
            state = self._ranks[rank]
            job = self._waiting.popleft()
            if not state.jobs:
                state.occupied = time.monotonic()
            state.jobs[job.number] = job
            batches.setdefault(rank, []).append(job)
            if state.room > 0:
                heapq.heappush(heap, (len(state.jobs), rank))
        for rank, jobs in batches.items():
            self._post.send(rank, Kind.JOBS, pack_jobs(jobs))

    def _recall(self) -> None:
        """Ask busy ranks for what waits there, where others have nothing to do."""
        if self._waiting:
            return
        idle = sum(not state.jobs for state in self._ranks.values())
        idle -= sum(state.recalled is not None for state in self._ranks.values())
        if idle <= 0:
            return
        loaded = [
            (rank, state)
            for rank, state in self._ranks.items()
            if len(state.jobs) > 1 and state.recalled is None
        ]
        for rank, state in sorted(loaded, key=lambda pair: -len(pair[1].jobs))[:idle]:
            state.recalled = next(reversed(state.jobs))
            self._post.send(rank, Kind.RECALL, pack_number(state.recalled))

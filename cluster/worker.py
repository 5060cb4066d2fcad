"""What a worker rank does: passes jobs to its one child, and what they gave back.

The rank itself never runs user code, so that it answers whatever its child does.
"""

from __future__ import annotations

import math
import select
import time
from collections import deque

from cluster.devices import bind
from cluster.executor import Failure, FailureKind
from cluster.keeper import ChildKeeper, Job, JobEnd
from cluster.post import (
    BEAT_SECONDS,
    MANAGER,
    MAX_BODY_BYTES,
    Kind,
    Letter,
    Post,
    pack_end,
    pack_number,
    pack_unusable,
    unpack_hello,
    unpack_jobs,
    unpack_number,
)

#: how often letters are looked for, in seconds, by how long ago the last letter or
#: result was; a result wakes the worker up at any time
_NAPS = ((0.05, 0.001), (1.0, 0.01), (math.inf, 0.025))


class Worker:
    """One worker rank.

    Args:
        post: carries its letters.
    """

    def __init__(self, post: Post) -> None:
        self._post = post
        self._session = 0
        self._beat_seconds = math.inf
        self._keeper: ChildKeeper | None = None
        self._waiting: deque[Job] = deque()
        self._running: int | None = None
        self._stopped = False
        self._complete = False
        self._last_sent = time.monotonic()
        self._last_work = 0.0

    def serve(self) -> bool:
        """Work until the manager says STOP or is gone; whether no rank was lost."""
        try:
            while not self._stopped:
                self._turn()
        finally:
            self._close()
        return self._complete

    def _turn(self) -> None:
        letters = self._post.receive()
        for letter in letters:
            self._handle(letter)
        ended = self._pump()
        now = time.monotonic()
        if letters or ended:
            self._last_work = now
        if MANAGER in self._post.lost():
            self._stopped = True
        elif not self._stopped:
            if now - self._last_sent > min(BEAT_SECONDS, self._beat_seconds):
                self._send(Kind.ALIVE)
            self._sleep(now)

    def _send(self, kind: Kind, body: bytes = b"") -> None:
        self._post.send(MANAGER, kind, body)
        self._last_sent = time.monotonic()

    def _handle(self, letter: Letter) -> None:
        match letter.kind:
            case Kind.HELLO:
                self._close()
                self._session, environment, warm_up, beat = unpack_hello(letter.body)
                self._beat_seconds = beat
                environment = bind(self._post.local_worker, environment)
                self._keeper = ChildKeeper(environment, warm_up)
            case Kind.JOBS:
                self._waiting.extend(unpack_jobs(letter.body))
            case Kind.RECALL:
                number = unpack_number(letter.body)
                if self._take_waiting(number):
                    self._send(Kind.RETURNED, pack_number(number))
            case Kind.CANCEL:
                self._cancel(unpack_number(letter.body))
            case Kind.CLOSE:
                self._close()
            case Kind.STOP:
                self._stopped = True
                self._complete = bool(letter.body)
            case _:
                raise RuntimeError(f"a worker got {letter.kind!r} from {letter.source}")

    def _take_waiting(self, number: int) -> bool:
        for job in self._waiting:
            if job.number == number:
                self._waiting.remove(job)
                return True
        return False

    def _cancel(self, number: int) -> None:
        if self._take_waiting(number):
            failure = Failure(FailureKind.CANCELLED, "cancelled before its start")
            self._report(JobEnd(number, None, failure, 0.0))
        elif self._running == number and self._keeper is not None:
            self._report(self._keeper.pump() or self._keeper.end_job())

    def _report(self, end: JobEnd) -> None:
        if end.number == self._running:
            self._running = None
        if end.value is not None and len(end.value) > MAX_BODY_BYTES:
            detail = (
                f"expected a value of less than {MAX_BODY_BYTES} bytes, got "
                f"{len(end.value)} bytes: give back large data as files"
            )
            failure = Failure(FailureKind.RAISED, detail)
            end = JobEnd(end.number, None, failure, end.seconds)
        self._send(Kind.DONE, pack_end(end))

    def _pump(self) -> bool:
        if self._keeper is None:
            return False
        end = self._keeper.pump()
        if end is not None:
            self._report(end)
        if self._keeper.broken:
            # the manager gives its jobs to others
            self._send(Kind.UNUSABLE, pack_unusable(self._session, self._keeper.broken))
            self._close()
        elif self._waiting and not self._keeper.busy:
            job = self._waiting.popleft()
            self._running = job.number
            self._keeper.start(job)
        return end is not None

    def _sleep(self, now: float) -> None:
        ago = now - self._last_work
        nap = next(nap for limit, nap in _NAPS if ago < limit)
        if self._keeper is None:
            time.sleep(nap)
            return
        poll = select.poll()
        writing = select.POLLOUT if self._keeper.wants_write else 0
        poll.register(self._keeper.fileno(), select.POLLIN | writing)
        poll.poll(nap * 1000)

    def _close(self) -> None:
        if self._keeper is not None:
            self._keeper.close()
        self._keeper = None
        self._running = None
        self._waiting.clear()

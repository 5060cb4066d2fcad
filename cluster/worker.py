"""What a worker rank does: passes jobs to its one child, and what they gave back.

The rank itself never runs user code, so that it answers whatever its child does.
"""

from __future__ import annotations

import math
import select
import time
from collections import deque
from collections.abc import Callable

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
    pack_code,
    pack_ends,
    pack_number,
    pack_unusable,
    unpack_follow,
    unpack_hello,
    unpack_jobs,
    unpack_number,
)

#: jobs go to the child in batches of so many where the last so many were shorter each:
#: handing them over one by one would cost more than they do
_BATCH = 32
_KNOWN_LENGTHS = 16
_SHORT_SECONDS = 0.0005

#: a job of a batch that runs for longer does not keep those behind it
_LONG_SECONDS = 0.05

#: how long a child with a batch is left alone, in seconds
_BATCH_NAP = 0.001

#: values up to this size together go into one letter
_LETTER_BYTES = 1 << 20

#: how often letters are looked for, in seconds, by how long ago the last letter or
#: result was; a result wakes the worker up at any time
_NAPS = ((0.05, 0.001), (1.0, 0.01), (math.inf, 0.025))


class Worker:
    """One worker rank.

    Args:
        post: carries its letters.
        lead: what a manager of a group does, with the body of LEAD; gives an exit code.
    """

    def __init__(
        self, post: Post, lead: Callable[[bytearray], int] | None = None
    ) -> None:
        self._post = post
        self._lead = lead
        #: the rank that it works for, and all ranks that are no workers
        self.manager = MANAGER
        self._managers = frozenset((MANAGER,))
        self._session = 0
        self._beat_seconds = math.inf
        self._keeper: ChildKeeper | None = None
        self._waiting: deque[Job] = deque()
        self._ends: list[JobEnd] = []
        self._ends_bytes = 0
        #: lengths of the last jobs, in seconds
        self._lengths: deque[float] = deque(maxlen=_KNOWN_LENGTHS)
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
        lost = self._post.lost()
        if self.manager in lost:
            # of a group: rank 0 will say whom to work for
            self._close()
        if MANAGER in lost:
            self._stopped = True
        elif not self._stopped:
            if now - self._last_sent > min(BEAT_SECONDS, self._beat_seconds):
                self._send(Kind.ALIVE)
            self._sleep(now)

    def _send(self, kind: Kind, body: bytes = b"") -> None:
        self._post.send(self.manager, kind, body)
        self._last_sent = time.monotonic()

    def _handle(self, letter: Letter) -> None:
        if letter.source not in (MANAGER, self.manager):
            # of a group that it no longer belongs to
            return
        match letter.kind:
            case Kind.HELLO:
                self._close()
                self._session, environment, warm_up, beat = unpack_hello(letter.body)
                self._beat_seconds = beat
                place = self._post.local_worker(self._managers)
                environment = bind(place, environment)
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
            case Kind.FOLLOW:
                self._close()
                self.manager, self._managers = unpack_follow(letter.body)
                self._post.send(MANAGER, Kind.FOLLOWING)
            case Kind.LEAD if self._lead is not None:
                self._close()
                self._post.send(MANAGER, Kind.ENDED, pack_code(self._lead(letter.body)))
            case Kind.DRAIN:
                # its errand was done when this was sent, or before it came
                pass
            case _:
                raise RuntimeError(f"a worker got {letter.kind!r} from {letter.source}")

    def _take_waiting(self, number: int) -> bool:
        # some may have ended since the last turn
        self._take_ends()
        if self._keeper is not None and number in self._keeper.numbers[1:]:
            self._waiting.extendleft(reversed(self._keeper.give_back()))
        for job in self._waiting:
            if job.number == number:
                self._waiting.remove(job)
                return True
        return False

    def _cancel(self, number: int) -> None:
        if self._take_waiting(number):
            failure = Failure(FailureKind.CANCELLED, "cancelled before its start")
            self._report(JobEnd(number, None, failure, 0.0))
        elif self._keeper is not None and self._keeper.numbers[:1] == (number,):
            self._report(self._keeper.end_job())

    def _report(self, end: JobEnd) -> None:
        if end.value is not None and len(end.value) > MAX_BODY_BYTES:
            detail = (
                f"expected a value of less than {MAX_BODY_BYTES} bytes, got "
                f"{len(end.value)} bytes: give back large data as files"
            )
            failure = Failure(FailureKind.RAISED, detail)
            end = JobEnd(end.number, None, failure, end.seconds)
        size = 0 if end.value is None else len(end.value)
        if size > _LETTER_BYTES:
            self._send_ends()
        self._ends.append(end)
        self._ends_bytes += size
        if self._ends_bytes > _LETTER_BYTES:
            self._send_ends()

    def _send_ends(self) -> None:
        if self._ends:
            self._send(Kind.DONE, pack_ends(self._ends))
        self._ends, self._ends_bytes = [], 0

    def _take_ends(self) -> None:
        if self._keeper is not None:
            for end in self._keeper.pump():
                self._lengths.append(end.seconds)
                self._report(end)

    def _pump(self) -> bool:
        self._take_ends()
        ended = bool(self._ends)
        self._send_ends()
        if self._keeper is None:
            return ended
        if self._keeper.broken:
            # the manager gives its jobs to others
            self._send(Kind.UNUSABLE, pack_unusable(self._session, self._keeper.broken))
            self._close()
        elif self._keeper.running_seconds > _LONG_SECONDS:
            self._waiting.extendleft(reversed(self._keeper.give_back()))
        elif self._waiting and not self._keeper.busy:
            known = len(self._lengths) == _KNOWN_LENGTHS
            short = known and max(self._lengths) < _SHORT_SECONDS
            count = min(len(self._waiting), _BATCH if short else 1)
            self._keeper.start([self._waiting.popleft() for _ in range(count)])
        return ended

    def _sleep(self, now: float) -> None:
        ago = now - self._last_work
        nap = next(nap for limit, nap in _NAPS if ago < limit)
        if self._keeper is None:
            time.sleep(nap)
            return
        if len(self._keeper.numbers) > _BATCH // 2:
            # each of its replies would end the wait
            time.sleep(_BATCH_NAP)
            return
        poll = select.poll()
        writing = select.POLLOUT if self._keeper.wants_write else 0
        poll.register(self._keeper.fileno(), select.POLLIN | writing)
        poll.poll(nap * 1000)

    def _close(self) -> None:
        if self._keeper is not None:
            self._keeper.close()
        self._keeper = None
        self._waiting.clear()
        self._lengths.clear()
        self._ends, self._ends_bytes = [], 0

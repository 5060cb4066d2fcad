"""A cluster on a virtual clock: workers that fail, and a manager that takes its time.

Like `SimulatedExecutor`, but an event at a time: each worker takes the next request
that has reached it, may die or be taken away while it works, and the manager's own
seconds pass on the clock, so that workers wait for it where they would in earnest.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np

from cluster.executor import Completion, Failure, FailureKind
from cluster.simulate import SimulatedExecutor

_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class ClusterModel:
    """What a virtual cluster is like.

    Attributes:
        workers: at the beginning.
        failures: deaths of a worker in an hour of its life; it never comes back, as a
            rank under MPI does not.
        preemptions: times in an hour that a worker is taken away for a while.
        away_seconds: how long it then is.
        latency_seconds: of a message, each way.
        manager_seconds: that the manager takes for each record; None: those that this
            process takes, as measured.
        longest_first: of the requests that wait, the longest begins first, by seconds
            that nobody knows in earnest: the most that an order can give.
    """

    workers: int
    failures: float = 0.0
    preemptions: float = 0.0
    away_seconds: float = 600.0
    latency_seconds: float = 0.001
    manager_seconds: float | None = None
    longest_first: bool = False


class Spell(NamedTuple):
    """A stretch of one worker's time in which it worked.

    Attributes:
        worker: its number.
        begin: virtual seconds.
        end: of the work, or when the worker was lost with it.
        useful: whether it came to its end.
    """

    worker: int
    begin: float
    end: float
    useful: bool


class _What(IntEnum):
    """What happens to a worker; at the same time, in this order."""

    ENDS = 0
    RETURNS = 1
    DIES = 2
    LEAVES = 3


class _Job(NamedTuple):
    ticket: int
    value: Any
    failure: Failure | None
    seconds: float
    #: when it can reach a worker
    arrives: float


class VirtualCluster(SimulatedExecutor):
    """Workers on a virtual clock that a `ClusterModel` describes.

    **Limits** mean nothing: work is looked up, and its seconds are what it says.
    Requests are sent ahead as the real executors do, two for each worker.

    Args:
        model: of the cluster.
        seconds_of: how long work took, from its value.
        rng: draws failures and preemptions.

    Attributes:
        spells: every stretch of work so far, in the order of their ends.
        died: worker → virtual time at which it was gone for good.
        waited: virtual seconds times requests that waited for a worker.
        most_waiting: such requests, at most.
        batches: completions that each look of the manager has found, summed and counted
            and at most.
        manager_seconds: of the manager so far, charged to the clock.
        completed: records that it took in.
    """

    def __init__(
        self,
        model: ClusterModel,
        seconds_of: Callable[[Any], float],
        rng: np.random.Generator,
    ) -> None:
        super().__init__(model.workers, seconds_of)
        self.model = model
        self.spells: list[Spell] = []
        self.died: dict[int, float] = {}
        self.waited = 0.0
        self.most_waiting = 0
        self.batches = (0, 0, 0)
        self.manager_seconds = 0.0
        self.completed = 0
        self._rng = rng
        #: time, what, order, worker, and of which of the worker's spells
        self._events: list[tuple[float, int, int, int, int]] = []
        self._idle: dict[int, None] = dict.fromkeys(range(model.workers))
        self._away: set[int] = set()
        #: worker → its job, when that begins, and which of all it is
        self._at_work: dict[int, tuple[_Job, float, int]] = {}
        #: rank, order, job
        self._queue: list[tuple[float, int, _Job]] = []
        #: when it reaches the manager, order, completion
        self._inbox: list[tuple[float, int, Completion]] = []
        self._order = 0
        self._noted = 0.0
        #: CPU seconds of this thread when the manager's turn began; None: it has not
        self._turn: float | None = None
        self._not_manager = 0.0
        self._taken_in = 0
        for worker in range(model.workers):
            self._draw(worker, 0.0, _What.DIES, model.failures)
            self._draw(worker, 0.0, _What.LEAVES, model.preemptions)

    def begin(self) -> None:
        """From now on what this thread computes is the manager's time."""
        self._turn, self._not_manager = time.thread_time(), 0.0

    # What the loop calls -------------------------------------------------------------

    def submit_at(
        self, begin: float, ticket: int, function: Callable[[Any], Any], payload: Any
    ) -> None:
        """Hand work out at the manager's present time, whatever `begin` says.

        Args:
            begin: of no meaning here: a virtual cluster goes on with no earlier run.
            ticket: of the work.
            function: that is called; its own time is not the manager's.
            payload: with which it is called.
        """
        started = time.thread_time()
        value, failure, seconds = self._accepted(ticket, function, payload)
        now = self.clock.now() + self._spent(started)
        arrives = now + self.model.latency_seconds
        self._put(_Job(ticket, value, failure, seconds, arrives))
        while self._queue and self._idle:
            self._start(next(iter(self._idle)), arrives)
        self._not_manager += time.thread_time() - started

    def wait(self, timeout: float) -> list[Completion]:
        """What has reached the manager, with the clock where it is by now.

        The clock goes on by what the manager has taken since it was here last; when
        nothing waits for it then, to the next completion.
        """
        spent = self._spent(time.thread_time())
        self.manager_seconds += spent
        now = self.clock.now() + spent
        self.clock.advance(now)
        while self._events and self._events[0][0] <= now:
            self._happen()
        while self._tickets and self._events and not self._arrived(self._events[0][0]):
            self._happen()
        if self._inbox:
            self.clock.advance(self._inbox[0][0])
        found = []
        while self._arrived(self.clock.now()):
            found.append(heapq.heappop(self._inbox)[2])
        self._tickets.difference_update(done.ticket for done in found)
        self._taken_in = len(found)
        self.completed += len(found)
        total, looks, most = self.batches
        if found:
            self.batches = (total + len(found), looks + 1, max(most, len(found)))
        if self._turn is not None:
            self.begin()
        return found

    def cancel(self, ticket: int) -> None:
        """End one ticket at the present time, whether it runs or waits."""
        now = self.clock.now()
        failure = Failure(FailureKind.CANCELLED, "cancelled")
        for place, (_, _, job) in enumerate(self._queue):
            if job.ticket == ticket:
                del self._queue[place]
                heapq.heapify(self._queue)
                self._report(now, Completion(ticket, None, failure, 0.0, ""))
                return
        for worker, (job, begin, _) in list(self._at_work.items()):
            if job.ticket == ticket:
                del self._at_work[worker]
                seconds = self._spell(worker, begin, now, useful=False)
                done = Completion(ticket, None, failure, seconds, _name(worker))
                self._report(now, done)
                self._start(worker, now)

    @property
    def capacity(self) -> int:
        """Two a worker: one that runs and one that was sent ahead."""
        return 2 * self.workers

    @property
    def workers(self) -> int:
        """Those that live, also where they are away."""
        return self._workers - len(self.died)

    def close(self) -> None:
        """Forget what is unfinished."""
        super().close()
        for unfinished in (self._events, self._queue, self._inbox):
            unfinished.clear()

    # The manager's time --------------------------------------------------------------

    def _spent(self, now: float) -> float:
        """What the manager has taken since it was given completions."""
        if self.model.manager_seconds is not None:
            return self._taken_in * self.model.manager_seconds
        if self._turn is None:
            return 0.0
        return max(0.0, now - self._turn - self._not_manager)

    def _arrived(self, until: float) -> bool:
        return bool(self._inbox) and self._inbox[0][0] <= until

    # Workers -------------------------------------------------------------------------

    def _event(self, at: float, what: _What, worker: int, spell: int = 0) -> None:
        self._order += 1
        heapq.heappush(self._events, (at, what, self._order, worker, spell))

    def _draw(self, worker: int, now: float, what: _What, rate: float) -> None:
        """Draw when something will happen to a worker next, if it ever does."""
        if rate:
            self._event(now + self._rng.exponential(_HOUR / rate), what, worker)

    def _put(self, job: _Job) -> None:
        self._note(self.clock.now())
        self._order += 1
        rank = -job.seconds if self.model.longest_first else 0.0
        heapq.heappush(self._queue, (rank, self._order, job))

    def _note(self, now: float) -> None:
        """Add up how many requests have waited, and for how long."""
        waiting = len(self._queue)
        self.waited += waiting * max(0.0, now - self._noted)
        self._noted = max(self._noted, now)
        self.most_waiting = max(self.most_waiting, waiting)

    def _start(self, worker: int, now: float) -> None:
        """Let a worker begin what comes next; one without anything is idle."""
        self._note(now)
        if not self._queue:
            self._idle[worker] = None
            return
        self._idle.pop(worker, None)
        job = heapq.heappop(self._queue)[2]
        begin = max(now, job.arrives)
        self._event(begin + job.seconds, _What.ENDS, worker, self._order + 1)
        self._at_work[worker] = (job, begin, self._order)

    def _happen(self) -> None:
        """The next event."""
        at, what, _, worker, spell = heapq.heappop(self._events)
        if worker in self.died:
            return
        if what == _What.ENDS:
            # of one that was lost since, nothing ends
            if self._at_work.get(worker, (None, 0.0, 0))[2] == spell:
                self._end(worker, at)
        elif what == _What.RETURNS:
            self._away.discard(worker)
            self._draw(worker, at, _What.LEAVES, self.model.preemptions)
            self._start(worker, at)
        elif what == _What.DIES or worker not in self._away:
            self._lose(worker, at, what)

    def _end(self, worker: int, now: float) -> None:
        job, begin, _ = self._at_work.pop(worker)
        seconds = self._spell(worker, begin, now, useful=True)
        done = Completion(job.ticket, job.value, job.failure, seconds, _name(worker))
        self._report(now, done)
        self._start(worker, now)

    def _lose(self, worker: int, now: float, what: int) -> None:
        """A worker dies, or leaves for a while; its request fails as LOST."""
        if what == _What.DIES:
            self.died[worker] = now
        else:
            self._away.add(worker)
            self._event(now + self.model.away_seconds, _What.RETURNS, worker)
        self._idle.pop(worker, None)
        job, begin, _ = self._at_work.pop(worker, (None, 0.0, 0))
        if job is None:
            return
        if begin > now:
            # on its way: it goes to another
            self._put(job)
        else:
            why = "died" if what == _What.DIES else "was taken away"
            failure = Failure(FailureKind.LOST, f"{_name(worker)} {why}")
            seconds = self._spell(worker, begin, now, useful=False)
            self._report(
                now, Completion(job.ticket, None, failure, seconds, _name(worker))
            )
        if self._queue and self._idle:
            self._start(next(iter(self._idle)), now)

    def _spell(self, worker: int, begin: float, end: float, *, useful: bool) -> float:
        """Note a stretch of work; gives its seconds."""
        end = max(begin, end)
        self.spells.append(Spell(worker, begin, end, useful))
        return end - begin

    def _report(self, now: float, done: Completion) -> None:
        self._order += 1
        arrives = now + self.model.latency_seconds
        heapq.heappush(self._inbox, (arrives, self._order, done))


def _name(worker: int) -> str:
    return f"simulated-{worker + 1}"

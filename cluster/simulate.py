"""Workers on a virtual clock: what would have taken days is looked up in seconds.

Work runs at once in this process, and counts as long as its own value says. The clock
jumps from one completion to the next, so that asynchronous workers finish in the order
in which real ones would have.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Any

from cluster.executor import Completion, Executor, Failure, FailureKind, Limits
from evonas.errors import CallOrderError


class VirtualClock:
    """A clock that goes on only when it is told to; it begins at 0."""

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> float:
        """Virtual seconds since the beginning."""
        return self._now

    def advance(self, now: float) -> None:
        """Go on to a time; one that has passed changes nothing."""
        self._now = max(self._now, now)


class SimulatedExecutor(Executor):
    """Some workers on a virtual clock, all of them this process.

    **Limits** mean nothing: no work runs for longer than its lookup takes.

    Args:
        workers: that work at the same virtual time.
        seconds_of: how long work took, from its value.
    """

    def __init__(self, workers: int, seconds_of: Callable[[Any], float]) -> None:
        self._workers = workers
        self._seconds_of = seconds_of
        self.clock = VirtualClock()
        #: when each worker has done all that it was given
        self._free = [0.0] * workers
        #: end, order of submission, completion
        self._running: list[tuple[float, int, Completion]] = []
        self._tickets: set[int] = set()
        self._submitted = 0
        self._closed = False

    def submit(
        self, ticket: int, function: Callable[[Any], Any], payload: Any, limits: Limits
    ) -> None:
        """Run the call now; it completes when the clock has come to its end."""
        self.submit_at(self.clock.now(), ticket, function, payload)

    def submit_at(
        self, begin: float, ticket: int, function: Callable[[Any], Any], payload: Any
    ) -> None:
        """Like `submit`, for work that a worker has begun at some time.

        A run that goes on says so of what was under way when it stopped.

        Args:
            begin: virtual time at which it was given out.
            ticket: of the work.
            function: that is called.
            payload: with which it is called.
        """
        value, failure, seconds = self._accepted(ticket, function, payload)
        end = max(begin, heapq.heappop(self._free)) + seconds
        heapq.heappush(self._free, end)
        done = Completion(ticket, value, failure, seconds, "simulated")
        heapq.heappush(self._running, (end, self._submitted, done))
        self._submitted += 1

    def _accepted(
        self, ticket: int, function: Callable[[Any], Any], payload: Any
    ) -> tuple[Any, Failure | None, float]:
        """Call it at once: its value or failure, and the seconds that it is to take."""
        if self._closed:
            raise CallOrderError("submit after close: open another executor")
        if ticket in self._tickets:
            raise CallOrderError(
                f"ticket {ticket} is unfinished: wait for it, or use another number"
            )
        self._tickets.add(ticket)
        try:
            value = function(payload)
            return value, None, float(self._seconds_of(value))
        except (Exception, SystemExit) as error:
            return None, Failure.of(error), 0.0

    def wait(self, timeout: float) -> list[Completion]:
        """The completion that is next, with the clock at its time."""
        if not self._running:
            return []
        end, _, done = heapq.heappop(self._running)
        self.clock.advance(end)
        self._tickets.discard(done.ticket)
        return [done]

    def cancel(self, ticket: int) -> None:
        """End one ticket at the present time."""
        for place, (_, order, done) in enumerate(self._running):
            if done.ticket == ticket:
                failure = Failure(FailureKind.CANCELLED, "cancelled")
                ended = Completion(ticket, None, failure, 0.0, done.worker)
                self._running[place] = (self.clock.now(), order, ended)
                heapq.heapify(self._running)

    @property
    def capacity(self) -> int:
        """One ticket a worker: work that waits would be asked too early."""
        return self._workers

    @property
    def workers(self) -> int:
        """As many as it was made with."""
        return self._workers

    def close(self) -> None:
        """Forget completions that nobody waited for."""
        self._closed = True
        self._running.clear()

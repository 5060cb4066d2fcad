"""Runs work in child processes of this machine."""

from __future__ import annotations

import select
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from cluster.devices import bind
from cluster.executor import Completion, Executor, Failure, FailureKind, Limits
from cluster.keeper import TICK_SECONDS, ChildKeeper, Job, JobEnd
from cluster.wire import dump_call, load_value
from evonas.errors import CallOrderError, InputError, LostWorkerError


class ProcessExecutor(Executor):
    """Keeps `workers` warm children, each with one call at a time.

    Waiting tickets stay here in one queue until a child is free, so that none waits
    behind a long one. It has no threads: children are fed, and limits enforced, while
    the caller is in `submit` or `wait`. Its children die with the *thread* that made
    it (the kernel watches threads), so make it in one that lives as long as the work.

    Args:
        workers: how many children, at least 1.
        environment: variables for the children, such as `OMP_NUM_THREADS`.
        warm_up: `package.module:function` called once in every new child, or empty.
    """

    def __init__(
        self,
        workers: int,
        environment: Mapping[str, str] | None = None,
        warm_up: str = "",
    ) -> None:
        if workers < 1:
            raise InputError(
                f"expected at least 1 worker, got {workers}; "
                "without any, use the inline executor"
            )
        given = dict(environment or {})
        self._keepers = {
            f"process-{index + 1}": ChildKeeper(bind(index, given), warm_up)
            for index in range(workers)
        }
        self._waiting: deque[Job] = deque()
        self._unfinished: set[int] = set()
        self._finished: list[Completion] = []
        self._running: dict[int, str] = {}
        #: when the child that runs a ticket was given it
        self._given: dict[int, float] = {}
        self._broken = ""
        self._closed = False

    def submit(
        self, ticket: int, function: Callable[[Any], Any], payload: Any, limits: Limits
    ) -> None:
        """Queue one call, and start it if a child is free."""
        if self._closed:
            raise CallOrderError("submit after close: open another executor")
        if ticket in self._unfinished:
            raise CallOrderError(
                f"ticket {ticket} is unfinished: wait for it, or use another number"
            )
        self._require_workers()
        self._waiting.append(Job(ticket, dump_call(function, payload), limits))
        self._unfinished.add(ticket)
        self._dispatch()

    def wait(self, timeout: float) -> list[Completion]:
        """Completions so far, waiting at most `timeout` seconds for the first one."""
        deadline = time.monotonic() + timeout
        while True:
            self._pump()
            remaining = deadline - time.monotonic()
            if self._finished or not self._unfinished or remaining <= 0:
                break
            self._require_workers()
            self._sleep(min(remaining, TICK_SECONDS))
        finished, self._finished = self._finished, []
        self._unfinished.difference_update(done.ticket for done in finished)
        return finished

    def cancel(self, ticket: int) -> None:
        """End one ticket: take it from the queue, or kill the child that runs it."""
        for job in self._waiting:
            if job.number == ticket:
                self._waiting.remove(job)
                failure = Failure(FailureKind.CANCELLED, "cancelled before its start")
                self._finished.append(Completion(ticket, None, failure, 0.0, ""))
                return
        # it may have ended by itself since the last wait
        self._pump()
        worker = self._running.get(ticket)
        if worker is not None:
            self._finish(worker, self._keepers[worker].end_job())
            self._dispatch()

    @property
    def capacity(self) -> int:
        """Two a worker: one that runs and one that waits here to follow it."""
        return 2 * self.workers

    @property
    def workers(self) -> int:
        """Children that live or are being replaced."""
        return len(self._keepers)

    def close(self) -> None:
        """Kill every child and forget what was unfinished."""
        self._closed = True
        for keeper in self._keepers.values():
            keeper.close()
        self._keepers.clear()
        self._waiting.clear()
        self._unfinished.clear()
        self._running.clear()
        self._given.clear()
        self._finished.clear()

    def _require_workers(self) -> None:
        if not self._keepers and not self._closed:
            raise LostWorkerError(f"no worker is left: {self._broken}")

    def _dispatch(self) -> None:
        if not self._waiting:
            return
        for worker, keeper in self._keepers.items():
            if not keeper.busy:
                job = self._waiting.popleft()
                self._running[job.number] = worker
                self._given[job.number] = time.monotonic()
                keeper.start([job])
                if not self._waiting:
                    return

    def _pump(self) -> None:
        for worker, keeper in list(self._keepers.items()):
            for end in keeper.pump():
                self._finish(worker, end)
            if keeper.broken:
                self._retire(worker, keeper)
        self._dispatch()

    def _finish(self, worker: str, end: JobEnd) -> None:
        del self._running[end.number]
        held = time.monotonic() - self._given.pop(end.number)
        value, failure = load_value(end.value)
        failure = end.failure or failure
        waited = max(0.0, held - end.seconds)
        done = Completion(end.number, value, failure, end.seconds, worker, waited)
        self._finished.append(done)

    def _retire(self, worker: str, keeper: ChildKeeper) -> None:
        self._broken = keeper.broken
        del self._keepers[worker]
        jobs = keeper.take_back()
        keeper.close()
        for job in jobs:
            del self._running[job.number], self._given[job.number]
            self._waiting.appendleft(job)

    def _sleep(self, seconds: float) -> None:
        poll = select.poll()
        for keeper in self._keepers.values():
            writing = select.POLLOUT if keeper.wants_write else 0
            poll.register(keeper.fileno(), select.POLLIN | writing)
        poll.poll(seconds * 1000)

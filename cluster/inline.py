"""Runs work in the process that asks for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from cluster.executor import Completion, Executor, Failure, Limits
from evonas.errors import CallOrderError


class InlineExecutor(Executor):
    """Runs each call inside `submit`, for debugging, tables and tests.

    **Limits** cannot be enforced from within: what runs here runs to its end, and what
    kills its process kills the run. Use `ProcessExecutor` where that matters.
    """

    def __init__(self) -> None:
        self._finished: list[Completion] = []
        self._closed = False

    def submit(
        self, ticket: int, function: Callable[[Any], Any], payload: Any, limits: Limits
    ) -> None:
        """Run the call now; its completion waits for `wait`."""
        if self._closed:
            raise CallOrderError("submit after close: open another executor")
        if any(done.ticket == ticket for done in self._finished):
            raise CallOrderError(
                f"ticket {ticket} is unfinished: wait for it, or use another number"
            )
        start = time.perf_counter()
        value, failure = None, None
        try:
            value = function(payload)
        except (Exception, SystemExit) as error:
            failure = Failure.of(error)
        seconds = time.perf_counter() - start
        self._finished.append(Completion(ticket, value, failure, seconds, "inline"))

    def wait(self, timeout: float) -> list[Completion]:
        """Everything run since the last call, at once."""
        finished, self._finished = self._finished, []
        return finished

    def cancel(self, ticket: int) -> None:
        """Nothing to end: a submitted ticket is finished already."""

    @property
    def capacity(self) -> int:
        """One: a second ticket would only run before the first one's result is seen."""
        return 1

    @property
    def workers(self) -> int:
        """One, this process."""
        return 1

    def close(self) -> None:
        """Forget completions that nobody waited for."""
        self._closed = True
        self._finished.clear()

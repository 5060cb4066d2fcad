"""Handing a run over: to let go of one that another process asks for, and to ask."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from evonas.errors import RunDirectoryError
from evonas.storage import Journal, RunDirectory, RunLock

#: how long what is under way may go on when somebody asks for the run; the rest is
#: asked for again by the next one
DRAIN_SECONDS = 600.0
#: how long the next one waits: ending the workers takes time too
_PATIENCE_SECONDS = DRAIN_SECONDS + 120.0
#: how often the next one tries
_TRY_SECONDS = 0.5


class Handover:
    """The side that has the run.

    Args:
        directory: of the run.
    """

    def __init__(self, directory: RunDirectory) -> None:
        self._request = directory.handover()
        self._deadline: float | None = None

    def draining(self) -> str:
        """Why nothing may begin any more, or ""."""
        requester = self._request.requester()
        if requester is None or requester.is_this_process():
            self._deadline = None
            return ""
        if self._deadline is None:
            self._deadline = time.monotonic() + DRAIN_SECONDS
        return f"hand-over to {requester}"

    def overdue(self) -> str:
        """Why what is under way must end now, or ""."""
        reason = self.draining()
        if self._deadline is None or time.monotonic() < self._deadline:
            return ""
        return reason


class FencedJournal:
    """A journal that is written as long as this process holds the run.

    Args:
        journal: open.
        lock: of its run directory.
    """

    def __init__(self, journal: Journal, lock: RunLock) -> None:
        self._journal = journal
        self._lock = lock

    def append(self, event: str, payload: dict[str, Any]) -> int:
        """Write one event.

        Raises:
            RunDirectoryError: another process has taken the run.
        """
        self._lock.check()
        return self._journal.append(event, payload)


def take_over(directory: RunDirectory, stop: Callable[[], str]) -> RunLock:
    """Take the lock of a run, asking whoever has it to let go; gives it entered.

    Args:
        directory: of the run.
        stop: a reason to give up, or "".

    Raises:
        RunDirectoryError: it was not let go in time, or another process asks for it.
        KeyboardInterrupt: `stop` gave a reason.
    """
    lock = directory.lock()
    deadline = time.monotonic() + _PATIENCE_SECONDS
    with directory.handover().ask():
        while True:
            try:
                lock.__enter__()
            except RunDirectoryError:
                if time.monotonic() > deadline:
                    raise
            else:
                return lock
            if reason := stop():
                raise KeyboardInterrupt(reason)
            time.sleep(_TRY_SECONDS)

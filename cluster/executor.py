"""The one interface behind which work runs: inline, in processes, under MPI."""

from __future__ import annotations

import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class FailureKind(StrEnum):
    """Why a ticket has no value."""

    #: the function raised; `detail` is the full remote traceback
    RAISED = "raised"
    #: the process that ran it died; `detail` names the signal or exit status
    DIED = "died"
    #: it ran past `Limits.seconds` and was killed
    TIMED_OUT = "timed_out"
    #: it grew past `Limits.memory_bytes` and was killed, or raised MemoryError
    OUT_OF_MEMORY = "out_of_memory"
    #: its worker vanished; nothing is known about the work
    LOST = "lost"
    #: `cancel` or `close` ended it
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a ticket has no value, with what is known about it."""

    kind: FailureKind
    detail: str

    @classmethod
    def of(cls, error: BaseException) -> Failure:
        """What it means that a function raised this, with the full traceback.

        A MemoryError comes from a limit that the system holds (`ulimit -v`, the batch
        system), not from ours.
        """
        memory = isinstance(error, MemoryError)
        kind = FailureKind.OUT_OF_MEMORY if memory else FailureKind.RAISED
        return cls(kind, "".join(traceback.format_exception(error)))


@dataclass(frozen=True, slots=True)
class Limits:
    """What one ticket may use; None: no limit."""

    #: wall seconds, counted from its start on the worker
    seconds: float | None = None
    #: resident memory of the process that runs it
    memory_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    """What became of one ticket: a value, or a failure."""

    ticket: int
    value: Any
    failure: Failure | None
    #: wall seconds on the worker; of a lost one, those that it had the ticket
    seconds: float
    #: `inline`, `process-<n>`, `rank-<n>`, `simulated` or `simulated-<n>`
    worker: str
    #: wall seconds that the worker had the ticket, and no other before it, without
    #: working at it: messages, naps, waiting for the manager to look
    communication: float = 0.0


class Executor(ABC):
    """Runs functions on workers.

    **Tickets** are the caller's numbers and unique among the unfinished. **Every**
    submitted ticket completes exactly once, as a value or a failure, unless `close`
    comes first. Functions and payloads are picklable; functions are module-level.
    """

    @abstractmethod
    def submit(
        self, ticket: int, function: Callable[[Any], Any], payload: Any, limits: Limits
    ) -> None:
        """Queue one call of `function(payload)`; inline, it is done at return."""

    @abstractmethod
    def wait(self, timeout: float) -> list[Completion]:
        """Completions so far, waiting at most `timeout` seconds for the first one.

        An empty list means the time passed, or nothing is running.
        """

    @abstractmethod
    def cancel(self, ticket: int) -> None:
        """End one ticket; it completes as CANCELLED unless it was finished already."""

    @property
    @abstractmethod
    def capacity(self) -> int:
        """How many unfinished tickets keep every worker busy, read-ahead included."""

    @property
    @abstractmethod
    def workers(self) -> int:
        """How many workers are alive."""

    @abstractmethod
    def close(self) -> None:
        """End every worker, running work included, within a few seconds."""

    def __enter__(self) -> Executor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

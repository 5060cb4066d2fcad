"""When a session must stop: a signal, its wall time, the end of its batch job."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from cluster import StopSignal
from cluster.schedulers import default_reserve, job_seconds_left


class Stopping:
    """Tells whether to stop, and how long that will not be so.

    Args:
        signal: that may have come; None: there are no signals here.
        end: value of `time.monotonic` at which to stop.
        why: what ends then.
    """

    def __init__(self, signal: StopSignal | None, end: float, why: str) -> None:
        self._signal = signal
        self._end = end
        self._why = why

    def __call__(self) -> str:
        """The reason to stop, or "" while there is none."""
        if self._signal is not None and self._signal.requested:
            return self._signal.name
        return self._why if self.seconds_left() <= 0 else ""

    def seconds_left(self) -> float:
        """Until the wall time is over; infinite where there is none."""
        return self._end - time.monotonic()


@contextmanager
def stopping(
    wall_seconds: float | None = None, reserve_seconds: float | None = None
) -> Iterator[Stopping]:
    """Watch for signals and the time, as long as this is entered.

    Signals count where this is entered in the main thread; others never get any. A
    batch job ends by itself (see `cluster.schedulers.job_seconds_left`); whichever end
    comes first counts.

    Args:
        wall_seconds: after which to stop; None: never.
        reserve_seconds: before the end of a batch job at which to stop; None: a share
            of its time.
    """
    left, why = math.inf, ""
    if wall_seconds is not None:
        left, why = wall_seconds, "wall time"
    if (job := job_seconds_left()) is not None:
        job -= default_reserve(job) if reserve_seconds is None else reserve_seconds
        if job < left:
            left, why = job, "the end of its batch job"
    end = time.monotonic() + left
    main = threading.current_thread() is threading.main_thread()
    with StopSignal() if main else nullcontext() as signal:
        yield Stopping(signal, end, why)

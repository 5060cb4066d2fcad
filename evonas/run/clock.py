"""The loop's clock, given from outside so that tests and simulations can set it."""

from __future__ import annotations

import time
from typing import Protocol

from cluster import Executor, SimulatedExecutor


class Clock(Protocol):
    """Tells the time that budgets and accounting count in."""

    def now(self) -> float:
        """Seconds from an arbitrary origin; never goes back."""


class SystemClock:
    """The machine's monotonic clock: setting the date does not disturb a run."""

    def now(self) -> float:
        """Seconds since some point in the past."""
        return time.monotonic()


def clock_of(executor: Executor) -> Clock:
    """The clock that passes for workers: the machine's, unless they are simulated."""
    if isinstance(executor, SimulatedExecutor):
        return executor.clock
    return SystemClock()

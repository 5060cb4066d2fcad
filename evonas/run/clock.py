"""The loop's clock, given from outside so that tests and simulations can set it."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time that budgets and accounting count in."""

    def now(self) -> float:
        """Seconds from an arbitrary origin; never goes back."""


class SystemClock:
    """The machine's monotonic clock: setting the date does not disturb a run."""

    def now(self) -> float:
        """Seconds since some point in the past."""
        return time.monotonic()

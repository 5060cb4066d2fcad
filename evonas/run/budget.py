"""How much a search may use."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Budget:
    """Whichever is used up first ends the search; None: no limit of that kind.

    Attributes:
        evaluations: records of the search, failed networks included (they cost too);
            reissued requests count once.
        minutes: running time, summed over the sessions of a resumed run.
    """

    evaluations: int | None = None
    minutes: float | None = None

    def allowed(self, asked: int) -> int | None:
        """How many more requests may be asked after `asked`; None: any number."""
        return None if self.evaluations is None else max(0, self.evaluations - asked)

    def time_left(self, elapsed_seconds: float) -> float:
        """Seconds left of `minutes`."""
        if self.minutes is None:
            return float("inf")
        return self.minutes * 60 - elapsed_seconds

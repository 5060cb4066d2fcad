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
        epochs: over all of the training data, that all requests of the search add up
            to; one that failed counts in full. The request that reaches it is the last.
    """

    evaluations: int | None = None
    minutes: float | None = None
    epochs: float | None = None

    def allowed(self, asked: int, epochs: float) -> int | None:
        """How many requests may be asked at once; None: any number.

        Args:
            asked: requests so far.
            epochs: that they add up to.
        """
        left = None if self.evaluations is None else max(0, self.evaluations - asked)
        if self.epochs is None:
            return left
        # One by one: what a request adds is known when it is asked. The margin is for
        # sums that are equal but for rounding.
        more = int(epochs < self.epochs * (1 - 1e-9))
        return more if left is None else min(left, more)

    def time_left(self, elapsed_seconds: float) -> float:
        """Seconds left of `minutes`."""
        if self.minutes is None:
            return float("inf")
        return self.minutes * 60 - elapsed_seconds

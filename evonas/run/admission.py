"""Whether an evaluation may still begin: the end of the session, and a hand-over."""

from __future__ import annotations

import math
from collections.abc import Callable

from evonas.evaluation import Evaluator, Request
from evonas.run.accounting import Accounting

#: a session never leaves what needs more than this share of it to the next one, which
#: has no more time
FRESH = 0.9


def no_end() -> float:
    """The seconds left of a session that nothing ends."""
    return math.inf


class Admission:
    """Holds back what cannot end in the time that a session has left.

    How long an evaluation takes is what its evaluator predicts, or else what the
    slowest one so far took for the same effort, and never more than its time limit. The
    first one of a run is unknown, and begins. So does what does not fit into a whole
    session: waiting for another one would not help.

    Args:
        evaluator: may predict.
        accounting: knows the slowest one so far.
        seconds_left: until the session must stop.
        draining: why nothing may begin any more, or "".
        limit_seconds: hard limit of one evaluation; None: no limit.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        accounting: Accounting,
        *,
        seconds_left: Callable[[], float],
        draining: Callable[[], str],
        limit_seconds: float | None,
    ) -> None:
        self._evaluator = evaluator
        self._accounting = accounting
        self._seconds_left = seconds_left
        self._limit = math.inf if limit_seconds is None else limit_seconds
        self._whole = seconds_left()
        self.draining = draining

    def refusal(self, request: Request, waiting: int) -> str:
        """Why a request must not begin now; "" if it may.

        Full trainings are held back by a hand-over only: they go on from their
        checkpoint.

        Args:
            request: to be submitted.
            waiting: others that its worker does before.
        """
        if reason := self.draining():
            return reason
        if not request.searching:
            return ""
        seconds = self.expected_seconds(request)
        if seconds is None:
            return ""
        left = self._seconds_left()
        if left >= min(seconds * (1 + waiting), FRESH * self._whole):
            return ""
        return (
            f"wall time: an evaluation may take {seconds:.0f} s, and "
            f"{max(0, left):.0f} s are left"
        )

    def expected_seconds(self, request: Request) -> float | None:
        """How long an evaluation may take; None: nobody knows yet.

        Args:
            request: of the search.
        """
        seconds = self._evaluator.predicted_seconds(request)
        if seconds is None:
            slowest = self._accounting.slowest
            if slowest is None:
                return None
            seconds = slowest * request.effort * request.fidelity.epoch_cost
        return min(seconds, self._limit)

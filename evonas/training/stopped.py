"""A training that ends early, as an outcome."""

from __future__ import annotations

from evonas.evaluation import Outcome


class StoppedError(Exception):
    """A training that ended early, as an outcome.

    Args:
        outcome: what the record will say.
        reason: for people.
    """

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome

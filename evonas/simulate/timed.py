"""A strategy with a watch on it: how long it takes to ask and to learn."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from evonas.candidate import Candidate
from evonas.evaluation import Record, Request
from evonas.genome import Seed
from evonas.search import SearchStrategy
from evonas.space import ConstraintSet


class TimedStrategy(SearchStrategy):
    """Does what the inner strategy does.

    Args:
        inner: the strategy.

    Attributes:
        ask_seconds: of CPU time that it took to ask so far.
        tell_seconds: that it took to learn.
    """

    def __init__(self, inner: SearchStrategy) -> None:
        self._inner = inner
        self.ask_seconds = 0.0
        self.tell_seconds = 0.0

    def ask(self, count: int) -> list[Request]:
        """The inner strategy's requests."""
        begun = time.thread_time()
        try:
            return self._inner.ask(count)
        finally:
            self.ask_seconds += time.thread_time() - begun

    def tell(self, request: Request, record: Record) -> None:
        """Tell the inner strategy."""
        begun = time.thread_time()
        self._inner.tell(request, record)
        self.tell_seconds += time.thread_time() - begun

    def seed(self, seeds: Sequence[Seed]) -> None:
        """Hand them to the inner strategy."""
        self._inner.seed(seeds)

    def adopt(self, candidate: Candidate, record: Record) -> None:
        """Tell the inner strategy."""
        self._inner.adopt(candidate, record)

    def constrain(self, constraints: ConstraintSet) -> None:
        """Restrict the inner strategy."""
        self._inner.constrain(constraints)

    @property
    def done(self) -> bool:
        """Whether the inner strategy is."""
        return self._inner.done

    def state(self) -> dict[str, Any]:
        """That of the inner strategy."""
        return self._inner.state()

    def restore(self, state: Mapping[str, Any]) -> None:
        """Restore the inner strategy."""
        self._inner.restore(state)

    def progress(self) -> dict[str, float]:
        """That of the inner strategy."""
        return self._inner.progress()

    def report(self) -> dict[str, Any]:
        """That of the inner strategy."""
        return self._inner.report()

    @property
    def turning(self) -> bool:
        """When the inner strategy's space may change."""
        return self._inner.turning

    @property
    def cohort(self) -> int | None:
        """That of the inner strategy."""
        return self._inner.cohort

    @property
    def needed_weights(self) -> frozenset[str]:
        """Those of the inner strategy."""
        return self._inner.needed_weights

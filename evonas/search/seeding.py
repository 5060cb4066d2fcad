"""Seeds that wait to be asked, and what became of them."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from typing import Any

from evonas.errors import CallOrderError
from evonas.genome import Seed

#: where the origin of a request says which record its network comes from
SEED = "seed"
#: reasons of seeds that are not asked
UNLIKE = "nothing like it in the space"
NO_PLACE = "no place among the founders"


class SeedQueue:
    """Keeps the seeds of a search in their order, and counts."""

    def __init__(self) -> None:
        self._waiting: deque[Seed] = deque()
        self._asked = 0
        #: reason → seeds that were not asked
        self._skipped: Counter[str] = Counter()

    def __bool__(self) -> bool:
        """Whether one waits."""
        return bool(self._waiting)

    def add(self, seeds: Sequence[Seed], *, begun: bool) -> None:
        """Let seeds wait behind those that do.

        Args:
            seeds: the best first.
            begun: whether the search has asked anything.

        Raises:
            CallOrderError: it has.
        """
        if begun:
            raise CallOrderError(
                "seed: expected seeds before the first ask, got them after it; a run "
                "takes them at its start alone"
            )
        self._waiting.extend(seeds)

    def take(self) -> Seed:
        """The first of those that wait."""
        return self._waiting.popleft()

    def asked(self) -> None:
        """Count one that is asked."""
        self._asked += 1

    def skipped(self, reason: str) -> None:
        """Count one that is not.

        Args:
            reason: in words, for counting.
        """
        self._skipped[reason] += 1

    def report(self) -> dict[str, Any]:
        """How many were asked, and why others were not; empty: there were none."""
        if not (self._asked or self._skipped):
            return {}
        skipped = dict(sorted(self._skipped.items()))
        return {"seeds": {"asked": self._asked, "skipped": skipped}}

    def state(self) -> dict[str, Any]:
        """Plain JSON from which `restore` goes on."""
        return {
            "waiting": [seed.to_json() for seed in self._waiting],
            "asked": self._asked,
            "skipped": dict(self._skipped),
        }

    def restore(self, state: Mapping[str, Any] | None) -> None:
        """Take over a state written by `state`.

        Args:
            state: None: of a version without seeds.
        """
        state = state or {"waiting": [], "asked": 0, "skipped": {}}
        self._waiting = deque(Seed.from_json(one) for one in state["waiting"])
        self._asked = state["asked"]
        self._skipped = Counter(state["skipped"])


def newly(counts: Counter[str], before: Counter[str]) -> str:
    """The reason that was counted since; for seeds that are refused like any genome.

    Args:
        counts: reason → how often.
        before: the same, earlier.
    """
    return next(iter(counts - before), UNLIKE)

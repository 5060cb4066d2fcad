"""The networks of a search: queued, asked, tried, and what is known of each.

No candidate is queued twice in a run, whatever parts it was assembled from.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from evonas.candidate import Candidate
from evonas.evaluation import Fidelity, Request
from evonas.population import ENORMOUS
from evonas.search.credit import Tried
from evonas.search.drawing import Assembly


class Register:
    """Keeps every network from its assembly to its result.

    Args:
        latest: results that `tried` holds at most, the oldest go; None: any number.
    """

    def __init__(self, latest: int | None = None) -> None:
        #: results by which parts are judged: this generation's, or the latest ones
        self.tried: deque[Tried] = deque(maxlen=latest)
        #: requests numbered so far: queued or asked
        self.count = 0
        #: what a failed network counts: the lowest first objective of the run. Before
        #: anything has succeeded, less than all that can come
        self.worst = -ENORMOUS
        #: candidate key → its gains (None: it failed)
        self._known: dict[str, tuple[float, ...] | None] = {}
        #: without a result, queued or asked: request id → its parts
        self._pending: dict[int, Tried] = {}
        #: not asked yet
        self._queue: deque[Request] = deque()

    @property
    def queued(self) -> int:
        """Networks that can be asked now."""
        return len(self._queue)

    @property
    def pending(self) -> int:
        """Networks without a result, queued or asked."""
        return len(self._pending)

    @property
    def pending_keys(self) -> set[str]:
        """The candidate keys of these networks."""
        return {tried.key for tried in self._pending.values()}

    @property
    def pending_parts(self) -> set[int]:
        """The genome ids of all their parts."""
        return {part for tried in self._pending.values() for part in tried.parts}

    def knows(self, key: str) -> bool:
        """Whether a candidate has a result."""
        return key in self._known

    def queue(
        self,
        assembly: Assembly,
        fidelity: Fidelity,
        seed: int,
        origin: Mapping[str, Any],
    ) -> None:
        """Number a new network and put it at the end of the queue."""
        request = Request(self.count, assembly.candidate, fidelity, seed, origin=origin)
        self._pending[self.count] = assembly.tried(None)
        self._queue.append(request)
        self.count += 1

    def take(self, count: int) -> list[Request]:
        """At most `count` networks, the first queued first: they are asked."""
        return [self._queue.popleft() for _ in range(min(count, len(self._queue)))]

    def told(self, request_id: int, gains: tuple[float, ...] | None) -> bool:
        """Note an asked network's result; False when it was not asked or was told."""
        asked = self._pending.pop(request_id, None)
        if asked is None:
            return False
        self._learn(asked.key, gains)
        self.tried.append(replace(asked, gains=gains))
        return True

    def adopt(self, candidate: Candidate, gains: tuple[float, ...] | None) -> None:
        """Note the result of a candidate that was not asked, and will not be."""
        key = candidate.key()
        self._learn(key, gains)
        for tried in self.withdraw(lambda queued: queued.key == key):
            self.tried.append(replace(tried, gains=gains))

    def count_again(self, assembly: Assembly) -> None:
        """Let the known result of a network count for these parts too."""
        tried = assembly.tried(self._known[assembly.candidate.key()])
        if tried not in self.tried:
            self.tried.append(tried)

    def withdraw(self, unwanted: Callable[[Tried], bool]) -> list[Tried]:
        """Take networks out of the queue; the numbers of those behind move up."""
        queued = [(one, self._pending.pop(one.request_id)) for one in self._queue]
        self._queue.clear()
        self.count -= len(queued)
        withdrawn = []
        for request, tried in queued:
            if unwanted(tried):
                withdrawn.append(tried)
                continue
            self._pending[self.count] = tried
            self._queue.append(replace(request, request_id=self.count))
            self.count += 1
        return withdrawn

    def _learn(self, key: str, gains: tuple[float, ...] | None) -> None:
        if gains is not None:
            lowest = gains[0] if self.worst == -ENORMOUS else self.worst
            self.worst = min(lowest, gains[0])
        self._known[key] = gains

    def state(self) -> dict[str, Any]:
        """Plain JSON from which `restore` goes on."""
        return {
            "tried": [one.to_json() for one in self.tried],
            "count": self.count,
            "worst": self.worst,
            "known": [
                [key, None if gains is None else list(gains)]
                for key, gains in self._known.items()
            ],
            "pending": [[key, one.to_json()] for key, one in self._pending.items()],
            "queue": [request.to_json() for request in self._queue],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state written by `state`."""
        self.tried.clear()
        self.tried.extend(Tried.from_json(one) for one in state["tried"])
        self.count = state["count"]
        self.worst = state["worst"]
        self._known = {
            key: None if gains is None else tuple(gains)
            for key, gains in state["known"]
        }
        self._pending = {key: Tried.from_json(one) for key, one in state["pending"]}
        self._queue = deque(Request.from_json(one) for one in state["queue"])

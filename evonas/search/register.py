"""The networks of a search: queued, asked, tried, and what is known of each.

No candidate is queued twice in a run, whatever parts it was assembled from.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

from evonas.candidate import Candidate
from evonas.evaluation import Fidelity, Request
from evonas.population import ENORMOUS
from evonas.search.credit import Tried
from evonas.search.drawing import Assembly

N = TypeVar("N", int, str)


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
        #: candidate keys and genome ids of these, which are asked for at every draw:
        #: with thousands of workers there are thousands of them
        self.pending_keys: Counter[str] = Counter()
        self.pending_parts: Counter[int] = Counter()
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
        request = Request(
            self.count,
            assembly.candidate,
            fidelity,
            seed,
            purpose="audit" if assembly.audit else "search",
            origin=origin,
        )
        self._wait_for(self.count, assembly.tried(None))
        self._queue.append(request)
        self.count += 1

    @contextmanager
    def waiting(self, assembly: Assembly) -> Iterator[Container[int]]:
        """Gives the pending parts, those of a network not queued yet among them."""
        parts = assembly.tried(None).parts
        self.pending_parts.update(parts)
        yield self.pending_parts
        _take(self.pending_parts, parts)

    def take(self, count: int) -> list[Request]:
        """At most `count` networks, the first queued first: they are asked."""
        return [self._queue.popleft() for _ in range(min(count, len(self._queue)))]

    def told(self, request_id: int, gains: tuple[float, ...] | None) -> bool:
        """Note an asked network's result; False when it was not asked or was told."""
        if request_id not in self._pending:
            return False
        asked = self._no_longer(request_id)
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
        queued = [(one, self._no_longer(one.request_id)) for one in self._queue]
        self._queue.clear()
        self.count -= len(queued)
        withdrawn = []
        for request, tried in queued:
            if unwanted(tried):
                withdrawn.append(tried)
                continue
            self._wait_for(self.count, tried)
            self._queue.append(replace(request, request_id=self.count))
            self.count += 1
        return withdrawn

    def _wait_for(self, number: int, tried: Tried) -> None:
        self._pending[number] = tried
        self.pending_keys[tried.key] += 1
        self.pending_parts.update(tried.parts)

    def _no_longer(self, number: int) -> Tried:
        tried = self._pending.pop(number)
        _take(self.pending_keys, (tried.key,))
        _take(self.pending_parts, tried.parts)
        return tried

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
        for number in list(self._pending):
            self._no_longer(number)
        for number, one in state["pending"]:
            self._wait_for(number, Tried.from_json(one))
        self._queue = deque(Request.from_json(one) for one in state["queue"])


def _take(counts: Counter[N], names: Iterable[N]) -> None:
    """Count each name once less; those that are left none of go."""
    for name in names:
        counts[name] -= 1
        if not counts[name]:
            del counts[name]

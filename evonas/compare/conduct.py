"""Doing the runs that a comparison lacks, on whatever workers there are."""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

from cluster import Completion, Executor, FailureKind, InlineExecutor, Limits
from evonas.compare.contestants import Contestant
from evonas.compare.folder import ComparisonFolder
from evonas.compare.play import Job, play
from evonas.errors import InputError, LostWorkerError

#: longest wait for a run to end, so that signals are noticed
WAIT_SECONDS = 0.2
#: a search over a table takes seconds; one that takes this long hangs
TABLE_SECONDS = 3600.0
#: times a run whose worker died or vanished is begun
ATTEMPTS = 3

Place = tuple[Contestant, int]


class Observer(Protocol):
    """Whoever shows how far a comparison is."""

    def begun(self, total: int, done: int) -> None:
        """So many runs are wanted, and so many were there already."""

    def started(self, name: str, seed: int) -> None:
        """A run was handed to a worker."""

    def finished(self, name: str, seed: int, found: dict[str, Any]) -> None:
        """A run is done and written down."""

    def lost(self, name: str, seed: int, why: str) -> None:
        """A run's worker died; it is begun again."""


class Unwatched:
    """The observer of a comparison that nobody watches."""

    def begun(self, total: int, done: int) -> None:
        """Nothing to show."""

    def started(self, name: str, seed: int) -> None:
        """Nothing to show."""

    def finished(self, name: str, seed: int, found: dict[str, Any]) -> None:
        """Nothing to show."""

    def lost(self, name: str, seed: int, why: str) -> None:
        """Nothing to show."""


class Conductor:
    """Hands runs out and writes down what comes back.

    Args:
        folder: of the comparison, begun and locked.
        contestants: what is compared.
        executor: does the runs.
        stop: a reason to stop now, or "".
        observer: is told of every event.
    """

    def __init__(
        self,
        folder: ComparisonFolder,
        contestants: Sequence[Contestant],
        executor: Executor,
        stop: Callable[[], str],
        observer: Observer,
    ) -> None:
        self._folder = folder
        self._contestants = contestants
        self._executor = executor
        self._stop = stop
        self._observer = observer
        # only in this process can a run be told to stop; elsewhere it is ended
        inline = isinstance(executor, InlineExecutor)
        self._play = partial(play, stop=stop) if inline else play
        self._attempts: Counter[int] = Counter()

    def conduct(self, seeds: int) -> bool:
        """Do what is missing of seeds 0 up to `seeds`; False when it was stopped.

        Raises:
            InputError: a run cannot be done, by the user's fault.
            RuntimeError: a run has raised, with its traceback.
            LostWorkerError: no worker is left, or one run has cost several.
        """
        missing = self._missing(seeds)
        total = seeds * len(self._contestants)
        self._observer.begun(total, total - len(missing))
        waiting = deque(enumerate(missing))
        under_way: dict[int, Place] = {}
        while waiting or under_way:
            if self._stop():
                return False
            if not self._executor.workers:
                raise LostWorkerError(
                    "every worker is gone: expected at least one. Finished runs are "
                    "kept; give the same command again"
                )
            while waiting and len(under_way) < self._executor.capacity:
                ticket, place = waiting.popleft()
                under_way[ticket] = place
                self._submit(ticket, *place)
            for done in self._executor.wait(WAIT_SECONDS):
                place = under_way.pop(done.ticket)
                if not self._take(done, *place):
                    waiting.appendleft((done.ticket, place))
        return True

    def _missing(self, seeds: int) -> list[Place]:
        """Seed by seed, so that what is done so far can be compared."""
        done = {one.name: set(self._folder.finished(one)) for one in self._contestants}
        return [
            (one, seed)
            for seed in range(seeds)
            for one in self._contestants
            if seed not in done[one.name]
        ]

    def _submit(self, ticket: int, one: Contestant, seed: int) -> None:
        self._observer.started(one.name, seed)
        job = Job(
            one.name,
            json.dumps(one.resolved.config.to_json()),
            seed,
            self._folder.run_directory(one.name, seed).absolute(),
        )
        table = one.resolved.table is not None
        limits = Limits(seconds=TABLE_SECONDS if table else None)
        self._executor.submit(ticket, self._play, job, limits)

    def _take(self, done: Completion, one: Contestant, seed: int) -> bool:
        """Keep what a run has given; False when it must be done again."""
        failure = done.failure
        if failure is None:
            found: dict[str, Any] | None = done.value
            if found is None:
                return False
            if "complaint" in found:
                raise InputError(f"{one.name}, seed {seed}: {found['complaint']}")
            self._folder.keep(one, seed, found)
            self._observer.finished(one.name, seed, found)
            return True
        again = failure.kind in (FailureKind.DIED, FailureKind.LOST)
        self._attempts[done.ticket] += 1
        if again and self._attempts[done.ticket] < ATTEMPTS:
            self._observer.lost(one.name, seed, failure.detail)
            return False
        if again:
            raise LostWorkerError(
                f"{one.name}, seed {seed}: {ATTEMPTS} workers died with it (too little "
                f"memory?): {failure.detail}. Finished runs are kept; give the same "
                "command again with fewer --workers"
            )
        raise RuntimeError(
            f"{one.name}, seed {seed}: {failure.kind.value}: {failure.detail}"
        )

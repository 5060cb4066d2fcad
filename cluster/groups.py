"""Groups of ranks, each with a manager of its own; rank 0 starts them and looks on.

The ranks are not put into communicators of their own: where a rank may die, one over
all of them is trouble enough. A group is a list of rank numbers, and whoever is in none
follows rank 0.
"""

from __future__ import annotations

import itertools
import signal
import time
from collections.abc import Collection, Sequence

from cluster.post import (
    MANAGER,
    Kind,
    Letter,
    Post,
    pack_follow,
    pack_lead,
    unpack_code,
)
from evonas.errors import LostWorkerError

#: what the code of a group is whose manager was lost, as of a process that was killed
LOST = -signal.SIGKILL

#: how long ranks may take to answer that they follow
_ANSWER_SECONDS = 60.0
#: how long groups that were told to stop may take
_GRACE_SECONDS = 120.0
#: how often letters are looked for while waiting
_LOOK_SECONDS = 0.01
#: how often a group is told to stop: its manager may not have heard yet
_AGAIN_SECONDS = 1.0


class GroupPost(Post):
    """The post of a group's manager, to whom there are only the ranks of the group.

    What rank 0 says, and its loss, becomes a SIGUSR1 of this process, the signal that
    tells any manager to stop.

    Args:
        post: of this rank.
        workers: that work for it.
    """

    def __init__(self, post: Post, workers: Sequence[int]) -> None:
        self._post = post
        self._workers = tuple(workers)

    @property
    def rank(self) -> int:
        """The number of this rank in the job."""
        return self._post.rank

    @property
    def size(self) -> int:
        """How many ranks the job started with."""
        return self._post.size

    @property
    def workers(self) -> Sequence[int]:
        """Those of the group."""
        return self._workers

    def local_worker(self, managers: Collection[int]) -> int:
        """The number of this rank among the workers of its machine, from 0."""
        return self._post.local_worker(managers)

    def send(self, rank: int, kind: Kind, body: bytes = b"") -> None:
        """Send one letter."""
        self._post.send(rank, kind, body)

    def receive(self) -> list[Letter]:
        """Letters of the group; those of others are late, or rank 0's."""
        own = []
        stop = MANAGER in self._post.lost()
        for letter in self._post.receive():
            if letter.source in self._workers:
                own.append(letter)
            elif letter.kind in (Kind.DRAIN, Kind.STOP):
                stop = True
        if stop:
            signal.raise_signal(signal.SIGUSR1)
        return own

    def lost(self) -> frozenset[int]:
        """Ranks known to be dead."""
        return self._post.lost()


class Groups:
    """Runs errands side by side, each on a group of ranks; called by rank 0.

    A context manager that stops those that still run at its end and gives the ranks
    back. A group's first rank is its manager, and the others work for it.

    Args:
        post: of rank 0.
        errands: one for each group; `run_ranks` was given what carries them out.

    Raises:
        LostWorkerError: there are fewer than two ranks for each, or one is silent.
    """

    def __init__(self, post: Post, errands: Sequence[bytes]) -> None:
        self._post = post
        living = [rank for rank in post.workers if rank not in post.lost()]
        if len(living) < 2 * len(errands):
            raise LostWorkerError(
                f"expected {2 * len(errands)} ranks or more for {len(errands)} groups, "
                f"beside rank 0, got {len(living)} that are alive; resume with more"
            )
        self._groups = split(living, len(errands))
        self._codes: list[int | None] = [None] * len(errands)
        self._following: set[int] = set()
        self._stopping = False
        self._next_stop = 0.0
        managers = {MANAGER, *(group[0] for group in self._groups)}
        for manager, *workers in self._groups:
            for rank in workers:
                post.send(rank, Kind.FOLLOW, pack_follow(manager, managers))
        # A manager whose workers do not follow it yet would talk to the deaf.
        self._await_following()
        for group, errand in zip(self._groups, errands, strict=True):
            post.send(group[0], Kind.LEAD, pack_lead(group[1:], errand))

    @property
    def codes(self) -> list[int | None]:
        """The exit code of each; None: it runs. `LOST`: its manager is dead.

        Raises:
            RuntimeError: a rank failed by a fault of ours.
        """
        self._pump()
        return list(self._codes)

    def stop(self) -> None:
        """Tell those that run to stop in their own time."""
        self._stopping = True
        self._pump()

    def __enter__(self) -> Groups:
        return self

    def __exit__(self, *_: object) -> None:
        deadline = time.monotonic() + _GRACE_SECONDS
        while None in self.codes:
            self.stop()
            if time.monotonic() > deadline:
                busy = [
                    group[0]
                    for group, code in zip(self._groups, self._codes, strict=True)
                    if code is None
                ]
                raise LostWorkerError(
                    f"expected all groups to stop within {_GRACE_SECONDS:.0f} s, got "
                    f"none of it from their managers, ranks {busy}; nothing that they "
                    "had written is lost: resume"
                )
            time.sleep(_LOOK_SECONDS)
        home = pack_follow(MANAGER, (MANAGER,))
        for group in self._groups:
            for rank in group[1:]:
                self._post.send(rank, Kind.FOLLOW, home)

    def _await_following(self) -> None:
        wanted = {rank for group in self._groups for rank in group[1:]}
        deadline = time.monotonic() + _ANSWER_SECONDS
        while missing := wanted - self._following - self._post.lost():
            self._pump()
            if time.monotonic() > deadline:
                raise LostWorkerError(
                    f"expected every rank to answer within {_ANSWER_SECONDS:.0f} s, "
                    f"got nothing from {sorted(missing)}; look at their machines, then "
                    "resume"
                )
            time.sleep(_LOOK_SECONDS)

    def _pump(self) -> None:
        managers = [group[0] for group in self._groups]
        for letter in self._post.receive():
            if letter.kind is Kind.BROKEN:
                text = letter.body.decode(errors="replace")
                raise RuntimeError(f"rank {letter.source} failed:\n{text}")
            if letter.kind is Kind.FOLLOWING:
                self._following.add(letter.source)
            elif letter.kind is Kind.ENDED:
                code = unpack_code(letter.body)
                self._codes[managers.index(letter.source)] = code
        again = self._stopping and time.monotonic() >= self._next_stop
        for index, manager in enumerate(managers):
            if self._codes[index] is not None:
                continue
            if manager in self._post.lost():
                self._codes[index] = LOST
            elif again:
                self._post.send(manager, Kind.DRAIN)
        if again:
            self._next_stop = time.monotonic() + _AGAIN_SECONDS


def split(ranks: Sequence[int], count: int) -> list[list[int]]:
    """Ranks in groups of even sizes, neighbours together: they may share a machine."""
    ends = [len(ranks) * index // count for index in range(count + 1)]
    return [list(ranks[a:b]) for a, b in itertools.pairwise(ends)]

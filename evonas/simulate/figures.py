"""The figures of a simulated search: what its workers and its manager did."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from cluster.virtual import Spell, VirtualCluster


@dataclass(frozen=True, slots=True)
class Utilisation:
    """Shares of the workers' time spent on evaluations that came to their end.

    Attributes:
        whole: from the beginning to the last result.
        steady: from when the last worker had begun its first evaluation to when the
            last evaluation began, so without start and drain; None: some worker never
            had one.
        start_seconds: until every worker had begun.
        drain_seconds: from the last beginning to the last result.
    """

    whole: float
    steady: float | None
    start_seconds: float
    drain_seconds: float


@dataclass(frozen=True, slots=True)
class Figures:
    """One simulated search.

    Attributes:
        mode: of the strategy, `generational` or `asynchronous`; "": it has but one.
        workers: at the beginning.
        evaluations: records of the search.
        makespan: virtual seconds from the beginning to the last result.
        utilisation: of the workers.
        mean_seconds: of an evaluation that came to its end.
        waiting: requests that were sent ahead and waited for a worker, on average.
        most_waiting: such requests, at most.
        results: that waited for the manager when it looked, on average.
        most_results: at most.
        manager_ms: of the manager for a record, in milliseconds.
        ask_ms: that the strategy took to ask, for a record, as measured.
        tell_ms: that it took to learn.
        manager_busy: share of the makespan that the manager worked.
        limit_workers: from so many workers on the manager is busy all the time.
        lost: times that a worker was lost with its request.
        dead: workers that were gone for good at the end.
        ended: why the search ended.
        outcomes: how evaluations ended, lost attempts included.
    """

    mode: str
    workers: int
    evaluations: int
    makespan: float
    utilisation: Utilisation
    mean_seconds: float
    waiting: float
    most_waiting: int
    results: float
    most_results: int
    manager_ms: float
    ask_ms: float
    tell_ms: float
    manager_busy: float
    limit_workers: float | None
    lost: int
    dead: int
    ended: str
    outcomes: dict[str, int]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self)


def utilisation_of(
    spells: Iterable[Spell], workers: int, died: dict[int, float]
) -> Utilisation:
    """How much of the workers' time was useful.

    Args:
        spells: all stretches of work.
        workers: at the beginning.
        died: worker → when it was gone for good; its time ends there.
    """
    spells = list(spells)
    if not spells:
        return Utilisation(0.0, None, 0.0, 0.0)
    end = max(one.end for one in spells)
    last_begin = max(one.begin for one in spells)
    first: defaultdict[int, float] = defaultdict(lambda: end)
    for one in spells:
        first[one.worker] = min(first[one.worker], one.begin)
    # one that dies before its first evaluation keeps nobody from starting
    all_begun = all(n in first or n in died for n in range(workers))
    full = max(first.values())

    def share(low: float, high: float) -> float:
        useful = sum(
            max(0.0, min(one.end, high) - max(one.begin, low))
            for one in spells
            if one.useful
        )
        there = sum(
            max(0.0, min(died.get(n, high), high) - low) for n in range(workers)
        )
        return useful / there if there else 0.0

    steady = share(full, last_begin) if all_begun and last_begin > full else None
    return Utilisation(share(0.0, end), steady, full, end - last_begin)


def figures_of(
    cluster: VirtualCluster,
    *,
    mode: str,
    evaluations: int,
    ask_seconds: float,
    tell_seconds: float,
    ended: str,
    outcomes: dict[str, int],
) -> Figures:
    """The figures of a search that has ended.

    Args:
        cluster: it ran on.
        mode: of the strategy.
        evaluations: records of the search.
        ask_seconds: that the strategy took to ask.
        tell_seconds: that it took to learn.
        ended: why the search ended.
        outcomes: of its records.
    """
    useful = [one.end - one.begin for one in cluster.spells if one.useful]
    mean = sum(useful) / len(useful) if useful else 0.0
    records = max(1, cluster.completed)
    manager = cluster.manager_seconds / records
    now = cluster.clock.now()
    found, looks, most = cluster.batches
    return Figures(
        mode=mode,
        workers=cluster.model.workers,
        evaluations=evaluations,
        makespan=now,
        utilisation=utilisation_of(cluster.spells, cluster.model.workers, cluster.died),
        mean_seconds=mean,
        waiting=cluster.waited / now if now else 0.0,
        most_waiting=cluster.most_waiting,
        results=found / looks if looks else 0.0,
        most_results=most,
        manager_ms=1000 * manager,
        ask_ms=1000 * ask_seconds / records,
        tell_ms=1000 * tell_seconds / records,
        manager_busy=cluster.manager_seconds / now if now else 0.0,
        limit_workers=mean / manager if manager else None,
        lost=outcomes.get("lost", 0),
        dead=len(cluster.died),
        ended=ended,
        outcomes=outcomes,
    )

"""The incumbent's curve of one run: what was best after how much."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from evonas.build import Resolved
from evonas.errors import DataError
from evonas.run import Incumbent, RunState
from evonas.storage import Journal, RunDirectory
from evonas.tables import Table


class Point(NamedTuple):
    """The incumbent at one moment; incumbents are chosen by validation alone.

    Attributes:
        evaluations: finished so far.
        seconds: of the run's clock so far; virtual ones for a table.
        validation: what the search saw of it.
        test: its test metric; None: it was not tested, or the table has none.
        judged: what it counts in the comparison. Against a table its test metric, or
            its validation metric as the mean over all runs where there is no test; else
            `validation`.
    """

    evaluations: int
    seconds: float
    validation: float
    test: float | None
    judged: float


#: test metric of an incumbent, and what it counts
Judge = Callable[[Incumbent], tuple[float | None, float]]


class Watch:
    """Notes a run's improvements; the observer of a loop.

    A candidate that is evaluated again is no new one, and a luckier result of it is no
    improvement. What is finished after `limit_seconds` comes too late: it would be
    another budget.

    Args:
        metric: that validation reports.
        judge: tells what an incumbent is worth. Nothing of it reaches the search.
        limit_seconds: of the run's clock.
    """

    def __init__(
        self, metric: str, judge: Judge, limit_seconds: float = math.inf
    ) -> None:
        self._metric = metric
        self._judge = judge
        self._limit = limit_seconds
        #: candidate key and effort → the request that came first
        self._first: dict[tuple[str, float], int] = {}
        self._best: int | None = None
        self._evaluations, self._seconds = 0, 0.0
        #: one an improvement
        self.points: list[Point] = []

    @property
    def networks(self) -> int:
        """Different candidates that were evaluated; isomorphic ones are one."""
        return len({key for key, _ in self._first})

    def observe(self, event: str, state: RunState) -> None:
        """Take an event in, right after it took effect."""
        accounting, latest = state.accounting, state.latest
        if event == "stopped":
            self._seconds = min(self._limit, accounting.elapsed_seconds)
        if event != "told" or latest is None or not latest.request.searching:
            return
        if accounting.elapsed_seconds > self._limit:
            return
        self._evaluations = accounting.evaluations
        self._seconds = accounting.elapsed_seconds
        self._first.setdefault(_trained(latest), latest.record.request_id)
        best = state.incumbents.best
        if best is None or best.record.request_id == self._best:
            return
        if self._first[_trained(best)] == best.record.request_id:
            self._best = best.record.request_id
            test, judged = self._judge(best)
            validation = best.record.value(self._metric)
            self.points.append(
                Point(self._evaluations, self._seconds, validation, test, judged)
            )

    def ended(self) -> list[Point]:
        """The whole curve: an improvement each, and the end; empty without any."""
        if not self.points:
            return []
        end = self.points[-1]._replace(
            evaluations=self._evaluations, seconds=self._seconds
        )
        return [*self.points, end]


def _trained(found: Incumbent) -> tuple[str, float]:
    """A candidate and how long it was trained."""
    return found.record.candidate_key, found.record.fidelity.effort


def judge_by_table(table: Table, epochs: float) -> Judge:
    """What a table knows of an incumbent.

    Args:
        table: that was searched.
        epochs: length of the training whose result counts.
    """
    tested = table.best_test(epochs) is not None

    def judge(found: Incumbent) -> tuple[float | None, float]:
        cell = found.request.candidate.cell
        assert cell is not None  # a table evaluates nothing else
        test = table.test(cell.key(), epochs)
        mean = table.mean_validation(cell.key(), epochs)
        judged = test if tested else mean
        if judged is None or math.isnan(judged):
            raise DataError(
                f"{table.name}: expected a {'test' if tested else 'validation'} metric "
                f"of {cell.key()} after {epochs:g} epochs, got none; compare at "
                "another length (final.epochs)"
            )
        return test, judged

    return judge


def judge_by_validation(metric: str) -> Judge:
    """What the search itself knows: tests come once a run, at its end.

    Args:
        metric: that validation reports.
    """
    return lambda found: (None, found.record.value(metric))


def curve_of_run(directory: RunDirectory, resolved: Resolved) -> Watch:
    """The curve of an ordinary run, read from its journal.

    Raises:
        RunDirectoryError: the journal is damaged.
    """
    metric = resolved.objectives[0].metric
    watch = Watch(metric, judge_by_validation(metric))
    state = RunState(None, resolved.objectives)
    for event in Journal.read(directory.journal):
        where = f"{directory.journal}, line {event.n + 1}"
        state.replay(event.name, event.data, where)
        # what comes after the search has no part in its budget
        if event.name != "stopped":
            watch.observe(event.name, state)
    return watch

"""The loop: asks the strategy, hands work to the executor, journals, tells.

Every event is on disk before it has an effect. Killing the process between any two
statements loses no record and counts none twice.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any, Protocol

from cluster import Executor, Limits, SimulatedExecutor
from evonas.advice import Advisor, Revision
from evonas.errors import LostWorkerError, SpaceExhaustedError
from evonas.evaluation import Evaluator, Outcome, Record, Request
from evonas.population import Objective
from evonas.run.admission import Admission, no_end
from evonas.run.budget import Budget
from evonas.run.clock import Clock, clock_of
from evonas.run.completions import record_of
from evonas.run.edits import Edits
from evonas.run.known import Answers, Known
from evonas.run.ledger import now, opens_test
from evonas.run.migration import Migration
from evonas.run.state import RunState
from evonas.search import SearchStrategy

#: times a request whose worker vanished is issued again before it counts as crashed
ATTEMPTS = 3
#: longest wait for a completion, so that signals and budgets are noticed
WAIT_SECONDS = 0.2
#: how long an island that waits for others, and has nothing to do, sleeps
STAND_SECONDS = 0.02

_STUCK = (
    "the strategy asked for no network although none was under way and the budget was "
    "not used up; this is a fault of the strategy"
)


class EventLog(Protocol):
    """Where events go: a journal on disk, or nothing that lasts."""

    def append(self, event: str, payload: dict[str, Any]) -> int:
        """Write one event; it is safe when this returns."""


@dataclass(frozen=True, slots=True)
class Summary:
    """How a call of `run` ended.

    Attributes:
        reason: `budget` (used up), `done` (the strategy has nothing more to ask),
            `exhausted` (nothing new can be drawn from the space), `stuck` (the
            strategy asks nothing although it waits for nothing), or `stopped` (from
            outside; the run can go on).
        detail: the stop's own words, or why the space is exhausted or the search stuck.
        state: everything known at the end.
    """

    reason: str
    detail: str
    state: RunState

    @property
    def complete(self) -> bool:
        """Whether the search is over rather than interrupted."""
        return self.reason != "stopped"


class Loop:
    """Drives requests through an executor, event by event.

    Args:
        state: where the run stands; fresh, or rebuilt from its journal.
        evaluator: evaluates requests; picklable where the executor has processes.
        executor: runs them.
        journal: gets every event before it takes effect.
        clock: tells the time budgets count in.
        stop: called often; a reason to stop now, or "".
        observer: called after each event with its name and the state.
        limits: hard limits of one evaluation of the search.
        final_limits: hard limits of one final training.
        keep_weights: have every network's weights kept; whoever observes removes what
            is no use.
        seconds_left: until `stop` gives a reason; nothing begins that cannot end by
            then. Simulated work takes no time of it.
        draining: why nothing may begin any more although what runs may end, or "".
        migration: the exchange with other islands; None: this is no island.
        known: results that need no worker; None: there are none.
        edits: what a person makes of the space while it is searched; None: nothing.
    """

    def __init__(
        self,
        state: RunState,
        evaluator: Evaluator,
        executor: Executor,
        journal: EventLog,
        *,
        clock: Clock,
        stop: Callable[[], str],
        observer: Callable[[str, RunState], None],
        limits: Limits,
        final_limits: Limits = Limits(),
        keep_weights: bool = False,
        seconds_left: Callable[[], float] = no_end,
        draining: Callable[[], str] = str,
        migration: Migration | None = None,
        known: Known | None = None,
        edits: Edits | None = None,
    ) -> None:
        self.state = state
        self._evaluator = evaluator
        self._executor = executor
        self._journal = journal
        self._clock = clock
        self._stop = stop
        self._observer = observer
        self._limits = limits
        self._final_limits = final_limits
        self._keep_weights = keep_weights
        self._migration = migration
        self._edits = edits
        self._answers = Answers(known)
        self._origin = clock.now() - state.accounting.elapsed_seconds
        #: running seconds of the run when this session of it began
        self._began = state.accounting.elapsed_seconds
        self._in_flight: dict[int, Request] = {}
        simulated = isinstance(executor, SimulatedExecutor)
        self._admission = Admission(
            evaluator,
            state.accounting,
            seconds_left=no_end if simulated else seconds_left,
            draining=draining,
            limit_seconds=limits.seconds,
        )
        #: why something was held back in this turn, or ""
        self._held = ""
        #: refused by the advisor, to be journalled with the next requests
        self._refusals: list[dict[str, Any]] = []

    @property
    def elapsed(self) -> float:
        """Running seconds of the run, earlier sessions included."""
        return self._clock.now() - self._origin

    def search(self, budget: Budget) -> Summary:
        """Ask, evaluate and tell until the budget is spent or something ends it."""
        strategy = self.state.strategy
        assert strategy is not None
        asking, exhausted = True, ""
        #: records told when the strategy had nothing new last
        exhausted_at = -1
        while True:
            if stopped := self._stop():
                self._collect(0.0)
                return self._stopped("stopped", stopped)
            self._held = self._admission.draining()
            self._reissue(lambda request: request.searching)
            self._exchange()
            if self.elapsed >= (budget.minutes or math.inf) * 60:
                asking = False
            while asking and not self._held and (wanted := self._wanted(budget)) > 0:
                told = self.state.accounting.outcomes.total()
                if told == exhausted_at:
                    break
                self._revise()
                try:
                    requests, exhausted = strategy.ask(wanted), ""
                except SpaceExhaustedError as error:
                    # Trainings under way may still lead to others, so it is asked again
                    # after the next record. What it drew in vain has changed its state:
                    # a resumed run must draw it too.
                    requests, exhausted, exhausted_at = [], str(error), told
                    self._ask(requests, wanted)
                # What was refused in vain has changed its state, too.
                if not requests and not self._refused():
                    break
                self._ask(requests, wanted)
            if not self._in_flight:
                if self._held:
                    return self._stopped("stopped", self._held)
                if exhausted:
                    return self._stopped("exhausted", exhausted)
                if not asking or self._allowed(budget) == 0:
                    return self._stopped("budget", "")
                if strategy.done:
                    return self._stopped("done", "")
                if self._standing():
                    time.sleep(STAND_SECONDS)
                elif self._executor.capacity > 0:
                    return self._stopped("stuck", _STUCK)
            self._collect(WAIT_SECONDS)

    def gather(
        self, events: Iterable[tuple[str, dict[str, Any]]], reason: str, detail: str
    ) -> Summary:
        """Take over what islands have done; their time becomes this run's.

        Args:
            events: of their journals, with their payloads.
            reason: why their searches have ended, see `Summary`.
            detail: the same in words.
        """
        for name, payload in events:
            self._journal.append(name, payload)
            self.state.replay(name, payload, "")
        reached = self.state.accounting.elapsed_seconds
        if isinstance(self._executor, SimulatedExecutor):
            self._executor.clock.advance(reached)
        self._origin = self._clock.now() - reached
        return self._stopped(reason, detail, self.state.accounting.workers)

    def evaluate(
        self,
        requests: Sequence[Request],
        again: Collection[int] | None = None,
    ) -> Summary:
        """Evaluate requests that no strategy asked (final trainings), all of them.

        Args:
            requests: to ask for now.
            again: numbers of those that an earlier session has asked for, to be issued
                again; None: all final trainings that are open.
        """

        def wanted(request: Request) -> bool:
            if again is None:
                return request.purpose == "final"
            # its own too: they may be lost with their worker
            return request.request_id in numbers

        numbers = {*(again or ()), *(request.request_id for request in requests)}
        if requests:
            self._ask(list(requests), None)
        while True:
            if stopped := self._stop():
                self._collect(0.0)
                return self._stopped("stopped", stopped)
            self._held = ""
            self._reissue(wanted)
            if not self._in_flight:
                if self._held:
                    return self._stopped("stopped", self._held)
                return Summary("done", "", self.state)
            self._collect(WAIT_SECONDS)

    def _allowed(self, budget: Budget) -> int | None:
        return budget.allowed(self.state.asked_count, self.state.asked_epochs)

    def _wanted(self, budget: Budget) -> int:
        """How many requests to ask now, so that every worker has work."""
        room = self._executor.capacity - len(self._in_flight)
        limits = [self._allowed(budget)]
        if self._migration is not None:
            limits.append(self._migration.room(self.state))
        return min([room, *(one for one in limits if one is not None)])

    def _standing(self) -> bool:
        """Whether nothing may be asked before other islands' champions are there."""
        return self._migration is not None and self._migration.room(self.state) == 0

    def _exchange(self) -> None:
        """Send champions where it is time, and take in those that have come."""
        if self._migration is None:
            return
        self._migration.publish(self.state)
        while (payload := self._migration.arrived(self.state)) is not None:
            self._journal.append("adopted", payload)
            self.state.adopted(payload)
            self._observer("adopted", self.state)

    def _revise(self) -> None:
        """Let a person, or the advisor, change the space where that can be taken in."""
        assert self.state.strategy is not None
        if not self.state.strategy.turning:
            return
        with self._edits.waiting() if self._edits else nullcontext() as edit:
            if edit is not None:
                self._journal_revision("edited", edit)
                return
        advisor = self.state.advisor
        if advisor is not None and (revision := advisor.revise()) is not None:
            event = "refitted" if revision.constraints is None else "constrained"
            self._journal_revision(event, revision)

    def _refused(self) -> list[dict[str, Any]]:
        """What the advisor has refused and no event tells yet."""
        if self.state.advisor is not None:
            self._refusals += self.state.advisor.refusals()
        return self._refusals

    def _journal_revision(self, event: str, revision: Revision) -> None:
        payload = revision.to_json()
        # First taken over: a set that leaves nothing of the space is an error, and in
        # the journal it would be one at every resume.
        self.state.revised(payload)
        self._journal.append(event, payload)
        self._observer(event, self.state)

    def _ask(self, requests: list[Request], count: int | None) -> None:
        payload = {"count": count, "requests": [one.to_json() for one in requests]}
        if refused := self._refused():
            payload["refused"] = refused
            self._refusals = []
        self._journal.append("asked", payload)
        self.state.asked(requests)
        self._observer("asked", self.state)
        for request in requests:
            self._submit(request)

    def _reissue(self, wanted: Callable[[Request], bool]) -> None:
        """Hand out again what was asked and is not being worked on."""
        if len(self.state.outstanding) == len(self._in_flight):
            return
        for request in list(self.state.outstanding.values()):
            waiting = request.request_id not in self._in_flight
            if waiting and wanted(request):
                self._submit(request)

    def _submit(self, request: Request) -> None:
        """Hand a request out, unless it is held back: then it stays outstanding."""
        if self._answers.find(request):
            # It has its place among the others until its turn, as if a worker had it.
            self._in_flight[request.request_id] = request
            return
        waiting = len(self._in_flight) // max(1, self._executor.workers)
        if held := self._admission.refusal(request, waiting):
            self._held = held
            return
        self._in_flight[request.request_id] = request
        limits = self._limits if request.searching else self._final_limits
        if self._keep_weights:
            request = replace(request, keep_weights=True)
        work = self._evaluator.evaluate
        if isinstance(self._executor, SimulatedExecutor):
            # What was under way when a run stopped goes on from where it began.
            begin = self._origin + self.state.asked_at[request.request_id]
            self._executor.submit_at(begin, request.request_id, work, request)
        else:
            self._executor.submit(request.request_id, work, request, limits)

    def _collect(self, timeout: float) -> None:
        """Journal and tell what has completed; of known results one at a time.

        Then a strategy learns them one by one, as from a single worker.
        """
        if answer := self._answers.take():
            del self._in_flight[answer[0].request_id]
            self._tell(*answer, 0.0)
            timeout = 0.0
        for completion in self._executor.wait(timeout):
            request = self._in_flight.pop(completion.ticket, None)
            if request is None:
                continue
            record = record_of(request, completion)
            if record.outcome is Outcome.PREEMPTED:
                continue
            if (
                record.outcome is Outcome.LOST
                and self.state.lost[request.request_id] + 1 >= ATTEMPTS
            ):
                record = replace(
                    record,
                    outcome=Outcome.CRASHED,
                    error=f"{ATTEMPTS} workers were lost with it. {record.error}",
                )
            self._tell(request, record, completion.communication)
        if not self._executor.workers:
            raise LostWorkerError(
                "every worker is gone: expected at least one. The run can go on: "
                "`evonas resume` it with working ranks"
            )

    def _tell(self, request: Request, record: Record, communication: float) -> None:
        elapsed = self.elapsed
        workers = self._executor.workers
        payload = {"record": record.to_json(), "elapsed": elapsed, "workers": workers}
        payload |= {"communication": communication, "began": self._began}
        at = now() if opens_test(request, record) else ""
        if at:
            payload["tested_at"] = at
        self._journal.append("told", payload)
        self.state.accounting.passed(elapsed, workers)
        self.state.accounting.present(record, communication, self._began)
        self.state.told(request, record, at)
        self._observer("told", self.state)
        if request.searching:
            self._exchange()

    def _stopped(self, reason: str, detail: str, workers: int | None = None) -> Summary:
        elapsed = self.elapsed
        workers = self._executor.workers if workers is None else workers
        self.state.accounting.passed(elapsed, workers)
        payload = {"reason": reason, "elapsed": elapsed, "workers": workers}
        self._journal.append("stopped", payload | {"detail": detail})
        self.state.stopped, self.state.stopped_detail = reason, detail
        self._observer("stopped", self.state)
        return Summary(reason, detail, self.state)


def _ignore(_event: str, _state: RunState) -> None:
    """The observer of a run that nobody watches."""


def run(
    strategy: SearchStrategy,
    evaluator: Evaluator,
    executor: Executor,
    journal: EventLog,
    *,
    objectives: Sequence[Objective],
    budget: Budget,
    clock: Clock | None = None,
    advisor: Advisor | None = None,
    stop: Callable[[], str] = str,
    observer: Callable[[str, RunState], None] = _ignore,
    limits: Limits | None = None,
) -> Summary:
    """Search until the budget is spent, in one call.

    Args:
        strategy: proposes candidates.
        evaluator: evaluates them.
        executor: runs the evaluations.
        journal: gets every event before it takes effect.
        objectives: what the incumbents are chosen by.
        budget: when the search ends.
        clock: of budgets and accounting; by default the machine's monotonic one, or
            the virtual one of simulated workers.
        advisor: judges candidates in the strategy; observes records, may constrain the
            space.
        stop: a reason to stop now, or "" (the default, always).
        observer: called after each event with its name and the state.
        limits: hard limits of one evaluation.
    """
    loop = Loop(
        RunState(strategy, objectives, advisor),
        evaluator,
        executor,
        journal,
        clock=clock or clock_of(executor),
        stop=stop,
        observer=observer,
        limits=limits or Limits(),
    )
    return loop.search(budget)

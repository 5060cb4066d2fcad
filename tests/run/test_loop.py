"""The loop: events before effects, outcomes, budgets, stops."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from climbing import rung_of, scheduled, trained
from searching import TINY, TINY_SIZE, context
from synthetic import SyntheticEvaluator, strategy

from cluster import (
    Completion,
    Executor,
    Failure,
    FailureKind,
    InlineExecutor,
    Limits,
    ProcessExecutor,
)
from evonas.errors import LostWorkerError, SpaceExhaustedError
from evonas.evaluation import Evaluator, Outcome, Record, Request
from evonas.population import Objective
from evonas.run import Budget, RunState, Summary, result, run
from evonas.run.completions import record_of
from evonas.run.loop import ATTEMPTS
from evonas.search import RandomSearch, RandomSettings, SearchStrategy

OBJECTIVES = (Objective("validation_accuracy"),)


class Events:
    """A journal in memory."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, Any]]] = []

    def append(self, event: str, payload: dict[str, Any]) -> int:
        """Keep the event."""
        self.lines.append((event, payload))
        return len(self.lines)

    def named(self, name: str) -> list[dict[str, Any]]:
        """Payloads of one kind of event."""
        return [payload for event, payload in self.lines if event == name]


class Flaky(Executor):
    """Runs inline, but the first `lost` attempts of every ticket vanish."""

    def __init__(self, lost: int) -> None:
        self._inner = InlineExecutor()
        self._lost = lost
        self._attempts: dict[int, int] = {}
        self._gone: list[Completion] = []

    def submit(
        self, ticket: int, function: Callable[[Any], Any], payload: Any, limits: Limits
    ) -> None:
        """Lose the first attempts."""
        self._attempts[ticket] = self._attempts.get(ticket, 0) + 1
        if self._attempts[ticket] <= self._lost:
            failure = Failure(FailureKind.LOST, "rank 2 died")
            self._gone.append(Completion(ticket, None, failure, 0.0, "rank-2"))
        else:
            self._inner.submit(ticket, function, payload, limits)

    def wait(self, timeout: float) -> list[Completion]:
        """What vanished, then what was done."""
        gone, self._gone = self._gone, []
        return gone + self._inner.wait(0.0)

    def cancel(self, ticket: int) -> None:
        """Nothing runs in between."""

    @property
    def capacity(self) -> int:
        """One at a time."""
        return 1

    @property
    def workers(self) -> int:
        """One."""
        return 1

    def close(self) -> None:
        """Close the inner one."""
        self._inner.close()


def search(
    events: Events,
    evaluator: Evaluator | None = None,
    executor: Executor | None = None,
    **more: Any,
) -> Summary:
    """A short search with an inline executor."""
    return run(
        strategy(),
        evaluator or SyntheticEvaluator(),
        executor or InlineExecutor(),
        events,
        objectives=OBJECTIVES,
        **{"budget": Budget(20), **more},
    )


def test_every_request_is_journalled_before_it_is_told_and_told_once() -> None:
    """The journal alone says what happened, in an order that can be replayed."""
    events = Events()
    summary = search(events)
    assert summary.reason == "budget"
    asked: set[int] = set()
    told: list[int] = []
    for event, payload in events.lines:
        if event == "asked":
            asked |= {request["request_id"] for request in payload["requests"]}
        if event == "told":
            assert payload["record"]["request_id"] in asked
            told.append(payload["record"]["request_id"])
    assert sorted(told) == list(range(20))
    assert events.lines[-1][0] == "stopped"
    assert summary.state.accounting.evaluations == 20


def test_the_best_of_the_journal_is_the_incumbent() -> None:
    """The incumbent is the record with the highest validation value."""
    events = Events()
    best = search(events).state.incumbents.best
    values = [
        payload["record"]["metrics"]["validation_accuracy"]
        for payload in events.named("told")
    ]
    assert best is not None
    assert best.record.metrics["validation_accuracy"] == max(values)


def test_failed_networks_are_data() -> None:
    """A diverged network counts as an evaluation and the search goes on."""
    events = Events()
    summary = search(events, SyntheticEvaluator(fail_every=3))
    assert summary.state.accounting.outcomes["diverged"] == 7
    assert summary.state.accounting.evaluations == 20


def test_a_lost_request_is_issued_again_and_counted_once() -> None:
    """Losing a worker costs an attempt, never a record."""
    events = Events()
    summary = search(events, executor=Flaky(1))
    assert summary.state.accounting.outcomes == {"lost": 20, "ok": 20}
    assert summary.state.accounting.evaluations == 20


def test_every_lost_worker_is_told_in_the_result_also_after_a_resume() -> None:
    """Who was lost, with which request, when and what is known; in a state too."""
    summary = search(Events(), executor=Flaky(1), budget=Budget(3))
    losses = summary.state.losses
    assert sorted(one.id for one in losses) == [0, 1, 2]
    assert {(one.worker, one.reason) for one in losses} == {("rank-2", "rank 2 died")}
    again = RunState(None, summary.state.incumbents.objectives)
    again.restore({**json.loads(json.dumps(summary.state.state())), "strategy": None})
    assert again.losses == losses
    told = result(again, seed=0, finished=True, exported=None)["lost"]
    assert [one["id"] for one in told] == [one.id for one in losses]


def test_a_request_that_kills_every_worker_ends_as_crashed() -> None:
    """After `ATTEMPTS` lost workers the request itself is to blame."""
    events = Events()
    summary = search(events, executor=Flaky(ATTEMPTS), budget=Budget(3))
    assert summary.state.accounting.outcomes["crashed"] == 3
    last = events.named("told")[-1]["record"]
    assert "3 workers were lost with it. rank 2 died" in last["error"]


def test_no_worker_left_is_an_error_that_names_resume() -> None:
    """Waiting for nobody would never end."""

    class Empty(Flaky):
        @property
        def workers(self) -> int:
            return 0

    with pytest.raises(LostWorkerError, match="evonas resume"):
        search(Events(), executor=Empty(0))


def test_a_stop_leaves_the_rest_asked_and_resumable() -> None:
    """A signal ends the loop between two records."""
    events = Events()

    def stop() -> str:
        return "SIGTERM" if len(events.named("told")) >= 5 else ""

    summary = search(events, stop=stop)
    assert (summary.reason, summary.detail) == ("stopped", "SIGTERM")
    assert not summary.complete
    assert events.named("stopped")[-1]["detail"] == "SIGTERM"
    assert len(events.named("told")) < 20


def test_a_budget_in_minutes_counts_the_clock_it_is_given() -> None:
    """No candidate is asked after the time is up; those under way are told."""

    class Steps:
        seconds = 0.0

        def now(self) -> float:
            self.seconds += 1.0
            return self.seconds

    events = Events()
    summary = search(events, budget=Budget(minutes=1), clock=Steps())
    assert summary.reason == "budget"
    told = len(events.named("told"))
    asked = sum(len(event["requests"]) for event in events.named("asked"))
    assert 5 < told < 60
    assert told == asked


@pytest.mark.parametrize(("done", "reason"), [(True, "done"), (False, "stuck")])
def test_a_strategy_that_asks_nothing_more_is_not_a_spent_budget(
    monkeypatch: pytest.MonkeyPatch, done: bool, reason: str
) -> None:
    """Whether it says that it is through, or just asks nothing."""
    one = strategy()
    real = one.ask
    monkeypatch.setattr(one, "ask", lambda count: real(count) if one._told < 4 else [])
    monkeypatch.setattr(type(one), "done", property(lambda one: done and one._told > 3))
    events = Events()
    summary = run(
        one,
        SyntheticEvaluator(),
        InlineExecutor(),
        events,
        objectives=OBJECTIVES,
        budget=Budget(20),
    )
    assert summary.reason == events.named("stopped")[-1]["reason"] == reason
    assert summary.complete
    assert ("asked for no network" in summary.detail) == (reason == "stuck")
    assert len(events.named("told")) == 4


def request_and_record() -> tuple[Request, Record]:
    """Any request with its record."""
    request = strategy().ask(1)[0]
    return request, SyntheticEvaluator().evaluate(request)


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        (FailureKind.RAISED, Outcome.CRASHED),
        (FailureKind.DIED, Outcome.CRASHED),
        (FailureKind.TIMED_OUT, Outcome.TIMED_OUT),
        (FailureKind.OUT_OF_MEMORY, Outcome.OUT_OF_MEMORY),
        (FailureKind.LOST, Outcome.LOST),
        (FailureKind.CANCELLED, Outcome.PREEMPTED),
    ],
)
def test_every_failure_has_its_outcome(kind: FailureKind, outcome: Outcome) -> None:
    """What an executor reports becomes a record with the same words."""
    request, _ = request_and_record()
    completion = Completion(0, None, Failure(kind, "why"), 1.5, "process-1")
    record = record_of(request, completion)
    assert (record.outcome, record.error) == (outcome, "why")
    assert (record.seconds, record.worker) == (1.5, "process-1")


def test_nonsense_from_a_users_evaluator_is_an_outcome() -> None:
    """Whatever `evaluate` returns, the run goes on and says what was wrong."""
    request, good = request_and_record()
    for value, outcome, words in (
        (None, Outcome.CRASHED, "expected evonas.evaluation.Record, got NoneType"),
        (good.at(request_id=7), Outcome.CRASHED, "record of another request"),
        (good.at(metrics={"a": float("nan")}), Outcome.DIVERGED, "metric a is nan"),
        (good.at(metrics={"a": "x"}), Outcome.DIVERGED, "metric a is 'x'"),
    ):
        record = record_of(request, Completion(0, value, None, 0.1, "inline"))
        assert record.outcome is outcome
        assert words in record.error


def test_utilisation_is_the_share_of_busy_worker_time() -> None:
    """Sleeping evaluations inline keep the one worker busy nearly all the time."""
    seen: list[tuple[str, int]] = []

    def observer(event: str, state: RunState) -> None:
        seen.append((event, state.accounting.evaluations))

    started = time.monotonic()
    summary = search(
        Events(),
        SyntheticEvaluator(seconds=0.05),
        budget=Budget(8),
        observer=observer,
    )
    wall = time.monotonic() - started
    accounting = summary.state.accounting
    assert 0.4 <= sum(accounting.busy_seconds.values()) <= wall
    assert 0.5 < accounting.utilisation <= 1.0
    assert [count for event, count in seen if event == "told"] == list(range(1, 9))


@dataclass(frozen=True)
class Climbing(Evaluator):
    """Networks that learn at their own pace."""

    def evaluate(self, request: Request) -> Record:
        """Made up."""
        return trained(request)


@pytest.mark.parametrize("scheduler", ["successive_halving", "asha"])
@pytest.mark.parametrize("workers", [0, 3])
def test_a_space_that_is_used_up_does_not_cut_trainings_short(
    scheduler: str, workers: int
) -> None:
    """Whoever may go on does, and a replay of the journal ends in the same state."""

    def made() -> SearchStrategy:
        return scheduled(scheduler, space=TINY, audit_share=0.0)

    events, strategy = Events(), made()
    with ProcessExecutor(workers) if workers else InlineExecutor() as executor:
        summary = run(
            strategy,
            Climbing(),
            executor,
            events,
            objectives=OBJECTIVES,
            budget=Budget(100),
        )
    assert summary.reason == "exhausted"
    assert "asked before" in summary.detail
    requests = [
        Request.from_json(data)
        for event in events.named("asked")
        for data in event["requests"]
    ]
    at = Counter(rung_of(request) for request in requests)
    assert TINY_SIZE / 2 <= at[0] <= TINY_SIZE
    assert at[1] >= at[0] // 3
    again = RunState(made(), OBJECTIVES)
    for number, (name, payload) in enumerate(events.lines):
        again.replay(name, json.loads(json.dumps(payload)), f"line {number}")
    assert again.state() == summary.state.state()


class Late(Flaky):
    """Two workers, of whom nothing is heard for a while."""

    waits = 0

    @property
    def capacity(self) -> int:
        """Two at a time."""
        return 2

    def wait(self, timeout: float) -> list[Completion]:
        """Nothing at first."""
        self.waits += 1
        return super().wait(timeout) if self.waits > 5 else []


def test_a_strategy_with_nothing_new_is_asked_again_after_the_next_record() -> None:
    """Not in between: drawing in vain takes time."""
    asks: list[int] = []

    class Single(RandomSearch):
        def ask(self, count: int) -> list[Request]:
            asks.append(count)
            if len(asks) > 1:
                raise SpaceExhaustedError("that was all")
            return super().ask(1)

    summary = run(
        Single(RandomSettings(), context()),
        Climbing(),
        Late(0),
        Events(),
        objectives=OBJECTIVES,
        budget=Budget(9),
    )
    assert (summary.reason, summary.detail) == ("exhausted", "that was all")
    assert asks == [2, 1, 2]


@pytest.mark.parametrize(
    ("budget", "asked", "epochs", "allowed"),
    [
        (Budget(), 7, 7.0, None),
        (Budget(10), 7, 7.0, 3),
        (Budget(epochs=9.0), 7, 7.0, 1),
        (Budget(10, epochs=9.0), 10, 7.0, 0),
        (Budget(10, epochs=0.3), 7, 0.1 + 0.2 - 1e-17, 0),
        (Budget(epochs=9.0), 7, 11.0, 0),
    ],
)
def test_what_a_budget_still_allows(
    budget: Budget, asked: int, epochs: float, allowed: int | None
) -> None:
    """In epochs one request at a time, as what each adds is not known before."""
    assert budget.allowed(asked, epochs) == allowed

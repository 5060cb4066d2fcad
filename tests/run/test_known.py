"""Results that are known already: what they answer, and that nothing else changes."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from synthetic import SyntheticEvaluator, strategy

from cluster import Completion, Executor, InlineExecutor, Limits
from evonas.evaluation import Evaluator, Fidelity, Record, Request
from evonas.population import Objective
from evonas.run import Budget, Finish, Plan, RunState, Session
from evonas.run.known import Answers, is_plain
from evonas.storage import Journal, RunDirectory

EVALUATIONS = 15
MODES = ("generational", "asynchronous")


class Wide(Executor):
    """Four workers that give nothing back before all are busy, the last one first."""

    def __init__(self) -> None:
        self._inner = InlineExecutor()
        self._done: list[Completion] = []

    def submit(
        self, ticket: int, function: Callable[[Any], Any], payload: Any, limits: Limits
    ) -> None:
        """Do it now, and keep it."""
        self._inner.submit(ticket, function, payload, limits)
        self._done += self._inner.wait(0.0)

    def wait(self, timeout: float) -> list[Completion]:
        """The newest one, unless somebody is to be asked before."""
        if timeout == 0 and len(self._done) < self.capacity:
            return []
        return [self._done.pop()] if self._done else []

    def cancel(self, ticket: int) -> None:
        """Nothing runs in between."""

    @property
    def capacity(self) -> int:
        """Four at a time."""
        return 4

    @property
    def workers(self) -> int:
        """Four."""
        return 4

    def close(self) -> None:
        """Close the inner one."""
        self._inner.close()


class Counting(Evaluator):
    """Evaluates, and remembers what."""

    def __init__(self) -> None:
        self.evaluated: list[int] = []

    def evaluate(self, request: Request) -> Record:
        """The synthetic fitness."""
        if request.searching:
            self.evaluated.append(request.request_id)
        return SyntheticEvaluator().evaluate(request)


class Knowing:
    """Knows the results of some requests.

    Args:
        numbers: of these; None: of all.
    """

    def __init__(self, numbers: Collection[int] | None = None) -> None:
        self.numbers = numbers
        self.asked: list[int] = []

    def __call__(self, request: Request) -> Record | None:
        """What an evaluation would give."""
        self.asked.append(request.request_id)
        if self.numbers is not None and request.request_id not in self.numbers:
            return None
        record = SyntheticEvaluator().evaluate(request)
        return record.at(seconds=7200.0, worker="database", reused="abc")


def session(
    path: Path,
    known: Knowing | None,
    executor: Executor | None = None,
    mode: str = "generational",
    **more: Any,
) -> tuple[Finish, Counting]:
    """Start or resume the run in `path`."""
    if not path.exists():
        RunDirectory.create(path, "seed: 0\n")
    evaluator = Counting()
    stop = more.pop("stop", str)
    fields: dict[str, Any] = {
        "strategy": strategy(mode=mode),
        "evaluator": evaluator,
        "objectives": (Objective("validation_accuracy"),),
        "budget": Budget(EVALUATIONS),
        "final": Fidelity(3.0),
        "seed": 0,
        "config_digest": "abc",
        "known": known,
    }
    plan = Plan(**{**fields, **more})
    with (
        executor or InlineExecutor() as workers,
        Session(RunDirectory.open(path), plan, workers, stop=stop) as one,
    ):
        return one.run(), evaluator


def records(path: Path) -> list[tuple[Any, ...]]:
    """What was found, in the order of requests."""
    told = [
        event.data["record"]
        for event in Journal.read(path / "journal.jsonl")
        if event.name == "told"
    ]
    return sorted(
        (one["request_id"], one["candidate_key"], one["outcome"], str(one["metrics"]))
        for one in told
    )


@pytest.fixture(scope="module", params=MODES)
def undisturbed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path]:
    """A mode, and a run of it that knows nothing."""
    path = tmp_path_factory.mktemp(request.param) / "run"
    finish, evaluator = session(path, None, mode=request.param)
    assert finish.finished
    assert len(evaluator.evaluated) == EVALUATIONS
    return request.param, path


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(known=st.sets(st.integers(0, EVALUATIONS - 1)))
def test_one_worker_finds_the_same_whatever_is_known(
    undisturbed: tuple[str, Path],
    tmp_path_factory: pytest.TempPathFactory,
    known: set[int],
) -> None:
    """Record for record, in either mode; what is known is not evaluated."""
    mode, before = undisturbed
    path = tmp_path_factory.mktemp("known") / "run"
    finish, evaluator = session(path, Knowing(known), mode=mode)
    assert finish.finished
    assert records(path) == records(before)
    assert sorted(evaluator.evaluated) == sorted({*range(EVALUATIONS)} - known)
    assert finish.summary.state.accounting.reused == len(known)


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(known=st.sets(st.integers(0, EVALUATIONS - 1)))
@pytest.mark.parametrize("undisturbed", ["generational"], indirect=True)
def test_many_workers_find_the_same_generation_by_generation(
    undisturbed: tuple[str, Path],
    tmp_path_factory: pytest.TempPathFactory,
    known: set[int],
) -> None:
    """However early the known ones are told."""
    path = tmp_path_factory.mktemp("wide") / "run"
    assert session(path, Knowing(known), Wide())[0].finished
    assert records(path) == records(undisturbed[1])


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(cut=st.floats(0, 1))
def test_a_run_killed_at_any_line_asks_for_nothing_that_was_told(
    undisturbed: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory, cut: float
) -> None:
    """And ends like one that was left alone, with the same count."""
    mode, before = undisturbed
    known = {*range(0, EVALUATIONS, 3)}
    whole = before.parent / "half"
    if not whole.exists():
        session(whole, Knowing(known), mode=mode)
    lines = (whole / "journal.jsonl").read_bytes().splitlines(keepends=True)
    path = tmp_path_factory.mktemp("cut") / "run"
    RunDirectory.create(path, "seed: 0\n")
    kept = lines[: 1 + int(cut * (len(lines) - 1))]
    (path / "journal.jsonl").write_bytes(b"".join(kept))
    told = {
        event.data["record"]["request_id"]
        for event in Journal.read(path / "journal.jsonl")
        if event.name == "told"
    }
    again = Knowing(known)
    finish, _ = session(path, again, mode=mode)
    assert finish.finished
    assert not told & set(again.asked)
    assert records(path) == records(before)
    assert finish.summary.state.accounting.reused == len(known)


def test_a_database_is_no_worker(tmp_path: Path) -> None:
    """It is not busy, idle or slow; the hours saved are those of the trainings."""
    finish, evaluator = session(tmp_path / "run", Knowing(range(11)), Wide())
    accounting = finish.summary.state.accounting
    assert len(evaluator.evaluated) == 4
    assert set(accounting.shares()) <= {"inline", "others"}
    assert sum(accounting.busy_seconds.values()) < 60
    assert accounting.slowest is not None
    assert accounting.slowest < 60
    result = RunDirectory.open(tmp_path / "run").read_result()
    assert result is not None
    assert result["saved"]["database"] == {"count": 11, "hours": 22.0}
    assert result["evaluations"] == EVALUATIONS
    state = RunState(None, (Objective("validation_accuracy"),))
    state.accounting.restore(copy.deepcopy(accounting.state()))
    assert state.accounting.state() == accounting.state()


def test_a_run_that_stops_among_known_results_loses_none(tmp_path: Path) -> None:
    """What was asked and not told is looked up again."""
    stops = iter([""] * 2 + ["enough"] * 99)
    path = tmp_path / "run"
    finish, _ = session(path, Knowing(), Wide(), stop=lambda: next(stops))
    assert not finish.finished
    assert finish.summary.state.outstanding
    finish, evaluator = session(path, Knowing())
    assert finish.finished
    assert evaluator.evaluated == []
    assert [one[0] for one in records(path)] == [-1, *range(EVALUATIONS)]


def test_a_winner_that_was_known_is_trained_before_it_is_tested(tmp_path: Path) -> None:
    """Without a final training too, where there are no weights to test as they are."""
    finish, _ = session(tmp_path / "run", Knowing(), final=None)
    assert finish.final is not None
    best = finish.summary.state.incumbents.best
    assert best is not None
    request = finish.final.request
    assert (request.purpose, request.resume) == ("final", None)
    assert (request.seed, request.fidelity) == (best.request.seed, Fidelity())
    finish, _ = session(tmp_path / "other", None, final=None)
    assert finish.final is None


@pytest.mark.parametrize(
    "wish",
    [
        {"inherit": ("1-a",)},
        {"resume": "1-a", "resumed": Fidelity(1.0)},
        {"keep_weights": True},
        {"read": ("m1",)},
        {"purpose": "audit"},
        {"purpose": "final"},
        {"purpose": "retrain"},
    ],
)
def test_a_request_that_wants_more_than_a_result_is_evaluated(
    wish: dict[str, Any],
) -> None:
    """Weights, values of layers, a full training: no lookup is made for it."""
    (request,) = strategy().ask(1)
    assert is_plain(request)
    known = Knowing()
    assert not Answers(known).find(replace(request, **wish))
    assert known.asked == []
    assert Answers(known).find(request)

"""Runs under a scheduler: stored weights, kills, budgets, what is told of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from climbing import accuracy, scheduled
from searching import SHAPE

from cluster import InlineExecutor, ProcessExecutor
from evonas.evaluation import Evaluator, Outcome, Record, Request
from evonas.population import Objective
from evonas.run import Budget, Finish, Plan, Session
from evonas.run.state import weights_reference
from evonas.storage import Journal, RunDirectory, WeightsStore

SCHEDULERS = ("successive_halving", "hyperband", "asha")
EVALUATIONS = 60


@dataclass(frozen=True)
class Storing(Evaluator):
    """Trains by adding up epochs in a file, and goes on from it where it is told to.

    Attributes:
        directory: of the weights.
        die_at: id of a request that kills the process, half of its file written.
        patient: whether a training whose file is gone begins anew.
    """

    directory: Path
    die_at: int | None = None
    patient: bool = False

    def evaluate(self, request: Request) -> Record:
        """The metric tells a continued training from one that began anew."""
        epochs, first = request.fidelity.epochs, 0.0
        if request.resume is not None:
            assert request.resumed is not None
            path = self.directory / f"{request.resume}.safetensors"
            if path.exists() or not self.patient:
                first = float(path.read_text())
                assert first == request.resumed.epochs
        part = self.directory / f".{weights_reference(request)}.safetensors.1.part"
        part.write_text("half")
        if request.request_id == self.die_at:
            os.kill(os.getpid(), signal.SIGKILL)
        part.write_text(str(epochs))
        part.rename(self.directory / f"{weights_reference(request)}.safetensors")
        if int(request.candidate.key()[:4], 16) % 7 == 0 and epochs > 2:
            return Record.failed(request, Outcome.DIVERGED, "the loss became NaN")
        parameters = request.candidate.architecture.cost(SHAPE).parameters
        return Record(
            request.request_id,
            request.candidate.key(),
            request.fidelity,
            Outcome.OK,
            {
                "validation_accuracy": accuracy(request, epochs),
                "trained": epochs - first,
            },
            cost={"parameters": parameters},
            weights=weights_reference(request),
        )


class Watching(InlineExecutor):
    """Looks into the folder of weights before every training."""

    def __init__(self, store: Path) -> None:
        super().__init__()
        self._store = WeightsStore(store)
        self.stored: list[set[str]] = []

    def submit(self, ticket: int, function: Any, payload: Any, limits: Any) -> None:
        """Note what is stored."""
        self.stored.append(set(self._store.sizes()))
        super().submit(ticket, function, payload, limits)


def conduct(
    path: Path, scheduler: str = "asha", *, workers: int = 0, **more: Any
) -> Finish:
    """Start or resume the run in `path`."""
    if not path.exists():
        RunDirectory.create(path, "seed: 0\n")
    directory = RunDirectory.open(path)
    evaluator = more.pop("evaluator", Storing(directory.weights))
    executor = more.pop("executor", None)
    if executor is None:
        executor = ProcessExecutor(workers) if workers else InlineExecutor()
    stop = more.pop("stop", str)
    settings: dict[str, Any] = {
        "strategy": scheduled(scheduler, audit_share=0.2),
        "evaluator": evaluator,
        "objectives": (Objective("validation_accuracy"),),
        "budget": Budget(EVALUATIONS),
        "final": None,
        "seed": 0,
        "config_digest": "abc",
        **more,
    }
    with executor, Session(directory, Plan(**settings), executor, stop=stop) as session:
        return session.run()


def records(path: Path) -> list[dict[str, Any]]:
    """Every record, by its number, without what depends on the clock."""
    told = [
        dict(event.data["record"])
        for event in Journal.read(path / "journal.jsonl")
        if event.name == "told"
    ]
    for one in told:
        del one["seconds"], one["worker"]
    assert len({one["request_id"] for one in told}) == len(told)
    return sorted(told, key=lambda one: int(one["request_id"]))


def after(rounds: int) -> Callable[[], str]:
    """Stops a session after so many rounds of its loop."""
    left = iter([""] * rounds)
    return lambda: next(left, "enough")


@pytest.fixture(scope="module", params=SCHEDULERS)
def undisturbed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path]:
    """A scheduler, and a run under it that was left alone."""
    path = tmp_path_factory.mktemp(request.param) / "run"
    assert conduct(path, request.param).finished
    return request.param, path


SCRIPT = """
import sys
sys.path[:0] = {path!r}
from pathlib import Path
from test_scheduled import Storing, conduct
run = Path(sys.argv[1])
conduct(run, sys.argv[2], evaluator=Storing(run / "weights", int(sys.argv[3])))
"""


def test_a_run_killed_within_a_rung_goes_on_to_the_same_records(
    undisturbed: tuple[str, Path], tmp_path: Path
) -> None:
    """`kill -9` in a first training, in a continued one, in an audit, half-written.

    Every training goes on from the same stored weights, which are all there.
    """
    scheduler, whole = undisturbed
    path = tmp_path / "run"
    here = str(Path(__file__).parent)
    script = SCRIPT.format(path=[here, str(Path(here).parent)])
    for die_at in (4, 13, 31):
        ended = subprocess.run(
            [sys.executable, "-c", script, str(path), scheduler, str(die_at)],
            timeout=120,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        assert ended.returncode == -signal.SIGKILL
    assert conduct(path, scheduler).finished
    assert records(path) == records(whole)
    stored = [set(os.listdir(one / "weights")) for one in (path, whole)]
    assert stored[0] == stored[1]


def test_a_run_resumed_from_a_snapshot_goes_on_to_the_same_records(
    undisturbed: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped every now and then, with a snapshot every few events."""
    scheduler, whole = undisturbed
    monkeypatch.setattr("evonas.run.resume.EVENTS", 8)
    monkeypatch.setattr("evonas.run.resume.GROWTH", 0.0)
    path = tmp_path / "run"
    for _ in range(3):
        assert not conduct(path, scheduler, stop=after(14)).finished
    assert list((path / "snapshots").iterdir())
    assert conduct(path, scheduler).finished
    assert records(path) == records(whole)


@pytest.mark.parametrize("scheduler", ["successive_halving", "hyperband"])
def test_records_are_the_same_for_any_number_of_workers(
    tmp_path: Path, scheduler: str
) -> None:
    """Of cohorts: nothing depends on who is how fast."""
    paths = [tmp_path / str(workers) for workers in (0, 3)]
    for path, workers in zip(paths, (0, 3), strict=True):
        conduct(path, scheduler, workers=workers, budget=Budget(25))
    assert records(paths[0]) == records(paths[1])


def test_weights_of_stopped_candidates_are_freed(
    undisturbed: tuple[str, Path], tmp_path: Path
) -> None:
    """The folder holds the ten best and a handful that may go on, never all of them."""
    scheduler, whole = undisturbed
    path = tmp_path / "run"
    RunDirectory.create(path, "seed: 0\n")
    watch = Watching(path / "weights")
    assert conduct(path, scheduler, executor=watch).finished
    assert records(path) == records(whole)
    assert max(map(len, watch.stored)) <= 10 + 9 + 2
    best = {
        one.record.weights
        for one in conduct(path, scheduler).summary.state.incumbents.top
    }
    assert set(WeightsStore(path / "weights").sizes()) >= best


def test_a_quota_of_nothing_costs_time_and_nothing_else(
    undisturbed: tuple[str, Path], tmp_path: Path
) -> None:
    """Trainings that cannot be continued begin anew and give the same results."""
    scheduler, whole = undisturbed
    path = tmp_path / "run"
    evaluator = Storing(path / "weights", patient=True)
    conduct(path, scheduler, evaluator=evaluator, weights_quota_bytes=0)
    assert not list(WeightsStore(path / "weights").sizes())
    searched = [one for one in records(whole) if one["request_id"] >= 0]
    for one, other in zip(records(path), searched, strict=True):
        if one["metrics"]:
            anew = one["metrics"].pop("trained")
            assert anew == one["fidelity"]["epochs"]
            other["metrics"].pop("trained")
        assert one == other


def test_epochs_are_what_was_really_trained(undisturbed: tuple[str, Path]) -> None:
    """A continued training counts what it added; a failed one what it was asked for."""
    _, whole = undisturbed
    told = records(whole)
    result = RunDirectory.open(whole).read_result()
    assert result is not None
    trained = sum(one["metrics"].get("trained", 0.0) for one in told)
    asked = 0.0
    for event in Journal.read(whole / "journal.jsonl"):
        if event.name == "asked":
            asked += sum(Request.from_json(r).effort for r in event.data["requests"])
    assert result["epochs"] == pytest.approx(asked)
    assert trained < result["epochs"] < sum(o["fidelity"]["epochs"] for o in told)
    assert result["evaluations"] == EVALUATIONS
    report = result["scheduler"]
    assert report["audited"] > 0
    first = Counter(one["candidate_key"] for one in told)
    assert sum(report["rungs"][n]["candidates"] for n in range(3)) >= len(first)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_budget_in_epochs_ends_the_search(tmp_path: Path, workers: int) -> None:
    """With the request that reaches it; so methods compare at equal training."""
    finish = conduct(
        tmp_path / "run",
        "successive_halving",
        workers=workers,
        budget=Budget(epochs=40.0),
    )
    accounting = finish.summary.state.accounting
    assert finish.summary.reason == "budget"
    asked = [
        Request.from_json(request).effort
        for event in Journal.read(tmp_path / "run" / "journal.jsonl")
        if event.name == "asked"
        for request in event.data["requests"]
        if request["purpose"] != "final"
    ]
    assert sum(asked[:-1]) < 40.0 <= accounting.epochs == pytest.approx(sum(asked))


def test_the_best_is_one_of_those_trained_longest(
    undisturbed: tuple[str, Path],
) -> None:
    """Results of short trainings do not compete with those of long ones."""
    _, whole = undisturbed
    result = RunDirectory.open(whole).read_result()
    assert result is not None
    full = [
        one["metrics"]["validation_accuracy"]
        for one in records(whole)
        if one["fidelity"]["epochs"] == 9.0 and one["metrics"]
    ]
    assert result["best"]["fidelity"]["epochs"] == 9.0
    assert result["best"]["fitness"] in full

"""Sessions on a run directory: kill, resume, final training, result."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from synthetic import SyntheticEvaluator, strategy

from cluster import InlineExecutor, ProcessExecutor
from evonas.errors import EvonasWarning, RunDirectoryError
from evonas.evaluation import Evaluator, Fidelity, Record, Request
from evonas.population import Objective
from evonas.run import Budget, Finish, Plan, Session
from evonas.run.state import weights_reference
from evonas.storage import Journal, RunDirectory

EVALUATIONS = 30


def plan(evaluator: Evaluator | None = None, **more: Any) -> Plan:
    """A plan over the synthetic problem."""
    defaults: dict[str, Any] = {
        "strategy": strategy(),
        "evaluator": evaluator or SyntheticEvaluator(),
        "objectives": (Objective("validation_accuracy"),),
        "budget": Budget(EVALUATIONS),
        "final": Fidelity(3.0),
        "seed": 0,
        "config_digest": "abc",
    }
    return Plan(**{**defaults, **more})


def session(
    path: Path, evaluator: Evaluator | None = None, workers: int = 0, **more: Any
) -> Finish:
    """Start or resume the run in `path`."""
    if not path.exists():
        RunDirectory.create(path, "seed: 0\n")
    stop = more.pop("stop", str)
    executor = ProcessExecutor(workers) if workers else InlineExecutor()
    with (
        executor,
        Session(
            RunDirectory.open(path), plan(evaluator, **more), executor, stop=stop
        ) as one,
    ):
        return one.run()


def records(path: Path) -> list[tuple[Any, ...]]:
    """What matters of every record, in the order of requests."""
    told = [
        event.data["record"]
        for event in Journal.read(path / "journal.jsonl")
        if event.name == "told"
    ]
    return sorted(
        (one["request_id"], one["candidate_key"], one["outcome"], str(one["metrics"]))
        for one in told
        if one["outcome"] != "lost"
    )


def result_of(path: Path) -> dict[str, Any]:
    """The run's `result.json`."""
    result = RunDirectory.open(path).read_result()
    assert result is not None
    return result


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was left alone."""
    path = tmp_path_factory.mktemp("undisturbed") / "run"
    assert session(path).finished
    return path


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(cut=st.floats(0, 1), torn=st.integers(0, 60))
def test_a_run_killed_at_any_line_and_resumed_gives_the_same_records(
    undisturbed: Path, tmp_path_factory: pytest.TempPathFactory, cut: float, torn: int
) -> None:
    """A journal cut anywhere, even within a line, resumes to the same end."""
    lines = (undisturbed / "journal.jsonl").read_bytes().splitlines(keepends=True)
    kept = 1 + int(cut * (len(lines) - 1))
    path = tmp_path_factory.mktemp("cut") / "run"
    RunDirectory.create(path, "seed: 0\n")
    rest = lines[kept][:torn].rstrip(b"\n") if kept < len(lines) else b""
    (path / "journal.jsonl").write_bytes(b"".join(lines[:kept]) + rest)
    assert session(path).finished
    assert records(path) == records(undisturbed)
    assert len({line[0] for line in records(path)}) == EVALUATIONS + 1


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_records_are_the_same_for_any_number_of_workers(
    undisturbed: Path, tmp_path: Path, workers: int
) -> None:
    """Generation-synchronous search does not depend on who is how fast."""
    assert session(tmp_path / "run", workers=workers).finished
    assert records(tmp_path / "run") == records(undisturbed)


SCRIPT = """
import sys
sys.path[:0] = {path!r}
from pathlib import Path
from test_session import session
from synthetic import SyntheticEvaluator
session(Path(sys.argv[1]), SyntheticEvaluator(die_at=int(sys.argv[2]), seconds=0.001))
"""


def test_a_manager_killed_again_and_again_loses_nothing(
    undisturbed: Path, tmp_path: Path
) -> None:
    """`kill -9` of the whole process at requests 4, 11 and 23, then resumed."""
    here = str(Path(__file__).parent)
    script = SCRIPT.format(path=[here, str(Path(here).parent)])
    path = tmp_path / "run"
    for die_at in (4, 11, 23):
        ended = subprocess.run(
            [sys.executable, "-c", script, str(path), str(die_at)],
            timeout=60,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        assert ended.returncode == -signal.SIGKILL
    assert session(path).finished
    assert records(path) == records(undisturbed)


def test_snapshots_shorten_the_replay_and_change_nothing(
    undisturbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Resuming from a snapshot gives what replaying from the start gives."""
    monkeypatch.setattr("evonas.run.resume.EVENTS", 8)
    path = tmp_path / "run"
    told = 0

    def stop() -> str:
        nonlocal told
        told += 1
        return "enough" if told > 20 else ""

    assert not session(path, stop=stop).finished
    assert list((path / "snapshots").iterdir())
    assert session(path).finished
    assert records(path) == records(undisturbed)


def test_result_json_tells_the_end(undisturbed: Path) -> None:
    """The fixed keys are there and agree with the journal."""
    result = result_of(undisturbed)
    assert result["status"] == "finished"
    assert result["seed"] == 0
    assert result["evaluations"] == EVALUATIONS
    assert result["outcomes"] == {"ok": EVALUATIONS + 1}
    assert result["constraints"] is None
    assert result["front"] == []
    assert 0 < result["utilisation"] <= 1
    assert result["best"]["fitness"] == max(
        float(line[3].split(": ")[1].rstrip("}"))
        for line in records(undisturbed)
        if line[0] >= 0
    )
    assert result["best"]["fidelity"] == Fidelity(3.0).to_json()
    assert {"python", "numpy", "torch"} <= set(result["versions"])


def test_resuming_a_finished_run_evaluates_nothing(undisturbed: Path) -> None:
    """What is done stays done; the test set is not opened again."""
    before = records(undisturbed)
    assert session(undisturbed, SyntheticEvaluator(die_at=0)).finished
    assert records(undisturbed) == before


def test_a_larger_budget_goes_on_where_the_search_ended(
    undisturbed: Path, tmp_path: Path
) -> None:
    """Extending a finished run equals a run with the larger budget from the start."""
    path = tmp_path / "run"
    assert session(path, budget=Budget(12)).finished
    assert session(path, budget=Budget(EVALUATIONS)).finished
    searched = [line for line in records(path) if line[0] >= 0]
    assert searched == [line for line in records(undisturbed) if line[0] >= 0]


def test_a_budget_below_what_is_done_is_told(tmp_path: Path) -> None:
    """The run ends as it would have; a budget that is just spent needs no word."""
    path = tmp_path / "run"
    assert session(path, budget=Budget(12)).finished
    before = records(path)
    with pytest.warns(EvonasWarning, match=r"expected 12 or more.*run, got 7; nothing"):
        assert session(path, budget=Budget(7)).finished
    assert session(path, budget=Budget(12)).finished
    assert records(path) == before


def test_a_run_in_which_everything_failed_says_why(tmp_path: Path) -> None:
    """In words and in `result.json`; the same when asked again."""
    for _ in range(2):
        finish = session(tmp_path / "run", SyntheticEvaluator(fail_every=1))
        assert finish.failure == (
            "expected a network that can be evaluated, got none in 30 evaluations; the "
            "most frequent reason (30 times): diverged: the loss became NaN"
        )
        assert result_of(tmp_path / "run")["failure"] == finish.failure


class Keeping(SyntheticEvaluator):
    """One whose records say that their weights were kept."""

    def evaluate(self, request: Request) -> Record:
        """As if trained weights had been stored."""
        return super().evaluate(request).at(weights=weights_reference(request))


def note_export(payload: dict[str, Any]) -> None:
    """An export folder that tells whose it is."""
    folder = Path(payload["directory"])
    folder.mkdir()
    (folder / "weights").write_text(payload["record"]["weights"])


def exported(path: Path) -> str:
    """Whose network is in the export folder."""
    return (path / "export" / "weights").read_text()


def test_the_export_is_always_that_of_the_best_network(tmp_path: Path) -> None:
    """Also when a session stopped between its final training and the export."""
    path = tmp_path / "run"

    def told() -> int:
        return (path / "journal.jsonl").read_text().count('"event":"told"')

    def conduct(epochs: float, stop: Callable[[], str] = str) -> Finish:
        final = Fidelity(epochs)
        return session(
            path,
            Keeping(),
            budget=Budget(6),
            final=final,
            export=note_export,
            stop=stop,
        )

    assert conduct(1.0).finished
    assert exported(path) == result_of(path)["best"]["weights"]
    first = told()
    assert not conduct(2.0, lambda: "now" if told() > first else "").finished
    for epochs in (2.0, 3.0, 3.0):
        assert conduct(epochs).finished
        best = result_of(path)["best"]
        assert exported(path) == best["weights"]
        assert result_of(path)["exported"]["id"] == best["id"]
    # three trainings of one network, each export kept
    aside = {f"export-{best['id']}", f"export-{best['id']}-2"}
    assert {one.name for one in path.glob("export-*")} == aside


class Stored(SyntheticEvaluator):
    """One that writes a file for weights that are to be kept, and tests in the end."""

    folder: Path

    def evaluate(self, request: Request) -> Record:
        """The test metric belongs to a final request."""
        reference = weights_reference(request)
        (self.folder / f"{reference}.safetensors").touch()
        record = super().evaluate(request).at(weights=reference)
        if request.purpose != "final":
            return record
        assert request.resume is not None
        return record.at(metrics={**record.metrics, "test_accuracy": 0.5})


def test_without_a_final_training_the_best_is_tested_as_it_is(tmp_path: Path) -> None:
    """At its own fidelity and seed, from its own weights; once, also when resumed."""
    path = tmp_path / "run"
    evaluator = Stored()
    object.__setattr__(evaluator, "folder", path / "weights")
    for _ in range(2):
        finish = session(
            path, evaluator, final=None, budget=Budget(6), export=note_export
        )
        assert finish.finished
        assert finish.final is not None
        assert finish.final.request.resume is not None
        best = result_of(path)["best"]
        assert best["metrics"]["test_accuracy"] == 0.5
        assert best["fidelity"] == best["search_fidelity"]
        assert exported(path) == best["weights"]
        assert len(records(path)) == 7
    found = finish.summary.state.incumbents.best
    assert found is not None
    assert finish.final.request.seed == found.request.seed


def test_weights_that_were_not_kept_are_not_tested(tmp_path: Path) -> None:
    """Without a final training there is nothing that could be."""
    finish = session(tmp_path / "run", Keeping(), final=None, budget=Budget(6))
    assert (finish.finished, finish.final) == (True, None)
    assert len(records(tmp_path / "run")) == 6


def test_a_run_killed_after_its_budget_was_raised_is_not_finished(
    tmp_path: Path,
) -> None:
    """What the finished session wrote must not stand for the one that was killed."""
    path = tmp_path / "run"
    assert session(path, budget=Budget(5)).finished
    assert result_of(path)["status"] == "finished"

    def killed() -> str:
        raise SystemExit

    with pytest.raises(SystemExit):
        session(path, budget=Budget(9), stop=killed)
    assert result_of(path)["status"] == "stopped"


def test_another_manager_is_refused(tmp_path: Path) -> None:
    """Two sessions never write one directory."""
    path = tmp_path / "run"
    directory = RunDirectory.create(path, "seed: 0\n")
    with directory.lock(), pytest.raises(RunDirectoryError, match="process"):
        session(path)


def test_a_journal_of_another_strategy_is_refused(
    undisturbed: Path, tmp_path: Path
) -> None:
    """Replaying must ask what was asked; otherwise the resume says so and stops."""
    path = tmp_path / "run"
    RunDirectory.create(path, "seed: 0\n")
    (path / "journal.jsonl").write_bytes((undisturbed / "journal.jsonl").read_bytes())
    with pytest.raises(RunDirectoryError, match="asks something else than the journal"):
        session(path, strategy=strategy(seed=1))

"""Generation-synchronous searches on run directories, and what must hold of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from synthetic import strategy

from cluster import Executor, InlineExecutor, Limits
from evonas.evaluation import Evaluator, Fidelity
from evonas.population import Objective
from evonas.run import Budget, Finish, Plan, Session
from evonas.storage import Journal, RunDirectory

EVALUATIONS = 30

#: of one evaluation: what `hang` and `eat` run into
LIMITS = Limits(seconds=3.0, memory_bytes=200_000_000)


def conduct(
    path: Path,
    evaluator: Evaluator,
    executor: Executor,
    *,
    limits: Limits = Limits(),
    **more: Any,
) -> Finish:
    """Start or resume the run in `path`; `more` goes to the session."""
    if not path.exists():
        RunDirectory.create(path, "seed: 0\n")
    plan = Plan(
        strategy=strategy(),
        evaluator=evaluator,
        objectives=(Objective("validation_accuracy"),),
        budget=Budget(EVALUATIONS),
        final=Fidelity(3.0),
        seed=0,
        config_digest="abc",
        limits=limits,
    )
    with Session(RunDirectory.open(path), plan, executor, **more) as session:
        return session.run()


def alone(path: Path, evaluator: Evaluator, **more: Any) -> Finish:
    """Start or resume the run in this process."""
    with InlineExecutor() as executor:
        return conduct(path, evaluator, executor, **more)


def records(path: Path) -> dict[int, tuple[str, str, str]]:
    """Request → candidate, outcome, metrics; checks that the journal is sound.

    Every line is whole and in order, every record was asked for before, and none but a
    lost one, which is tried again, is told twice.
    """
    asked: set[int] = set()
    found: dict[int, tuple[str, str, str]] = {}
    for event in Journal.read(path / "journal.jsonl"):
        if event.name == "asked":
            new = [request["request_id"] for request in event.data["requests"]]
            assert not asked & set(new), f"asked twice: {asked & set(new)}"
            asked.update(new)
        if event.name != "told":
            continue
        record = event.data["record"]
        number = record["request_id"]
        assert number in asked, f"{number} was told and never asked"
        assert number not in found, f"{number} was told twice"
        if record["outcome"] != "lost":
            metrics = str(sorted(record["metrics"].items()))
            found[number] = (record["candidate_key"], record["outcome"], metrics)
    return found


def result_of(path: Path) -> dict[str, Any]:
    """The run's `result.json`."""
    found = RunDirectory.open(path).read_result()
    assert found is not None
    return found

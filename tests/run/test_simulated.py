"""Runs over a table: workers on a virtual clock, killed anywhere and resumed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from published_tables import made_up_table

from cluster import SimulatedExecutor
from evonas.evaluation import Fidelity, Record
from evonas.genome import nasbench201_space
from evonas.population import Objective
from evonas.run import Budget, Finish, Plan, Session
from evonas.search import RandomSearch, StrategyContext
from evonas.search.random_search import RandomSettings
from evonas.space import Limits, default_space
from evonas.storage import Journal, RunDirectory
from evonas.tables import TableEvaluator

BUDGET = Budget(evaluations=25)
_RNG = np.random.default_rng(1)
TABLE = made_up_table(
    sorted({nasbench201_space().draw(_RNG).ops for _ in range(120)}), seconds=7.0
)


def session(
    path: Path, workers: int = 3, budget: Budget = BUDGET, **more: Any
) -> Finish:
    """Start or resume the run in `path`."""
    if not path.exists():
        RunDirectory.create(path, "seed: 0\n")
    context = StrategyContext(
        default_space("image", (3, 32, 32)),
        TABLE.input_shape,
        TABLE.outputs,
        fidelity=Fidelity(200),
        cells=TABLE.space(Limits()),
    )
    plan = Plan(
        strategy=RandomSearch(RandomSettings(), context),
        evaluator=TableEvaluator(TABLE),
        objectives=(Objective("validation_accuracy"),),
        budget=budget,
        final=Fidelity(200),
        seed=0,
        config_digest="abc",
    )
    with (
        SimulatedExecutor(workers, lambda record: float(record.seconds)) as executor,
        Session(RunDirectory.open(path), plan, executor, **more) as one,
    ):
        return one.run()


def told(path: Path) -> list[tuple[float, Record]]:
    """Virtual time and record of everything told, in the order of telling."""
    return [
        (event.data["elapsed"], Record.from_json(event.data["record"]))
        for event in Journal.read(path / "journal.jsonl")
        if event.name == "told"
    ]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nothing has interrupted."""
    path = tmp_path_factory.mktemp("whole") / "run"
    assert session(path).finished
    return path


def test_workers_see_virtual_time(whole: Path) -> None:
    """Records come when their trainings end, three at a time, and none waits."""
    search = [(at, record) for at, record in told(whole) if record.request_id >= 0]
    free = [0.0] * 3
    ends = []
    for _, record in sorted(search, key=lambda one: one[1].request_id):
        worker = free.index(min(free))
        free[worker] += record.seconds
        ends.append((free[worker], record.request_id))
    # A request is asked when a worker is free, so their numbers follow these times.
    found = [(at, record.request_id) for at, record in search]
    assert [number for _, number in found] == [number for _, number in sorted(ends)]
    assert [at for at, _ in found] == pytest.approx([at for at, _ in sorted(ends)])
    assert found[-1][0] > 10_000  # hours, in a moment


@given(st.data())
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_run_cut_at_any_line_ends_the_same(
    whole: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """The same records at the same virtual times, in the same order."""
    lines = (whole / "journal.jsonl").read_bytes().splitlines(keepends=True)
    cut = data.draw(st.integers(1, len(lines) - 1))
    path = tmp_path_factory.mktemp("cut") / "run"
    RunDirectory.create(path, "seed: 0\n")
    (path / "journal.jsonl").write_bytes(b"".join(lines[:cut]))
    assert session(path).finished
    assert told(path) == told(whole)


def test_a_budget_of_minutes_is_virtual(tmp_path: Path) -> None:
    """What is under way when it is used up is still told."""
    minutes = 60.0
    finish = session(tmp_path / "run", budget=Budget(minutes=minutes))
    assert finish.summary.reason == "budget"
    times = [at for at, record in told(tmp_path / "run") if record.request_id >= 0]
    slowest = max(TABLE.query(key, 200, 0).seconds for key in TABLE.rows)
    assert minutes * 60 <= times[-1] <= minutes * 60 + slowest


def test_test_accuracy_stands_in_the_final_record_alone(whole: Path) -> None:
    """The search has chosen by validation; the final lookup costs nothing."""
    for at, record in told(whole):
        tested = any(name.startswith("test_") for name in record.metrics)
        assert tested == (record.request_id < 0)
        assert at == told(whole)[-1][0] or record.request_id >= 0
    best = json.loads((whole / "result.json").read_text())["best"]
    assert "test_accuracy" in best["metrics"]
    search = [
        r.metrics["validation_accuracy"] for _, r in told(whole) if r.request_id >= 0
    ]
    assert best["search_metrics"]["validation_accuracy"] == max(search)

"""Where the workers' time went: the parts add up to all of it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic import SHAPE, space

from evonas.evaluation import Fidelity, Outcome, Record, Request
from evonas.run import Accounting
from evonas.run.savings import saved
from evonas.search import RandomSearch, RandomSettings, StrategyContext

CONTEXT = StrategyContext(space(), SHAPE, 10)
CANDIDATE = RandomSearch(RandomSettings(), CONTEXT).ask(1)[0].candidate


def told(
    accounting: Accounting,
    worker: str,
    at: float,
    seconds: float,
    *,
    workers: int,
    began: float = 0.0,
    communication: float = 0.0,
    outcome: Outcome = Outcome.OK,
) -> None:
    """One record, as the loop takes it in."""
    request = Request(0, CANDIDATE, Fidelity(), 0)
    record = Record(
        0, CANDIDATE.key(), Fidelity(), outcome, seconds=seconds, worker=worker
    )
    accounting.passed(at, workers)
    accounting.present(record, communication, began)
    accounting.told(request, record)


def total(accounting: Accounting) -> float:
    """All parts of all workers."""
    return sum(sum(one.values()) for one in accounting.shares().values())


spells = st.lists(
    st.tuples(
        st.integers(1, 4),
        st.floats(0.0, 50.0),
        st.floats(0.0, 5.0),
        st.booleans(),
        st.booleans(),
    ),
    max_size=30,
)


@given(spells)
def test_the_parts_add_up_to_the_workers_time(
    lines: list[tuple[int, float, float, bool, bool]],
) -> None:
    """With losses, with sessions that end, and through a snapshot at any time.

    Each worker does one thing after the other, as executors promise.
    """
    accounting, began, now = Accounting(), 0.0, 0.0
    for number, seconds, communication, lost, ends in lines:
        now += seconds + communication
        told(
            accounting,
            f"rank-{number}",
            now,
            seconds,
            workers=4,
            began=began,
            communication=communication,
            outcome=Outcome.LOST if lost else Outcome.OK,
        )
        if ends:
            began = accounting.elapsed_seconds
            again = Accounting()
            again.restore(json.loads(json.dumps(accounting.state())))
            assert again.state() == accounting.state()
            accounting = again
    accounting.passed(now + 7.0, 4)
    assert total(accounting) == pytest.approx(4 * (now + 7.0), rel=1e-5)
    assert all(
        part >= 0 for one in accounting.shares().values() for part in one.values()
    )


def test_each_worker_has_its_own_parts() -> None:
    """One that is lost has no time after that, one that never spoke is idle."""
    accounting = Accounting()
    told(accounting, "rank-1", 10.0, 8.0, workers=3, communication=0.5)
    told(accounting, "rank-2", 20.0, 15.0, workers=3, outcome=Outcome.LOST)
    told(accounting, "rank-10", 30.0, 30.0, workers=2)
    assert accounting.shares() == {
        "rank-1": {"busy": 8.0, "communication": 0.5, "lost": 0.0, "idle": 21.5},
        "rank-2": {"busy": 0.0, "communication": 0.0, "lost": 15.0, "idle": 5.0},
        "rank-10": {"busy": 30.0, "communication": 0.0, "lost": 0.0, "idle": 0.0},
    }
    assert accounting.worker_seconds == 80
    assert accounting.utilisation == pytest.approx(38 / 80)


def test_a_later_session_with_fewer_workers_gives_the_others_no_time() -> None:
    """A worker that is seen in the first session alone is there in that one alone."""
    accounting = Accounting()
    told(accounting, "process-1", 10.0, 10.0, workers=2)
    told(accounting, "process-2", 10.0, 4.0, workers=2)
    told(accounting, "process-1", 30.0, 20.0, workers=1, began=10.0)
    assert accounting.shares()["process-2"]["idle"] == 6.0
    assert total(accounting) == accounting.worker_seconds == 40


def test_what_was_not_trained_is_worth_what_others_took() -> None:
    """Equal candidates, refused draws, and trainings that a scheduler has stopped."""
    accounting = Accounting()
    accounting.evaluations, accounting.epochs = 10, 20.0
    accounting.busy_seconds["process-1"] = 36_000.0
    rungs = [
        {"epochs": 1.0, "candidates": 8, "began": 8},
        {"epochs": 3.0, "candidates": 4, "began": 2},
    ]
    report = {
        "rejected": {"asked before": 3, "parameters": 2},
        "scheduler": {"rungs": rungs},
    }
    found = saved(accounting, report)
    assert found["reused"] == {"count": 3, "hours": 3.0}
    assert found["refused"] == {"count": 2, "hours": 2.0}
    # six began low and did not go on, two epochs of half an hour each
    assert found["stopped"] == {"count": 6, "hours": 6.0}
    assert saved(Accounting(), {})["reused"] == {"count": 0, "hours": 0.0}

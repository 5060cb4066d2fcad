"""What is held back before the end of a session, and what is not."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic import SHAPE, SyntheticEvaluator, space

from cluster import InlineExecutor
from evonas.evaluation import Fidelity, Record, Request
from evonas.population import Objective
from evonas.run import Budget, Plan, Session
from evonas.run.accounting import Accounting
from evonas.run.admission import FRESH, Admission
from evonas.search import RandomSearch, RandomSettings, SearchStrategy, StrategyContext
from evonas.storage import Journal, RunDirectory

#: seconds that an evaluation takes on the clock of the tests
TAKES = 10.0


class Clock:
    """A clock that the evaluations move."""

    seconds = 0.0

    def now(self) -> float:
        """Seconds so far."""
        return self.seconds


class Timed(SyntheticEvaluator):
    """Takes ten seconds of a clock; may say so before."""

    def __init__(self, clock: Clock, *, predicts: bool) -> None:
        super().__init__()
        object.__setattr__(self, "clock", clock)
        object.__setattr__(self, "predicts", predicts)

    def predicted_seconds(self, request: Request) -> float | None:
        """What it will take."""
        return TAKES if self.predicts else None

    def evaluate(self, request: Request) -> Record:
        """Take the time, then score."""
        self.clock.seconds += TAKES
        return super().evaluate(request)


class TimedExecutor(InlineExecutor):
    """Inline, but seconds are those of the clock."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock

    def wait(self, timeout: float) -> list:
        """Completions with the seconds that the clock has told."""
        return [
            type(one)(one.ticket, one.value, one.failure, TAKES, one.worker)
            for one in super().wait(0.0)
        ]


def search() -> SearchStrategy:
    """A strategy that never waits."""
    return RandomSearch(RandomSettings(), StrategyContext(space(), SHAPE, 10, seed=0))


def admission(left: Callable[[], float], predicted: float | None = None) -> Admission:
    """One for an evaluator that predicts, or for one that does not."""

    class Predicting(SyntheticEvaluator):
        def predicted_seconds(self, request: Request) -> float | None:
            return predicted

    return Admission(
        Predicting(), Accounting(), seconds_left=left, draining=str, limit_seconds=60.0
    )


def requests(count: int = 1) -> list[Request]:
    """Of a search."""
    return search().ask(count)


@given(st.floats(0.1, 59), st.floats(100, 1e4), st.floats(0, 1))
def test_what_is_predicted_to_end_in_time_begins(
    predicted: float, whole: float, share: float
) -> None:
    """And nothing else: whatever needs less than a session waits for one."""
    left = [whole]
    one = admission(lambda: left[0], predicted)
    assert not one.refusal(requests()[0], 0), "a fresh session takes anything"
    left[0] = whole * share
    assert bool(one.refusal(requests()[0], 0)) == (left[0] < predicted)


def test_nobody_waits_for_a_session_that_cannot_come() -> None:
    """What takes longer than a whole session begins while it is fresh."""
    left = [20.0]
    one = admission(lambda: left[0], 50.0)
    assert not one.refusal(requests()[0], 0)
    left[0] = FRESH * 20 - 1
    assert "may take 50 s" in one.refusal(requests()[0], 0)


def test_work_that_waits_for_other_work_ends_later() -> None:
    """A ticket that is read ahead needs the time of both."""
    left = [1000.0]
    one = admission(lambda: left[0], 30.0)
    left[0] = 50.0
    assert not one.refusal(requests()[0], 0)
    assert one.refusal(requests()[0], 1)


def test_the_slowest_one_so_far_is_expected_again() -> None:
    """For the same effort; never longer than the limit; unknown before the first."""
    (request,) = requests()
    accounting = Accounting()
    one = Admission(
        SyntheticEvaluator(),
        accounting,
        seconds_left=lambda: 100.0,
        draining=str,
        limit_seconds=60.0,
    )
    assert one.expected_seconds(request) is None
    for seconds in (5.0, 2.0):
        record = SyntheticEvaluator().evaluate(request).at(seconds=seconds)
        accounting.told(request, record)
    assert one.expected_seconds(request) == pytest.approx(5.0)
    reread = Accounting()
    reread.restore(accounting.state())
    assert reread.slowest == accounting.slowest
    accounting.told(request, record.at(seconds=500.0))
    assert one.expected_seconds(request) == 60.0


@pytest.mark.parametrize("predicts", [True, False])
def test_a_session_stops_as_soon_as_nothing_more_can_end(
    tmp_path: Path, predicts: bool
) -> None:
    """Resumable, without a training that is cut off; the next one goes on with it."""
    clock = Clock()
    directory = RunDirectory.create(tmp_path / "run", "seed: 0\n")
    plan = {
        "evaluator": Timed(clock, predicts=predicts),
        "objectives": (Objective("validation_accuracy"),),
        "budget": Budget(8),
        "final": Fidelity(3.0),
        "seed": 0,
        "config_digest": "abc",
    }

    def session(seconds: float) -> tuple[str, bool]:
        end = clock.seconds + seconds
        executor = TimedExecutor(clock)
        with (
            executor,
            Session(
                directory,
                Plan(strategy=search(), **plan),
                executor,
                stop=lambda: "wall time" if clock.seconds >= end else "",
                seconds_left=lambda: end - clock.seconds,
                clock=clock,
            ) as one,
        ):
            finish = one.run()
        return finish.summary.detail, finish.finished

    detail, finished = session(55.0)
    assert not finished
    assert detail == "wall time: an evaluation may take 10 s, and 5 s are left"
    found = directory.read_result()
    assert found is not None
    assert (found["status"], found["evaluations"]) == ("stopped", 5)
    assert session(math.inf) == ("", True)
    events = [event.name for event in Journal.read(directory.journal)]
    assert events.count("told") == 9, "eight of the search and the final training"

"""One child and its jobs: what is given back is left out, and the rest is run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import cluster_work as work
import pytest

from cluster.executor import Limits
from cluster.keeper import ChildKeeper, Job, JobEnd
from cluster.wire import dump_call, load_value


@pytest.fixture
def keeper() -> Iterator[ChildKeeper]:
    """With its child."""
    found = ChildKeeper({}, "")
    yield found
    found.close()


def job(number: int, function: Callable[[Any], Any], payload: Any = None) -> Job:
    """A call without limits."""
    return Job(number, dump_call(function, payload), Limits())


def pumped(keeper: ChildKeeper, count: int) -> list[JobEnd]:
    """The ends of so many jobs."""
    found: list[JobEnd] = []
    deadline = time.monotonic() + 60
    while len(found) < count:
        assert time.monotonic() < deadline, f"{len(found)} of {count} came"
        found += keeper.pump()
        time.sleep(0.001)
    return found


def test_a_batch_is_run_in_its_order(keeper: ChildKeeper) -> None:
    """Each job ends with its own value."""
    keeper.start([job(n, work.echo, n) for n in range(5)])
    ends = pumped(keeper, 5)
    assert [end.number for end in ends] == list(range(5))
    assert [load_value(end.value)[0] for end in ends] == list(range(5))
    assert not keeper.busy


def test_what_is_given_back_is_not_heard_of(keeper: ChildKeeper) -> None:
    """The one that runs ends, and then it takes other jobs."""
    keeper.start([job(0, work.pause, 0.3), job(1, work.echo), job(2, work.echo)])
    while not keeper.running_seconds:
        assert not keeper.pump()
    assert [one.number for one in keeper.give_back()] == [1, 2]
    assert [end.number for end in pumped(keeper, 1)] == [0]
    while keeper.busy:
        assert not keeper.pump()
    keeper.start([job(3, work.echo)])
    assert [end.number for end in pumped(keeper, 1)] == [3]


def test_a_job_that_was_left_out_with_the_others_is_run(keeper: ChildKeeper) -> None:
    """Between two jobs the child has begun none: it leaves all of them out.

    Its keeper, who has heard of the first one's end, takes the second one to be running
    and only the third one to be given back.
    """
    keeper.start([job(0, work.look_late, 0.5), job(1, work.echo), job(2, work.echo)])
    assert [end.number for end in pumped(keeper, 1)] == [0]
    assert [one.number for one in keeper.give_back()] == [2]
    assert [end.number for end in pumped(keeper, 1)] == [1]
    assert not keeper.busy

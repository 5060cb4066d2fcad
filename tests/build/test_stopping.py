"""The reasons to stop: a signal, the wall time, the end of the batch job."""

from __future__ import annotations

import math
import os
import signal
import threading
import time

import pytest

from evonas.build import stopping

pytestmark = pytest.mark.usefixtures("no_job")


@pytest.fixture
def no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the tests run in a batch job themselves."""
    monkeypatch.delenv("SLURM_JOB_END_TIME", raising=False)
    monkeypatch.delenv("CLUSTER_JOB_END_TIME", raising=False)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGUSR1"])
def test_a_signal_is_a_reason_to_stop(name: str) -> None:
    """Each sets a flag; the reason is its name."""
    with stopping() as stop:
        assert stop() == ""
        assert stop.seconds_left() == math.inf
        os.kill(os.getpid(), signal.Signals[name])
        assert stop() == name


def test_the_wall_time_is_a_reason_to_stop() -> None:
    """Zero seconds are over at once."""
    with stopping(3600.0) as stop:
        assert stop() == ""
        assert 3590 < stop.seconds_left() <= 3600
    with stopping(0.0) as stop:
        assert stop() == "wall time"


def test_the_end_of_the_batch_job_is_one_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Less a reserve for stopping; the earlier of both ends counts."""
    monkeypatch.setenv("SLURM_JOB_END_TIME", str(time.time() + 1000))
    with stopping() as stop:
        assert 940 < stop.seconds_left() <= 950
    with stopping(reserve_seconds=300) as stop:
        assert 690 < stop.seconds_left() <= 700
    with stopping(60.0) as stop:
        assert stop.seconds_left() <= 60
    with stopping(reserve_seconds=1001) as stop:
        assert stop() == "the end of its batch job"


def test_stopping_works_outside_the_main_thread() -> None:
    """A notebook's thread gets no signals, and needs none."""
    seen: list[str] = []

    def work() -> None:
        with stopping(0.0) as stop:
            seen.append(stop())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == ["wall time"]

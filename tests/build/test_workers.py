"""Opening workers, stopping, and what is checked on them first."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from evonas.build import open_workers, resolve, stopping
from evonas.config import config_from_json
from evonas.errors import ConfigError


def resolved(**sections: object):
    """Settings on digits, resolved."""
    smallest = {
        "task": {"name": "digits"},
        "strategy": {"name": "random"},
        "budget": {"evaluations": 10},
    }
    return resolve(config_from_json({**smallest, **sections}))


@pytest.mark.parametrize("workers", [0, 2])
def test_workers_are_as_many_as_the_settings_say(workers):
    """None of one's own means: this process works itself."""
    settings = resolved(workers=workers, evaluator="own_parts:synthetic")
    with open_workers(settings) as executor:
        assert executor.workers == max(1, workers)


@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("own_parts:failing", r"to be built, got:[\s\S]*licence server does not"),
        ("own_parts:nowhere", "has no 'nowhere'"),
        ("own_parts:Nothing", r"to give an evonas\.Evaluator, got Nothing"),
    ],
)
def test_an_evaluator_that_cannot_be_built_is_told_at_once(workers, reference, message):
    """Otherwise every candidate of the search would fail with it."""
    settings = resolved(workers=workers, evaluator=reference)
    with (
        pytest.raises(ConfigError, match=f"`evaluator`: .*{message}"),
        open_workers(settings),
    ):
        pass


def test_a_loss_that_does_not_exist_is_told_at_once():
    """It is looked for where torch may be imported: on the worker."""
    settings = resolved(workers=1, loss="own_parts:nowhere")
    with (
        pytest.raises(ConfigError, match=r"`loss`: .*has no 'nowhere'"),
        open_workers(settings),
    ):
        pass


def test_a_device_that_no_worker_has_is_told_at_once(monkeypatch):
    """Otherwise every candidate of the search would crash with it."""
    monkeypatch.setattr("torch.cuda.device_count", lambda: 0)
    with (
        pytest.raises(ConfigError, match="`device`: expected auto or one of cpu on"),
        open_workers(resolved(workers=0, device="cuda")),
    ):
        pass


def test_a_signal_is_a_reason_to_stop():
    """SIGTERM sets a flag; the reason is its name."""
    with stopping() as reason:
        assert reason() == ""
        os.kill(os.getpid(), signal.SIGTERM)
        assert reason() == "SIGTERM"


def test_the_wall_time_is_a_reason_to_stop():
    """Zero seconds are over at once."""
    with stopping(3600.0) as reason:
        assert reason() == ""
    with stopping(0.0) as reason:
        assert reason() == "wall time"


def test_stopping_works_outside_the_main_thread():
    """A notebook's thread gets no signals, and needs none."""
    seen: list[str] = []

    def work() -> None:
        with stopping(0.0) as reason:
            seen.append(reason())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == ["wall time"]

"""Opening workers, stopping, and what is checked on them first."""

from __future__ import annotations

import pytest

from evonas.build import check_latency, open_workers, resolve
from evonas.config import config_from_json
from evonas.errors import ConfigError, EvonasWarning


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


@pytest.mark.parametrize(
    ("sections", "named"),
    [
        ({"fidelity": {"memory_limit_bytes": 10**9}}, "memory_limit_bytes: exp"),
        (
            {
                "fidelity": {"memory_limit_bytes": 10**9, "time_limit_seconds": 5.0},
                "evaluator": "own_parts:synthetic",
            },
            "memory_limit_bytes and fidelity.time_limit_seconds: exp",
        ),
    ],
)
def test_limits_that_nothing_enforces_are_told_once(sections, named):
    """Without workers; with them they are kept, and nothing is said."""
    with (
        pytest.warns(EvonasWarning, match=f"^fidelity.{named}.*got workers: 0") as told,
        open_workers(resolved(workers=0, **sections)),
    ):
        pass
    assert len(told) == 1
    with open_workers(resolved(workers=1, **sections)):
        pass


def test_limits_that_training_keeps_itself_need_no_warning():
    """It looks at the clock between two steps; nothing is told of defaults either."""
    with open_workers(resolved(workers=0, fidelity={"time_limit_seconds": 5.0})):
        pass
    with open_workers(resolved(workers=0, evaluator="own_parts:synthetic")):
        pass


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


@pytest.mark.parametrize("workers", [0, 1])
def test_a_latency_that_nothing_is_within_is_told_at_once(workers):
    """With what was measured; one that is within reach passes, as none at all does."""
    for limit, refused in ((1e-9, True), (1e3, False), (None, False)):
        settings = resolved(
            workers=workers, space={"limits": {"latency_seconds": limit}}
        )
        with open_workers(settings) as executor:
            if not refused:
                check_latency(settings, executor)
                continue
            with pytest.raises(
                ConfigError,
                match=r"^space\.limits\.latency_seconds: .* got 1e-09 s; one sample "
                r"through them takes \d",
            ):
                check_latency(settings, executor)


def test_a_latency_that_cannot_be_measured_is_told(monkeypatch):
    """With the error of the worker."""
    monkeypatch.setattr("evonas.build.parts.TRAINING", "own_parts:failing")
    settings = resolved(workers=0, space={"limits": {"latency_seconds": 1.0}})
    with (
        open_workers(settings) as executor,
        pytest.raises(ConfigError, match=r"to be measured, got:[\s\S]*licence server"),
    ):
        check_latency(settings, executor)


def test_the_latency_of_an_evaluator_of_ones_own_is_its_own():
    """Nothing of it is trained or measured here."""
    settings = resolved(
        workers=0,
        evaluator="own_parts:synthetic",
        space={"limits": {"latency_seconds": 1e-9}},
    )
    with open_workers(settings) as executor:
        check_latency(settings, executor)

"""Tests of the evaluator's settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evonas.errors import ConfigError
from evonas.training import TrainingSettings


def test_plain_json_becomes_settings() -> None:
    """None means absent, paths and lists get their types."""
    settings = TrainingSettings.from_json(
        {"metrics": ["matthews"], "weights_directory": "run/weights", "loss": None}
    )
    assert settings.metrics == ("matthews",)
    assert settings.weights_directory == Path("run/weights")
    assert settings.loss is None


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"thread": 2}, "unknown key 'thread'.*did you mean 'threads'"),
        ({"threads": 0}, "threads: expected 1 or more, got 0"),
        ({"time_limit_seconds": 0}, "time_limit_seconds: expected more than 0"),
        ({"latency_limit_seconds": -1}, "latency_limit_seconds: expected more than 0"),
    ],
)
def test_wrong_settings_are_told(data: dict[str, Any], message: str) -> None:
    """Key, expectation and finding are named."""
    with pytest.raises(ConfigError, match=message):
        TrainingSettings.from_json(data)

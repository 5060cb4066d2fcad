"""Tests of the `task:` section."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evonas.errors import ConfigError
from evonas.tasks import TaskSettings


def test_absent_and_empty_keys_take_their_defaults() -> None:
    """None means absent, as an empty YAML value does."""
    settings = TaskSettings.from_json({"name": "digits", "metric": None})
    assert settings == TaskSettings(name="digits")
    assert TaskSettings.from_json({"path": "~/a.npz"}).path == Path.home() / "a.npz"


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({}, "either `name`.*got neither"),
        ({"name": "digits", "path": "a.npz"}, "either `name`.*got both"),
        ({"name": "digits", "sise": "mini"}, "unknown key.*did you mean 'size'"),
        ({"name": "digits", "size": "tiny"}, "expected full or mini, got 'tiny'"),
        ({"name": "digits", "validation_share": 1.0}, "between 0 and 1, got 1.0"),
        ({"name": "cola", "max_length": 0}, "max_length: expected more than 0, got 0"),
        ({"name": "heart-rate", "signal": "x"}, "contact or skin_rgb, got 'x'"),
        ({"path": "a.npz", "size": "mini"}, "task.size: has no meaning"),
        ({"path": "a.npz", "directory": "b"}, "task.directory: has no meaning"),
    ],
)
def test_wrong_sections_are_told(section: dict[str, Any], message: str) -> None:
    """Key, expectation and finding are named."""
    with pytest.raises(ConfigError, match=message):
        TaskSettings.from_json(section)

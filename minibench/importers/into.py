"""Importing into a database: all that a source holds, or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from evonas.architecture.wording import shown
from evonas.errors import ConfigError
from minibench.database import Added, Database, Writer
from minibench.importers.importer import (
    Found,
    ImportOptions,
    Progress,
    closest_hint,
)
from minibench.importers.registry import IMPORTERS
from minibench.problems import Problem
from minibench.records import BenchRecord


def _quiet(done: int, total: int | None) -> None:
    """Tells nobody."""


def read_source(
    name: str, source: Any = None, *, progress: Progress = _quiet, **options: Any
) -> Iterator[Found]:
    """The records of a source, each with the problem that it names.

    What can be told at once is told at once; other faults come when their turn does.

    Args:
        name: one of `IMPORTERS`.
        source: path of a file, or an object; None where the importer needs none.
        progress: is told how far it is: things done, and of how many.
        options: fields of `ImportOptions` that the importer has.

    Raises:
        ConfigError: there is no such importer, or an option has no meaning for it.
        DataError: the source is none; with file and line, record or key.
    """
    return _read(name, source, ImportOptions(**options), progress)


def _read(
    name: str, source: Any, options: ImportOptions, progress: Progress
) -> Iterator[Found]:
    if name not in IMPORTERS:
        raise ConfigError(
            f"import: expected one of {', '.join(IMPORTERS)}, got {shown(name)}"
            f"{closest_hint(name, IMPORTERS)}"
        )
    importer = IMPORTERS[name]
    importer.check(name, options)
    if isinstance(source, str):
        source = Path(source)
    if source is None and not {"package", "nothing"} & set(importer.takes):
        expected = " or ".join(_SOURCES[one] for one in importer.takes)
        raise ConfigError(f"import {name}: expected {expected}, got none")
    if isinstance(source, Path) and "nothing" in importer.takes:
        raise ConfigError(f"import {name}: expected no path, got {source}")
    if isinstance(source, Path) and importer.takes == ("package",):
        raise ConfigError(
            f"import {name}: expected no path, since a package ships the table; got "
            f"{source}"
        )
    return importer.read(source, options, progress)


_SOURCES = {"file": "the path of a file", "object": "an object from Python"}


def import_into(
    database: Database,
    name: str,
    source: Any = None,
    *,
    progress: Progress = _quiet,
    **options: Any,
) -> Added:
    """Take all that a source holds into a database, or, at a fault, nothing.

    Records that are there already stay as they are. For `rows`, the problems of the
    database are known as well as those given.

    Args:
        database: open.
        name: one of `IMPORTERS`.
        source: see `read_source`.
        progress: see `read_source`.
        options: see `read_source`.

    Raises:
        ConfigError: see `read_source`.
        DataError: see `read_source`; or a record cannot be right.
        ConflictError: the database knows a problem of this key that is another one.
    """
    chosen = ImportOptions(**options)
    if name == "rows":
        with database.reading() as reader:
            known = reader.problems()
        given = {problem.key: problem for problem in chosen.problems}
        chosen = replace(chosen, problems=tuple({**known, **given}.values()))
    found = _read(name, source, chosen, progress)
    with database.writing() as writer:
        return writer.add(_put(writer, found))


def _put(writer: Writer, found: Iterator[Found]) -> Iterator[BenchRecord]:
    """The records, each after its problem."""
    last: Problem | None = None
    for problem, record in found:
        if problem is not last:
            writer.put(problem)
            last = problem
        yield record

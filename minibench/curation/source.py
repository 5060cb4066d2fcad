"""Where curators find records: in a database, or in its text form."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Protocol

from minibench.database import Database, History, Reader
from minibench.problems import Problem
from minibench.records import BenchRecord
from minibench.selection import Selection
from minibench.text_form import ENDING, read_text

#: ids that are asked for at once
_ASKED = 500


class Source(Protocol):
    """Problems and records, to be compared and taken over."""

    def problems(self) -> dict[str, Problem]:
        """Every problem by its key."""

    def histories(self) -> dict[str, History]:
        """Every record's id with what is known without its content."""

    def records(self, ids: Collection[str]) -> Iterator[BenchRecord]:
        """The records of these ids, in any order."""


class DatabaseSource:
    """A database that is being read.

    Args:
        reader: of it.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def problems(self) -> dict[str, Problem]:
        """Every problem by its key."""
        return self._reader.problems()

    def histories(self) -> dict[str, History]:
        """Every record's id with what is known without its content."""
        return self._reader.histories()

    def records(self, ids: Collection[str]) -> Iterator[BenchRecord]:
        """The records of these ids."""
        wanted = sorted(ids)
        for start in range(0, len(wanted), _ASKED):
            part = tuple(wanted[start : start + _ASKED])
            yield from self._reader.records(Selection(ids=part))


class TextSource:
    """A text form; read anew for every question, since it may not fit in memory.

    Args:
        path: directory, or one file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def problems(self) -> dict[str, Problem]:
        """Every problem by its key."""
        return {problem.key: problem for problem in read_text(self._path).problems}

    def histories(self) -> dict[str, History]:
        """Every record's id with what is known without its content."""
        found: dict[str, History] = {}
        for record in read_text(self._path).records:
            earlier = found.get(record.id)
            reviews = set(record.reviews) | set(earlier.reviews if earlier else ())
            found[record.id] = History(record.problem, tuple(sorted(reviews)))
        return found

    def records(self, ids: Collection[str]) -> Iterator[BenchRecord]:
        """The records of these ids, each once, with all of its reviews."""
        histories = self.histories()
        wanted = set(ids)
        for record in read_text(self._path).records:
            if record.id in wanted:
                wanted.remove(record.id)
                yield record.reviewed(*histories[record.id].reviews)


@contextlib.contextmanager
def open_source(where: str) -> Iterator[Source]:
    """A database by file or URL, or a text form by directory or file.

    Args:
        where: it is.

    Raises:
        InputError: there is none of them.
    """
    path = Path(where)
    if "://" not in where and (path.is_dir() or path.suffix == ENDING):
        yield TextSource(path)
        return
    with Database.open(where) as database, database.reading() as reader:
        yield DatabaseSource(reader)

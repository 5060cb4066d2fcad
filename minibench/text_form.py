"""The text form of a database: one file of JSON lines a problem, for review in git.

::

    dots@v1.jsonl
        {"problem": {...}}                              first
        {"architecture": {...}, "id": "07c1..."}        then every network by its id,
        {"record": {..., "architecture": "07c1..."}}        its records by theirs,
        {"record_id": "448a...", "review": {...}}           and theirs by time

Equal contents give equal bytes. A new network is a block of new lines, a review is one,
and no line ever changes, so that git shows and merges what people did. Lines are read
in whatever order, as long as a thing stands before what names it, and a review right
after its record.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO

from evonas.architecture import Architecture
from evonas.architecture.wording import shown
from evonas.errors import ConflictError, DataError, InputError
from evonas.storage.files import UNFINISHED, remove_unfinished, sync_directory
from minibench import strict
from minibench.batch import Batch
from minibench.canonical import canonical
from minibench.checks import check
from minibench.database import Reader
from minibench.packing import unpack_architecture, unpack_record
from minibench.problems import Problem
from minibench.records import BenchRecord, read_architecture
from minibench.reviews import Review
from minibench.written import written

#: how the names of its files end
ENDING = ".jsonl"

#: of the line of a problem, as we write it and as people do
_BEGINS_PROBLEM = re.compile(rb'\{\s*"problem"\s*:')


def write_directory(reader: Reader, directory: Path) -> list[Path]:
    """Write a database as text, each file whole or not at all.

    Args:
        reader: of the database.
        directory: is made if it is not there; files of the same problems are replaced.

    Returns:
        The files, sorted.

    Raises:
        DataError: nothing can be written, or files of other problems are there.
    """
    problems = reader.problems()
    paths = {f"{key}{ENDING}": problem for key, problem in problems.items()}
    try:
        directory.mkdir(parents=True, exist_ok=True)
        strange = sorted(
            path.name for path in _files(directory) if path.name not in paths
        )
        if strange:
            raise DataError(
                f"{directory}: expected text forms of this database's problems alone, "
                f"got {strange[0]} besides; import it first, or choose another "
                "directory"
            )
        remove_unfinished(directory)
        for name, problem in paths.items():
            with _replacing(directory / name) as file:
                for line in lines(reader, problem):
                    file.write(line)
        sync_directory(directory)
    except OSError as error:
        raise DataError(
            f"{directory}: expected to write the text form here, got "
            f"{error.strerror}; every file in it is still whole: make room or check "
            "the permissions, then export again"
        ) from error
    return sorted(directory / name for name in paths)


def lines(reader: Reader, problem: Problem) -> Iterator[bytes]:
    """The lines of a problem's file.

    Args:
        reader: of the database.
        problem: of it.
    """
    yield f"{canonical({'problem': problem.to_json()})}\n".encode()
    last = ""
    for row in reader.texts(problem):
        with reader.intact(row):
            content = unpack_record(row.content)
            known = row.architecture_id == last
            text = "" if known else canonical(unpack_architecture(row.architecture))
        if not known:
            last = row.architecture_id
            yield f'{{"architecture":{text},"id":"{last}"}}\n'.encode()
        yield f'{{"record":{content}}}\n'.encode()
        for review in row.reviews:
            data = {"record_id": row.id, "review": review.to_json()}
            yield f"{canonical(data)}\n".encode()


def read_text(
    path: Path,
    known: Mapping[str, Problem] | None = None,
    fault: Callable[[InputError], None] | None = None,
) -> Batch:
    """Problems and records of a text form, checked line by line as they are taken.

    Args:
        path: a directory with one file a problem, or one file.
        known: problems that its records may be of without a line for them.
        fault: is told of every line of a record that is wrong, which is then left out;
            None: the first one is raised.

    Raises:
        DataError: there is none, or a line is wrong; the message names file and line.
    """
    try:
        files = _files(path) if path.is_dir() else [path]
        if not files:
            raise DataError(
                f"{path}: expected a directory with files that end in {ENDING}, got "
                "none in it; `minibench export` writes them"
            )
        problems: dict[str, Problem] = {}
        for file in files:
            for problem in _problems(file):
                earlier = problems.get(problem.key, problem)
                problems[problem.key] = earlier.united(problem)
    except OSError as error:
        raise _unread(path, error) from error
    every = {**(known or {}), **problems}
    return Batch(
        tuple(problems.values()),
        (record for file in files for record in _File(file, every, fault).records()),
    )


def _problems(path: Path) -> Iterator[Problem]:
    """The problems of a file: they are what it begins with."""
    for place, line in _numbered(path):
        if not _BEGINS_PROBLEM.match(line):
            return
        data = strict.Fields(strict.parse(line, place), place, ("problem",))
        yield Problem.from_json(data.raw("problem"), f"{place}: problem")


def _files(directory: Path) -> list[Path]:
    return sorted(path for path in directory.iterdir() if path.suffix == ENDING)


def _numbered(path: Path) -> Iterator[tuple[str, bytes]]:
    """Lines without their end, each with its place; empty ones are left out."""
    with open(path, "rb") as file:
        number = 0
        while line := file.readline(strict.MAX_BYTES + 2):
            number += 1
            if stripped := line.strip():
                yield f"{path}, line {number}", stripped


class _File:
    """Reads the records of one file.

    Args:
        path: of the file.
        problems: that its records may be of.
        fault: see `read_text`.
    """

    def __init__(
        self,
        path: Path,
        problems: Mapping[str, Problem],
        fault: Callable[[InputError], None] | None,
    ) -> None:
        self._path = path
        self._problems = problems
        self._fault = fault
        # A file may have more architectures than fit in memory as objects.
        self._packed: dict[str, bytes] = {}
        self._last: tuple[str, Architecture] | None = None

    def records(self) -> Iterator[BenchRecord]:
        """Every record with its reviews."""
        record: BenchRecord | None = None
        reviews: list[Review] = []
        try:
            for place, line in _numbered(self._path):
                try:
                    data = strict.parse(line, place)
                    if isinstance(data, dict) and "review" in data:
                        reviews.append(self._review(data, place, record))
                        continue
                    taken = self._take(data, place)
                except (DataError, ConflictError) as error:
                    if self._fault is None:
                        raise
                    self._fault(error)
                    continue
                if record is not None:
                    yield record.reviewed(*reviews) if reviews else record
                record, reviews = taken, []
            if record is not None:
                yield record.reviewed(*reviews) if reviews else record
        except OSError as error:
            raise _unread(self._path, error) from error

    def _take(self, data: object, place: str) -> BenchRecord | None:
        """What a line holds, if it is a record."""
        fields = strict.Fields(data, place, ("problem", "architecture", "id", "record"))
        if fields.has("record"):
            return self._record(fields, place)
        if fields.has("architecture"):
            self._architecture(fields, place)
        elif fields.has("problem"):
            problem = Problem.from_json(fields.raw("problem"), f"{place}: problem")
            if problem.key not in self._problems:
                raise DataError(
                    f"{place}: problem {problem.key}: expected problems at the "
                    "beginning of the file, got one after other lines"
                )
        else:
            raise DataError(
                f"{place}: expected a line with problem, architecture, record or "
                "review, got none of them"
            )
        return None

    def _record(self, fields: strict.Fields, place: str) -> BenchRecord:
        record = BenchRecord.from_json(fields.raw("record"), place, self._looked_up)
        problem = self._problems.get(record.problem)
        if problem is None:
            raise DataError(
                f"{place}: problem: expected a problem that stands at the beginning of "
                f"the file or is in the database, got {record.problem}"
            )
        check(record, problem, place)
        return record

    def _architecture(self, fields: strict.Fields, place: str) -> None:
        found = read_architecture(fields.raw("architecture"), f"{place}: architecture")
        form = written(found)
        if fields.raw("id") != form.id:
            raise ConflictError(
                f"{place}: id: expected {form.id}, which the architecture gives, got "
                f"{shown(fields.raw('id'))}; it was changed after it was written"
            )
        self._packed[form.id] = form.packed
        self._last = form.id, found

    def _looked_up(self, identity: str) -> Architecture:
        if self._last is None or self._last[0] != identity:
            data = unpack_architecture(self._packed[identity])
            self._last = identity, Architecture.from_json(data)
        return self._last[1]

    def _review(self, data: object, place: str, record: BenchRecord | None) -> Review:
        fields = strict.Fields(data, place, ("record_id", "review"))
        found = fields.raw("record_id")
        if record is None or found != record.id:
            raise DataError(
                f"{place}: record_id: expected that of the record right before it, "
                f"{'of which there is none' if record is None else record.id}; got "
                f"{shown(found)}"
            )
        return Review.from_json(fields.raw("review"), f"{place}: review")


@contextlib.contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    """A file that is written beside `path` and takes its place at the end."""
    beside = path.with_name(f".{path.name}.{os.getpid()}{UNFINISHED}")
    try:
        with open(beside, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise


def _unread(path: Path, error: OSError) -> DataError:
    return DataError(
        f"{path}: expected a text form, a directory or a file of JSON lines, got "
        f"{error.strerror}"
    )

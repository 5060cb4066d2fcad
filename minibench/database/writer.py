"""Writing: problems, records, reviews; all of it takes effect at once, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Table, func, insert, select, update
from sqlalchemy.engine import Connection

from evonas.errors import DataError
from minibench.canonical import canonical
from minibench.checks import check
from minibench.database import schema
from minibench.database.opening import Place
from minibench.database.reader import CHUNK, Reader
from minibench.packing import pack_record
from minibench.problems import Problem
from minibench.records import BenchRecord
from minibench.reviews import Review
from minibench.written import written


@dataclass(slots=True)
class Added:
    """What became of records that were given.

    Attributes:
        new: were not there.
        known: were there already, and stay as they are.
        other_reviews: of the known ones, came with reviews that are not there; `merge`
            takes reviews over, adding does not.
    """

    new: int = 0
    known: int = 0
    other_reviews: int = 0


class Writer:
    """Writes within one transaction.

    Args:
        connection: in the transaction, holding the right to write.
        place: of the database, for messages.

    Attributes:
        reader: of the same transaction.
    """

    def __init__(self, connection: Connection, place: Place) -> None:
        self._connection = connection
        self.reader = Reader(connection, place)
        self._problems = self.reader.problems()
        self._numbers: dict[str, int] = {}
        self._next = {
            table.name: 1 + (self._max(table) or 0)
            for table in (
                schema.problems,
                schema.architectures,
                schema.records,
                schema.reviews,
            )
        }

    def put(self, problem: Problem) -> bool:
        """Take a problem in; of one that is there, the characterisation it lacks.

        Returns:
            Whether that changed anything.

        Raises:
            ConflictError: it is another problem, or says otherwise.
        """
        known = self._problems.get(problem.key)
        return self.replace(problem if known is None else known.united(problem))

    def replace(self, problem: Problem) -> bool:
        """As `put`, but what the problem says holds from now on.

        Raises:
            ConflictError: another problem has its key.
        """
        known = self._problems.get(problem.key)
        text = canonical(problem.to_json())
        table = schema.problems
        if known is None:
            row = {
                "number": self._number(table),
                "key": problem.key,
                "content": text,
            }
            self._connection.execute(insert(table), [row])
        else:
            known.check_same(problem)
            if text == canonical(known.to_json()):
                return False
            self._connection.execute(
                update(table).where(table.c.key == problem.key).values(content=text)
            )
        self._problems[problem.key] = problem
        return True

    def add(self, records: Iterable[BenchRecord]) -> Added:
        """Take records in; those that are there already stay as they are.

        Args:
            records: of problems that are there; read once.

        Raises:
            DataError: a record cannot be right, or its problem is not there.
        """
        added = Added()
        for part in _parts(records):
            distinct = {record.id: record for record in part}
            known = self.reader.known(list(distinct))
            new = [record for record in distinct.values() if record.id not in known]
            self._insert(new)
            added.new += len(new)
            added.known += len(part) - len(new)
            added.other_reviews += sum(
                not set(distinct[one].reviews) <= set(reviews)
                for one, reviews in known.items()
            )
        return added

    def review(self, reviews: Sequence[tuple[str, Review]]) -> int:
        """Add reviews to histories; what is there already is not added again.

        Args:
            reviews: each with the id of its record, which is there.

        Returns:
            How many are new.
        """
        count = 0
        for start in range(0, len(reviews), CHUNK):
            part = reviews[start : start + CHUNK]
            ids = sorted({one for one, _ in part})
            known = self.reader.known(ids)
            numbers = self._numbers_of(schema.records, ids)
            new = {one: set[Review]() for one in ids}
            for one, review in part:
                if review not in known[one]:
                    new[one].add(review)
            rows = [
                self._review_row(numbers[one], review)
                for one in ids
                for review in sorted(new[one])
            ]
            if rows:
                self._connection.execute(insert(schema.reviews), rows)
            for one in ids:
                if new[one]:
                    last = max({*known[one], *new[one]})
                    table = schema.records
                    self._connection.execute(
                        update(table)
                        .where(table.c.number == numbers[one])
                        .values(state=last.state.value)
                    )
            count += len(rows)
        return count

    def _insert(self, records: Sequence[BenchRecord]) -> None:
        """Insert records that are new, with their architectures and reviews."""
        problems = [self._checked(record) for record in records]
        architectures = self._architectures(records)
        rows, reviews = [], []
        for record, problem in zip(records, problems, strict=True):
            value = record.value(problem)
            number = self._number(schema.records)
            rows.append(
                {
                    "number": number,
                    "id": record.id,
                    "problem": self._problem_number(problem.key),
                    "architecture": architectures[record.architecture_id],
                    "gain": None if value is None else problem.gain(value),
                    "state": record.state.value,
                    "strategy": record.strategy,
                    "run": record.run,
                    "content": pack_record(content_text(record)),
                }
            )
            reviews += [self._review_row(number, one) for one in record.reviews]
        if rows:
            self._connection.execute(insert(schema.records), rows)
        if reviews:
            self._connection.execute(insert(schema.reviews), reviews)

    def _checked(self, record: BenchRecord) -> Problem:
        problem = self._problems.get(record.problem)
        place = f"record {record.id} of run {record.run}"
        if problem is None:
            raise DataError(
                f"{place}: problem: expected one that is known, "
                f"{', '.join(self._problems) or 'of which there are none'}; got "
                f"{record.problem}; give the problem before its records"
            )
        check(record, problem, place)
        return problem

    def _architectures(self, records: Sequence[BenchRecord]) -> dict[str, int]:
        """Numbers of the records' architectures, by id; new ones are inserted."""
        distinct = {one.architecture_id: one for one in records}
        numbers = self._numbers_of(schema.architectures, list(distinct))
        rows = []
        for identity, record in distinct.items():
            if identity not in numbers:
                numbers[identity] = self._number(schema.architectures)
                rows.append(
                    {
                        "number": numbers[identity],
                        "id": identity,
                        "fingerprint": record.fingerprint,
                        "content": written(record.architecture).packed,
                    }
                )
        if rows:
            self._connection.execute(insert(schema.architectures), rows)
        return numbers

    def _numbers_of(self, table: Table, ids: Sequence[str]) -> dict[str, int]:
        if not ids:
            return {}
        rows = self._connection.execute(
            select(table.c.id, table.c.number).where(table.c.id.in_(ids))
        )
        return {row.id: row.number for row in rows}

    def _problem_number(self, key: str) -> int:
        if key not in self._numbers:
            table = schema.problems
            self._numbers[key] = self._connection.execute(
                select(table.c.number).where(table.c.key == key)
            ).scalar_one()
        return self._numbers[key]

    def _review_row(self, record: int, review: Review) -> dict[str, Any]:
        return {
            "number": self._number(schema.reviews),
            "record": record,
            **review.to_json(),
        }

    def _number(self, table: Table) -> int:
        self._next[table.name] += 1
        return self._next[table.name] - 1

    def _max(self, table: Table) -> int | None:
        return self._connection.execute(select(func.max(table.c.number))).scalar()


def content_text(record: BenchRecord) -> str:
    """What is kept of a record in its row: all but its architecture and reviews."""
    data = record.to_json(reference=True)
    del data["reviews"]
    return canonical(data)


def _parts(records: Iterable[BenchRecord]) -> Iterator[list[BenchRecord]]:
    rest = iter(records)
    while part := list(islice(rest, CHUNK)):
        yield part

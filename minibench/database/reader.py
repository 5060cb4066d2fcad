"""Reading: problems, records, what is known of them; all of one moment."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.engine import Connection, Row

from evonas.architecture import Architecture
from evonas.candidate import Candidate
from evonas.errors import DatabaseError
from evonas.evaluation import Fidelity
from minibench.database import schema
from minibench.database.damage import damaged, intact
from minibench.database.opening import Place
from minibench.database.queries import joined, restricted
from minibench.packing import unpack_architecture, unpack_record
from minibench.problems import Problem
from minibench.records import BenchRecord, read_architecture
from minibench.reviews import TOLD, Review, State
from minibench.selection import EVERYTHING, Selection

#: rows that are fetched at once
CHUNK = 500
#: architectures that are remembered while records are read
_KNOWN = 2_000


class History(NamedTuple):
    """What is known of a record without its content."""

    problem: str
    reviews: tuple[Review, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """How many records a problem has, and the best.

    Attributes:
        problem: that they are of.
        states: state → records.
        architectures: different ones, up to isomorphism.
        best: value of the metric among records that are not rejected; None: none.
    """

    problem: Problem
    states: dict[State, int]
    architectures: int
    best: float | None


class TextRow(NamedTuple):
    """A record as texts that are already canonical."""

    architecture_id: str
    architecture: bytes
    id: str
    content: bytes
    reviews: tuple[Review, ...]


class Reader:
    """Reads within one transaction.

    Args:
        connection: in the transaction.
        place: of the database, for messages.
    """

    def __init__(self, connection: Connection, place: Place) -> None:
        self._connection = connection
        self._place = place
        self._architectures: dict[int, Architecture] = {}

    def problems(self) -> dict[str, Problem]:
        """Every problem by its key, sorted."""
        rows = self._connection.execute(
            select(schema.problems.c.key, schema.problems.c.content)
        )
        return {
            key: self._problem(key, content)
            for key, content in sorted((row.key, row.content) for row in rows)
        }

    def problem(self, name: str) -> Problem:
        """A problem by its key, or by its name where only one has it.

        Raises:
            DatabaseError: there is none, or several.
        """
        known = self.problems()
        if name in known:
            return known[name]
        same = [key for key in known if key.partition("@")[0] == name]
        if len(same) == 1:
            return known[same[0]]
        found = f"several of that name: {', '.join(same)}" if same else repr(name)
        raise DatabaseError(
            f"{self._place}: expected one of its problems, "
            f"{', '.join(known) or 'of which there are none'}; got {found}"
        )

    def counts(self) -> list[Count]:
        """How many records every problem has, by key."""
        records, architectures = schema.records.c, schema.architectures.c
        rows = self._connection.execute(
            select(
                schema.problems.c.key,
                records.state,
                func.count(records.number),
                func.max(records.gain),
            )
            .join_from(schema.problems, schema.records)
            .group_by(schema.problems.c.key, records.state)
        ).all()
        different = {
            row[0]: row[1]
            for row in self._connection.execute(
                select(
                    schema.problems.c.key,
                    func.count(architectures.fingerprint.distinct()),
                )
                .join_from(schema.problems, schema.records)
                .join(schema.architectures)
                .group_by(schema.problems.c.key)
            )
        }
        counts = []
        for key, problem in self.problems().items():
            own = [row for row in rows if row[0] == key]
            with intact(f"{self._place}: records of {key}"):
                states = {State(row[1]): int(row[2]) for row in own}
                gains = [
                    float(row[3])
                    for row in own
                    if row[3] is not None and row[1] != State.REJECTED
                ]
            best = max(gains, default=None)
            counts.append(
                Count(
                    problem,
                    {state: states.get(state, 0) for state in State},
                    different.get(key, 0),
                    None if best is None else problem.gain(best),
                )
            )
        return counts

    def top(
        self,
        problem: Problem,
        count: int,
        selection: Selection | None = None,
    ) -> list[BenchRecord]:
        """The best records of a problem, the best first; those without a value last.

        Args:
            problem: of the database.
            count: how many; fewer come where there are fewer.
            selection: of that problem; None: those that are not rejected.
        """
        columns = schema.records.c
        if selection is None:
            selection = Selection(problem.key, states=TOLD)
        query = (
            self._query(selection)
            .order_by(columns.gain.desc().nulls_last(), columns.id)
            .limit(count)
        )
        return list(self._records(query))

    def records(self, selection: Selection = EVERYTHING) -> Iterator[BenchRecord]:
        """Records by problem and id, read while they are taken."""
        query = self._query(selection).order_by(
            schema.problems.c.key, schema.records.c.id
        )
        return self._records(query)

    def record(self, prefix: str) -> BenchRecord:
        """The one record whose id begins so.

        Raises:
            DatabaseError: there is none, or several.
        """
        found = self.ids_of(prefix)
        if len(found) != 1:
            several = f"several, {', '.join(found[:3])}…; give more digits"
            raise DatabaseError(
                f"{self._place}: expected one record whose id begins with {prefix!r}, "
                f"got {several if found else 'none; `minibench list` names them'}"
            )
        place = f"{self._place}: record {found[0]}"
        with intact(place):
            selection = Selection(ids=(found[0],))
        for record in self.records(selection):
            return record
        raise damaged(place, "its problem or its network is not there")

    def trainings(
        self,
        problem: str,
        candidate: Candidate,
        fidelity: Fidelity,
        seed: int,
        states: Sequence[State] = tuple(State),
    ) -> Iterator[BenchRecord]:
        """Records of an equal candidate at an equal fidelity, without their reviews.

        Those with the seed come first, then the approved ones, each kind by their ids;
        each is read when it is taken. Where the recipe is not known nobody knows what
        is equal, so these are not among them.

        Args:
            problem: its key; that of a problem that is not there has no records.
            candidate: architecture, up to isomorphism, and recipe.
            fidelity: all of it.
            seed: of the training that is asked for.
            states: that the records may have.
        """
        records, architectures = schema.records.c, schema.architectures.c
        # One step after the other: left to itself, SQLite may go through all records of
        # the problem. Those of one network are few, unless it was trained by thousands
        # of recipes; so only those that fit are read in full.
        fingerprint = candidate.architecture.fingerprint()
        same = list(
            self._connection.scalars(
                select(architectures.number).where(
                    architectures.fingerprint == fingerprint
                )
            )
        )
        rows = self._connection.execute(
            select(records.number, records.id, records.content)
            .where(
                records.architecture.in_(same),
                records.state.in_([str(one) for one in states]),
            )
            .order_by(records.state, records.id)
        )
        wanted = {
            "problem": problem,
            "recipe": candidate.recipe.lasting_json(),
            "fidelity": fidelity.to_json(),
        }
        fitting: list[tuple[bool, int, int]] = []
        for row in rows:
            content = self._content(row.id, row.content)
            if all(content.get(name) == value for name, value in wanted.items()):
                fitting.append((content.get("seed") != seed, len(fitting), row.number))
        query = joined(self._selected())
        for _, _, number in sorted(fitting):
            one = self._connection.execute(query.where(records.number == number)).one()
            yield self._record(one, ())

    def ids_of(self, prefix: str) -> list[str]:
        """The first ids, four at most, that begin so."""
        column = schema.records.c.id
        # ids are of these digits alone, so that "g" comes after all of them
        query = select(column).where(column >= prefix, column < prefix + "g")
        return list(self._connection.scalars(query.order_by(column).limit(4)))

    def ids(self, selection: Selection) -> list[str]:
        """Ids of the records that are meant, sorted."""
        query = joined(select(schema.records.c.id))
        return sorted(
            self._connection.scalars(restricted(query, selection, self.problem))
        )

    def histories(self) -> dict[str, History]:
        """Every record's id with what is known without its content."""
        told = self._reviews()
        rows = self._connection.execute(
            select(
                schema.records.c.number, schema.records.c.id, schema.problems.c.key
            ).join_from(schema.records, schema.problems)
        )
        return {
            row.id: History(row.key, tuple(told.get(row.number, ()))) for row in rows
        }

    def known(self, ids: Sequence[str]) -> dict[str, tuple[Review, ...]]:
        """Those of the ids that have a record, with its reviews."""
        columns = schema.records.c
        found: dict[str, tuple[Review, ...]] = {}
        for start in range(0, len(ids), CHUNK):
            rows = self._connection.execute(
                select(columns.number, columns.id).where(
                    columns.id.in_(ids[start : start + CHUNK])
                )
            ).all()
            told = self._reviews([row.number for row in rows]) if rows else {}
            found |= {row.id: tuple(told.get(row.number, ())) for row in rows}
        return found

    def texts(self, problem: Problem) -> Iterator[TextRow]:
        """The records of a problem as texts, by architecture's id and own id."""
        told = self._reviews()
        query = (
            select(
                schema.records.c.number,
                schema.records.c.id,
                schema.records.c.content,
                schema.architectures.c.id.label("architecture_id"),
                schema.architectures.c.content.label("architecture"),
            )
            .join_from(schema.records, schema.architectures)
            .join(schema.problems)
            .where(schema.problems.c.key == problem.key)
            .order_by(schema.architectures.c.id, schema.records.c.id)
            .execution_options(yield_per=CHUNK)
        )
        for row in self._connection.execute(query):
            yield TextRow(
                row.architecture_id,
                row.architecture,
                row.id,
                row.content,
                tuple(told.get(row.number, ())),
            )

    def intact(self, row: TextRow) -> AbstractContextManager[None]:
        """A block that reads a row's texts; whatever is wrong with them is damage."""
        return intact(f"{self._place}: record {row.id}")

    def _problem(self, key: str, content: str) -> Problem:
        with intact(f"{self._place}: problem {key}"):
            found = Problem.from_json(json.loads(content))
            if found.key != key:
                raise ValueError(f"problem {found.key} in its place")
            return found

    def _query(self, selection: Selection) -> Select[Any]:
        """Rows that `_records` makes records of."""
        return restricted(joined(self._selected()), selection, self.problem)

    def _selected(self) -> Select[Any]:
        """The columns that `_record` makes a record of."""
        return select(
            schema.records.c.number,
            schema.records.c.id,
            schema.records.c.content,
            schema.records.c.architecture,
            schema.problems.c.key.label("problem_key"),
            schema.architectures.c.content.label("packed_architecture"),
        )

    def _records(self, query: Select[Any]) -> Iterator[BenchRecord]:
        rows = self._connection.execute(query.execution_options(yield_per=CHUNK))
        for part in rows.partitions():
            told = self._reviews([row.number for row in part])
            for row in part:
                yield self._record(row, told.get(row.number, []))

    def _record(self, row: Row[Any], reviews: Sequence[Review]) -> BenchRecord:
        with intact(f"{self._place}: record {row.id}"):
            data = self._content(row.id, row.content)
            data["id"] = row.id  # which the content must give
            data["reviews"] = [review.to_json() for review in reviews]
            found = BenchRecord.from_json(
                data, lookup=lambda _: self._architecture(row)
            )
            if found.problem != row.problem_key:
                raise ValueError(f"it stands under problem {row.problem_key}")
            return found

    def _content(self, identity: str, packed: bytes) -> dict[str, Any]:
        """A record's own part of its JSON form."""
        with intact(f"{self._place}: record {identity}"):
            found = json.loads(unpack_record(packed))
            if not isinstance(found, dict):
                raise TypeError("it is no record")
            return found

    def _architecture(self, row: Row[Any]) -> Architecture:
        found = self._architectures.get(row.architecture)
        if found is None:
            if len(self._architectures) >= _KNOWN:
                self._architectures.clear()
            data = unpack_architecture(row.packed_architecture)
            found = read_architecture(data, "architecture")
            self._architectures[row.architecture] = found
        return found

    def _reviews(self, records: Sequence[int] | None = None) -> dict[int, list[Review]]:
        """Number of a record → its reviews, oldest first; of all, or of some."""
        query = select(schema.reviews)
        if records is not None:
            query = query.where(schema.reviews.c.record.in_(records))
        told = defaultdict(list)
        for row in self._connection.execute(query):
            with intact(f"{self._place}: review {row.number}"):
                told[row.record].append(
                    Review(row.when, row.who, State(row.state), row.reason)
                )
        return {number: sorted(reviews) for number, reviews in told.items()}

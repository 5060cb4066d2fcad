"""Reviews of many records: by filter, in order, with their reasons."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from bench_records import PROBLEM, record, review

from evonas.errors import DataError
from minibench import Batch, State
from minibench.curation import review as give
from minibench.curation.reviewing import now_after
from minibench.database import Database, Writer
from minibench.selection import EVERYTHING, Selection

ONES = [record(0.1 * n, run=f"r{n % 2}") for n in range(4)]


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    """Of a database with four records of two runs."""
    path = tmp_path / "bench.sqlite"
    Database.create(path)[0].close()
    with Database.open(path) as database:
        database.add(Batch((PROBLEM,), ONES))
        with database.writing() as writer:
            yield writer


def test_a_filter_chooses_and_the_rest_stays(writer: Writer) -> None:
    """Records that have the state already get no further review."""
    first = give(writer, Selection(run="r0"), State.APPROVED, "Ada")
    assert sorted(first) == sorted(one.id for one in ONES[::2])
    again = give(writer, EVERYTHING, State.APPROVED, "Ada", "all of it")
    assert sorted(again) == sorted(one.id for one in ONES[1::2])
    reviews = [one.reviews for one in writer.reader.records()]
    assert [len(history) for history in reviews] == [1] * 4


def test_a_state_can_be_taken_back_at_once(writer: Writer) -> None:
    """Also within one second: the last one given is the last in the history."""
    chosen = Selection(ids=(ONES[0].id,))
    for state in (State.REJECTED, State.APPROVED, State.PROVISIONAL, State.REJECTED):
        give(writer, chosen, state, "Ada", "because")
        assert writer.reader.record(ONES[0].id).state is state


def test_a_rejection_says_why(writer: Writer) -> None:
    """Also where nothing is chosen."""
    with pytest.raises(DataError, match="reason: expected why it is rejected, got non"):
        give(writer, Selection(run="none"), State.REJECTED, "Ada")


def test_the_next_review_comes_after_all_others() -> None:
    """Even where a clock was wrong."""
    late = review(when="2999-12-31T23:59:59Z")
    assert now_after([late]) == "3000-01-01T00:00:00Z"
    assert now_after([review(when="2000-01-01T00:00:00Z")]) > "2026"
    with pytest.raises(DataError, match="expected a review before the year 9999"):
        now_after([review(when="9999-12-31T23:59:59Z")])

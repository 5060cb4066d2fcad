"""Differences and merges: nothing is dropped, and nothing depends on who asks whom."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from bench_records import PROBLEM, record, review
from hypothesis import given, settings
from hypothesis import strategies as st

from evonas.errors import DatabaseError
from minibench import Batch, BenchRecord, Characterisation, Problem, State
from minibench.curation import (
    DatabaseSource,
    Difference,
    MergeConflictError,
    Merged,
    Side,
    difference,
    merge,
    open_source,
)
from minibench.database import Database
from minibench.text_form import write_directory

ONES = tuple(record(0.1 * n, filters=4 + n) for n in range(4))
_APPROVED = st.lists(
    st.sampled_from([review(State.APPROVED, day=day) for day in (1, 2, 3)]), max_size=2
)
_SIDES = st.lists(
    st.builds(lambda one, told: one.reviewed(*told), st.sampled_from(ONES), _APPROVED),
    max_size=4,
    unique_by=lambda one: one.id,
)


def made(path: Path, ones: Sequence[BenchRecord], problem: Problem = PROBLEM) -> Path:
    """A new database."""
    Database.create(path)[0].close()
    with Database.open(path) as database:
        database.add(Batch((problem,), ones))
    return path


def merged(path: Path, other: Path, side: Side | None = None) -> Merged:
    """Take over what another one has."""
    with (
        open_source(str(other)) as source,
        Database.open(path) as database,
        database.writing() as writer,
    ):
        return merge(writer, source, side, "Edsger")


def compared(path: Path, other: Path) -> Difference:
    """What they do not have in common."""
    with (
        Database.open(path) as database,
        database.reading() as reader,
        open_source(str(other)) as source,
    ):
        return difference(DatabaseSource(reader), source)


def text(path: Path, directory: Path) -> dict[str, bytes]:
    """The text form, by name of file."""
    with Database.open(path) as database, database.reading() as reader:
        return {
            one.name: one.read_bytes() for one in write_directory(reader, directory)
        }


@settings(max_examples=8)
@given(_SIDES, _SIDES)
def test_without_conflict_it_does_not_matter_who_takes_over(
    here: list[BenchRecord], there: list[BenchRecord]
) -> None:
    """Both end with the same bytes; merging again changes nothing."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as name:
        folder = Path(name)
        a, b = made(folder / "a", here), made(folder / "b", there)
        before = text(b, folder / "before")
        merged(a, b)
        after = text(a, folder / "x")
        merged(b, folder / "x")
        assert text(b, folder / "y") == after
        assert merged(a, folder / "before") == Merged(0, 0, 0, ())
        assert compared(a, b).empty
        for line in before.get(f"{PROBLEM.key}.jsonl", b"").splitlines():
            assert line in after[f"{PROBLEM.key}.jsonl"].splitlines()


def test_a_difference_names_what_is_only_here_or_there(tmp_path: Path) -> None:
    """Problems, records and reviews, sorted."""
    other = replace(PROBLEM, name="cats")
    a = made(tmp_path / "a", [ONES[0], ONES[1].reviewed(review())])
    b = made(tmp_path / "b", [ONES[1], ONES[2]])
    made(b, [], other)
    found = compared(a, b)
    assert found.problems_there == (other.key,)
    assert found.records_here == {PROBLEM.key: (ONES[0].id,)}
    assert found.records_there == {PROBLEM.key: (ONES[2].id,)}
    (reviewed,) = found.reviews
    assert (reviewed.here, reviewed.there) == ((review(),), ())
    assert not reviewed.conflicting
    assert found.to_json()["reviews"][0]["state_here"] == "approved"


@pytest.fixture
def disputed(tmp_path: Path) -> tuple[Path, Path]:
    """Two databases that were the same, until both were reviewed."""
    a = made(tmp_path / "a", [ONES[0].reviewed(review(day=1)), ONES[1]])
    return a, made(
        tmp_path / "b", [ONES[0].reviewed(review(State.REJECTED, day=2)), ONES[2]]
    )


def test_in_a_conflict_nothing_is_merged_and_everything_is_listed(
    disputed: tuple[Path, Path], tmp_path: Path
) -> None:
    """Who says what, when and why."""
    a, b = disputed
    before = text(a, tmp_path / "x")
    expected = (
        rf"(?s)got 1; nothing was merged:\n  record {ONES[0].id} of dots@v1: approved "
        r"here by Grace at 2026-12-01.*: trained again; rejected there by Grace at "
        r"2026-12-02.*: cannot be right\nchoose a side with `minibench merge --prefer"
    )
    with pytest.raises(MergeConflictError, match=expected):
        merged(a, b)
    assert text(a, tmp_path / "x") == before


@pytest.mark.parametrize(
    ("side", "state", "length"),
    [("here", State.APPROVED, 3), ("there", State.REJECTED, 2)],
)
def test_the_preferred_side_has_the_last_word(
    disputed: tuple[Path, Path], side: Side, state: State, length: int
) -> None:
    """The history keeps both, and says who has decided where that was needed."""
    found = merged(*disputed, side)
    assert (found.records, len(found.resolved)) == (1, 1)
    with Database.open(disputed[0]) as database, database.reading() as reader:
        one = reader.record(ONES[0].id)
        assert (one.state, len(one.reviews)) == (state, length)
        assert {review(day=1), review(State.REJECTED, day=2)} <= set(one.reviews)
        if length == 3:
            assert one.reviews[-1].who == "Edsger"
            assert one.reason == "merge: kept approved, as here: trained again"


def test_numbers_of_data_are_united_and_disputes_listed(tmp_path: Path) -> None:
    """Other numbers join; another value of the same one is a conflict."""
    dcn, samples = Characterisation("dcn", 0.5), Characterisation("samples", 9)
    a = made(tmp_path / "a", [], PROBLEM.characterised(dcn))
    b = made(tmp_path / "b", [], PROBLEM.characterised(samples))
    assert compared(a, b).problems_other == {PROBLEM.key: ()}
    assert merged(a, b).problems == 1
    other = PROBLEM.characterised(replace(dcn, value=0.6))
    c = made(tmp_path / "c", [], replace(other, plausible=(0.2, None)))
    with pytest.raises(
        MergeConflictError, match=r"(?s)got 2;.*plausible.*dcn \{\}: exp"
    ):
        merged(a, c)
    merged(a, c, "there")
    with Database.open(a) as database, database.reading() as reader:
        found = reader.problem("dots")
    assert found.plausible == (0.2, None)
    assert {one.value for one in found.characterisation} == {0.6, 9.0}


def test_two_problems_of_one_key_cannot_be_merged(tmp_path: Path) -> None:
    """Whatever is preferred."""
    a = made(tmp_path / "a", [])
    b = made(tmp_path / "b", [], replace(PROBLEM, outputs=4))
    assert list(compared(a, b).problems_unlike) == [PROBLEM.key]
    for side in (None, "here"):
        with pytest.raises(MergeConflictError, match=r"(?s)outputs: .*give one of"):
            merged(a, b, side)


def test_what_is_no_source_is_named(tmp_path: Path) -> None:
    """It could be a database or a text form."""
    a = made(tmp_path / "a", [])
    with pytest.raises(DatabaseError, match="expected the file of a mini-benchmark"):
        merged(a, tmp_path / "none")

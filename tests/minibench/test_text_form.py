"""The text form: byte-identical, written whole, and every bad line named."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from bench_records import PROBLEM, record, records, review
from hypothesis import given, settings
from hypothesis import strategies as st

from evonas.errors import ConflictError, DataError, InputError
from minibench import Batch, BenchRecord, Problem, State
from minibench.canonical import canonical
from minibench.checks import faults
from minibench.database import Database
from minibench.text_form import read_text, write_directory

_IMAGES = Problem(
    "free", "v1", "image", (1, 4, 4), "classification", 2, "other", "maximise"
)


def filled(path: Path, ones: Sequence[BenchRecord], *problems: Problem) -> Path:
    """A new database with these records."""
    Database.create(path)[0].close()
    with Database.open(path) as database:
        database.add(Batch(problems or (PROBLEM,), ones))
    return path


def exported(database: Path, directory: Path) -> dict[str, bytes]:
    """The text form of a database, by name of file."""
    with Database.open(database) as opened, opened.reading() as reader:
        write_directory(reader, directory)
    return {path.name: path.read_bytes() for path in sorted(directory.iterdir())}


@settings(max_examples=12)
@given(st.lists(records(of=[_IMAGES.key]), max_size=4), st.randoms())
def test_export_import_export_is_byte_identical(
    ones: list[BenchRecord], order: object
) -> None:
    """For any records, in whichever order they were added."""
    ones = [one for one in ones if not list(faults(one, _IMAGES))]
    with tempfile.TemporaryDirectory(dir=_memory()) as name:
        folder = Path(name)
        first = exported(filled(folder / "a", ones, _IMAGES), folder / "x")
        order.shuffle(ones)  # type: ignore[attr-defined]
        assert exported(filled(folder / "b", ones, _IMAGES), folder / "y") == first
        batch = read_text(folder / "x")
        again = filled(folder / "c", list(batch.records), *batch.problems)
        assert exported(again, folder / "z") == first


def _memory() -> str | None:
    """A folder in memory, where there is one: nothing here is about the disk."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A text form with two networks, three records and a review."""
    ones = [record(0.5), record(0.6), record(0.7, filters=7).reviewed(review())]
    exported(filled(tmp_path / "db", ones), tmp_path / "text")
    return tmp_path / "text" / f"{PROBLEM.key}.jsonl"


def test_a_problem_then_each_network_with_its_records(file: Path) -> None:
    """A review is a line of its own, right after its record."""
    kinds = [sorted(json.loads(line)) for line in file.read_bytes().splitlines()]
    network, result = ["architecture", "id"], ["record"]
    told = ["record_id", "review"]
    assert kinds[0] == ["problem"]
    assert sorted(kinds[1:]) == [network, network, result, result, result, told]
    at = kinds.index(told)
    assert kinds[at - 1] == result
    for line in file.read_bytes().splitlines():
        assert canonical(json.loads(line)).encode() == line


def test_a_review_adds_a_line_and_changes_none(file: Path, tmp_path: Path) -> None:
    """So that git shows what somebody did."""
    before = file.read_bytes().splitlines()
    with Database.open(tmp_path / "db") as database:
        with database.writing() as writer:
            chosen = record(0.5).id
            writer.review([(chosen, review(State.REJECTED))])
        with database.reading() as reader:
            write_directory(reader, file.parent)
    after = file.read_bytes().splitlines()
    assert len(after) == len(before) + 1
    assert [line for line in after if line in before] == before


def test_unfinished_files_of_a_killed_export_are_removed(
    file: Path, tmp_path: Path
) -> None:
    """They are no text form, and nobody reads them."""
    left = file.with_name(f".{file.name}.123.tmp")
    left.write_bytes(b"{")
    exported(tmp_path / "db", file.parent)
    assert not left.exists()


def test_files_of_other_problems_are_not_mixed(file: Path, tmp_path: Path) -> None:
    """Export neither removes them nor leaves them among its own."""
    file.rename(file.with_name("other@v1.jsonl"))
    with pytest.raises(DataError, match=r"got other@v1.jsonl besides; import it first"):
        exported(tmp_path / "db", file.parent)


def test_loose_lines_may_hold_whole_networks(tmp_path: Path) -> None:
    """What somebody writes by hand needs no ids and no order of ours."""
    data = record().to_json()
    del data["id"], data["reviews"], data["curve"]
    path = tmp_path / "mine.jsonl"
    path.write_text("\n" + json.dumps({"record": data}, indent=None) + "\n\n")
    batch = read_text(path, {PROBLEM.key: PROBLEM})
    (found,) = batch.records
    assert found.architecture == record().architecture
    assert found.id != record().id


def replaced(number: int, key: str, value: object) -> object:
    """Changes one line: a key of what it holds."""

    def change(lines: list[bytes]) -> None:
        data = json.loads(lines[number])
        inner = data.get("record", data)
        inner[key] = value
        lines[number] = json.dumps(data).encode()

    return change


def line(number: int, text: bytes) -> object:
    """Replaces one line."""

    def change(lines: list[bytes]) -> None:
        lines[number] = text

    return change


def moved(source: int, target: int) -> object:
    """Moves a line."""

    def change(lines: list[bytes]) -> None:
        lines.insert(target, lines.pop(source))

    return change


CYCLE = {
    "format": 1,
    "layers": [["input", {}], ["sum", {}], ["sum", {}], ["output", {}]],
    "edges": [[0, 1, 0], [1, 2, 0], [2, 1, 1], [2, 3, 0]],
}
LONG = {
    "format": 1,
    "layers": [["input", {}], *[["identity", {}]] * 10_000, ["output", {}]],
    "edges": [[at, at + 1, 0] for at in range(10_001)],
}
#: number of a record's line, counted from 0; its network stands right before
RECORD = 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (line(RECORD, b"{\xff}"), r"line 3: expected UTF-8, got byte 0xff"),
        (line(RECORD, b'{"record":'), r"line 3: expected one JSON value"),
        (line(RECORD, b"[" * 100_000), r"line 3: expected a few levels of nesting"),
        (line(RECORD, b"[]"), r"line 3: expected an object, got \[\]"),
        (line(RECORD, b"{}"), r"line 3: expected a line with problem, architecture"),
        (line(RECORD, b'{"rekord":{}}'), r"line 3: .*did you mean 'record'\?"),
        (replaced(RECORD, "format", 2), r"line 3: format: .* update evonas to read"),
        (replaced(0, "colour", 1), r"line 1: expected the keys problem, got 'colour'"),
        (
            replaced(RECORD, "metrics", {"validation_accuracy": 1.7}),
            r"line 3: id: expected \w{32}, which its content gives",
        ),
        (replaced(RECORD, "seed", 2**63), r"line 3: seed: expected a whole number"),
        (replaced(RECORD, "problem", "a@b"), r"line 3: (problem|id): expected"),
        (
            line(RECORD, b'{"record":{"metrics":{"a":NaN}}}'),
            r"line 3: expected plain JSON values, got NaN",
        ),
        (replaced(1, "architecture", CYCLE), r"line 2: architecture: .*cycle"),
        (replaced(1, "architecture", LONG), r"line 2: .* at most 10,000 layers"),
        (
            replaced(1, "architecture", {**LONG, "layers": LONG["layers"][:3]}),
            r"line 2: architecture: expected",
        ),
        (replaced(1, "id", "0" * 32), r"line 2: id: expected \w{32}, which the arch"),
        (moved(1, 6), r"line 2: architecture: expected an architecture that stands b"),
        (moved(0, 3), r"(problem|problem dots@v1): expected a problem"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_taken_over(
    file: Path, tmp_path: Path, change: object, message: str
) -> None:
    """With its file and number; the database stays as it was."""
    lines = file.read_bytes().splitlines()
    change(lines)  # type: ignore[operator]
    file.write_bytes(b"\n".join(lines))
    target = filled(tmp_path / "other", [record(0.9)])
    before = exported(target, tmp_path / "before")
    with (
        Database.open(target) as database,
        pytest.raises((DataError, ConflictError), match=message),
    ):
        database.add(read_text(file.parent))
    assert exported(target, tmp_path / "after") == before


def test_a_hand_made_record_of_accuracy_above_one_is_refused(tmp_path: Path) -> None:
    """Also where it has no id that would tell."""
    data = record(1.7).to_json()
    path = tmp_path / "mine.jsonl"
    path.write_text(json.dumps({"record": data}))
    with pytest.raises(DataError, match=r"mine.jsonl, line 1: metrics.validation_acc"):
        list(read_text(path, {PROBLEM.key: PROBLEM}).records)


def test_every_bad_line_can_be_listed(file: Path) -> None:
    """The good ones are given all the same."""
    lines = file.read_bytes().splitlines()
    lines[3:3] = [b"{", b'{"record":{}}']
    file.write_bytes(b"\n".join(lines))
    told: list[InputError] = []
    found = list(read_text(file, fault=told.append).records)
    assert len(found) == 3
    assert [", line 4" in str(told[0]), ", line 5" in str(told[1])] == [True, True]


def test_a_problem_may_be_written_with_spaces(file: Path, tmp_path: Path) -> None:
    """As people and other programs write JSON."""
    spaced = tmp_path / "spaced.jsonl"
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    spaced.write_text("".join(f" {json.dumps(one)}\n" for one in lines))
    spaced.write_text(spaced.read_text().replace('{"problem"', '{ "problem" ', 1))
    assert [one.id for one in read_text(spaced).records] == [
        one.id for one in read_text(file).records
    ]


def test_reviews_follow_their_record(file: Path) -> None:
    """One that stands elsewhere is nobody's."""
    lines = file.read_bytes().splitlines()
    at = next(n for n, one in enumerate(lines) if b'"review"' in one)
    file.write_bytes(b"\n".join([lines[0], lines.pop(at), *lines[1:]]))
    with pytest.raises(DataError, match=r"line 2: record_id: .*of which there is none"):
        list(read_text(file).records)


def test_where_there_is_no_text_form_that_is_said(tmp_path: Path) -> None:
    """A file that is not there, and a directory without any."""
    with pytest.raises(DataError, match=r"expected a text form.*No such file"):
        read_text(tmp_path / "none")
    with pytest.raises(DataError, match=r"files that end in .jsonl, got none in it"):
        read_text(tmp_path)


def test_what_the_first_version_has_written_is_read_and_written_the_same(
    tmp_path: Path,
) -> None:
    """Databases are kept for years, and so are their ids."""
    golden = Path(__file__).parents[1] / "golden" / "minibench-format-1"
    batch = read_text(golden)
    path = filled(tmp_path / "db", list(batch.records), *batch.problems)
    written = exported(path, tmp_path / "text")
    assert written == {one.name: one.read_bytes() for one in golden.iterdir()}
    with Database.open(path) as database, database.reading() as reader:
        assert reader.record(record(0.5).id[:9]).reason == "cannot be right"

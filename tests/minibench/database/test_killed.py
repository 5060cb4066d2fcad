"""`kill -9` in the middle of an import or a merge: all of it is there, or nothing."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest
from bench_records import PROBLEM, record, review

from minibench import Batch, BenchRecord
from minibench.curation import TextSource, merge
from minibench.database import Database
from minibench.text_form import read_text, write_directory

COUNT = 900
_fork = multiprocessing.get_context("fork")


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A text form with more records than are inserted at once."""
    folder = tmp_path_factory.mktemp("text")
    path = folder / "bench.sqlite"
    Database.create(path)[0].close()
    ones = [record(n / COUNT, filters=4 + n % 5) for n in range(COUNT)]
    ones[0] = ones[0].reviewed(review())
    with Database.open(path) as database:
        database.add(Batch((PROBLEM,), ones))
        with database.reading() as reader:
            write_directory(reader, folder / "text")
    return folder / "text"


def passing(records: Iterator[BenchRecord], seen: Event) -> Iterator[BenchRecord]:
    """The records; when most have passed, some are inserted already."""
    for number, one in enumerate(records):
        if number == COUNT * 2 // 3:
            seen.set()
        yield one


def import_text(path: Path, text: Path, seen: Event) -> None:
    """What `minibench import` does."""
    batch = read_text(text)
    with Database.open(path) as database:
        records = passing(iter(batch.records), seen)
        database.add(Batch(batch.problems, records))


class Passing(TextSource):
    """A text form that tells when most of it was taken over."""

    seen: Event

    def records(self, ids: object) -> Iterator[BenchRecord]:
        """Those of the text form."""
        return passing(super().records(ids), self.seen)  # type: ignore[arg-type]


def merge_text(path: Path, text: Path, seen: Event) -> None:
    """What `minibench merge` does."""
    source = Passing(text)
    source.seen = seen
    with Database.open(path) as database, database.writing() as writer:
        merge(writer, source)


@pytest.mark.parametrize("take_over", [import_text, merge_text])
def test_a_killed_writer_leaves_all_or_nothing(
    take_over: Callable[[Path, Path, Event], None], text: Path, tmp_path: Path
) -> None:
    """At several moments; the next writer needs no help, and ends what was begun."""
    path = tmp_path / "bench.sqlite"
    Database.create(path)[0].close()
    mine = record(0.5, run="mine")
    with Database.open(path) as database:
        database.add(Batch((PROBLEM,), [mine]))
    for delay in (0.0, 0.05, 0.15):
        seen = _fork.Event()
        process = _fork.Process(target=take_over, args=(path, text, seen))
        process.start()
        assert seen.wait(120)
        time.sleep(delay)
        process.kill()
        process.join()
        with Database.open(path) as database, database.reading() as reader:
            found = reader.histories()
            assert len(found) in (1, COUNT + 1)
            assert mine.id in found
    take_over(path, text, _fork.Event())
    with Database.open(path) as database, database.reading() as reader:
        assert len(list(reader.records())) == COUNT + 1

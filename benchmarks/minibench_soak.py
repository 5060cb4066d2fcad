"""Imports, merges and exports that are killed with `kill -9` at moments of chance.

An import or a merge must leave all of its records or none, an export every file as it
was or as it is to be; the next one needs no help. Run it from the repository::

    python benchmarks/minibench_soak.py

Half of the imports and merges are killed at any moment of their work, the other half
soon after the database's file has begun to change, which is a small part of it.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import platform
import sqlite3
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np
from minibench_database import PROBLEM, RESULTS, SEED, records

from evonas.run import versions
from evonas.storage.files import replace_file
from minibench import Batch
from minibench.curation import TextSource, merge
from minibench.database import Database
from minibench.text_form import read_text, write_directory

#: seconds after a file has begun to change: a commit takes about as long
WRITING_SECONDS = 0.03
_fork = multiprocessing.get_context("fork")


def import_text(path: Path, text: Path) -> None:
    """What `minibench import` does."""
    with Database.open(path) as database:
        database.add(read_text(text))


def merge_text(path: Path, text: Path) -> None:
    """What `minibench merge` does."""
    with Database.open(path) as database, database.writing() as writer:
        merge(writer, TextSource(text))


def export_text(path: Path, text: Path) -> None:
    """What `minibench export` does."""
    with Database.open(path) as database, database.reading() as reader:
        write_directory(reader, text)


class Soak:
    """Kills and looks at what is left.

    Args:
        folder: for its files.
        count: records of a problem.
        rng: draws the moments.
    """

    def __init__(self, folder: Path, count: int, rng: np.random.Generator) -> None:
        self._folder = folder
        self._rng = rng
        self._count = count
        drawn = list(records("seeds", count))
        other = replace(PROBLEM, name="made-up-too")
        others = [one.again(problem=other.key) for one in drawn]
        self._old = self._text("old", Batch((PROBLEM, other), drawn[:9] + others[:9]))
        self._full = self._text("full", Batch((PROBLEM, other), drawn + others))

    def taken_over(
        self, work: Callable[[Path, Path], None], rounds: int
    ) -> dict[str, int]:
        """Kill imports or merges into a database with a few of the records.

        Args:
            work: does one.
            rounds: how many.
        """
        old = self._folder / "old.sqlite"
        for _ in range(2):  # later ones look up what the first one had to work out
            path = self._copy(old)
            start = time.perf_counter()
            work(path, self._full)
            length = time.perf_counter() - start
        found = dict.fromkeys(
            ("nothing", "everything", "half", "damaged", "while writing"), 0
        )
        for number in range(rounds):
            path = self._copy(old)
            process = self._started(work, path, self._full)
            if number % 2:
                _until_changed(path, process)
                time.sleep(float(self._rng.random()) * WRITING_SECONDS)
            else:
                time.sleep(float(self._rng.random()) * length)
            process.kill()
            process.join()
            # what SQLite takes back with its journal when the file is opened again
            journal = path.with_name(path.name + "-journal")
            torn = journal.exists() and path.read_bytes() != old.read_bytes()
            found["while writing"] += torn
            with Database.open(path) as database, database.reading() as reader:
                left = len(reader.histories())
            name = {18: "nothing", 2 * self._count: "everything"}.get(left, "half")
            found[name] += 1
            with sqlite3.connect(path) as plain:
                (answer,) = plain.execute("PRAGMA integrity_check").fetchone()
            plain.close()
            found["damaged"] += answer != "ok"
            if number % 10 == 0:  # what was begun can be ended
                work(path, self._full)
                export_text(path, self._folder / "again")
                assert _bytes(self._folder / "again") == _bytes(self._full)
        return found

    def exports(self, rounds: int) -> dict[str, int]:
        """Kill exports over an older one.

        Args:
            rounds: how many.
        """
        database = self._folder / "full.sqlite"
        text = self._folder / "killed"
        start = time.perf_counter()
        export_text(database, text)
        length = time.perf_counter() - start
        old, new = _bytes(self._old), _bytes(self._full)
        found = dict.fromkeys(("old", "new", "some of each", "half"), 0)
        for _ in range(rounds):
            for name, data in old.items():
                (text / name).write_bytes(data)
            process = self._started(export_text, database, text)
            time.sleep(float(self._rng.random()) * length)
            process.kill()
            process.join()
            left = _bytes(text)
            if any(left[name] not in (old[name], new[name]) for name in new):
                found["half"] += 1
            elif left in (old, new):
                found["old" if left == old else "new"] += 1
            else:
                found["some of each"] += 1
            export_text(database, text)
            names = {path.name for path in text.iterdir()}
            assert names == set(new), "an export leaves no unfinished files behind"
            assert _bytes(text) == new
        return found

    def _started(
        self, work: Callable[[Path, Path], None], path: Path, text: Path
    ) -> BaseProcess:
        process = _fork.Process(target=work, args=(path, text))
        process.start()
        return process

    def _text(self, name: str, batch: Batch) -> Path:
        """A database of these contents, and its text form."""
        path = self._folder / f"{name}.sqlite"
        Database.create(path)[0].close()
        with Database.open(path) as database:
            database.add(batch)
        export_text(path, self._folder / name)
        return self._folder / name

    def _copy(self, database: Path) -> Path:
        path = self._folder / "killed.sqlite"
        path.with_name(path.name + "-journal").unlink(missing_ok=True)
        path.write_bytes(database.read_bytes())
        return path


def _until_changed(path: Path, process: BaseProcess) -> None:
    """Wait until a process has begun to write a file, or has ended."""
    before = path.stat().st_mtime_ns
    while path.stat().st_mtime_ns == before and process.is_alive():
        time.sleep(0.0005)


def _bytes(text: Path) -> dict[str, bytes]:
    """Contents of the finished files of a text form, by name."""
    return {path.name: path.read_bytes() for path in sorted(text.glob("[!.]*.jsonl"))}


def main() -> None:
    """Measure and keep what was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--imports", type=int, default=100)
    parser.add_argument("--merges", type=int, default=60)
    parser.add_argument("--exports", type=int, default=40)
    parser.add_argument("--records", type=int, default=200, help="of each problem")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="minibench-") as folder:
        soak = Soak(Path(folder), options.records, np.random.default_rng(SEED))
        found = {
            "records": 2 * options.records,
            "imports": soak.taken_over(import_text, options.imports),
            "merges": soak.taken_over(merge_text, options.merges),
            "exports": soak.exports(options.exports),
            "machine": f"two {platform.machine()} CPU cores",
            "versions": versions(),
        }
    text = json.dumps(found, indent=1)
    options.out.mkdir(parents=True, exist_ok=True)
    replace_file(options.out / "soak.json", text.encode() + b"\n")
    print(text)


if __name__ == "__main__":
    main()

"""A run directory is made once, never overwritten, and says what it is."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import pytest

from evonas.errors import InputError, RunDirectoryError
from evonas.storage import Journal, RunDirectory, RunLock, write_snapshot

CREATOR = """
import sys
from evonas.errors import RunDirectoryError
from evonas.storage import RunDirectory

try:
    RunDirectory.create(sys.argv[1], f"seed: {sys.argv[2]}\\n")
except RunDirectoryError:
    sys.exit(2)
"""


def test_it_is_made_with_its_parents_and_opened_again(tmp_path: Path) -> None:
    """The config comes back, and every name is the documented one."""
    RunDirectory.create(tmp_path / "deep" / "run", "seed: 1 # é\n")
    run = RunDirectory.open(str(tmp_path / "deep" / "run"))
    assert run.read_config() == "seed: 1 # é\n"
    names = [
        run.config,
        run.journal,
        run.snapshots,
        run.weights,
        run.result,
        run.export,
        run.lock_file,
    ]
    assert [path.relative_to(run.root).as_posix() for path in names] == [
        "config.yaml",
        "journal.jsonl",
        "snapshots",
        "weights",
        "result.json",
        "export",
        "lock",
    ]


def test_an_empty_directory_will_do(tmp_path: Path) -> None:
    """Also one where an earlier attempt was killed before it wrote the config."""
    RunDirectory.create(tmp_path, "seed: 1\n")
    run = RunDirectory(tmp_path)
    run.config.rename(tmp_path / ".config.yaml.77.tmp")
    assert RunDirectory.create(tmp_path, "seed: 2\n").read_config() == "seed: 2\n"
    assert run.remove_unfinished() == [tmp_path / ".config.yaml.77.tmp"]


def test_an_earlier_run_is_never_overwritten(tmp_path: Path) -> None:
    """The message says how to go on; the config stays."""
    RunDirectory.create(tmp_path, "seed: 1\n")
    with pytest.raises(
        RunDirectoryError, match=r"holds a run; go on with `evonas resu"
    ):
        RunDirectory.create(tmp_path, "seed: 2\n")
    assert RunDirectory.open(tmp_path).read_config() == "seed: 1\n"


@pytest.mark.parametrize("name", ["thesis.tex", "lock", "lock.held"])
def test_a_directory_with_anything_else_is_refused(tmp_path: Path, name: str) -> None:
    """Somebody's file is named and left alone, even under one of our names."""
    (tmp_path / name).write_text("mine")
    with pytest.raises(RunDirectoryError, match=f"holds {name}; choose another --out"):
        RunDirectory.create(tmp_path, "seed: 1\n")
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "mine"


def test_a_file_in_its_place_is_refused(tmp_path: Path) -> None:
    """As the directory, and as its parent."""
    (tmp_path / "file").write_text("mine")
    with pytest.raises(
        RunDirectoryError, match="got File exists; choose another --out"
    ):
        RunDirectory.create(tmp_path / "file", "seed: 1\n")
    with pytest.raises(RunDirectoryError, match="got Not a directory; choose another"):
        RunDirectory.create(tmp_path / "file" / "run", "seed: 1\n")


def test_of_several_that_start_at_once_one_wins(tmp_path: Path) -> None:
    """Jobs of one array with the same --out do not write into each other."""
    jobs = [
        subprocess.Popen([sys.executable, "-c", CREATOR, str(tmp_path), str(number)])
        for number in range(4)
    ]
    codes = [job.wait() for job in jobs]
    assert sorted(codes) == [0, 2, 2, 2]
    assert RunDirectory(tmp_path).read_config() == f"seed: {codes.index(0)}\n"


def test_one_that_comes_late_finds_the_run_of_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both saw an empty directory; the second looks again once it has the lock."""

    def late(self: RunDirectory) -> RunLock:
        monkeypatch.undo()
        RunDirectory.create(self.root, "seed: first\n")
        return self.lock()

    monkeypatch.setattr(RunDirectory, "lock", late)
    with pytest.raises(RunDirectoryError, match="got one that holds a run"):
        RunDirectory.create(tmp_path, "seed: second\n")
    assert RunDirectory(tmp_path).read_config() == "seed: first\n"


@pytest.mark.parametrize(
    ("place", "found"),
    [("missing", "nothing"), ("file", "a file"), (".", "a directory without config")],
)
def test_what_is_no_run_is_not_opened(tmp_path: Path, place: str, found: str) -> None:
    """The message tells what is there instead."""
    (tmp_path / "file").write_text("")
    with pytest.raises(RunDirectoryError, match=f"directory of a run, got {found}"):
        RunDirectory.open(tmp_path / place)


def test_results_without_their_journal_are_not_gone_on_with(tmp_path: Path) -> None:
    """Otherwise a resume would begin from nothing and overwrite the result."""
    run = RunDirectory.create(tmp_path, "seed: 1\n")
    RunDirectory.open(tmp_path)
    write_snapshot(run.snapshots, 3, {})
    with pytest.raises(
        RunDirectoryError, match=r"journal\.jsonl: expected the journal"
    ):
        RunDirectory.open(tmp_path)
    Journal.create(run.journal, "digest").close()
    RunDirectory.open(tmp_path)


def test_a_run_that_is_worked_on_cannot_be_taken(tmp_path: Path) -> None:
    """The lock is the directory's own, and free again afterwards."""
    run = RunDirectory.create(tmp_path, "seed: 1\n")
    with (
        run.lock(),
        pytest.raises(RunDirectoryError, match="expected a run that nobody is work"),
    ):
        RunDirectory.open(tmp_path).lock().__enter__()
    with RunDirectory.open(tmp_path).lock() as lock:
        assert lock.stale is None


def test_the_result_is_replaced_whole(tmp_path: Path) -> None:
    """None before the first stop, then always the last one written."""
    run = RunDirectory.create(tmp_path, "seed: 1\n")
    assert run.read_result() is None
    run.write_result({"status": "stopped", "best": {"fitness": 0.1}})
    run.write_result({"status": "finished", "front": [1, 2]})
    assert run.read_result() == {"status": "finished", "front": [1, 2]}
    with pytest.raises(InputError, match=r"result\.json: .* got best\.fitness = nan"):
        run.write_result({"best": {"fitness": math.nan}})
    assert run.read_result() == {"status": "finished", "front": [1, 2]}


@pytest.mark.parametrize("text", ["", "{", "[1]", "{}", "\udcff"])
def test_a_damaged_result_says_how_to_get_it_back(tmp_path: Path, text: str) -> None:
    """It is derived from the journal, so it can be deleted."""
    run = RunDirectory.create(tmp_path, "seed: 1\n")
    run.result.write_text(text, errors="surrogateescape")
    with pytest.raises(RunDirectoryError, match="delete it and run `evonas resume`"):
        run.read_result()


def test_the_config_can_be_replaced_but_must_be_text(tmp_path: Path) -> None:
    """`resume --set` writes it anew; other bytes are an error."""
    run = RunDirectory.create(tmp_path, "seed: 1\n")
    run.write_config("seed: 2\n")
    assert run.read_config() == "seed: 2\n"
    run.config.write_bytes(b"\xff\xfe")
    with pytest.raises(RunDirectoryError, match="as UTF-8 text, got 'utf-8' codec"):
        run.read_config()


def test_it_shows_its_path(tmp_path: Path) -> None:
    """For messages and debugging."""
    assert repr(RunDirectory(tmp_path)) == f"RunDirectory({str(tmp_path)!r})"


def test_a_place_that_cannot_be_looked_at_is_told(tmp_path: Path) -> None:
    """A name that no file system takes; one without permission is the same."""
    with pytest.raises(RunDirectoryError, match="run, got File name too long; check"):
        RunDirectory.open(tmp_path / ("x" * 300))


def test_the_advice_can_be_typed(tmp_path: Path) -> None:
    """A path with a blank is quoted in the command."""
    run = RunDirectory.create(tmp_path / "my run", "seed: 0\n")
    with pytest.raises(RunDirectoryError, match=f"evonas resume '{run.root}'"):
        RunDirectory.create(run.root, "seed: 0\n")

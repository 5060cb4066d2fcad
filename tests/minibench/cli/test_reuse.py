"""Results of a database instead of trainings: searches that were done before."""

from __future__ import annotations

import json
import multiprocessing
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evonas.cli import main as evonas
from evonas.storage import Journal, RunDirectory
from minibench.cli import main as minibench
from minibench.database import Database
from minibench.selection import Selection

CONFIG = """\
task: {name: digits}
strategy: {name: codeepneat, networks: 4, mode: MODE}
fidelity: {epochs: 2}
final: {epochs: 3}
budget: {evaluations: 8}
evaluator: own_parts:Counted
workers: 0
"""
COUNT = 8
_fork = multiprocessing.get_context("fork")
REUSE = ["--set", "reuse.database=bench.sqlite"]


@pytest.fixture(scope="module", params=["generational", "asynchronous"])
def searched(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """A folder with a first search, whose records are in the database, unreviewed."""
    folder = tmp_path_factory.mktemp(request.param)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("MINIBENCH_DB", "bench.sqlite")
        (folder / "my.yaml").write_text(CONFIG.replace("MODE", request.param))
        assert minibench(["init"]) == 0
        assert search("first") == COUNT
        assert minibench(["add", "first"]) == 0
        yield folder


@pytest.fixture
def folder(searched: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Commands run here, in a copy of it."""
    shutil.copytree(searched, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


only_generations = pytest.mark.parametrize("searched", ["generational"], indirect=True)


def approve() -> None:
    """Somebody trusts all that there is."""
    assert minibench(["review", "--all", "--approve", "--who", "Ada"]) == 0


def search(run: str, *words: str, code: int = 0) -> int:
    """Do a search; gives how many trainings it has needed."""
    Path("trained.txt").unlink(missing_ok=True)
    assert evonas(["search", "my.yaml", "--out", run, *words]) == code
    return trained()


def trained() -> int:
    """Trainings of searches since the file was there."""
    file = Path("trained.txt")
    return len(file.read_text().splitlines()) if file.exists() else 0


def told(run: str | Path) -> list[dict[str, Any]]:
    """The records of a run, in the order in which they were told."""
    events = Journal.read(Path(run) / "journal.jsonl")
    return [event.data["record"] for event in events if event.name == "told"]


def results(run: str | Path) -> list[tuple[Any, ...]]:
    """What matters of every record, without who gave it."""
    return [
        (one["request_id"], one["candidate_key"], one["outcome"], one["metrics"])
        for one in told(run)
    ]


def result_of(run: str | Path) -> dict[str, Any]:
    """The run's `result.json`."""
    found: dict[str, Any] = json.loads((Path(run) / "result.json").read_text())
    return found


def test_the_same_search_again_trains_nothing_and_finds_the_same(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Record for record; the run, its result and its status say what that saved."""
    approve()
    capsys.readouterr()
    assert search("again", *REUSE) == 0
    assert f"{COUNT} of these were known from the database and not trained" in (
        capsys.readouterr().out
    )
    assert results("again") == results("first")
    first, again = result_of("first"), result_of("again")
    assert again["saved"]["database"]["count"] == COUNT
    assert first["saved"]["database"] == {"count": 0, "hours": 0.0}
    for name in ("evaluations", "epochs", "best", "outcomes"):
        if name == "best":
            first[name].pop("weights"), again[name].pop("weights")
        assert again[name] == first[name]
    assert {one["worker"] for one in told("again")} == {"database", "inline"}
    assert set(again["worker_seconds"]) <= {"inline", "others"}
    assert evonas(["status", "again"]) == 0
    assert f"({COUNT} known from the database)" in capsys.readouterr().out


@only_generations
def test_nothing_is_used_that_nobody_approved_unless_that_is_said(folder: Path) -> None:
    """Provisional records stand in by their name alone, rejected ones never."""
    assert search("unreviewed", *REUSE) == COUNT
    states = ["--set", "reuse.states=[provisional]"]
    assert search("provisional", *REUSE, *states) == 0
    words = ["review", "--all", "--reject", "--reason", "no", "--who", "Ada"]
    assert minibench(words) == 0
    both = ["--set", "reuse.states=[approved, provisional]"]
    assert search("rejected", *REUSE, *both) == COUNT


@only_generations
@pytest.mark.parametrize(
    "change", ["fidelity.epochs=4", "task.split_seed=1", "task.class_weights=balanced"]
)
def test_what_differs_is_trained_again(folder: Path, change: str) -> None:
    """Another fidelity, split or version of the data: nothing is taken for its like."""
    approve()
    assert search("other", *REUSE, "--set", change) == COUNT
    assert result_of("other")["saved"]["database"]["count"] == 0


@only_generations
def test_a_run_knows_what_it_took_and_a_database_does_not_take_it_back(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each note names the record; adding the run adds what was trained alone."""
    approve()
    with Database.open("bench.sqlite") as database, database.reading() as reader:
        ids = set(reader.ids(Selection()))
    assert search("again", *REUSE, "--set", f"budget.evaluations={COUNT + 3}") == 3
    reused = [one for one in told("again") if one.get("reused")]
    assert {one["reused"] for one in reused} <= ids
    assert reused[0]["notes"][0].startswith(
        f"not trained: record {reused[0]['reused']}"
    )
    capsys.readouterr()
    assert minibench(["add", "again", "--json"]) == 0
    # three of the search, and the final training
    assert json.loads(capsys.readouterr().out)["new"] == 4
    assert minibench(["add", "again", "--best", "20", "--run", "x", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["new"] == 4


def test_a_killed_run_ends_like_one_that_was_not(folder: Path) -> None:
    """What was told is not looked up again; what was not, may be."""
    approve()
    # half of it is known
    with Database.open("bench.sqlite") as database, database.reading() as reader:
        ids = reader.ids(Selection())
    words = ["--reject", "--reason", "no", "--who", "Ada"]
    assert minibench(["review", *ids[::2], *words]) == 0
    count = search("undisturbed", *REUSE)
    assert 0 < count < COUNT
    number = max(int(one) for one in Path("trained.txt").read_text().split())
    Path("trained.txt").unlink()
    Path("die").write_text(str(number))
    manager = _fork.Process(target=search, args=("killed", *REUSE))
    manager.start()
    manager.join(timeout=60)
    assert manager.exitcode == -9
    assert evonas(["resume", "killed"]) == 0
    assert trained() == count
    assert results("killed") == results("undisturbed")
    saved = result_of("killed")["saved"]["database"]
    assert saved == result_of("undisturbed")["saved"]["database"]
    assert saved["count"] == COUNT - count


@only_generations
def test_a_run_goes_on_without_its_database(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it took is in its journal; to go on without one must be said."""
    approve()
    assert search("again", *REUSE) == 0
    Path("bench.sqlite").rename("moved.sqlite")
    more = ["--set", f"budget.evaluations={COUNT + 1}"]
    assert evonas(["resume", "again", *more]) == 2
    said = capsys.readouterr().err
    assert "reuse.database: " in said
    assert "To go on without one: --set reuse=null" in said
    moved = ["--set", "reuse.database=moved.sqlite"]
    assert evonas(["resume", "again", *more, *moved]) == 0
    assert evonas(["resume", "again", *more, "--set", "reuse=null"]) == 0
    assert result_of("again")["evaluations"] == COUNT + 1
    assert result_of("again")["saved"]["database"]["count"] == COUNT


@only_generations
@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "expected the file of a mini-benchmark database, got none"),
        (b"no database", "expected a database, got a file that is damaged"),
        (b"", "expected"),
    ],
)
def test_a_database_that_is_none_is_told_before_anything_starts(
    folder: Path,
    content: bytes | None,
    complaint: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit code 2, no run directory; the file and line of the setting are named."""
    if content is not None:
        Path("other.sqlite").write_bytes(content)
    text = Path("my.yaml").read_text()
    Path("my.yaml").write_text(f"{text}reuse: {{database: other.sqlite}}\n")
    capsys.readouterr()
    assert search("again", code=2) == 0
    said = capsys.readouterr().err
    assert f"my.yaml, line 8: reuse.database: {folder}/other.sqlite: " in said
    assert complaint in said
    assert not Path("again").exists()
    assert evonas(["search", "my.yaml", "--dry-run"]) == 2


@only_generations
def test_a_dry_run_says_what_the_database_knows(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """How many results of the problem, in which state, and where."""
    for count in (0, COUNT + 1):
        capsys.readouterr()
        assert evonas(["search", "my.yaml", "--dry-run", *REUSE]) == 0
        out = " ".join(capsys.readouterr().out.split())
        assert f"{count} results of digits@" in out
        assert "(approved)" in out
        approve()


@only_generations
@pytest.mark.filterwarnings("default::evonas.errors.EvonasWarning")
def test_a_database_that_fails_in_the_middle_costs_its_results_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is told once, and the search goes on by training."""
    approve()
    create = RunDirectory.create

    def creating(*words: Any) -> RunDirectory:
        # the search has looked at it and begins
        Path("bench.sqlite").write_bytes(b"garbage" * 9_999)
        return create(*words)

    monkeypatch.setattr("evonas.storage.RunDirectory.create", creating)
    capsys.readouterr()
    assert search("again", *REUSE) == COUNT
    said = capsys.readouterr().err
    assert said.count("evonas: warning: reuse.database: ") == 1
    assert "got a file that is damaged" in said
    assert "nothing more is taken from it" in said
    assert results("again") == results("first")

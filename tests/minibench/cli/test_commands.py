"""The commands from end to end: a run becomes a reviewed, merged, exported database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bench_records import PROBLEM, record
from rich.console import Console

from evonas.build.command import warning_shower
from evonas.cli import main as evonas
from evonas.errors import EvonasWarning
from evonas.storage import Journal
from minibench import Batch
from minibench.cli import app, main
from minibench.database import Database

CONFIG = """\
task: {name: digits}
strategy: {name: random}
budget: {evaluations: 6}
evaluator: own_parts:Noisy
workers: 0
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Commands run here, on one database."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MINIBENCH_DB", "bench.sqlite")
    assert main(["init"]) == 0
    return tmp_path


@pytest.fixture
def filled(folder: Path) -> Path:
    """With a few records of a problem."""
    with Database.open("bench.sqlite") as database:
        database.add(Batch((PROBLEM,), [record(0.1 * n) for n in range(4)]))
    return folder


def told(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    """The JSON that a command answers with."""
    capsys.readouterr()
    assert main([*words, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_a_run_becomes_records_once(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All that succeeded and the final training, with provenance; again: nothing."""
    (folder / "my.yaml").write_text(CONFIG)
    assert evonas(["search", "my.yaml", "--out", "runs/first"]) == 0
    words = ["add", "runs/first", "--licence", "CC0-1.0", "--who", "Ada"]
    added = told(capsys, *words)
    assert added["new"] >= 6
    assert told(capsys, *words) == {"new": 0, "known": added["new"], "other_reviews": 0}
    (problem,) = told(capsys, "list")
    assert problem["problem"]["name"] == "digits"
    assert problem["records"]["provisional"] == added["new"]
    best = told(capsys, "list", "digits", "--top", "3")["records"]
    values = [one["metrics"]["validation_accuracy"] for one in best]
    assert values == sorted(values, reverse=True)
    assert best[0]["provenance"]["who"] == "Ada"
    assert best[0]["run"].startswith("first-")
    assert told(capsys, "validate")["errors"] == 0
    assert told(capsys, "add", "runs/first", "--best", "1", "--run", "other")["new"] < 4


def test_a_run_that_was_resumed_or_copied_is_the_same_run(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its files have another time then, and its records the ids that they had."""
    (folder / "my.yaml").write_text(CONFIG)
    assert evonas(["search", "my.yaml", "--out", "runs/first"]) == 0
    first = told(capsys, "add", "runs/first", "--who", "Ada")
    os.utime("runs/first/config.yaml", (1, 1))
    again = told(capsys, "add", "runs/first")
    assert again == {"new": 0, "known": first["new"], "other_reviews": 0}
    # another run of that name is another one
    changed = ["--set", "seed=5", "--out", "runs/second"]
    assert evonas(["search", "my.yaml", *changed]) == 0
    name = str(told(capsys, "list", "digits")["records"][0]["run"])
    other = told(capsys, "add", "runs/second", "--run", name)
    assert other["new"] > 0


def test_a_full_disk_under_the_output_is_the_users(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, in words."""
    paths = os.pathsep.join(path for path in sys.path if path)
    with open("/dev/full", "w") as full:
        process = subprocess.run(
            [sys.executable, "-m", "minibench", "list", "--json"],
            stdout=full,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": paths},
            text=True,
            timeout=120,
        )
    assert process.returncode == 2
    assert "minibench: error: expected room for the output, got No" in process.stderr
    assert "Traceback" not in process.stderr


def test_a_recipe_is_the_one_that_a_network_was_trained_by(folder: Path) -> None:
    """A full training's is that of `final.recipe`; inherited weights have none."""
    strategy = "{name: large_scale_evolution, population: 3, reset_weights: 0}"
    text = CONFIG.replace("{name: random}", strategy).replace("Noisy", "Keeping")
    final = "final: {epochs: 3, recipe: {batch_size: 17, erasing: 0.5}}\n"
    (folder / "my.yaml").write_text(text + final)
    assert evonas(["search", "my.yaml", "--out", "run"]) == 0
    assert main(["add", "run"]) == 0
    inheriting = sum(
        bool(one["inherit"])
        for event in Journal.read(folder / "run" / "journal.jsonl")
        if event.name == "asked"
        for one in event.data["requests"]
    )
    with Database.open("bench.sqlite") as database, database.reading() as reader:
        records = list(reader.records())
    assert inheriting == sum(one.recipe is None for one in records) > 0
    (last,) = (one for one in records if one.fidelity.epochs == 3)
    assert last.recipe is not None
    assert (last.recipe.batch_size, last.recipe.erasing) == (17, 0.5)
    others = [one.recipe for one in records if one.recipe and one is not last]
    assert others
    assert all(one.erasing == 0.0 for one in others)


def test_data_that_changed_since_the_run_are_noticed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its records would be of another version of the problem."""
    (folder / "my.yaml").write_text(CONFIG)
    assert evonas(["search", "my.yaml", "--out", "run"]) == 0
    config = folder / "run" / "config.yaml"
    config.write_text(config.read_text().replace("split_seed: 0", "split_seed: 1"))
    assert main(["add", "run"]) == 2
    assert "expected the settings and data that it was run" in capsys.readouterr().err


def test_tables_name_what_there_is(
    filled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Problems, then records, the best first."""
    assert main(["list"]) == 0
    assert "dots@v1  image     1×8×8  3 classes  accuracy ↑" in capsys.readouterr().out
    assert main(["list", "dots", "--at-least", "0.15"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "2 of 2 records" in lines[0]
    assert record(0.30000000000000004).id[:10] in lines[2]
    assert "provisional" in lines[2]


def test_on_a_narrow_terminal_columns_are_whole_or_left_out(
    filled: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An id or a value that is cut off is of no use to anybody."""
    for module in ("listing", "show"):
        monkeypatch.setattr(
            f"minibench.cli.{module}.console", lambda: Console(width=80)
        )
    capsys.readouterr()
    assert main(["list", "dots"]) == 0
    told = capsys.readouterr().out
    assert record(0.1 * 3).id[:10] in told
    assert "0.3000" in told
    assert "validation_accuracy" in told
    assert "…" not in told
    long = replace(PROBLEM, name="a-problem-of-some-length", version="883657f2d94b4972")
    with Database.open("bench.sqlite") as database:
        database.add(Batch((long,), [record(0.5, problem=long.key)]))
    assert main(["list"]) == 0
    told = capsys.readouterr().out
    assert f"\n{long.key} " in told
    assert "0.5000" in told
    assert "…" not in told


def test_a_record_is_shown_with_its_network(
    filled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Layer by layer, and drawn into a file."""
    one = record(0.1)
    assert main(["show", one.id[:8], "--draw", "network.svg"]) == 0
    out = capsys.readouterr().out
    for words in (one.id, "conv 3×3, 6 filters", "Ada, 2026-11-22", "CC0-1.0"):
        assert words in out
    assert (filled / "network.svg").read_text().startswith("<?xml")
    found = told(capsys, "show", one.id)
    assert found["architecture"] == one.architecture.to_json()
    assert len(found["same_network"]) == 3
    assert main(["show", "dots"]) == 0
    assert "accuracy, maximise, from 0 to 1" in capsys.readouterr().out
    assert told(capsys, "show", "dots@v1")["key"] == "dots@v1"


def test_reviewed_merged_and_exported(
    filled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The curator's way, with a colleague who has reviewed otherwise."""
    found = told(capsys, "review", "--problem", "dots", "--approve", "--who", "Ada")
    assert (found["matching"], len(found["changed"])) == (4, 4)
    told(capsys, "export", "curated")
    assert told(capsys, "diff", "curated")["equal"]
    assert main(["init", "--db", "theirs.sqlite"]) == 0
    theirs = ("--db", "theirs.sqlite")
    assert told(capsys, "import", "curated", *theirs)["new"] == 4
    bad = record(0.1).id[:9]
    words = ("review", bad, "--reject", "--reason", "no", "--who", "Bob")
    told(capsys, *words, *theirs)
    assert told(capsys, "merge", "theirs.sqlite")["reviews"] == 1
    told(capsys, "review", bad, "--approve", "--who", "Ada")
    told(capsys, "review", bad, "--withdraw", "--who", "Bob", *theirs)
    conflicts = told(capsys, "merge", "theirs.sqlite", code=2)["conflicts"]
    assert "approved here by Ada" in conflicts[0]
    assert main(["merge", "theirs.sqlite", "--prefer", "here", "--who", "Ada"]) == 0
    assert "resolved, here holds: record" in capsys.readouterr().out
    assert main(["diff", "theirs.sqlite"]) == 0
    assert "approved here, provisional there" in capsys.readouterr().out
    assert main(["merge", "bench.sqlite", *theirs]) == 0
    assert told(capsys, "diff", "theirs.sqlite")["equal"]


def test_validation_fails_where_there_are_errors(
    filled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a text form, too; warnings only where that is asked for."""
    told(capsys, "export", "curated")
    path = filled / "curated" / "dots@v1.jsonl"
    path.write_bytes(path.read_bytes() + b"{\n")
    found = told(capsys, "validate", "curated", code=2)
    rules = [one["rule"] for one in found["findings"]]
    assert rules == ["schema", *["duplicate"] * 3]
    assert found["findings"][0]["where"].endswith("dots@v1.jsonl, line 7")
    assert main(["validate"]) == 0
    assert "3 × warning duplicate" in capsys.readouterr().out
    assert main(["validate", "--strict"]) == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["list", "cats"], "expected one of its problems, dots@v1; got 'cats'"),
        (["show", "abc"], "expected one record whose id begins with 'abc', got none"),
        (["show", "dots", "--draw", "a.svg"], "--draw: expected a record"),
        (["add", "none"], "expected a text form, a directory or a file of JSON lines"),
        (["add", "."], "expected the directory of a run, got a directory without conf"),
        (["add", "a.jsonl", "--best", "3"], "--best: has no meaning for a.jsonl"),
        (["review", "--approve"], "expected ids or options that choose records"),
        (["review", "--all"], "expected one of --approve, --reject, --quarantine"),
        (["review", "--all", "--reject"], "reason: expected why it is rejected"),
        (["review", "--at-most", "1", "--approve"], "expected the problem that has it"),
        (["merge", "none.sqlite"], "expected the file of a mini-benchmark database"),
        (
            ["merge", ".", "--prefer", "me"],
            "--prefer: expected here or there, got 'me'",
        ),
        (["import", "."], "expected a directory with files that end in .jsonl"),
        (["validate", ".", "--problem", "a"], "--problem: has no meaning for a text"),
        (["list", "--db", "mysql://a/b"], "expected a file of SQLite or a URL of Post"),
        (["init", "--db", "a/b.sqlite"], "expected a directory for it, got none"),
        (
            ["show", record(0.1).id, "--draw", "a/b.svg"],
            "a/b.svg: expected to write a picture here, got: No such file",
        ),
        (["list", "dots", "--at-least", "nan"], "expected a number, got nan"),
        (
            ["review", "--problem", "dots", "--at-most", "nan", "--approve"],
            "expected a number, got nan",
        ),
        (["merge", "./bench.sqlite"], "expected another database, got bench.sqlite"),
    ],
)
def test_wrong_input_is_said_without_a_traceback(
    filled: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    """Exit code 2, what was expected and what was found."""
    capsys.readouterr()
    assert main(words) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.err.startswith("minibench: error: ")
    assert "Traceback" not in captured.err


@pytest.mark.parametrize(
    "command", [one.name for one in app.registered_commands if one.name]
)
def test_help_has_examples_that_can_be_typed(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each with --json and --db."""
    assert main([command, "--help"]) == 0
    out = capsys.readouterr().out
    for words in ("Examples:", f"minibench {command}", "--json", "--db"):
        assert words in out


def test_a_fault_of_ours_is_exit_code_one(
    filled: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its traceback, for the report; an interruption is no fault."""

    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr(
        "minibench.cli.init.Database", type("D", (), {"create": broken})
    )
    error: BaseException = RuntimeError("our mistake")
    assert main(["init"]) == 1
    assert "internal error, please report it" in capsys.readouterr().err
    error = KeyboardInterrupt()
    assert main(["init"]) == 3
    assert "interrupted, with nothing half-written" in capsys.readouterr().err


def test_a_warning_is_a_line_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    """Of ours; others as Python writes them."""
    warning_shower("minibench")("careful", EvonasWarning, "f.py", 1)
    warning_shower("minibench")("other", UserWarning, "f.py", 1)
    err = capsys.readouterr().err
    assert err.startswith("minibench: warning: careful\nf.py:1: UserWarning: other")

"""`minibench import` of others' sources: what people type, and what it answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bench_records import PROBLEM
from listed_rows import NETWORK, ROW, lines
from nni_files import write_nni
from published_tables import CELLS, nasbench201_csv

from minibench.cli import main
from minibench.cli.sources import FarAlong
from minibench.database import Database


@pytest.fixture
def db(tmp_path: Path) -> str:
    """A new database."""
    path = str(tmp_path / "bench.sqlite")
    Database.create(path)[0].close()
    return path


def test_a_table_is_imported_by_name(
    tmp_path: Path, db: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Twice: then nothing is new."""
    path = str(nasbench201_csv(tmp_path / "t.csv"))
    words = [
        "import",
        "nasbench201",
        path,
        "--dataset",
        "cifar10",
        "--db",
        db,
        "--json",
    ]
    for new in (len(CELLS) * 4 - 1, 0):
        assert main(words) == 0
        assert json.loads(capsys.readouterr().out)["new"] == new


def test_options_may_be_files(
    tmp_path: Path, db: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Problem, network and recipe of an NNI experiment; the problem is known then."""
    files = {
        "problem": PROBLEM.to_json(),
        "architecture": NETWORK.to_json(),
        "recipe": {},
    }
    words = ["import", "nni", str(write_nni(tmp_path / "nni.sqlite")), "--db", db]
    for name, content in files.items():
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(content))
        words += [f"--{name}", str(path)]
    assert main([*words, "--epochs", "2", "--who", "Ada"]) == 0
    assert "2 new records" in capsys.readouterr().out
    rows = str(lines(tmp_path / "t.jsonl", ROW))
    assert main(["import", "rows", rows, "--problem", "dots", "--db", db]) == 0


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["nni", "n.sqlite", "--problem", "p.json"], "p.json: expected a file of JSON"),
        (["nni", "n.sqlite", "--problem", "nothing"], "problem"),
        (["rows", "t.csv", "--recipe", "list.json"], "expected an object of a recipe"),
        (["rows", "t.csv", "--curves"], "import rows: curves: has no meaning"),
        (["fcnet", "--dataset", "x"], "dataset: expected one of protein_structure"),
        (["folder", "--who", "Ada"], "--who: has no meaning for folder"),
        (["other", "t.csv"], "expected a source of nasbench101, nasbench201"),
        (["nas-hpo-bench-ii", "bench12.pkl"], "the published files are pickles"),
    ],
)
def test_what_has_no_meaning_is_told(
    tmp_path: Path,
    db: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    complaint: str,
) -> None:
    """On stderr, with the exit code of wrong input."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "list.json").write_text("[]")
    assert main(["import", *words, "--db", db]) == 2
    assert complaint in capsys.readouterr().err


def test_help_names_every_source(capsys: pytest.CaptureFixture[str]) -> None:
    """With what it is."""
    assert main(["import", "--help"]) == 0
    shown = capsys.readouterr().out
    assert "NAS-Bench-Graph" in shown
    assert "nas-hpo-bench-ii" in shown


def test_how_far_it_is_stands_on_a_terminal_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And is cleared in the end."""
    monkeypatch.setattr("minibench.cli.sources._PAUSE_SECONDS", -1.0)
    for seen in (False, True):
        monkeypatch.setattr("sys.stderr.isatty", lambda seen=seen: seen)
        with FarAlong() as progress:
            progress(1000, 2000)
            progress(1500, None)
        told = capsys.readouterr().err
        assert ("1,000 of 2,000 read" in told) == seen
        assert told.endswith("\r") == seen

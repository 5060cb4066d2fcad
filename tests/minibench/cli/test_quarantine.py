"""Records in quarantine: seen by people, used by no search, and let out again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bench_records import PROBLEM, record, review

from evonas.config import config_from_json
from evonas.errors import ConfigError
from minibench import Batch, State
from minibench.cli import main
from minibench.database import Database
from minibench.selection import Selection

ONES = [record(0.9 - n / 10, seed=n).reviewed(review()) for n in range(3)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Commands run here, on a database of three approved records."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MINIBENCH_DB", "bench.sqlite")
    with Database.create("bench.sqlite")[0] as database:
        database.add(Batch((PROBLEM,), ONES))
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    """What a command answers in JSON."""
    capsys.readouterr()
    assert main([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def quarantine(one: str = ONES[0].id) -> None:
    """Put a record into it."""
    words = ["review", one, "--quarantine", "--reason", "cost 9 trainings"]
    assert main([*words, "--who", "Ada"]) == 0


def approved(path: str = "bench.sqlite") -> int:
    """How many records advise searches."""
    with Database.open(path) as database, database.reading() as reader:
        return len(reader.ids(Selection(states=(State.APPROVED,))))


@pytest.mark.usefixtures("folder")
def test_a_quarantined_record_is_seen_and_advises_nobody(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It keeps its rank in the list, with its state and the reason."""
    quarantine()
    found = told(capsys, "list", PROBLEM.name)
    assert [one["state"] for one in found["records"]] == [
        "quarantined",
        "approved",
        "approved",
    ]
    assert told(capsys, "list")[0]["records"]["quarantined"] == 1
    assert main(["list"]) == 0
    assert "quarantined" in capsys.readouterr().out
    assert main(["show", ONES[0].id]) == 0
    assert "quarantined by Ada" in capsys.readouterr().out
    assert approved() == 2
    assert main(["constraints", PROBLEM.name]) == 0
    assert ONES[0].id not in capsys.readouterr().out


@pytest.mark.usefixtures("folder")
def test_where_none_is_in_quarantine_no_column_tells_of_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Most databases have none."""
    assert main(["list"]) == 0
    assert "quarantined" not in capsys.readouterr().out


@pytest.mark.usefixtures("folder")
def test_it_is_let_out_by_a_review(capsys: pytest.CaptureFixture[str]) -> None:
    """Chosen by its state; the history keeps both."""
    quarantine()
    words = ["review", "--problem", PROBLEM.name, "--state", "quarantined"]
    assert main([*words, "--approve", "--reason", "another space now"]) == 0
    assert approved() == 3
    found = told(capsys, "show", ONES[0].id)
    states = [one["state"] for one in found["reviews"]]
    assert states == ["approved", "quarantined", "approved"]


@pytest.mark.usefixtures("folder")
def test_it_goes_through_text_form_and_merge() -> None:
    """The state is the same there, and the text has the same bytes again."""
    quarantine()
    assert main(["export", "text"]) == 0
    assert main(["init", "--db", "other.sqlite"]) == 0
    assert main(["import", "text", "--db", "other.sqlite"]) == 0
    assert approved("other.sqlite") == 2
    assert main(["export", "again", "--db", "other.sqlite"]) == 0
    for path in Path("text").iterdir():
        assert path.read_bytes() == (Path("again") / path.name).read_bytes()
    quarantine(ONES[1].id)
    assert main(["merge", "bench.sqlite", "--db", "other.sqlite"]) == 0
    assert approved("other.sqlite") == 1


@pytest.mark.usefixtures("folder")
def test_a_quarantine_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    """As a rejection does."""
    assert main(["review", "--all", "--quarantine"]) == 2
    assert "reason: expected why it is quarantined" in capsys.readouterr().err


@pytest.mark.parametrize("section", ["constraints", "reuse"])
def test_no_config_trusts_it(section: str) -> None:
    """Neither to advise nor to stand in for a training."""
    with pytest.raises(ConfigError, match="got quarantined, of which nothing is ever"):
        config_from_json(
            {
                "task": {"name": "digits"},
                section: {"database": "bench.sqlite", "states": ["quarantined"]},
            }
        )

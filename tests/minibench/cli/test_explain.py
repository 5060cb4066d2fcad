"""`minibench explain`: why a search's space became what it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from advised_runs import (
    Written,
    constraints,
    knowledge,
    note,
    refusal,
)
from bench_records import PROBLEM, record

from evonas.advice import AUDIT, Revision
from evonas.evaluation import Outcome
from evonas.storage import Journal
from minibench import Batch
from minibench.cli import main
from minibench.database import Database

PNG, SVG = b"\x89PNG", b"<?xml"


def told(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    """What the command says."""
    capsys.readouterr()
    assert main(["explain", *map(str, words)]) == 0
    return capsys.readouterr().out


def story(capsys: pytest.CaptureFixture[str], *words: object) -> Any:
    """The same in JSON."""
    return json.loads(told(capsys, *words, "--json"))


def written(path: Path, audits: int = 0) -> Written:
    """A run with two reclassifications, an edit, refusals, seeds and audits."""
    run = Written(path, knowledge())
    first = {"mnist@v1": 0.7, "rings@v1": 0.3}
    run.revised(Revision(constraints(3, 5), note(first)))
    run.trained(0.4, seed="mnis-k3")
    run.trained(0.9, refusal(), refusal("mutate", confidence=0.6, nearest=None))
    run.revised(
        Revision(
            constraints(3),
            note(
                {"mnist@v1": 0.85, "rings@v1": 0.15},
                told=2,
                posterior={"mnist@v1": 1.0, "rings@v1": 0.0},
                merged={"mnist@v1": 0.8, "this search": 0.2},
                kept=[["blocks.conv.kernel", 3]],
                cache={"asked": 200, "hits": 150, "rate": 0.75},
                loosened=1,
            ),
        )
    )
    for number in range(audits):
        accuracy = 0.95 if number % 10 == 0 else 0.1
        run.trained(accuracy, refusal(audited=True), **{AUDIT: "unlikely"})
    person = {"by": "person", "hold": True, "hash": "x"}
    run.revised(Revision(constraints(3, 5, 7), person), "edited")
    run.trained(0.5)
    learned = note(
        {"mnist@v1": 0.85, "rings@v1": 0.15},
        reclassified=False,
        loosened=1,
        cache={"asked": 300, "hits": 240, "rate": 0.8},
    )
    run.revised(Revision(None, learned), "refitted")
    return run


def test_it_tells_what_counts_how_it_moved_and_what_was_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Problems with reasons, moves with the posterior, kept values, edits, refusals."""
    run = written(tmp_path / "run").closed()
    text = told(capsys, run)
    for words in (
        "|ΔDCN| 0.02",
        "mnist 0.85, rings 0.15 (the 5 best resemble mnist 1.00",
        "this search 0.20 of the set",
        "blocks.conv.kernel: - 5; kept for the elite's sake: blocks.conv.kernel 3",
        "blocks.conv.kernel: + 5, + 7; held",
        "A person has the last word",
        "2 refusals for 3 trained candidates",
        "most often mnis-k3 (1)",
        "a rate is told from 30 on",
        "loosened itself once (after 2 trainings)",
        "240 times (80%)",
        "3: 80% of mnist, 10% of rings",
    ):
        assert words in text, words
    assert (run / "explained.svg").read_bytes().startswith(SVG)


def test_values_are_told_with_the_records_that_use_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By place, or by block; no picture is drawn then."""
    run = written(tmp_path / "run").closed()
    text = told(capsys, run, "--place", "blocks.conv")
    assert [line.split() for line in text.splitlines()[3:5]] == [
        ["blocks.conv.kernel", "3", "mnist", "80%", "mnis-k3"],
        ["blocks.conv.kernel", "3", "rings", "10%", "ring-k3"],
    ]
    assert "Nothing is noted at recipe" in told(capsys, run, "--place", "recipe")
    assert not (run / "explained.svg").exists()


def test_records_are_looked_up_in_a_database(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What they are worth; those that are not there any more are told."""
    db = str(tmp_path / "b.sqlite")
    assert main(["init", "--db", db]) == 0
    kept = record(0.75)
    with Database.open(db) as database:
        database.add(Batch((PROBLEM,), [kept]))
    run = Written(tmp_path / "run", knowledge())
    run.revised(Revision(constraints(3), note({"mnist@v1": 1.0})))
    run.trained(0.4, seed=kept.id)
    run.trained(0.9, refusal(nearest="ab" * 16))
    path = run.closed()
    text = told(capsys, path, "--db", db)
    assert f"{kept.id[:10]}" in text
    assert "0.75" in text
    assert "not in the database" in text
    first, second = story(capsys, path, "--db", db)["records"]
    assert (first["id"], first["value"]) == (kept.id, 0.75)
    assert second == {"id": "ab" * 16, "problem": None}
    assert "records" not in story(capsys, path)


def test_programs_get_all_of_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every move, shares of the space, refusals, seeds with their rank."""
    run = written(tmp_path / "run").closed()
    found = story(capsys, run, "--out", tmp_path / "why.png")
    assert (tmp_path / "why.png").read_bytes().startswith(PNG)
    assert [one["by"] for one in found["turns"]] == [
        "advisor",
        "advisor",
        "person",
        "advisor",
    ]
    assert found["turns"][1]["changes"] == [
        {"place": "blocks.conv.kernel", "added": [], "removed": ["5"]}
    ]
    assert found["held"] is True
    assert 0 < found["left"]["node"] < 1
    assert found["left"]["recipe"] == 1
    (seed,) = found["seeds"]
    assert seed == {"record": "mnis-k3", "id": 0, "value": 0.4, "rank": 3}
    assert found["refused"]["count"] == 2
    assert found["audits"]["false_rejection_rate"] is None


def test_a_false_rejection_rate_takes_thirty_audits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With its interval; one in ten of the refused was good here."""
    few = story(capsys, written(tmp_path / "few", audits=29).closed())
    assert few["audits"]["false_rejection_rate"] is None
    run = written(tmp_path / "enough", audits=40).closed()
    enough = story(capsys, run)["audits"]
    assert enough["false_rejection_rate"] == pytest.approx(0.1)
    low, high = enough["false_rejection_interval"]
    assert 0 < low < 0.1 < high < 0.3
    assert "10% (95 % interval 4.0% to 23%) were as good" in told(capsys, run)


def test_a_run_that_has_just_begun_or_still_goes_on_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before the first set; and with a journal that somebody writes."""
    begun = Written(tmp_path / "begun", knowledge())
    assert "No set was made yet" in told(capsys, begun.path)
    running = written(tmp_path / "running")
    assert "2 refusals for 3 trained" in told(capsys, running.path)
    running.trained(0.99)
    assert "2 refusals for 4 trained" in told(capsys, running.path)


def test_a_set_of_a_person_and_a_lost_request_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No problem counts then; what was lost is counted once, when it came back."""
    known = knowledge(sources=(), given=constraints(3), unjudged="no database")
    run = Written(tmp_path / "run", known)
    run.revised(Revision(constraints(3), note({})))
    run.trained(0.5)
    path = run.closed()
    journal = Journal.resume(path / "journal.jsonl", "digest")
    asked, back = list(Journal.read(path / "journal.jsonl"))[-2:]
    request = {**asked.data["requests"][0], "request_id": 1}
    journal.append("asked", {"count": 1, "requests": [request]})
    record = {**back.data["record"], "request_id": 1}
    lost = {**record, "outcome": Outcome.LOST.value, "metrics": {}, "error": "gone"}
    for one in (lost, record):
        journal.append("told", {"record": one, "elapsed": 1.0, "workers": 1})
    journal.close()
    assert "The set was given by a person." in told(capsys, path)
    assert story(capsys, path)["trained"] == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["plain"], "expected a search with a `constraints` section, got one without"),
        (["nothing"], "expected the directory of a run"),
        (["begun"], "expected what the advisor knew at the start"),
        (["plain", "--out", "a.txt"], "a file that ends in .svg, .png, .pdf"),
        (["islands"], "one population, got a search of 2 islands"),
    ],
)
def test_wrong_input_is_named(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    message: str,
) -> None:
    """Exit code 2."""
    monkeypatch.chdir(tmp_path)
    Written(Path("plain"), None).closed()
    Written(Path("begun"), None, {"database": "bench.sqlite"}).closed()
    Written(Path("islands"), knowledge()).closed()
    config = Path("islands/config.yaml")
    config.write_text(config.read_text() + "islands: {count: 2}\n")
    assert main(["explain", *words]) == 2
    assert message in capsys.readouterr().err

"""`minibench constraints`: from a database to a file that narrows a space."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bench_records import PROBLEM, record, review

from evonas.candidate import Recipe
from evonas.cli import main as evonas
from evonas.config import load_config
from evonas.space import ConstraintSet
from minibench import Batch, BenchRecord, Characterisation, Problem
from minibench.cli import main
from minibench.constraint_text import read_constraints
from minibench.database import Database


def problem(name: str, dcn: float) -> Problem:
    """A problem of images with a ProbeNet number."""
    number = Characterisation("dcn", dcn, {"epochs": 10})
    return replace(PROBLEM, name=name, characterisation=(number,))


#: name → its problem
PROBLEMS = {
    name: problem(name, dcn) for name, dcn in (("dots", 0.8), ("rings", 0.79))
} | {"noise": problem("noise", 0.1)}


def of(name: str, value: float, filters: int, **changes: Any) -> BenchRecord:
    """An approved record of a problem."""
    made = record(value, filters, problem=PROBLEMS[name].key, **changes)
    return replace(made, reviews=(review(),))


#: a search that is over in a second
CONFIG = """\
task: {name: digits}
strategy: {name: random}
evaluator: own_parts:synthetic
budget: {evaluations: 3}
final: {epochs: 0}
workers: 0
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Commands run here, on a database of three problems."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MINIBENCH_DB", "bench.sqlite")
    records = [of("dots", 0.9 - n / 100, 16, seed=n) for n in range(3)]
    records += [of("rings", 0.9 - n / 100, 8 + 8 * n) for n in range(3)]
    records += [of("rings", 0.1, 64, recipe=Recipe(label_smoothing=0.5))]
    records += [of("noise", 0.5, 48), record(0.99, 96, problem=PROBLEMS["dots"].key)]
    with Database.create("bench.sqlite")[0] as database:
        database.add(Batch(tuple(PROBLEMS.values()), records))
    return tmp_path


def made(capsys: pytest.CaptureFixture[str], *words: str) -> ConstraintSet:
    """The set that a command prints."""
    capsys.readouterr()
    assert main(["constraints", *words]) == 0
    path = Path("printed.yaml")
    path.write_text(capsys.readouterr().out)
    return read_constraints(path)


def filters(found: ConstraintSet) -> Any:
    """What a convolution's filters may be."""
    assert found.blocks is not None
    return found.blocks["conv"]["filters"].to_json()


def test_named_problems_are_united(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Their best, as many as asked for; only what was approved."""
    assert filters(made(capsys, "rings", "--best", "3")) == [8, 16, 24]
    assert filters(made(capsys, "rings", "--best", "1")) == 8
    found = made(capsys, "rings", "dots", "--best", "3", "--tail", "0")
    assert filters(found) == [8, 16, 24]
    assert set(found.provenance["problems"]) == {"dots@v1", "rings@v1"}
    provisional = made(capsys, "dots", "--state", "provisional")
    assert provisional.provenance["problems"]["dots@v1"]["networks"] == 1


def test_problems_that_resemble_one_are_united_without_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the ProbeNet number."""
    found = made(capsys, "--like", "dots", "--best", "3", "--overlap", "2")
    assert set(found.provenance["problems"]) == {"rings@v1"}


def test_a_set_is_written_and_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a file, and in JSON with its hash."""
    words = ["constraints", "rings", "--mode", "soft"]
    assert main([*words, "--out", "set.yaml"]) == 0
    assert "set.yaml: 1 blocks, made of rings@v1 1.00, hash" in capsys.readouterr().out
    found = read_constraints(Path("set.yaml"))
    assert found.mode == "soft"
    assert main([*words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["hash"] == found.content_hash()
    assert ConstraintSet.from_json({k: v for k, v in told.items() if k != "hash"})


def test_a_config_is_narrowed_and_can_be_searched(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only blocks that the best use are left; the rest of the config stays."""
    Path("my.yaml").write_text(CONFIG)
    words = ["constraints", "rings", "--best", "3", "--narrow", "my.yaml"]
    assert main([*words, "--out", "narrowed.yaml"]) == 0
    narrowed = load_config("narrowed.yaml")
    whole = load_config("my.yaml")
    assert narrowed.space["blocks"]["mbconv"] is False
    assert narrowed.space["blocks"]["conv"]["filters"] == [8, 16, 24]
    assert narrowed.budget == whole.budget
    assert narrowed.task == whole.task
    assert evonas(["search", "narrowed.yaml", "--out", "run"]) == 0
    assert main(words) == 0
    assert Path("narrowed.yaml").read_text() in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "expected names of problems, or --like and one name, got neither"),
        (["dots", "--like", "rings"], "got both"),
        (["dot"], "dot"),
        (["noise", "--state", "rejected"], "expected records with validation_accuracy"),
        (["dots", "--share", "2"], "share: expected a number from 0 to 1, got 2.0"),
        (
            ["dots", "--out", "none/set.yaml"],
            "none/set.yaml: expected to write the constraint set",
        ),
        (["dots", "--narrow", "a.yaml", "--mode", "soft"], "expected --mode hard"),
        (["dots", "--narrow", "a.yaml"], "a.yaml: expected a configuration file"),
    ],
)
def test_wrong_input_is_named(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    message: str,
) -> None:
    """Exit code 2."""
    assert main(["constraints", *words]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.usefixtures("folder")
def test_tuning_says_which_thresholds_to_use(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As a table with the problems that were left out, and for programs."""
    names = ("dots", "rings")
    more = [of(name, 0.3 - n / 100, 8 * n) for name in names for n in range(1, 7)]
    with Database.open("bench.sqlite") as database:
        database.add(Batch((), more))
    capsys.readouterr()
    assert main(["constraints", "--tune", "--best", "2"]) == 0
    said = capsys.readouterr().out
    assert "use --posterior" in said
    assert "dots@v1" in said
    words = ["constraints", "--tune", "--json", "--false-rejection", "0.9"]
    assert main([*words, "dots", "rings"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found["problems"]) == {PROBLEMS["dots"].key, PROBLEMS["rings"].key}
    assert found["holds"]
    assert found["chosen"]["left"] == min(one["left"] for one in found["tried"])


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--like", "dots"], "--tune: expected none of --like, --narrow and --out"),
        (["--false-rejection", "1"], "expected a share above 0 and below 1, got 1"),
        (["dots"], "tuning: expected two or more problems"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_what_cannot_be_tuned_is_told(
    capsys: pytest.CaptureFixture[str], words: list[str], complaint: str
) -> None:
    """What was expected, what was found."""
    assert main(["constraints", "--tune", *words]) == 2
    assert complaint in capsys.readouterr().err

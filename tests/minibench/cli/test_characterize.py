"""`minibench characterize`: numbers that join the problem, in a table and as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from minibench.cli import main
from minibench.database import Database
from minibench.problems import Problem

#: quick, and enough to be better than by chance
WORDS = ["characterize", "digits", "--probe", "wide", "--epochs", "1"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Commands run here, on one database."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MINIBENCH_DB", "bench.sqlite")
    assert main(["init"]) == 0
    return tmp_path


def known(name: str) -> Problem:
    """A problem as the database has it."""
    with Database.open("bench.sqlite") as database, database.reading() as reader:
        return reader.problem(name)


def told(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    """What a command answers with."""
    capsys.readouterr()
    assert main([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_numbers_join_the_problem_and_are_not_doubled(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of other settings they are others, and stay beside the first."""
    words = [*WORDS, "--samples", "300"]
    found = told(capsys, *words)
    assert found["problem"] == known("digits").key
    first = known("digits").characterisation
    assert [one.to_json() for one in first] == sorted(
        found["characterisation"], key=lambda one: one["name"]
    )
    values = {one.name: one.value for one in first}
    assert values["outputs"] == 10
    assert values["probenet.wide"] > 0.2
    assert main(words) == 0
    assert known("digits").characterisation == first
    assert "probenet.wide" in capsys.readouterr().out
    assert main([*WORDS, "--samples", "200"]) == 0
    assert len(known("digits").characterisation) == len(first) + 1


def test_your_own_values_are_measured_by_their_r2(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A table of numbers from a file, under a name of your own; the DCN by default."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(240, 4)).astype(np.float32)
    y = (x[:, :1] - x[:, 1:2]).astype(np.float32)
    np.savez("mine.npz", x_train=x, y_train=y, x_test=x, y_test=y)
    words = ["characterize", "mine.npz", "--problem", "mine", "--epochs", "8"]
    found = told(capsys, *words)
    (dcn,) = (one for one in found["characterisation"] if one["name"] == "dcn")
    assert dcn["settings"]["metric"] == "r2"
    assert dcn["value"] > 0.2
    assert known("mine").kind == "regression"


def test_descriptors_alone_need_no_training(folder: Path) -> None:
    """With no epochs."""
    assert main(["characterize", "digits", "--epochs", "0"]) == 0
    names = {one.name for one in known("digits").characterisation}
    assert {"samples", "class_entropy", "linear_dimension"} <= names
    assert not any(name.startswith("probenet") for name in names)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["digits", "--probe", "long"], "--probe: expected one of regular, narrow"),
        (["nothing-like-it"], "nothing-like-it"),
        (["digits", "--db", "elsewhere.sqlite"], "elsewhere.sqlite"),
    ],
)
def test_wrong_input_is_told_and_nothing_is_trained(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], expected: str
) -> None:
    """Exit code 2."""
    assert main(["characterize", *words]) == 2
    assert expected in capsys.readouterr().err

"""A real search that is advised, edited while it runs, resumed, and explained."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bench_records import record, review

from evonas.build import resolve
from evonas.build.problem import problem_of
from evonas.cli import main as evonas
from evonas.config import config_from_json
from evonas.genome import NetworkGenomes
from evonas.storage import Journal
from minibench import Batch, BenchCost
from minibench.cli import main
from minibench.database import Database

CONFIG = """\
task: {name: digits}
strategy: {name: codeepneat, networks: 6, modules: {size: 6}, blueprints: {size: 4}}
evaluator: own_parts:EditedMeanwhile
budget: {evaluations: 18}
final: {epochs: 0}
workers: 0
constraints: {database: bench.sqlite, every: 1, seeds: 2, accept: 0.5}
"""
#: only convolutions, whatever the advisor says from then on
MINE = "format: 2\nmode: hard\nblocks: {conv: {kernel: [3]}}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Commands run here, on a database of networks of another problem."""
    monkeypatch.chdir(tmp_path)
    settings = {
        "task": {"name": "digits"},
        "strategy": {"name": "random"},
        "budget": {"evaluations": 1},
    }
    resolved = resolve(config_from_json(settings))
    problem = replace(problem_of(resolved), name="numbers")
    shape = problem.input_shape
    genomes = NetworkGenomes(resolved.space, shape, problem.outputs)
    rng = np.random.default_rng(0)
    records = []
    while len(records) < 12:
        candidate = genomes.decode(genomes.draw(rng))
        if genomes.refusal(candidate):
            continue
        made = record(
            problem=problem.key,
            architecture=candidate.architecture,
            input_shape=shape,
            recipe=candidate.recipe,
            metrics={"validation_accuracy": 0.9 - len(records) / 100},
            cost=BenchCost.of(candidate.architecture, shape),
            run=f"numbers-{len(records) % 3}",
        )
        records.append(replace(made, reviews=(review(),)))
    with Database.create("bench.sqlite")[0] as database:
        database.add(Batch((problem,), records))
    Path("my.yaml").write_text(CONFIG)
    Path("mine.yaml").write_text(MINE)
    return tmp_path


def explained(capsys: pytest.CaptureFixture[str]) -> Any:
    """What is told of the run."""
    capsys.readouterr()
    assert main(["explain", "run", "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_an_edit_of_a_running_search_is_taken_up_journalled_and_explained(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before its next generation; it holds, also when the run goes on another day."""
    assert evonas(["search", "my.yaml", "--out", "run"]) == 0
    assert "takes it up before its next generation" in capsys.readouterr().out
    found = explained(capsys)
    people = [one for one in found["turns"] if one["by"] == "person"]
    assert [one["told"] for one in people] == [12]
    assert found["held"] is True
    assert found["constraints"]["blocks"] == {"conv": {"kernel": 3}}
    assert {one["rank"] for one in found["seeds"]} <= set(range(1, 19))
    assert len(found["seeds"]) == 2
    assert found["problems"][0]["problem"].startswith("numbers@")
    more = ["--set", "budget.evaluations=30"]
    assert evonas(["resume", "run", *more]) == 0
    again = explained(capsys)
    assert again["trained"] == 30
    assert again["constraints"]["blocks"] == {"conv": {"kernel": 3}}
    assert again["turns"][: len(found["turns"])] == found["turns"]
    names = [event.name for event in Journal.read(Path("run/journal.jsonl"))]
    assert names.count("edited") == 1
    assert main(["explain", "run"]) == 0
    assert "A person has the last word" in capsys.readouterr().out
    assert main(["constraints", "--edit", "run", "--release"]) == 2
    assert "got a finished one" in capsys.readouterr().err

"""`minibench build`: searches become the best networks of a problem and others."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from comparing import write_config

from cluster.environment import without_mpi
from evonas.build import resolve
from evonas.build.problem import problem_of
from evonas.config import load_config
from minibench import Batch, Characterisation
from minibench.cli import main
from minibench.database import Database
from minibench.shipped import SEARCHES

TESTS = Path(__file__).parents[2]

#: a search whose trainings nobody does
CONFIG = """\
task: {name: digits}
strategy: {name: codeepneat, networks: 4, modules: {size: 4}, blueprints: {size: 4}}
evaluator: own_parts:Shares
fidelity: {epochs: 1}
budget: {evaluations: 12}
final: {epochs: 0}
workers: 0
"""


#: what the database knows of the data already
KNOWN = Characterisation("samples", 1438.0)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Commands run here; the data are characterised already, since that takes long."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MINIBENCH_DB", "bench.sqlite")
    assert main(["init"]) == 0
    write(tmp_path)
    known = problem_of(resolve(load_config("mine.yaml"))).characterised(KNOWN)
    with Database.open("bench.sqlite") as database:
        database.add(Batch((known,), ()))
    return tmp_path


def write(folder: Path, name: str = "mine.yaml") -> None:
    """Write the config of a search."""
    (folder / name).write_text(CONFIG)


def built(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    """What `minibench build --json` answers."""
    capsys.readouterr()
    options = ["--best", "6", "--background", "8", "--workers", "0", "--json"]
    assert main(["build", *words, *options]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_best_of_all_seeds_and_others_are_kept(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every record says which search it is of; doing it again changes nothing."""
    (found,) = built(capsys, "mine.yaml", "--licence", "CC0-1.0", "--who", "Ada")
    assert found["trained"] == 36
    assert (len(found["best"]), len(found["background"])) == (6, 8)
    assert found["new"] == 14
    with Database.open("bench.sqlite") as database, database.reading() as reader:
        problem = reader.problem("digits")
        records = list(reader.records())
        top = reader.top(problem, 6)
    assert {one.id for one in records} == {*found["best"], *found["background"]}
    metric = problem.ranked_by
    values = {one.id: one.metrics[metric] for one in records}
    assert [one.metrics[metric] for one in top] == [values[i] for i in found["best"]]
    assert {one.run for one in records} <= {f"mine-seed-{n}" for n in range(3)}
    assert {one.strategy for one in records} == {"codeepneat"}
    assert {one.provenance.who for one in records} == {"Ada"}
    assert {one.provenance.licence for one in records} == {"CC0-1.0"}
    (again,) = built(capsys, "mine.yaml", "--licence", "CC0-1.0", "--who", "Ada")
    assert (again["new"], again["known"]) == (0, 14)
    assert again["best"] == found["best"]


def test_a_table_tells_what_was_kept(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """For people; progress goes to stderr."""
    assert main(["build", "mine.yaml", "--best", "6", "--workers", "0"]) == 0
    told = capsys.readouterr()
    assert "of the best" in told.out
    assert "digits@" in told.out
    assert "3/3 finished mine seed" in told.err


def test_two_problems_are_searched_in_one_directory(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And a search that is there is not made again."""
    write(folder, "other.yaml")
    built(capsys, "mine.yaml")
    assert len(built(capsys, "mine.yaml", "other.yaml")) == 2
    assert main(["build", "mine.yaml", "--workers", "0"]) == 0
    assert "3 runs, 3 of them done" in capsys.readouterr().err
    assert Path("runs/minibench/runs/other/seed-2/journal.jsonl").exists()


def test_a_data_set_is_characterised_once(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is known of it stays."""
    built(capsys, "mine.yaml")
    with Database.open("bench.sqlite") as database, database.reading() as reader:
        names = {one.name for one in reader.problem("digits").characterisation}
    assert names == {KNOWN.name}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nothing"], "expected one of breast-cancer, cola, .* all, or a YAML file"),
        (["nothing.yaml"], "nothing.yaml"),
        (["mine.yaml", "--seeds", "2"], "greater than or equal to 3"),
        (["mine.yaml", "deep/mine.yaml"], "got mine twice; rename one"),
        (["table.yaml"], "expected a task that networks are trained on, got a table"),
        (["mine.yaml", "--set", "budget.evaluation=3"], "budget.evaluation"),
    ],
)
def test_wrong_input_starts_nothing(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    message: str,
) -> None:
    """Exit code 2, before any search."""
    (folder / "deep").mkdir()
    write(folder / "deep")
    write_config(folder, "table", "random")
    assert main(["build", *words, "--workers", "0"]) == 2
    assert re.search(message, capsys.readouterr().err)
    assert not Path("runs").exists()


def test_without_a_database_nothing_is_searched(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Hours of searching are not for nothing."""
    assert main(["build", "mine.yaml", "--db", "none.sqlite"]) == 2
    assert "minibench init --db none.sqlite" in capsys.readouterr().err
    assert not Path("runs").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["mine.yaml", "--licence", ""], "licence: expected a text, got an empty one"),
        (["mine.yaml", "--who", "a\nb"], "who: expected a text in one line"),
        (["other.yaml"], "problem digits@.*: metric: expected 'accuracy', as it is kn"),
    ],
)
def test_what_the_database_would_refuse_is_not_searched_for(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    message: str,
) -> None:
    """It is said at once, not after hours."""
    (folder / "other.yaml").write_text(
        CONFIG + "metrics: [balanced_accuracy]\n"
        "objectives: [{metric: validation_balanced_accuracy}]\n"
    )
    assert main(["build", *words, "--workers", "0"]) == 2
    assert re.search(message, capsys.readouterr().err)
    assert not Path("runs").exists()


def test_a_search_that_finds_nothing_takes_nothing_from_the_others(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The other problem is built; the fault is told in the end, exit code 2."""
    text = CONFIG.replace("Shares", "NeverWell")
    (folder / "hopeless.yaml").write_text(text)
    assert main(["build", "hopeless.yaml", "mine.yaml", "--workers", "0"]) == 2
    told = capsys.readouterr()
    assert "hopeless, seed 0: expected a network that can be evaluated" in told.err
    assert "digits@" in told.out
    with Database.open("bench.sqlite") as database, database.reading() as reader:
        runs = {one.run for one in reader.records()}
    assert runs == {f"mine-seed-{seed}" for seed in range(3)}


@pytest.mark.parametrize(
    ("size", "message"),
    [
        (2_000, "got one whose journal lacks its end; delete .*seed-1.json"),
        (0, "lacks its end"),
    ],
)
def test_a_search_that_has_lost_its_end_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str], size: int, message: str
) -> None:
    """A part of it is not taken for all of it; without its mark it is made again."""
    (whole,) = built(capsys, "mine.yaml")
    os.truncate("runs/minibench/runs/mine/seed-1/journal.jsonl", size)
    assert main(["build", "mine.yaml", "--workers", "0"]) == 2
    assert re.search(message, capsys.readouterr().err)
    if size:
        Path("runs/minibench/runs/mine/seed-1.json").unlink()
        (again,) = built(capsys, "mine.yaml")
        assert again["trained"] == whole["trained"]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_build_goes_on(
    folder: Path, capsys: pytest.CaptureFixture[str], number: signal.Signals
) -> None:
    """After `kill -9`, or stopped with exit code 3; the result is that of one go."""
    environment = {**without_mpi(os.environ)}
    environment["PYTHONPATH"] = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    process = subprocess.Popen(
        [sys.executable, "-m", "minibench", "build", "mine.yaml", "--workers", "1"],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    journal = Path("runs/minibench/runs/mine/seed-0/journal.jsonl")
    deadline = time.monotonic() + 120
    while not (journal.exists() and journal.read_text().count('"told"') >= 3):
        assert time.monotonic() < deadline, process.communicate(timeout=5)
        time.sleep(0.05)
    process.send_signal(number)
    _, error = process.communicate(timeout=60)
    assert process.returncode == (3 if number == signal.SIGINT else -9), error
    if number == signal.SIGINT:
        assert "finished searches are kept" in " ".join(error.split())
    with Database.open("bench.sqlite") as database, database.reading() as reader:
        assert not list(reader.records())
    (found,) = built(capsys, "mine.yaml")
    assert found["trained"] == 36


def test_the_searches_that_come_along_can_be_read() -> None:
    """Unconstrained CoDeepNEAT, each with a word on where its data come from."""
    assert len(SEARCHES) == 10
    for path in SEARCHES.values():
        config = load_config(path)
        assert config.strategy.name == "codeepneat"
        assert config.final.epochs == 0
        assert path.read_text().startswith("# ")

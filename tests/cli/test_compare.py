"""`evonas compare` from the shell: exit codes, lines, kills, ranks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from comparing import write_config

from cluster.environment import without_mpi
from evonas.cli import main
from evonas.compare.contestants import read_contestants
from evonas.errors import DataError

TESTS = Path(__file__).parent.parent
COMPARED = sorted((TESTS.parent / "configs" / "compare").glob("*.yaml"))


def start(folder: Path, *words: str) -> subprocess.Popen[str]:
    """The command as a process, in a folder."""
    paths = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    return subprocess.Popen(
        [sys.executable, "-m", "evonas", "compare", *words],
        cwd=folder,
        env={**without_mpi(os.environ), "PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_comparison_tells_every_run_and_the_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line an event, with the remaining time; then the page."""
    configs = [str(write_config(tmp_path, n, n)) for n in ("random", "local_search")]
    out = tmp_path / "out"
    words = ["compare", *configs, "--seeds", "2", "--out", str(out), "--workers", "0"]
    assert main(words) == 0
    shown = capsys.readouterr().out
    assert "4 runs, 0 of them done" in shown
    assert "3/4 finished random seed 1: 12 evaluations, validation 0." in shown
    assert "| remaining 0:00" in shown
    assert "| config | evaluations |" in shown
    assert f"Written to {out}" in shown
    assert main(words) == 0
    assert "4 runs, 4 of them done" in capsys.readouterr().out


def test_unequal_budgets_are_the_users_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, with both."""
    write_config(tmp_path, "a", "random")
    write_config(tmp_path, "b", "random", budget={"evaluations": 13})
    words = [str(tmp_path / "a.yaml"), str(tmp_path / "b.yaml")]
    out = ["--seeds", "1", "--out", str(tmp_path / "out")]
    assert main(["compare", *words, *out]) == 2
    found = capsys.readouterr().err
    assert "budget: expected the same in all configs" in found
    assert "a: evaluations 12; b: evaluations 13" in found
    assert main(["compare", *words, *out, "--workers", "1", "--mpi", "2"]) == 2
    assert "expected --workers or --mpi" in capsys.readouterr().err


def test_a_changed_config_is_the_users_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2: its runs are never mixed with those of the earlier one."""
    path = str(write_config(tmp_path, "a", "random"))
    words = ["compare", path, "--seeds", "1", "--out", str(tmp_path / "out")]
    assert main([*words, "--workers", "0"]) == 0
    assert main([*words, "--workers", "0", "--set", "budget.evaluations=9"]) == 2
    assert "expected a with the settings" in capsys.readouterr().err


#: a search of some seconds whose trainings nobody does
SLOW = """\
task: {name: digits}
strategy: {name: random}
budget: {evaluations: 40}
evaluator: own_parts:slow
workers: 0
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_comparison_goes_on_within_its_runs(
    tmp_path: Path, number: signal.Signals
) -> None:
    """After `kill -9`, or stopped with exit code 3; no evaluation is done twice."""
    (tmp_path / "a.yaml").write_text(SLOW)
    words = ("a.yaml", "--seeds", "1", "--out", "out", "--workers", "1")
    process = start(tmp_path, *words)
    journal = tmp_path / "out/runs/a/seed-0/journal.jsonl"
    deadline = time.monotonic() + 120
    while not (journal.exists() and journal.read_text().count('"told"') >= 5):
        assert time.monotonic() < deadline, process.communicate(timeout=5)
        time.sleep(0.05)
    process.send_signal(number)
    _, error = process.communicate(timeout=60)
    assert process.returncode == (3 if number == signal.SIGINT else -9), error
    told = journal.read_text().count('"event":"told"')
    assert told < 40
    assert not (tmp_path / "out/runs/a/seed-0.json").exists()
    words = (*words[:-1], "0", "--set", "budget.evaluations=40")
    process = start(tmp_path, *words)
    out, error = process.communicate(timeout=200)
    assert process.returncode == 0, error
    assert "finished a seed 0: 40 evaluations" in out
    assert journal.read_text().count('"event":"told"') == 40


def test_ranks_play_what_processes_play(tmp_path: Path) -> None:
    """`--mpi 2`: one rank manages, the other one plays."""
    write_config(tmp_path, "a", "random")
    words = ("a.yaml", "--seeds", "2", "--out", "out", "--mpi", "2")
    process = start(tmp_path, *words)
    out, error = process.communicate(timeout=240)
    assert process.returncode == 0, error
    assert "2/2 finished a seed" in out
    ranks = (tmp_path / "out" / "runs.csv").read_text()
    here = ["compare", str(tmp_path / "a.yaml"), "--seeds", "2", "--workers", "0"]
    assert main([*here, "--out", str(tmp_path / "here")]) == 0
    assert (tmp_path / "here" / "runs.csv").read_text() == ranks


def test_the_configs_that_are_shipped_can_be_compared() -> None:
    """All of them under one budget, on the table where it is at hand."""
    assert len(COMPARED) > 4
    for path in COMPARED:
        assert path.read_text().startswith("# ")
    try:
        contestants = read_contestants(COMPARED)
    except DataError as missing:
        pytest.skip(str(missing))
    assert {one.strategy for one in contestants} == {path.stem for path in COMPARED}

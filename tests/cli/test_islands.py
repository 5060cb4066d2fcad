"""Searches with islands, as a user runs them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cluster.environment import without_mpi
from evonas.cli import main
from evonas.storage import Holder, Journal, RunDirectory

CONFIG = """\
task: {name: digits}
strategy: {name: aging_evolution, population: 4, sample: 2}
budget: {evaluations: 16}
evaluator: own_parts:slow
islands: {count: 2, interval: 4}
workers: 2
"""


TESTS = Path(__file__).parent.parent


def start(folder: Path, *words: str) -> subprocess.Popen[str]:
    """A command line of a user's shell, with the tests' own modules."""
    paths = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    return subprocess.Popen(
        [sys.executable, "-m", "evonas", *words],
        cwd=folder,
        env={**without_mpi(os.environ), "PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def told(run: Path) -> int:
    """Records that all islands have."""
    paths = [RunDirectory(run).island(index).journal for index in range(2)]
    return sum(
        event.name == "told"
        for path in paths
        if path.exists()
        for event in Journal.read(path)
    )


def result_of(run: Path) -> dict[str, object]:
    """`result.json`."""
    found: dict[str, object] = json.loads((run / "result.json").read_text())
    return found


def test_a_killed_manager_ends_the_search_resumable(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is lost; with more workers it goes on, and champions have arrived."""
    (tmp_path / "own.yaml").write_text(CONFIG)
    run = tmp_path / "run"
    search = start(tmp_path, "search", "own.yaml", "--out", "run")
    deadline = time.monotonic() + 120
    while told(run) < 5:
        assert search.poll() is None, search.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    holder = Holder.from_bytes(RunDirectory(run).island(1).lock_file.read_bytes())
    assert holder is not None
    os.kill(holder.pid, signal.SIGKILL)
    out, err = search.communicate(timeout=120)
    assert search.returncode == 3, err
    assert "the death of the manager of island 1" in " ".join(out.split())
    before = told(run)
    assert result_of(run)["evaluations"] == before
    assert main(["status", str(run)]) == 0
    assert f"{before} of 16 evaluations" in capsys.readouterr().out
    again = start(tmp_path, "resume", "run", "--workers", "3")
    out, err = again.communicate(timeout=180)
    assert again.returncode == 0, err
    assert result_of(run)["status"] == "finished"
    assert result_of(run)["evaluations"] == told(run) == 16
    events = [
        event
        for event in Journal.read(RunDirectory(run).island(0).journal)
        if event.name == "adopted"
    ]
    assert [len(event.data["champions"]) for event in events[:1]] == [1]


def test_who_takes_over_gets_every_island_with_nothing_under_way(
    tmp_path: Path,
) -> None:
    """Each ends what it evaluates, begins nothing, and is asked for nothing twice."""
    # More than can be done until a request to hand over is noticed.
    config = CONFIG.replace(":slow", ":Held").replace(
        "evaluations: 16", "evaluations: 140"
    )
    (tmp_path / "own.yaml").write_text(config)
    (tmp_path / "hold").write_text("3")
    run = tmp_path / "run"
    islands = [RunDirectory(run).island(index) for index in range(2)]
    commands = [start(tmp_path, "search", "own.yaml", "--out", "run")]
    deadline = time.monotonic() + 240
    try:
        while told(run) < 6:
            assert commands[0].poll() is None, commands[0].communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        commands.append(start(tmp_path, "resume", "run", "--take-over"))
        while not all(one.handover_file.exists() for one in islands):
            assert commands[1].poll() is None, commands[1].communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        (tmp_path / "hold").unlink()
        (out, err), (_, errors) = (one.communicate(timeout=240) for one in commands)
    finally:
        for one in commands:
            one.kill()
            one.communicate()
    assert [one.returncode for one in commands] == [3, 0], err + errors
    assert "stopped by hand-over to" in " ".join(out.split())
    assert result_of(run)["evaluations"] == told(run) == 140
    for island in islands:
        asked = done = 0
        for event in Journal.read(island.journal):
            if event.name == "stopped" and "hand-over" in event.data["detail"]:
                break
            asked += len(event.data["requests"]) if event.name == "asked" else 0
            done += event.name == "told"
        assert 3 < asked == done < 70


def test_what_an_island_cannot_do_is_said_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 2: too few workers, an island alone, from Python, in a comparison."""
    monkeypatch.chdir(tmp_path)
    config = Path("own.yaml")
    config.write_text(CONFIG)
    words = ["search", str(config), "--out", "run", "--workers", "1"]
    assert main(words) == 2
    assert "expected 2 workers or more" in capsys.readouterr().err
    assert not Path("run").exists()
    index = [*words[:-1], "2", "--set", "islands.index=1"]
    assert main([*index[:3], "other", *index[4:]]) == 2
    assert "expected a whole search, got island 1" in capsys.readouterr().err
    compare = ["compare", str(config), "--seeds", "1", "--out", "compared"]
    assert main(compare) == 2
    assert "expected no islands with a comparison" in capsys.readouterr().err
    submit = ["submit", str(config), "--scheduler", "slurm", "--dry-run"]
    assert main([*submit, "--ranks-per-node", "4"]) == 2
    assert "expected 5 ranks or more" in capsys.readouterr().err
    assert main([*submit, "--ranks-per-node", "5"]) == 0

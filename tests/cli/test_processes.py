"""The `evonas` command as a process: real training, signals, ranks."""

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
from evonas.storage import Journal

EVONAS = [sys.executable, "-m", "evonas"]
TESTS = Path(__file__).parent.parent

TINY = """\
task: {name: digits}
strategy: {name: codeepneat, networks: 4}
fidelity: {epochs: 0.5}
final: {epochs: 1}
budget: {evaluations: 4}
space: {limits: {multiply_adds: 300000}}
"""
SLOW = """\
task: {name: digits}
strategy: {name: random}
budget: {evaluations: 200}
evaluator: own_parts:slow
"""

SYNCHRONOUS = """\
task: {name: digits}
strategy: {name: codeepneat, networks: 8}
budget: {evaluations: 30}
evaluator: own_parts:slow
"""


def environment() -> dict[str, str]:
    """Of a user's shell, with the tests' own modules."""
    paths = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    return {**without_mpi(os.environ), "PYTHONPATH": paths}


def start(folder: Path, *words: str, program: list[str] = EVONAS) -> subprocess.Popen:
    """A command line that runs in a folder."""
    return subprocess.Popen(
        [*program, *words],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def call(
    folder: Path, *words: str, program: list[str] = EVONAS
) -> tuple[int, str, str]:
    """Exit code, output and errors of a command line."""
    process = start(folder, *words, program=program)
    out, error = process.communicate(timeout=240)
    return process.returncode, out, error


def result(run: Path) -> dict:
    """The run's `result.json`."""
    return json.loads((run / "result.json").read_text())


def records(run: Path) -> list[tuple]:
    """What every record of a run says, but for who made it and how long it took."""
    events = Journal.read(run / "journal.jsonl")
    told = [event.data["record"] for event in events if event.name == "told"]
    return sorted(
        (one["request_id"], one["candidate_key"], one["outcome"], str(one["metrics"]))
        for one in told
    )


def wait_for_records(run: Path, count: int) -> None:
    """Until the journal holds so many records."""
    deadline = time.monotonic() + 120
    journal = run / "journal.jsonl"
    while time.monotonic() < deadline:
        if journal.exists() and journal.read_text().count('"event":"told"') >= count:
            return
        time.sleep(0.05)
    raise AssertionError(f"expected {count} records in {journal} within 120 s")


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny real search on digits, by two workers, in `run`.

    The manager must never import torch: it would cost memory and seconds on every
    node, and fork badly.
    """
    folder = tmp_path_factory.mktemp("digits")
    (folder / "tiny.yaml").write_text(TINY)
    program = [
        sys.executable,
        "-c",
        "import sys; from evonas.cli import main; code = main(); "
        "assert 'torch' not in sys.modules, 'the manager imported torch'; "
        "sys.exit(code)",
    ]
    words = ("search", "tiny.yaml", "--workers", "2", "--out", "run")
    code, out, error = call(folder, *words, program=program)
    assert code == 0, error
    assert "Exported to run/export" in out
    return folder


def test_a_real_search_ends_with_a_tested_network(digits):
    """Validation and test accuracy of the exported network are in the result."""
    found = result(digits / "run")
    assert found["status"] == "finished"
    assert found["evaluations"] == 4
    assert found["workers"] == 2
    metrics = found["best"]["metrics"]
    assert 0.0 < metrics["validation_accuracy"] <= 1.0
    assert 0.0 < metrics["test_accuracy"] <= 1.0


def test_the_exported_network_reaches_its_accuracy_without_evonas(digits):
    """`load()` in a bare Python with torch: the test accuracy of the result."""
    program = f"""
import sys
sys.path = [p for p in sys.path if p not in ("", {str(TESTS.parent)!r})]
sys.modules["evonas"] = None
sys.path.insert(0, "run/export")
import numpy, torch, network
arrays = numpy.load("test.npz")
outputs = network.load()(torch.from_numpy(arrays["x"]))
print((outputs.argmax(1).numpy() == arrays["y"]).mean())
"""
    import numpy as np

    from evonas.tasks import open_task

    task = open_task({"name": "digits"})
    np.savez(digits / "test.npz", x=task.x_test, y=task.y_test)
    code, out, error = call(digits, program=[sys.executable, "-c", program])
    assert code == 0, error
    reported = result(digits / "run")["best"]["metrics"]["test_accuracy"]
    assert float(out) == pytest.approx(reported, abs=1e-6)


def test_networks_are_trained_and_exported_afterwards(digits):
    """`train --top 2` by two workers, then `export --id` of the winner."""
    words = ("--top", "2", "--trainings", "5", "--workers", "2")
    code, out, error = call(digits, "train", "run", *words)
    assert code == 0, error
    assert "test_accuracy" in out
    winner = json.loads((digits / "run" / "winner.json").read_text())["winner"]
    # What was trained is measured again from its stored weights: nothing was trained.
    metric = winner["metrics"]["validation_accuracy"]
    assert metric == winner["chosen_training"]["value"]
    assert "test of #" in out
    words = ("export", "run", "--id", str(winner["id"]), "--out", "mine")
    code, out, error = call(digits, *words)
    assert code == 0, error
    assert {path.name for path in (digits / "mine").iterdir()} >= {
        "network.py",
        "weights.safetensors",
        "architecture.json",
        "README.md",
    }
    code, _, error = call(digits, *words)
    assert code == 2
    assert "empty" in error


def test_a_loss_of_ones_own_trains(digits):
    """`--set loss=package.module:Name`, found where the command was started."""
    words = ("--set", "loss=own_parts:squared", "--set", "budget.evaluations=1")
    code, _, error = call(digits, "search", "tiny.yaml", "--out", "loss", *words)
    assert code == 0, error
    assert result(digits / "loss")["outcomes"] == {"ok": 2}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("how", ["--workers=2", "--mpi=2"])
def test_a_signal_stops_resumable(tmp_path, number, how):
    """Exit code 3, the result says stopped, and resuming loses nothing."""
    (tmp_path / "slow.yaml").write_text(SLOW)
    process = start(tmp_path, "search", "slow.yaml", "--out", "run", how)
    wait_for_records(tmp_path / "run", 5)
    process.send_signal(number)
    out, error = process.communicate(timeout=60)
    assert process.returncode == 3, error
    assert "evonas resume run" in out
    stopped = result(tmp_path / "run")
    assert stopped["status"] == "stopped"
    words = ("--set", f"budget.evaluations={stopped['evaluations'] + 5}")
    code, _, error = call(tmp_path, "resume", "run", *words)
    assert code == 0, error
    assert result(tmp_path / "run")["evaluations"] == stopped["evaluations"] + 5


def test_a_killed_search_resumes(tmp_path):
    """SIGKILL of the manager: what was recorded is counted once, and it goes on."""
    (tmp_path / "slow.yaml").write_text(SLOW)
    process = start(tmp_path, "search", "slow.yaml", "--out", "run")
    wait_for_records(tmp_path / "run", 5)
    process.kill()
    process.communicate(timeout=60)
    code, out, _ = call(tmp_path, "status", "run")
    assert code == 0
    assert "stopped" in out
    words = ("--set", "budget.evaluations=12", "--workers", "2")
    code, _, error = call(tmp_path, "resume", "run", *words)
    assert code == 0, error
    assert result(tmp_path / "run")["evaluations"] == 12


def test_two_managers_never_write_one_run(tmp_path):
    """The second one is told who holds it; status may look on."""
    (tmp_path / "slow.yaml").write_text(SLOW)
    process = start(tmp_path, "search", "slow.yaml", "--out", "run")
    try:
        wait_for_records(tmp_path / "run", 1)
        code, _, error = call(tmp_path, "resume", "run")
        assert code == 2
        assert f"process {process.pid} " in error
        code, out, _ = call(tmp_path, "status", "run")
        assert code == 0
        assert f"running (process {process.pid} " in out
    finally:
        process.terminate()
        process.communicate(timeout=60)


def test_a_run_is_handed_over(tmp_path):
    """The old job drains and stops as resumable; the new one finishes."""
    (tmp_path / "slow.yaml").write_text(SLOW)
    endless = ("--set", "budget.evaluations=100000")
    old = start(tmp_path, "search", "slow.yaml", "--out", "run", "--mpi=2", *endless)
    wait_for_records(tmp_path / "run", 3)
    words = ("--take-over", "--workers=2", "--set", "budget.evaluations=10")
    code, _, error = call(tmp_path, "resume", "run", *words)
    assert code == 0, error
    out, error = old.communicate(timeout=60)
    assert old.returncode == 3, error
    assert "hand-over to process" in out, out
    found = result(tmp_path / "run")
    assert found["status"] == "finished"
    assert found["outcomes"] == {"ok": found["evaluations"] + 1}
    assert not (tmp_path / "run" / "take-over").exists()


def test_a_run_goes_on_with_fewer_and_with_more_ranks(tmp_path):
    """Its records are those of a run that nobody disturbed."""
    (tmp_path / "slow.yaml").write_text(SYNCHRONOUS)
    words = ("--out", "whole", "--workers=0")
    code, _, error = call(tmp_path, "search", "slow.yaml", *words)
    assert code == 0, error
    process = start(tmp_path, "search", "slow.yaml", "--out", "run", "--mpi=3")
    for ranks, count in ((2, 3), (4, 9)):
        wait_for_records(tmp_path / "run", count)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        assert process.returncode == 3
        process = start(tmp_path, "resume", "run", f"--mpi={ranks}")
    _, error = process.communicate(timeout=120)
    assert process.returncode == 0, error
    assert records(tmp_path / "run") == records(tmp_path / "whole")


def test_wrong_input_under_ranks_is_exit_code_two(tmp_path):
    """What only rank 0 finds out comes back through mpirun."""
    (tmp_path / "slow.yaml").write_text(SLOW)
    words = ("--set", "evaluator=own_parts:failing")
    code, _, error = call(tmp_path, "search", "slow.yaml", "--mpi", "2", *words)
    assert code == 2
    assert "licence server does not answer" in error
    assert not (tmp_path / "runs").exists()

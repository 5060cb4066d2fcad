"""Islands on ranks: real searches whose ranks are killed, stopped and taken over.

Whatever is done to them is done while their evaluations wait for it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cluster.environment import without_mpi
from cluster.launch import Launcher, find_launcher
from evonas.errors import InputError
from evonas.storage import Holder, Journal, RunDirectory

CONFIG = """\
task: {name: digits}
strategy: {name: aging_evolution, population: 4, sample: 2}
budget: {evaluations: 24}
final: {epochs: 0}
evaluator: own_parts:Held
islands: {count: 2, interval: 4}
workers: 2
"""

#: what a user's own mpirun needs here: root, and more ranks than cores
BY_HAND = {
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "PRTE_ALLOW_RUN_AS_ROOT": "1",
    "PRTE_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "OMPI_MCA_btl": "^ofi",
}


@pytest.fixture(scope="module", autouse=True)
def launcher() -> Launcher:
    """Skips every test here where there is no MPI."""
    pytest.importorskip("mpi4py")
    try:
        return find_launcher()
    except InputError as error:
        pytest.skip(str(error))


@pytest.fixture
def tolerant(launcher: Launcher) -> None:
    """Skips where a lost rank ends the job, whoever starts it."""
    if not launcher.tolerant:
        pytest.skip(f"{launcher.path} has no ULFM")


def environment() -> dict[str, str]:
    """Of a user's shell, with the tests' own modules, and more ranks than cores."""
    paths = os.pathsep.join(path for path in sys.path if path)
    return {**without_mpi(os.environ), **BY_HAND, "PYTHONPATH": paths}


class Shell:
    """Where commands are run: a folder with a config, and what was started in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.run = folder / "run"
        self.started: list[subprocess.Popen[str]] = []
        (folder / "own.yaml").write_text(CONFIG)

    def start(self, *words: str) -> subprocess.Popen[str]:
        """A command line of a user's shell, with the tests' own modules."""
        process = subprocess.Popen(
            [sys.executable, "-m", "evonas", *words],
            cwd=self.folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def search(self, ranks: int) -> subprocess.Popen[str]:
        """Start one on ranks."""
        return self.start("search", "own.yaml", "--out", "run", "--mpi", str(ranks))

    def hold(self, first: int) -> None:
        """Let evaluations wait, on each island from this request on."""
        (self.folder / "hold").write_text(str(first))

    def let_go(self) -> None:
        """Let them end."""
        (self.folder / "hold").unlink()

    def process_of_rank(self, rank: int) -> int | None:
        """A rank that has a child at work."""
        ranks = self.folder / "ranks"
        for note in ranks.iterdir() if ranks.exists() else ():
            environment = Path("/proc", note.name, "environ").read_bytes().split(b"\0")
            if f"PMIX_RANK={rank}".encode() in environment:
                return int(note.name)
        return None


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """One, with nothing left behind."""
    made = Shell(tmp_path)
    yield made
    for process in made.started:
        process.kill()
        process.communicate()


def ended(process: subprocess.Popen[str], code: int) -> str:
    """Wait until it has ended so; gives all that it wrote."""
    out, err = process.communicate(timeout=200)
    assert process.returncode == code, out + err
    return " ".join((out + err).split())


def until(process: subprocess.Popen[str], there: Callable[[], object]) -> None:
    """Wait for something while a process runs."""
    deadline = time.monotonic() + 200
    while not there():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)


def islands(run: Path) -> list[list[tuple[str, dict[str, Any]]]]:
    """The journals of both, whole lines only."""
    paths = [RunDirectory(run).island(index).journal for index in range(2)]
    return [
        [(event.name, dict(event.data)) for event in Journal.read(path)]
        if path.exists()
        else []
        for path in paths
    ]


def told(run: Path) -> list[int]:
    """Records of each island; checks that none was told twice, or never asked."""
    counts = []
    for events in islands(run):
        asked: set[int] = set()
        done: set[int] = set()
        for name, data in events:
            if name == "asked":
                new = {one["request_id"] for one in data["requests"]}
                assert not asked & new
                asked |= new
            elif name == "told" and data["record"]["outcome"] != "lost":
                number = data["record"]["request_id"]
                assert number in asked - done
                done.add(number)
        counts.append(len(done))
    return counts


def result_of(run: Path) -> dict[str, Any]:
    """`result.json`."""
    found: dict[str, Any] = json.loads((run / "result.json").read_text())
    return found


def process_of(directory: RunDirectory) -> int:
    """Who holds a run, or an island."""
    holder = Holder.from_bytes(directory.lock_file.read_bytes())
    assert holder is not None
    return holder.pid


@pytest.mark.usefixtures("tolerant")
def test_a_killed_worker_rank_costs_its_island_one_request(shell: Shell) -> None:
    """The island goes on with the other one, and the search to its end."""
    shell.hold(5)
    process = shell.search(6)
    until(process, lambda: told(shell.run) == [5, 5] and shell.process_of_rank(5))
    victim = shell.process_of_rank(5)
    assert victim is not None
    os.kill(victim, signal.SIGKILL)
    shell.let_go()
    assert "Finished: 24 evaluations" in ended(process, 0)
    assert told(shell.run) == [12, 12]
    result = result_of(shell.run)
    assert result["status"] == "finished"
    assert [one["worker"] for one in result["lost"]] == ["island-1 rank-5"]
    journals = islands(shell.run)
    workers = [
        {data["record"]["worker"] for name, data in events if name == "told"}
        for events in journals
    ]
    assert workers == [{"rank-2"}, {"rank-4", "rank-5"}]
    arrived = [name for events in journals for name, _ in events]
    assert arrived.count("adopted") >= 4
    shown = ended(shell.start("status", "run"), 0)
    assert "island 1 finished, 12 evaluations by 1 workers" in shown


@pytest.mark.usefixtures("tolerant")
def test_a_killed_manager_or_supervisor_means_resume(shell: Shell) -> None:
    """With any number of ranks: nothing is lost, and none counts twice."""
    run = shell.run
    shell.hold(5)
    process = shell.search(5)
    until(process, lambda: told(run) == [5, 5])
    os.kill(process_of(RunDirectory(run).island(1)), signal.SIGKILL)
    assert "stopped by the death of the manager of island 1" in ended(process, 3)
    assert told(run) == [5, 5]
    assert result_of(run)["evaluations"] == 10
    shell.hold(9)
    process = shell.start("resume", "run", "--mpi", "7")
    until(process, lambda: told(run) == [9, 9])
    os.kill(process_of(RunDirectory(run)), signal.SIGKILL)
    ended(process, 1)
    assert told(run) == [9, 9]
    shell.let_go()
    ended(shell.start("resume", "run", "--workers", "3"), 0)
    assert told(run) == [12, 12]
    assert result_of(run)["evaluations"] == 24


def test_signals_and_take_overs_reach_every_island(shell: Shell) -> None:
    """USR1 stops all; whoever takes over gets them with nothing under way."""
    run = shell.run
    # More than can be done until a request to hand over is noticed.
    many = CONFIG.replace("evaluations: 24", "evaluations: 140")
    (shell.folder / "own.yaml").write_text(many)
    shell.hold(5)
    process = shell.search(5)
    until(process, lambda: told(run) == [5, 5])
    process.send_signal(signal.SIGUSR1)
    assert "stopped by SIGUSR1; nothing is lost" in ended(process, 3)
    assert [events[-1][0] for events in islands(run)] == ["stopped", "stopped"]
    assert result_of(run)["status"] == "stopped"
    shell.hold(7)
    process = shell.start("resume", "run", "--mpi", "5")
    until(process, lambda: told(run) == [7, 7])
    following = shell.start("resume", "run", "--mpi", "6", "--take-over")
    parts = [RunDirectory(run).island(index) for index in range(2)]
    until(process, lambda: all(one.handover_file.exists() for one in parts))
    shell.let_go()
    assert "stopped by hand-over to" in ended(process, 3)
    ended(following, 0)
    assert told(run) == [70, 70]
    for events in islands(run):
        (handed,) = [
            number
            for number, (name, data) in enumerate(events)
            if name == "stopped" and "hand-over" in data["detail"]
        ]
        earlier = events[:handed]
        asked = sum(len(d["requests"]) for name, d in earlier if name == "asked")
        assert asked == sum(name == "told" for name, _ in earlier) > 7


def test_generations_on_islands_are_the_same_on_ranks_as_in_processes(
    shell: Shell,
) -> None:
    """With another number of workers, too: a generation waits for its results."""
    settings = "{name: codeepneat, mode: generational, networks: 4}"
    config = CONFIG.replace(":Held", ":synthetic").replace(
        "{name: aging_evolution, population: 4, sample: 2}", settings
    )
    (shell.folder / "own.yaml").write_text(config.replace("interval: 4", "interval: 3"))
    search = ("search", "own.yaml", "--out")
    ended(shell.start(*search, "ranks", "--mpi", "6"), 0)
    ended(shell.start(*search, "processes", "--workers", "2"), 0)
    found = [
        [
            (name, event)
            for events in islands(shell.folder / run)
            for name, event in _searched(events)
        ]
        for run in ("ranks", "processes")
    ]
    assert found[0] == found[1]
    assert [name for name, _ in found[0]].count("adopted") == 6


def _searched(events: list[tuple[str, dict[str, Any]]]) -> list[tuple[str, Any]]:
    """What an island asked and took in, without when; and all of its results."""
    found: list[tuple[str, Any]] = []
    results: dict[int, Any] = {}
    for name, data in events:
        if name == "asked":
            found += [(name, request) for request in data["requests"]]
        elif name == "adopted":
            keys = [one["record"]["candidate_key"] for one in data["champions"]]
            found.append((name, keys))
        elif name == "told":
            results[data["record"]["request_id"]] = data["record"]["metrics"]
    while found[-1][0] == "adopted":
        # The exchange at the very end changes nothing; it may or may not be seen.
        found.pop()
    return [*found, ("told", sorted(results.items()))]


def test_too_few_ranks_are_refused_before_anything_starts(
    shell: Shell, launcher: Launcher
) -> None:
    """Under a user's own mpirun, too: exit code 2, and how many it takes."""
    words = ["search", "own.yaml", "--out", "run"]
    said = ended(shell.start(*words, "--mpi", "4"), 2)
    assert "expected 5 ranks or more, one for the whole and two for each" in said
    command = [str(launcher.path), "-n", "2", sys.executable, "-m", "evonas", *words]
    done = subprocess.run(
        command, cwd=shell.folder, env=environment(), capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "expected 5 ranks or more" in done.stderr
    assert not shell.run.exists()

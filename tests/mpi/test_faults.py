"""Real searches under MPI in which ranks, processes and disks really fail.

After each fault: no finished record is lost, none counts twice, the journal is sound,
and the run ends as one that was left alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from faulty import Told
from sessions import EVALUATIONS, alone, records, result_of

from cluster.launch import Launcher, find_launcher
from evonas.errors import InputError

PROGRAM = str(Path(__file__).with_name("search_program.py"))

#: children and ranks must find the tests' own modules
PATHS = [path for path in sys.path if path]

LAUNCHER_SCRIPT = (
    "import sys\nfrom cluster.launch import launch\n"
    "sys.exit(launch(int(sys.argv[1]), [sys.executable, *sys.argv[2:]]))\n"
)

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


@pytest.fixture(scope="module")
def launcher() -> Launcher:
    """Skips where there is no MPI."""
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


class Run:
    """One run directory, and the jobs that work on it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "run"
        self.notes = folder / "notes"
        self.notes.mkdir()

    def start(
        self, command: list[str], faults: dict[int, str], silence: float
    ) -> subprocess.CompletedProcess[str]:
        """Run the program under a command to its end."""
        words = [PROGRAM, str(self.path), str(self.notes), json.dumps(faults)]
        return subprocess.run(
            [*command, *words, str(silence)],
            env={**os.environ, **BY_HAND, "PYTHONPATH": os.pathsep.join(PATHS)},
            capture_output=True,
            text=True,
            timeout=120,
        )

    def launch(
        self, ranks: int, faults: dict[int, str], silence: float = 60.0
    ) -> tuple[int, str]:
        """As `--mpi N` does; exit code and errors."""
        command = [sys.executable, "-c", LAUNCHER_SCRIPT, str(ranks)]
        done = self.start(command, faults, silence)
        return done.returncode, done.stderr

    def mpirun(self, launcher: Launcher, ranks: int, faults: dict[int, str]) -> int:
        """As a user does, without fault tolerance."""
        command = [str(launcher.path), "-n", str(ranks), sys.executable]
        return self.start(command, faults, 60.0).returncode


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run that does not exist yet."""
    return Run(tmp_path)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was left alone, in one process."""
    path = tmp_path_factory.mktemp("undisturbed") / "run"
    assert alone(path, Told()).finished
    assert len(records(path)) == EVALUATIONS + 1
    return path


@pytest.mark.usefixtures("tolerant")
@pytest.mark.parametrize(("fault", "ranks"), [("kill", 3), ("kill_two", 4)])
def test_killed_workers_do_not_end_the_run(
    run: Run, undisturbed: Path, fault: str, ranks: int
) -> None:
    """`kill -9` of one worker rank, of two at once: the result tells who was lost."""
    code, errors = run.launch(ranks, {7: fault})
    assert code == 0, errors
    assert records(run.path) == records(undisturbed)
    result = result_of(run.path)
    assert result["status"] == "finished"
    assert result["workers"] == 1
    lost = {one["worker"]: one for one in result["lost"]}
    assert result["outcomes"]["lost"] == len(result["lost"])
    assert 1 <= len(lost) <= ranks - 2
    assert 7 in {one["id"] for one in result["lost"]}
    for worker, one in lost.items():
        assert one["reason"] == f"rank {worker.removeprefix('rank-')} died"


@pytest.mark.usefixtures("tolerant")
def test_the_last_killed_worker_stops_the_run_resumable(
    run: Run, undisturbed: Path
) -> None:
    """Said by name, exit code 3; resumed on more ranks it ends as if left alone."""
    code, errors = run.launch(2, {5: "kill"})
    assert code == 3, errors
    assert "evonas resume" in errors
    before = records(run.path)
    assert 0 < len(before) < EVALUATIONS
    code, errors = run.launch(4, {})
    assert code == 0, errors
    assert records(run.path) == records(undisturbed)
    assert before.items() <= records(run.path).items()


def test_a_killed_manager_means_resume_with_any_number_of_ranks(
    run: Run, undisturbed: Path
) -> None:
    """`kill -9` at requests 4 and 17: on 4, 2 and 3 ranks, nothing lost or twice."""
    told: list[dict[int, tuple[str, str, str]]] = []
    for ranks, request in ((4, 4), (2, 17)):
        code, errors = run.launch(ranks, {request: "kill_manager"})
        assert code == 1, errors
        told.append(records(run.path))
    assert run.launch(3, {})[0] == 0
    final = records(run.path)
    assert final == records(undisturbed)
    assert told[0].items() < told[1].items() < final.items()


def test_without_fault_tolerance_a_killed_worker_means_resume(
    run: Run, undisturbed: Path, launcher: Launcher
) -> None:
    """MPI ends the job; the run goes on with fewer ranks."""
    assert run.mpirun(launcher, 4, {9: "kill"}) != 0
    before = records(run.path)
    assert len(before) < EVALUATIONS
    assert run.mpirun(launcher, 2, {}) == 0
    final = records(run.path)
    assert final == records(undisturbed)
    assert before.items() < final.items()


def test_the_worst_evaluations_are_records(run: Run, tmp_path: Path) -> None:
    """A hang, a segfault, memory eaten to a limit of ours and of its own, a raise.

    The ranks stay; each record says how it was, where.
    """
    faults = {3: "hang", 6: "crash", 9: "eat", 12: "eat_own", 15: "raise"}
    code, errors = run.launch(3, faults)
    assert code == 0, errors
    told = tmp_path / "told"
    assert alone(told, Told(faults)).finished
    assert records(run.path) == records(told)
    result = result_of(run.path)
    assert result["lost"] == []
    assert result["workers"] == 2
    said = (run.path / "journal.jsonl").read_text()
    for words in (
        "killed after its limit of 3 s",
        "in hang_natively",
        "killed by SIGSEGV",
        "in crash_natively",
        "limit of 200.0 MB",
        "MemoryError",
        "UserError: no good: luck",
    ):
        assert words in said


@pytest.mark.usefixtures("tolerant")
def test_a_worker_stopped_for_longer_than_the_heartbeat_is_replaced(
    run: Run, undisturbed: Path
) -> None:
    """SIGSTOP: its request goes to another; what it says later counts for nothing."""
    code, errors = run.launch(3, {7: "stop"}, silence=1.0)
    assert code == 0, errors
    assert records(run.path) == records(undisturbed)
    (lost,) = result_of(run.path)["lost"]
    assert lost["id"] == 7
    assert "gave no sign of life" in lost["reason"]


def test_a_manager_stopped_for_longer_than_the_heartbeat_loses_nobody(
    run: Run, undisturbed: Path
) -> None:
    """It cannot say who was silent while it was."""
    code, errors = run.launch(3, {7: "stop_manager"}, silence=1.0)
    assert code == 0, errors
    assert records(run.path) == records(undisturbed)
    assert result_of(run.path)["lost"] == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 kB; skips where it cannot be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount(folder, "size=64k", "-t", "tmpfs", "none")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def mount(folder: Path, options: str, *words: str) -> None:
    """Mount, or mount again with other options."""
    command = ["mount", *words, "-o", options, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"no file system of our own to fill up: {done.stderr.strip()}")


def test_a_full_disk_ends_the_run_and_loses_nothing(
    small_disk: Path, tmp_path: Path, undisturbed: Path
) -> None:
    """While the journal is written; with more room the run goes on to the same end."""
    run = Run(tmp_path)
    run.path = small_disk / "run"
    code, errors = run.launch(3, {})
    assert code == 2
    assert "No space left on device" in errors
    assert "Make room" in errors
    before = records(run.path)
    assert 0 < len(before) < EVALUATIONS
    mount(small_disk, "remount,size=8m")
    code, errors = run.launch(2, {})
    assert code == 0, errors
    assert records(run.path) == records(undisturbed)
    assert before.items() < records(run.path).items()


def test_a_read_only_run_is_refused_untouched(
    small_disk: Path, tmp_path: Path, undisturbed: Path
) -> None:
    """By name, at once; made writable, it goes on."""
    run = Run(tmp_path)
    mount(small_disk, "remount,size=8m")
    run.path = small_disk / "run"
    assert run.launch(2, {5: "kill_manager"})[0] == 1
    before = (run.path / "journal.jsonl").read_bytes()
    mount(small_disk, "remount,ro")
    code, errors = run.launch(2, {})
    assert code == 2
    assert "Read-only file system" in errors
    assert (run.path / "journal.jsonl").read_bytes() == before
    mount(small_disk, "remount,rw")
    code, errors = run.launch(3, {})
    assert code == 0, errors
    assert records(run.path) == records(undisturbed)


class Jumping:
    """A clock that jumps an hour ahead and days back, as a broken machine's does."""

    def __init__(self) -> None:
        self._calls = 0

    def now(self) -> float:
        """Seconds, of no use."""
        self._calls += 1
        return 1e5 + {0: 3600.0, 1: -2e5}.get(self._calls % 3, 0.0)


def test_a_clock_that_jumps_disturbs_no_record(
    tmp_path: Path, undisturbed: Path
) -> None:
    """Ahead and back: the same records, and times that never go back."""
    path = tmp_path / "run"
    assert alone(path, Told(), clock=Jumping()).finished
    assert records(path) == records(undisturbed)
    result = result_of(path)
    assert result["status"] == "finished"
    assert result["wall_seconds"] >= 0
    assert 0 <= result["utilisation"] <= 1

"""Real MPI jobs: 1, 2 and 3 ranks, with and without fault tolerance, and their ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from contracts.executor_contract import is_alive, wait_for

from cluster.launch import Launcher, find_launcher, launch
from evonas.errors import InputError

PROGRAM = str(Path(__file__).with_name("rank_program.py"))

#: children and ranks must find the tests' own modules
ENVIRONMENT = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}

#: calls `launch`, as a process of its own that can be signalled
LAUNCHER_SCRIPT = (
    "import sys\nfrom cluster.launch import launch\n"
    "sys.exit(launch(int(sys.argv[1]), [sys.executable, *sys.argv[2:]]))\n"
)


def find_or_skip() -> Launcher:
    """The mpirun of this environment."""
    try:
        return find_launcher()
    except InputError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module", autouse=True)
def launcher() -> Launcher:
    """Skips every test here where there is no MPI."""
    pytest.importorskip("mpi4py")
    return find_or_skip()


@pytest.fixture
def tolerant(launcher: Launcher) -> None:
    """Skips where a lost rank ends the job, whoever starts it."""
    if not launcher.tolerant:
        pytest.skip(f"{launcher.path} has no ULFM")


def run(ranks: int, *arguments: str) -> tuple[int, str, str, float]:
    """Launch the program; its code, output, errors and seconds."""
    start = time.monotonic()
    with start_launcher(ranks, *arguments) as process:
        try:
            output, errors = process.communicate(timeout=120)
        finally:
            process.kill()
    return process.returncode, output, errors, time.monotonic() - start


def start_launcher(ranks: int, *arguments: str) -> subprocess.Popen[str]:
    """Start the program and return."""
    return subprocess.Popen(
        [sys.executable, "-c", LAUNCHER_SCRIPT, str(ranks), PROGRAM, *arguments],
        env={**os.environ, **ENVIRONMENT},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ask(ranks: int, *arguments: str) -> dict[str, Any]:
    """Launch the program and take its answer."""
    code, output, errors, _ = run(ranks, *arguments)
    assert code == 0, errors
    answer: dict[str, Any] = json.loads(output.splitlines()[-1])
    return answer


@pytest.mark.parametrize("ranks", [2, 3])
def test_the_executor_contract_holds_under_mpirun(ranks: int) -> None:
    """The suite itself runs on rank 0; alone, that has a `ProcessExecutor`."""
    code, output, errors, _ = run(ranks, "contract")
    assert code == 0, output + errors
    assert "failed" not in output
    assert "passed" in output


@pytest.mark.parametrize(
    ("ranks", "names"),
    [
        (1, ["process-1"]),
        (2, ["rank-1"]),
        (3, ["rank-1", "rank-2"]),
        (6, [f"rank-{number}" for number in range(1, 6)]),
    ],
)
def test_every_rank_but_the_first_works(ranks: int, names: list[str]) -> None:
    """Also with more ranks than cores; alone, rank 0 keeps a child of its own."""
    answer = ask(ranks, "count")
    assert answer == {"workers": max(1, ranks - 1), "values": 20, "names": names}


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_launch_gives_the_exit_code_of_rank_0(number: int) -> None:
    """And nothing of mpirun's comments on it."""
    code, _, errors, _ = run(2, "code", str(number))
    assert code == number
    assert "prterun" not in errors


def test_a_fault_of_the_manager_ends_the_job_with_its_traceback() -> None:
    """While workers are at work: code 1, and no hang."""
    code, _, errors, seconds = run(3, "fault")
    assert code == 1
    assert "ArithmeticError: the manager's own fault" in errors
    assert seconds < 20


def test_a_fault_of_a_worker_rank_ends_the_job_with_its_traceback() -> None:
    """Not of user code: that runs in children and is data."""
    code, _, errors, seconds = run(3, "broken_worker")
    assert code == 1
    assert "a worker got" in errors
    assert seconds < 20


@pytest.mark.usefixtures("tolerant")
@pytest.mark.parametrize("name", ["SIGKILL", "SIGSEGV"])
def test_a_lost_rank_costs_what_it_ran_and_the_others_go_on(name: str) -> None:
    """Every ticket completes, that one as LOST."""
    answer = ask(3, "lose", name)
    assert answer["tickets"] == 20
    assert answer["kinds"] == {"lost": 1, "ok": 19}
    assert answer["lost_by"] == answer["victims"]
    assert answer["workers"] == 1
    assert answer["error"] == ""


@pytest.mark.usefixtures("tolerant")
def test_two_ranks_lost_at_once_leave_the_third() -> None:
    """The manager needs no more than one."""
    answer = ask(4, "lose", "SIGKILL", "SIGKILL")
    assert answer["tickets"] == 30
    assert answer["lost_by"] == answer["victims"]
    assert answer["workers"] == 1


@pytest.mark.usefixtures("tolerant")
def test_the_last_lost_worker_is_an_error_by_name() -> None:
    """After its tickets completed as LOST."""
    answer = ask(2, "lose", "SIGKILL")
    assert answer["kinds"]["lost"] >= 1
    assert answer["workers"] == 0
    assert "no worker is left: rank 1 died" in answer["error"]


@pytest.mark.usefixtures("tolerant")
def test_a_silent_rank_is_given_up_and_taken_back() -> None:
    """SIGSTOP is no death for MPI; signs of life tell, and their return too."""
    answer = ask(3, "silence")
    assert answer == {
        "kinds": ["lost", "ok", "ok", "ok"],
        "during": 1,
        "after": ["rank-1", "rank-2"],
    }


def test_a_rank_that_cannot_leave_does_not_keep_the_others() -> None:
    """The job ends within its farewell, with the manager's code."""
    code, _, errors, seconds = run(3, "stopped_at_the_end")
    assert code == 0
    assert "ranks that did not leave: [" in errors
    assert seconds < 40


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGUSR1])
def test_signals_to_the_launcher_stop_rank_0_in_its_own_time(
    number: signal.Signals, tmp_path: Path
) -> None:
    """Exit code 3, and no child is left."""
    note = tmp_path / "note"
    with start_launcher(3, "wait_for_stop", str(note)) as process:
        wait_for(note.exists)
        process.send_signal(number)
        output, errors = process.communicate(timeout=30)
    assert process.returncode == 3, output + errors
    wait_for(lambda: not is_alive(int(note.read_text())), seconds=5)


def test_a_second_ctrl_c_ends_the_job_at_once(tmp_path: Path) -> None:
    """Also if the manager does not listen."""
    note = tmp_path / "note"
    with start_launcher(2, "ignore_stop", str(note)) as process:
        wait_for(note.exists)
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == 3
    wait_for(lambda: not is_alive(int(note.read_text())), seconds=5)


def rank_of(child: int) -> int:
    """The rank that keeps a child process."""
    return int(Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[1])


def test_a_killed_launcher_takes_its_job_with_it(tmp_path: Path) -> None:
    """Nobody would read its result; the run directory's lock must come free."""
    note = tmp_path / "note"
    with start_launcher(3, "wait_for_stop", str(note)) as process:
        wait_for(note.exists)
        child = int(note.read_text())
        rank = rank_of(child)
        process.kill()
        process.communicate(timeout=30)
        wait_for(lambda: not is_alive(child) and not is_alive(rank), seconds=10)


def test_a_killed_manager_ends_the_job(tmp_path: Path) -> None:
    """With an exit code that says so, and no process left."""
    note = tmp_path / "note"
    with start_launcher(3, "wait_for_stop", str(note)) as process:
        wait_for(note.exists)
        child = int(note.read_text())
        rank = rank_of(child)
        (manager,) = (one for one in children_of(rank_of(rank)) if manager_of(one))
        os.kill(manager, signal.SIGKILL)
        process.communicate(timeout=30)
    assert process.returncode == 1
    wait_for(lambda: not is_alive(child) and not is_alive(rank), seconds=10)


def children_of(process: int) -> list[int]:
    """Processes whose parent it is."""
    return [
        int(stat.parent.name)
        for stat in Path("/proc").glob("[0-9]*/stat")
        if is_alive(int(stat.parent.name)) and rank_of(int(stat.parent.name)) == process
    ]


def manager_of(process: int) -> bool:
    """Whether a process is rank 0."""
    names = Path(f"/proc/{process}/environ").read_bytes().split(b"\0")
    return b"OMPI_COMM_WORLD_RANK=0" in names or b"PMI_RANK=0" in names


def test_output_into_a_file_is_no_terminal_to_the_ranks() -> None:
    """Though mpirun gives them a pseudo-terminal."""
    assert ask(2, "terminal") == {"terminal": False}


def test_a_rank_refuses_to_launch_another_job(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nested jobs take each other's ranks."""
    monkeypatch.setenv("OMPI_COMM_WORLD_RANK", "0")
    with pytest.raises(InputError, match="is a rank already"):
        launch(2, ["true"])


def test_no_ranks_are_refused() -> None:
    """A job needs its manager."""
    with pytest.raises(InputError, match="at least 1 rank, got 0"):
        launch(0, ["true"])


def mpirun_by_hand(
    launcher: Launcher, *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Start three ranks as a user does, without fault tolerance."""
    settings = {
        "OMPI_ALLOW_RUN_AS_ROOT": "1",
        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        "PRTE_ALLOW_RUN_AS_ROOT": "1",
        "PRTE_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
    }
    return subprocess.run(
        [str(launcher.path), "-n", "3", sys.executable, PROGRAM, *arguments],
        env={**os.environ, **ENVIRONMENT, **settings},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_users_own_mpirun_works(launcher: Launcher) -> None:
    """Without our flags and files."""
    done = mpirun_by_hand(launcher, "count")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["workers"] == 2


@pytest.mark.parametrize(
    "arguments", [["lose", "SIGKILL"], ["fault"], ["broken_worker"]]
)
def test_without_fault_tolerance_a_fault_ends_the_whole_job(
    launcher: Launcher, arguments: list[str]
) -> None:
    """At once, never as a hang."""
    done = mpirun_by_hand(launcher, *arguments)
    assert done.returncode != 0


def test_waiting_ranks_use_next_to_no_processor_time() -> None:
    """About 1 % of a core each; 5 % holds on a machine that is busy otherwise."""
    answer = ask(2, "idle", "4")
    assert answer["manager"] < 0.2
    assert answer["worker"] < 0.2


def test_thousands_of_calls_at_once_come_back_once_each() -> None:
    """Each with its own value, however many are waiting."""
    assert ask(3, "flood", "2000") == {"calls": 2000, "different": 2000}

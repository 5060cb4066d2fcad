"""Asking whoever works on a run to hand it over.

The one who wants the run puts a file into its directory and keeps it fresh while it
waits for the lock. The one who has the lock sees the file, begins nothing new, and
leaves when what was under way has ended. A file that nobody keeps fresh asks for
nothing: its writer has given up or died.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evonas.errors import RunDirectoryError
from evonas.storage.files import replace_file
from evonas.storage.holder import BEAT_SECONDS, Holder, silent

#: how often the one who works on a run looks for a request
LOOK_SECONDS = 2.0


class HandoverRequest:
    """The file in a run directory that asks for its lock.

    Args:
        path: of the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._looked = -LOOK_SECONDS
        self._found: Holder | None = None

    def requester(self) -> Holder | None:
        """Who asks for the run; None: nobody. Looks every few seconds only."""
        now = time.monotonic()
        if now - self._looked >= LOOK_SECONDS:
            self._looked = now
            self._found = self._read()
        return self._found

    def _read(self) -> Holder | None:
        # On network file systems a name that was not there is remembered; reading the
        # directory asks the server.
        with contextlib.suppress(OSError):
            if self._path.name in os.listdir(self._path.parent):
                holder = Holder.from_bytes(self._path.read_bytes())
                if holder and not holder.gone() and not silent(self._path):
                    return holder
        return None

    @contextmanager
    def ask(self) -> Iterator[None]:
        """Ask for the run as long as this is entered.

        Raises:
            RunDirectoryError: another process asks for it already, or the file cannot
                be written.
        """
        other = self._read()
        if other is not None and not other.is_this_process():
            raise RunDirectoryError(
                f"{self._path.parent}: expected a run that nobody else takes over, got "
                f"one that is being taken over by {other}; wait for it"
            )
        replace_file(self._path, Holder.this_process().to_bytes())
        over = threading.Event()
        beat = threading.Thread(target=self._beat, args=(over,), daemon=True)
        beat.start()
        try:
            yield
        finally:
            over.set()
            beat.join()
            self._path.unlink(missing_ok=True)

    def _beat(self, over: threading.Event) -> None:
        while not over.wait(BEAT_SECONDS):
            with contextlib.suppress(OSError):
                os.utime(self._path)

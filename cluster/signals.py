"""Signals that mean "stop": a flag for managers, nothing to workers."""

from __future__ import annotations

import ctypes
import os
import signal
from types import FrameType

#: signals that ask a run to stop; USR1 comes from `launch` and from Slurm
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)

_PR_SET_PDEATHSIG = 1


class StopSignal:
    """While entered, SIGINT, SIGTERM and SIGUSR1 set a flag instead of killing.

    A second SIGINT raises KeyboardInterrupt: who presses Ctrl-C twice will not wait.
    Only the main thread may enter. The handlers found are put back at the end.
    """

    def __init__(self) -> None:
        self._name = ""
        self._interrupted = False
        self._before: dict[signal.Signals, object] = {}

    @property
    def requested(self) -> bool:
        """Whether a signal came."""
        return bool(self._name)

    @property
    def name(self) -> str:
        """The first signal that came, such as `SIGTERM`; empty: none."""
        return self._name

    def __bool__(self) -> bool:
        return self.requested

    def _handle(self, number: int, _: FrameType | None) -> None:
        if number == signal.SIGINT:
            if self._interrupted:
                raise KeyboardInterrupt("a second SIGINT")
            self._interrupted = True
        self._name = self._name or signal.Signals(number).name

    def __enter__(self) -> StopSignal:
        for number in STOP_SIGNALS:
            self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            # None: the handler was not installed from Python and cannot be put back
            signal.signal(number, handler or signal.SIG_DFL)  # type: ignore[arg-type]
        self._before.clear()


def ignore_stop_signals() -> None:
    """Leave stopping to the manager, whose message ends this rank.

    Handlers that do nothing, not SIG_IGN: children would inherit the latter.
    """
    for number in STOP_SIGNALS:
        signal.signal(number, lambda *_: None)


def die_with_parent(number: signal.Signals) -> None:
    """Have the kernel send `number` to this process when its parent dies (Linux)."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"prctl(PR_SET_PDEATHSIG): {os.strerror(error)}")

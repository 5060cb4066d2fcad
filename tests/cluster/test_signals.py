"""Signals that mean "stop"."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from cluster.signals import STOP_SIGNALS, StopSignal, ignore_stop_signals


@pytest.mark.parametrize("number", STOP_SIGNALS)
def test_a_signal_sets_the_flag_and_tells_its_name(number: signal.Signals) -> None:
    """Instead of killing; the first one's name is kept."""
    with StopSignal() as stop:
        assert not stop
        assert stop.name == ""
        os.kill(os.getpid(), number)
        assert stop
        assert stop.requested
        assert stop.name == number.name
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.name == number.name


def test_a_second_ctrl_c_interrupts() -> None:
    """A first one after another signal does not."""
    with StopSignal() as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt, match="a second SIGINT"):
            os.kill(os.getpid(), signal.SIGINT)
        assert stop.name == "SIGTERM"


def test_the_handlers_found_are_put_back() -> None:
    """So that Ctrl-C works as before afterwards."""
    before = [signal.getsignal(number) for number in STOP_SIGNALS]
    with StopSignal():
        assert [signal.getsignal(number) for number in STOP_SIGNALS] != before
    assert [signal.getsignal(number) for number in STOP_SIGNALS] == before


def test_a_deaf_rank_does_not_make_its_children_deaf() -> None:
    """They would outlive a polite kill otherwise."""
    before = {number: signal.getsignal(number) for number in STOP_SIGNALS}
    try:
        ignore_stop_signals()
        for number in STOP_SIGNALS:
            os.kill(os.getpid(), number)
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        child.terminate()
        assert child.wait(10) == -signal.SIGTERM
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

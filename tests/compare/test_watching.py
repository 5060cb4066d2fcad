"""How far a comparison is, on a terminal and elsewhere."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from evonas.compare import watching
from evonas.compare.watching import open_observer

FOUND = {"points": [[12, 5.0, 0.75, 0.5, 0.5]]}


def test_lines_tell_every_event_and_the_remaining_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The pace is that of this call's runs: one in ten seconds, one is left."""
    now = 0.0
    monkeypatch.setattr(watching.time, "monotonic", lambda: now)
    stream = io.StringIO()
    with open_observer(Console(file=stream)) as observer:
        observer.begun(4, 2)
        observer.started("a", 1)
        now = 10.0
        observer.finished("a", 1, FOUND)
        observer.lost("b", 1, "signal 9")
    assert stream.getvalue().splitlines() == [
        "4 runs, 2 of them done",
        "0:00 2/4 started a seed 1",
        "0:10 3/4 finished a seed 1: 12 evaluations, validation 0.75, test 0.5 | "
        "remaining 0:10",
        "0:10 3/4 lost b seed 1, begun again: signal 9",
    ]


def test_a_terminal_shows_a_bar_with_the_remaining_time() -> None:
    """And what was lost above it."""
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=120)
    with open_observer(console) as observer:
        observer.begun(4, 2)
        observer.started("a", 1)
        observer.finished("a", 1, FOUND)
        observer.lost("b", 1, "signal 9")
    text = stream.getvalue()
    assert "3/4" in text
    assert "remaining 0:00" in text
    assert "b seed 1 is begun again: signal 9" in text

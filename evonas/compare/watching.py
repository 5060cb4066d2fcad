"""How far a row of searches is: a bar on a terminal, one line an event elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
)

from evonas.compare.conduct import Observer
from evonas.run.wording import clock, number


class Pace:
    """Estimates when a comparison will be through, from the runs of this call."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._before = 0
        self.total = 0
        self.done = 0

    def begin(self, total: int, done: int) -> None:
        """Note where this call starts."""
        self._begun = time.monotonic()
        self.total, self.done, self._before = total, done, done

    @property
    def elapsed(self) -> float:
        """Seconds of this call."""
        return time.monotonic() - self._begun

    @property
    def remaining(self) -> float | None:
        """Seconds left; None: nothing known yet."""
        here = self.done - self._before
        if here == 0:
            return None
        return self.elapsed / here * (self.total - self.done)

    @property
    def left(self) -> str:
        """The same in words."""
        return "…" if self.remaining is None else clock(self.remaining)


class Lines:
    """One line an event, for logs.

    Args:
        console: to write to.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._pace = Pace()

    def begun(self, total: int, done: int) -> None:
        """Say how many runs there are."""
        self._pace.begin(total, done)
        self._print(f"{total} runs, {done} of them done")

    def started(self, name: str, seed: int) -> None:
        """Say which one is begun."""
        self._event(f"started {name} seed {seed}")

    def finished(self, name: str, seed: int, found: dict[str, Any]) -> None:
        """Say how one has ended, and when all will have."""
        self._pace.done += 1
        words = _words(name, seed, found)
        self._event(f"finished {words} | remaining {self._pace.left}")

    def lost(self, name: str, seed: int, why: str) -> None:
        """Say which one is begun again."""
        self._event(f"lost {name} seed {seed}, begun again: {why}")

    def _event(self, text: str) -> None:
        pace = self._pace
        self._print(f"{clock(pace.elapsed)} {pace.done}/{pace.total} {text}")

    def _print(self, text: str) -> None:
        # rich would wrap and colour; a log line is for grep
        print(text, file=self._console.file, flush=True)


class Bar:
    """A bar with the run that ended last.

    Args:
        progress: that is shown.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._pace = Pace()
        self._task: TaskID = progress.add_task("runs", total=None, left="…", last="")

    def begun(self, total: int, done: int) -> None:
        """Show how many runs there are."""
        self._pace.begin(total, done)
        self._progress.update(self._task, total=total, completed=done)

    def started(self, name: str, seed: int) -> None:
        """Nothing new to see."""

    def finished(self, name: str, seed: int, found: dict[str, Any]) -> None:
        """Go on by one."""
        self._pace.done += 1
        self._progress.update(
            self._task,
            completed=self._pace.done,
            left=self._pace.left,
            last=_words(name, seed, found),
        )

    def lost(self, name: str, seed: int, why: str) -> None:
        """Write it above the bar."""
        self._progress.console.print(
            f"{name} seed {seed} is begun again: {why}",
            style="yellow",
            markup=False,
            highlight=False,
        )


@contextmanager
def open_observer(console: Console, verb: str = "comparing") -> Iterator[Observer]:
    """The observer that fits the console.

    Args:
        console: to write to.
        verb: what is being done, before the bar.
    """
    if not console.is_terminal:
        yield Lines(console)
        return
    columns = (
        TextColumn(f"[bold cyan]{verb}"),
        BarColumn(bar_width=28),
        MofNCompleteColumn(),
        TextColumn("[bold]remaining {task.fields[left]}"),
        TextColumn("[dim]{task.fields[last]}"),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield Bar(progress)


def _words(name: str, seed: int, found: dict[str, Any]) -> str:
    evaluations, _, validation, test, _ = found["points"][-1]
    tested = "" if test is None else f", test {number(test)}"
    return (
        f"{name} seed {seed}: {evaluations} evaluations, validation "
        f"{number(validation)}{tested}"
    )

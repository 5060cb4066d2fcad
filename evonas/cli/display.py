"""Progress of a run: a live picture on a terminal, one line an event elsewhere."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from evonas.build import Resolved
from evonas.cli.figures import Figures, Gauge, Trainings
from evonas.run import RunState
from evonas.run.wording import clock


class Display(ABC):
    """Shows a run while it goes on."""

    @abstractmethod
    def begin(self, state: RunState, trainings: Trainings | None = None) -> None:
        """The session starts from this state.

        Args:
            state: of the run.
            trainings: of the selection that is the session's work; None: the search is.
        """

    @abstractmethod
    def observe(self, event: str, state: RunState) -> None:
        """An event of the journal took effect."""

    @abstractmethod
    def note(self, text: str) -> None:
        """Something the user should know."""


@contextmanager
def open_display(console: Console, resolved: Resolved, run: Path) -> Iterator[Display]:
    """The display that fits the console.

    Args:
        console: a terminal, or not.
        resolved: settings of the run.
        run: its directory.
    """
    gauge = Gauge(resolved)
    config = resolved.config
    title = f"{resolved.task.name} · {config.strategy.name} · {run}"
    if not console.is_terminal:
        yield Lines(console, gauge, title)
        return
    picture = Picture(gauge, title)
    with Live(
        picture, console=console, refresh_per_second=4, transient=True
    ) as picture.live:
        yield picture


class Lines(Display):
    """One line an event, for logs.

    Args:
        console: to write to.
        gauge: reads the run.
        title: what is being run.
    """

    def __init__(self, console: Console, gauge: Gauge, title: str) -> None:
        self._console = console
        self._gauge = gauge
        self._title = title

    def begin(self, state: RunState, trainings: Trainings | None = None) -> None:
        """Say what starts, and from where."""
        self._gauge.begin(state, trainings)
        done, unit = state.accounting.evaluations, "evaluation"
        if trainings is not None:
            done, unit = trainings.before, "training"
        self._print(f"{self._title} · {f'from {unit} {done}' if done else 'new'}")

    def observe(self, event: str, state: RunState) -> None:
        """Write the line of one event."""
        figures = self._gauge.read(state)
        where = f"{clock(figures.elapsed)} {figures.done}"
        if event == "told":
            left = ""
            if figures.remaining is not None:
                left = f" | remaining {clock(figures.remaining)}"
            self._print(
                f"{where} told {figures.latest} | best {figures.best_value}{left}"
            )
        elif event == "asked":
            self._print(f"{where} asked, {len(state.outstanding)} under way")
        elif event == "stopped":
            self._print(f"{where} stopped: {state.stopped}")
        else:
            self._print(f"{where} {event}")

    def note(self, text: str) -> None:
        """Write it."""
        self._print(text)

    def _print(self, text: str) -> None:
        # rich would wrap and colour; a log line is for grep
        print(text, file=self._console.file, flush=True)


class Picture(Display):
    """A picture that is drawn anew a few times a second.

    Args:
        gauge: reads the run.
        title: what is being run.
    """

    live: Live

    def __init__(self, gauge: Gauge, title: str) -> None:
        self._gauge = gauge
        self._title = title
        self._figures = Figures()
        self._read_at = time.monotonic()

    def begin(self, state: RunState, trainings: Trainings | None = None) -> None:
        """Show where the session starts."""
        self._gauge.begin(state, trainings)
        self._take(state)

    def observe(self, event: str, state: RunState) -> None:
        """Take new figures in; the picture is drawn by its own clock."""
        self._take(state)

    def note(self, text: str) -> None:
        """Write it above the picture."""
        self.live.console.print(text, style="yellow", markup=False)

    def _take(self, state: RunState) -> None:
        # One assignment: the drawing thread sees the old figures or the new ones.
        self._figures = self._gauge.read(state)
        self._read_at = time.monotonic()

    def __rich__(self) -> RenderableType:
        figures = self._figures
        since = time.monotonic() - self._read_at
        left = "…"
        if figures.remaining is not None:
            left = clock(max(0.0, figures.remaining - since))
        head = Table.grid(padding=(0, 2))
        head.add_row(
            Text(figures.phase, style="bold cyan"),
            ProgressBar(total=1.0, completed=figures.share, width=28),
            f"{figures.done} {figures.unit}",
            f"elapsed {clock(figures.elapsed + since)}",
            Text(f"remaining {left}", style="bold"),
        )
        rows = Table.grid(padding=(0, 2))
        for name, value in (
            ("best", figures.best),
            ("latest", figures.latest),
            ("outcomes", figures.outcomes),
            ("search", figures.progress),
        ):
            if value:
                rows.add_row(
                    Text(name, style="dim"),
                    Text(value, overflow="ellipsis", no_wrap=True),
                )
        return Group(Text(self._title, style="bold", no_wrap=True), head, rows)

"""Progress: a picture on a terminal, a line an event elsewhere."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console
from synthetic import SyntheticEvaluator

from cluster import InlineExecutor
from evonas.build import make_strategy, resolve
from evonas.cli.display import open_display
from evonas.config import config_from_json
from evonas.run import Budget, RunState, run


class NoJournal:
    """Events that nobody keeps."""

    def append(self, event: str, payload: dict) -> int:
        """Forget the event."""
        return 0


def shown(terminal: bool, evaluations: int = 5, **sections: object) -> str:
    """What a short run shows."""
    resolved = resolve(
        config_from_json(
            {
                "task": {"name": "digits"},
                "strategy": {"name": "codeepneat"},
                "budget": {"evaluations": evaluations},
                **sections,
            }
        )
    )
    console = Console(
        file=io.StringIO(), force_terminal=terminal, width=150, color_system=None
    )
    strategy = make_strategy(resolved)
    with open_display(console, resolved, Path("runs/one")) as display:
        display.begin(RunState(strategy, resolved.objectives))
        run(
            strategy,
            SyntheticEvaluator(fail_every=3),
            InlineExecutor(),
            NoJournal(),
            objectives=resolved.objectives,
            budget=Budget(evaluations),
            observer=display.observe,
        )
        display.note("a note")
    return console.file.getvalue()


def test_a_log_has_one_line_an_event():
    """First what is run; then each record with its outcome and the best so far."""
    lines = shown(terminal=False).splitlines()
    assert lines[0] == "digits · codeepneat · runs/one · new"
    told = [line for line in lines if " told " in line]
    assert len(told) == 5
    assert "told #0 diverged: the loss became NaN | best " in told[0]
    assert "told #4 validation_accuracy" in told[4]
    assert "| best #" in told[4]
    assert "| remaining 0:" in told[4]
    assert len([line for line in lines if " asked" in line]) == 5
    assert lines[-2].endswith("5/5 stopped: budget")
    assert lines[-1] == "a note"


def test_a_log_has_no_control_characters():
    """It is for files and grep."""
    assert "\x1b" not in shown(terminal=False)


def test_a_terminal_has_a_picture_with_the_time_that_remains():
    """Phase, share of the budget, best, outcomes, and what the strategy tells."""
    text = shown(terminal=True)
    assert "5/5 evaluations" in text
    assert "remaining 0:0" in text
    assert "3 ok" in text
    assert "2 diverged" in text
    assert "module species" in text
    assert "a note" in text


@pytest.mark.parametrize("terminal", [True, False])
def test_a_budget_of_time_alone_is_shown_without_a_total(terminal):
    """Nobody knows how many evaluations there will be."""
    text = shown(terminal, budget={"minutes": 5})
    assert "5/5" not in text
    assert "5 evaluations" in text or " 5 told" in text

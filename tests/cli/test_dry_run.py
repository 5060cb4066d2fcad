"""A dry run: every setting, and figures that something was measured for."""

from __future__ import annotations

from pathlib import Path

import pytest

from evonas.cli import main

CONFIG = """\
task: {name: digits}
strategy: {name: codeepneat, networks: 6}
budget: {evaluations: 15}
evaluator: own_parts:synthetic
workers: 0
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A config file; commands run in its folder."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "my.yaml"
    path.write_text(CONFIG)
    return path


def call(*words: object) -> int:
    """The exit code of a command line."""
    return main([str(word) for word in words])


def test_a_dry_run_shows_every_setting_and_leaves_nothing(config, tmp_path, capsys):
    """Defaults of space and strategy included, and how long it would take."""
    before = sorted(tmp_path.iterdir())
    assert call("search", config, "--dry-run") == 0
    out = capsys.readouterr().out
    for text in ("crossover:", "separable_conv:", "learning_rate:", "quota_bytes:"):
        assert text in out
    for text in ("evaluations", "parameters", "one evaluation", "final training"):
        assert text in out
    assert sorted(tmp_path.iterdir()) == before


def test_a_dry_run_tells_the_plan_of_the_scheduler(config, capsys):
    """Its settings, its rungs, and that an evaluation takes less on average."""
    words = ("--set", "fidelity.scheduler=hyperband", "--set", "fidelity.epochs=0.9")
    budget = ("--set", "budget={epochs: 4}")
    assert call("search", config, "--dry-run", *words, *budget) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "scheduler: name: hyperband reduction: 3 rungs: 3" in out
    assert "0.1 → 0.3 → 0.9 epochs; 9 → 3 → 1, 5 → 1 from 0.3, 3 from 0.9" in out
    assert "s on average" in out
    assert "of 4 epochs together" in out


def test_a_dry_run_ends_although_an_evaluation_does_not(config, capsys, monkeypatch):
    """The limits of the search hold for the candidate that is tried."""
    monkeypatch.setattr("evonas.build.parts.GRACE_SECONDS", 0.0)
    words = ("--set", "fidelity.time_limit_seconds=0.01", "--workers", "1")
    slow = ("--set", "evaluator=own_parts:slow")
    assert call("search", config, "--dry-run", *words, *slow) == 2
    assert "killed after its limit" in capsys.readouterr().err


def test_a_dry_run_tries_others_where_one_fails(config, capsys):
    """And says so with the figures; bad luck is no reason to give none."""
    words = ("--set", "evaluator=own_parts:SomeFail")
    told = []
    for seed in range(6):
        assert call("search", config, "--dry-run", *words, "--set", f"seed={seed}") == 0
        out = " ".join(capsys.readouterr().out.split())
        told.append("before it failed, the last one diverged: the loss became" in out)
    assert any(told)


@pytest.mark.parametrize(
    ("evaluator", "reason"),
    [("NeverWell", "the loss became nan"), ("Unmeasured", "has no validation_acc")],
)
def test_a_dry_run_of_what_always_fails_gives_no_figures(
    config, capsys, evaluator, reason
):
    """But how many were tried, and what was wrong with the first one."""
    words = ("--set", f"evaluator=own_parts:{evaluator}")
    assert call("search", config, "--dry-run", *words) == 2
    said = capsys.readouterr()
    assert "got none of 5 tried; the first one: " in said.err
    assert reason in said.err
    assert "What this search would do" not in said.out

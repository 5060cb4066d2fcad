"""`evonas simulate` from end to end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evonas.cli import main

CONFIG = """\
task: {name: digits}
strategy: {name: codeepneat, networks: 4}
budget: {evaluations: 12}
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


def test_both_modes_are_compared_and_nothing_is_left_behind(config, capsys):
    """A column each, what follows from them, and the figures as JSON."""
    out = Path("figures.json")
    assert call("simulate", config, "--workers", 4, "--manager", 2, "--out", out) == 0
    said = capsys.readouterr().out
    assert "codeepneat on 4 made-up workers" in said
    assert "without start and drain" in said
    assert "one manager is enough for about" in said
    assert "times as fast as generational" in said
    found = json.loads(out.read_text())
    assert {one["mode"] for one in found} == {"generational", "asynchronous"}
    assert all(one["manager_ms"] == pytest.approx(2.0) for one in found)
    assert sorted(path.name for path in Path.cwd().iterdir()) == [
        "figures.json",
        "my.yaml",
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--mean", 0), "--mean: expected seconds above 0, got 0"),
        (("--sigma", 9), "--sigma: expected 0 to 5, got 9"),
        (("--failures", -1), "--failures: expected a number, 0 or more, got -1"),
        (
            ("--set", "islands=2", "--set", "strategy={name: aging_evolution}"),
            "expected no islands with a simulation, got 2",
        ),
        (("--from-run", "nowhere"), "nowhere: expected the directory of a run"),
        (("--from-run", "nowhere", "--mean", 3), "expected --from-run or --mean and"),
    ],
)
def test_wrong_options_are_told_in_one_message(config, capsys, words, message):
    """Exit code 2, without a traceback."""
    assert call("simulate", config, "--workers", 4, *words) == 2
    said = capsys.readouterr().err
    assert message in said
    assert "Traceback" not in said

"""`evonas doctor`: what it prints, and its exit code."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import evonas.cli.doctor as command
from evonas.build.health import Finding, Level
from evonas.cli import main


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch):
    """Checks that find what a test says."""

    def find(**levels: Level) -> None:
        for name in ("versions", "files", "mpi", "data", "search"):
            level = levels.get(name, "ok")

            def check(*_: object, name: str = name, level: Level = level) -> Iterator:
                yield Finding(level, name, f"[about {name}]")

            monkeypatch.setattr(command, f"check_{name}", check)

    return find


@pytest.mark.parametrize(
    ("levels", "code"),
    [({}, 0), ({"data": "warning"}, 0), ({"mpi": "problem", "data": "warning"}, 2)],
)
def test_only_problems_make_it_fail(found, capsys, levels, code) -> None:
    """Every finding is a line, also behind a problem."""
    found(**levels)
    assert main(["doctor"]) == code
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines] == [
        "versions:",
        "files:",
        "mpi:",
        "data:",
        "search:",
    ]
    for name, level in levels.items():
        assert f"{level:<8} {name}: [about {name}]" in lines


def test_the_quick_one_leaves_out_what_takes_time(found, capsys) -> None:
    """Data and the search."""
    found(search="problem")
    assert main(["doctor", "--quick"]) == 0
    assert "search" not in capsys.readouterr().out


def test_a_folder_that_is_none_is_refused(found, capsys) -> None:
    """Before anything is checked."""
    found()
    assert main(["doctor", "--directory", "nowhere"]) == 2
    assert "--directory: expected a folder that exists, got 'nowhere'" in (
        capsys.readouterr().err
    )

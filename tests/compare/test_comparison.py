"""Whole comparisons, and that it does not matter who plays them."""

from __future__ import annotations

from pathlib import Path

import pytest
from comparing import write_config

from evonas.compare import compare
from evonas.errors import ConfigError, RunDirectoryError


def test_processes_find_what_this_process_finds(tmp_path: Path) -> None:
    """In whatever order they end; and a second call plays nothing again."""
    configs = [
        write_config(tmp_path, name, name) for name in ("random", "local_search")
    ]
    one = compare(configs, 2, tmp_path / "one", workers=0)
    two = compare(configs, 2, tmp_path / "two", workers=2)
    assert one.finished
    assert two.finished
    texts = [(tmp_path / name / "runs.csv").read_text() for name in ("one", "two")]
    assert texts[0] == texts[1]
    made = {p: p.stat().st_mtime_ns for p in (tmp_path / "two/runs").rglob("*.json")}
    assert len(made) == 4
    again = compare(configs, 2, tmp_path / "two", workers=0)
    assert again.summary == two.summary
    assert made == {path: path.stat().st_mtime_ns for path in made}


def test_what_cannot_be_compared_leaves_nothing(tmp_path: Path) -> None:
    """No seeds, no configs, or a config that is wrong."""
    path = write_config(tmp_path, "a", "random")
    with pytest.raises(ConfigError, match="seeds: expected at least 1, got 0"):
        compare([path], 0, tmp_path / "out")
    with pytest.raises(ConfigError, match="expected at least one config"):
        compare([], 1, tmp_path / "out")
    other = write_config(tmp_path, "b", "random", budget={"evaluations": 13})
    with pytest.raises(ConfigError, match="budget: expected the same"):
        compare([path, other], 1, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_two_never_write_one_comparison(tmp_path: Path) -> None:
    """The second is told who does."""
    from evonas.compare.folder import ComparisonFolder

    path = write_config(tmp_path, "a", "random")
    folder = ComparisonFolder(tmp_path / "out")
    folder.create()
    with folder.lock(), pytest.raises(RunDirectoryError, match="nobody is working on"):
        compare([path], 1, tmp_path / "out", workers=0)

"""The comparison's directory: what is kept, what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from comparing import write_config

from evonas.compare.contestants import Contestant, read_contestants
from evonas.compare.folder import ComparisonFolder
from evonas.errors import RunDirectoryError

FOUND = {
    "points": [[1, 2.0, 0.5, None, 0.5], [3, 9.0, 0.5, None, 0.5]],
    "ended": "budget",
    "networks": 3,
    "outcomes": {"ok": 3},
    "wall_seconds": 0.1,
}


@pytest.fixture
def one(tmp_path: Path) -> Contestant:
    """A config."""
    return read_contestants([write_config(tmp_path, "a", "random")])[0]


def begun(root: Path, one: Contestant) -> ComparisonFolder:
    """A folder of that config."""
    folder = ComparisonFolder(root)
    folder.create()
    folder.begin([one])
    return folder


def test_a_finished_run_is_kept_and_read_again(tmp_path: Path, one: Contestant) -> None:
    """Nothing else counts as one, a half-written file least of all."""
    folder = begun(tmp_path / "out", one)
    assert folder.finished(one) == []
    (tmp_path / "out/runs/a/.seed-1.json.7.tmp").write_text("{")
    folder.keep(one, 12, FOUND)
    folder = begun(tmp_path / "out", one)
    assert folder.finished(one) == [12]
    run = folder.played(one, 12)
    assert (run.end.evaluations, run.end.seconds) == (3, 9.0)
    assert not (tmp_path / "out/runs/a/.seed-1.json.7.tmp").exists()


def test_a_changed_config_of_the_same_name_is_refused(
    tmp_path: Path, one: Contestant
) -> None:
    """Its runs would be mixed with those of the earlier one."""
    begun(tmp_path / "out", one).keep(one, 0, FOUND)
    path = write_config(tmp_path, "a", "aging_evolution")
    (changed,) = read_contestants([path])
    with pytest.raises(RunDirectoryError, match="expected a with the settings"):
        begun(tmp_path / "out", changed)


def test_a_run_of_other_settings_is_refused_where_somebody_put_it(
    tmp_path: Path, one: Contestant
) -> None:
    """Files can be copied by hand; each knows what it is of."""
    folder = begun(tmp_path / "out", one)
    folder.keep(one, 0, FOUND)
    place = tmp_path / "out/runs/a"
    (place / "seed-1.json").write_text((place / "seed-0.json").read_text())
    with pytest.raises(RunDirectoryError, match=r"seed-1.json: .* delete the file"):
        folder.played(one, 1)


@pytest.mark.parametrize("damage", ["{", "[]", '{"digest": "D", "seed": 0}'])
def test_a_damaged_run_is_told_with_its_file(
    tmp_path: Path, one: Contestant, damage: str
) -> None:
    """And what to do."""
    folder = begun(tmp_path / "out", one)
    path = tmp_path / "out/runs/a/seed-0.json"
    path.write_text(damage.replace("D", one.digest))
    with pytest.raises(RunDirectoryError, match=r"seed-0\.json: expected .* delete"):
        folder.played(one, 0)


def test_a_directory_of_something_else_is_left_alone(
    tmp_path: Path, one: Contestant
) -> None:
    """Also one that cannot be made."""
    with pytest.raises(RunDirectoryError, match=r"got one with a\.yaml"):
        ComparisonFolder(tmp_path).create()
    with pytest.raises(RunDirectoryError, match=r"expected a directory .* File exists"):
        ComparisonFolder(tmp_path / "a.yaml").create()


def test_a_folder_of_another_format_is_refused(tmp_path: Path, one: Contestant) -> None:
    """Rather than misread."""
    begun(tmp_path / "out", one)
    index = tmp_path / "out" / "comparison.json"
    index.write_text(json.dumps({"format": 99}))
    with pytest.raises(RunDirectoryError, match="expected format 1, got 99"):
        begun(tmp_path / "out", one)

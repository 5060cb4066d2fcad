"""Tests of where the files of tasks are looked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from evonas.errors import DataError
from evonas.tasks.places import data_places, first_with, package_folder


def test_the_configured_folder_is_the_only_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without one, EVONAS_DATA and its folders are; without that, none."""
    monkeypatch.setenv("EVONAS_DATA", "/data")
    assert data_places(tmp_path, "cola", "") == [tmp_path]
    assert data_places(None, "cola", "") == [Path("/data/cola"), Path("/data")]
    monkeypatch.delenv("EVONAS_DATA")
    assert data_places(None, "cola", "") == []


def test_the_first_place_with_all_files_is_taken(tmp_path: Path) -> None:
    """One that has some of them is passed over."""
    places = [tmp_path / name for name in ("some", "all")]
    for place, names in zip(places, (("a",), ("a", "b")), strict=True):
        place.mkdir()
        for name in names:
            (place / name).touch()
    assert first_with("task", places, ("a", "b"), "Get it") == places[1]
    with pytest.raises(DataError, match=r"task x: expected c in one of.*Get it; then"):
        first_with("x", places, ("c",), "Get it")
    with pytest.raises(DataError, match=r"no folder \(EVONAS_DATA is not set"):
        first_with("x", [], ("c",), "Get it")


def test_a_folder_of_a_package_is_found_without_importing_it() -> None:
    """None where it is not installed."""
    (folder,) = package_folder("evonas", "tasks")
    assert (folder / "places.py").is_file()
    assert package_folder("no_such_package_anywhere", "data") == []

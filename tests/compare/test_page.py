"""The files that a comparison leaves."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from comparing import write_config

from evonas.compare import RUN_COLUMNS, compare


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of two methods and three seeds."""
    folder = tmp_path_factory.mktemp("compared")
    configs = [write_config(folder, name, name) for name in ("random", "local_search")]
    found = compare(configs, 3, folder / "out", workers=0)
    assert found.finished
    return folder / "out"


def rows(path: Path) -> list[dict[str, str]]:
    """Of a CSV."""
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_runs_have_exactly_the_columns_that_were_promised(written: Path) -> None:
    """A row an improvement, and one at the end, of each run."""
    found = rows(written / "runs.csv")
    assert tuple(found[0]) == RUN_COLUMNS
    assert ",".join(RUN_COLUMNS) == (
        "config,strategy,seed,evaluations,seconds,validation,test"
    )
    for name in ("random", "local_search"):
        for seed in range(3):
            run = [r for r in found if r["config"] == name and r["seed"] == str(seed)]
            validation = [float(row["validation"]) for row in run]
            assert validation[:-1] == sorted(set(validation[:-1]))
            assert validation[-1] == validation[-2]
            assert run[-1]["evaluations"] == "12"
            assert all(0 < float(row["test"]) < 1 for row in run)


def test_the_summary_is_told_as_a_table_and_as_json(written: Path) -> None:
    """The same numbers."""
    table = rows(written / "summary.csv")
    data = json.loads((written / "summary.json").read_text())
    assert [row["config"] for row in table] == ["random", "local_search"]
    for row, one in zip(table, data["configs"], strict=True):
        assert float(row["final_mean"]) == one["final"]["mean"]
        low, high = one["final"]["mean_interval"]
        assert (float(row["final_mean_low"]), float(row["final_mean_high"])) == (
            low,
            high,
        )
        assert row["ended"] == "budget:3"
    assert data["seeds"] == [0, 1, 2]
    assert set(data["verdict"]) == {"final", "area_evaluations", "area_seconds"}


def test_the_page_has_the_table_the_verdict_and_the_pictures(written: Path) -> None:
    """And every picture that it shows is there."""
    page = (written / "README.md").read_text()
    assert "| random | 12 |" in page
    assert "no winner" in page
    assert "p (Wilcoxon, Holm)" in page
    for name in ("curves-evaluations.png", "curves-seconds.png", "final.png"):
        assert f"]({name})" in page
        assert (written / name).read_bytes().startswith(b"\x89PNG")
    assert not list(written.rglob("*.tmp"))


def test_one_seed_is_told_without_intervals(written: Path) -> None:
    """From the runs that are there already."""
    configs = [written.parent / f"{name}.yaml" for name in ("random", "local_search")]
    found = compare(configs, 1, written, workers=0)
    assert found.summary is not None
    page = (written / "README.md").read_text()
    assert "one seed gives none" in page
    assert "1 seed tells too little" in page
    assert "[" not in page.split("| random |")[1].splitlines()[0]

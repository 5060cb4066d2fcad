"""The command line over a table of results."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from published_tables import nasbench201_csv

from evonas.cli import main
from evonas.genome import nasbench201_space
from evonas.storage import Journal


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A config over a table of eighty cells, with a variable in its path."""
    rng = np.random.default_rng(2)
    cells = sorted({nasbench201_space().draw(rng).ops for _ in range(80)})
    nasbench201_csv(tmp_path / "t.csv", cells)
    path = tmp_path / "c.yaml"
    path.write_text(
        "task: {table: nasbench201, path: '${TABLES}/t.csv', dataset: cifar10}\n"
        "strategy: {name: random}\n"
        "budget: {evaluations: 10}\n"
        "workers: 3\n"
    )
    return path


@pytest.fixture(autouse=True)
def _tables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TABLES", str(tmp_path))


def test_a_table_is_searched_and_resumed(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the first cell to the test of the best; then with a raised budget."""
    run = tmp_path / "run"
    assert main(["search", str(config), "--out", str(run)]) == 0
    out = capsys.readouterr().out
    assert "NasBench201Cell(ops=" in out
    assert f"evonas train {run} --set task.name=cifar10" in out
    assert main(["resume", str(run), "--set", "budget.evaluations=20"]) == 0
    result = json.loads((run / "result.json").read_text())
    assert (result["status"], result["evaluations"]) == ("finished", 20)
    assert result["workers"] == 3
    assert result["wall_seconds"] > 1000  # of the table's time
    assert "test_accuracy" in result["best"]["metrics"]
    assert result["exported"] is None
    assert "not in the table" in result["rejected"]
    capsys.readouterr()
    assert main(["status", str(run)]) == 0
    assert "the table nasbench201 cifar10" in capsys.readouterr().out


def test_two_objectives_give_a_front_and_its_share_of_the_tables_own(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Under a limit: the front is that of the journal's records, within the limit."""
    run = tmp_path / "run"
    words = [
        "objectives=[validation_accuracy, latency_seconds]",
        "space.limits.latency_seconds=0.018",
        "budget.evaluations=40",
    ]
    changes = [part for word in words for part in ("--set", word)]
    assert main(["search", str(config), "--out", str(run), *changes]) == 0
    assert "of the hypervolume of the table's own front" in capsys.readouterr().out
    records = [
        event.data["record"]
        for event in Journal.read(run / "journal.jsonl")
        if event.name == "told"
    ]
    searched = [one for one in records if "test_accuracy" not in one["metrics"]]
    assert any("expected at most 0.018" in one["error"] for one in searched)
    points = {
        one["request_id"]: (
            one["metrics"]["validation_accuracy"],
            -one["metrics"]["latency_seconds"],
        )
        for one in searched
        if one["outcome"] == "ok"
    }
    assert all(-latency <= 0.018 for _, latency in points.values())
    front = {
        number
        for number, (a, b) in points.items()
        if not any(x >= a and y >= b and (x, y) != (a, b) for x, y in points.values())
    }
    result = json.loads((run / "result.json").read_text())
    assert {one["id"] for one in result["front"]} == front
    assert all(one["cell"]["kind"] == "nasbench201" for one in result["front"])
    measured = result["hypervolume"]
    assert 0 < measured["share"] <= 1
    assert measured["found"] <= measured["true_front"]
    assert main(["status", str(run)]) == 0
    out = capsys.readouterr().out
    assert "points" in out
    assert "not in the table" in out  # drawn again, and counted


def test_a_front_that_nobody_knows_has_no_share(config: Path, tmp_path: Path) -> None:
    """Multiply-adds are no column: all cells would have to be unrolled."""
    run = tmp_path / "run"
    change = "objectives=[validation_accuracy, multiply_adds]"
    assert main(["search", str(config), "--out", str(run), "--set", change]) == 0
    result = json.loads((run / "result.json").read_text())
    assert result["front"]
    assert result["hypervolume"] is None


def test_a_dry_run_tells_what_the_table_has(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Cells, lengths, and how much of its time the search takes."""
    assert main(["search", str(config), "--dry-run"]) == 0
    out = capsys.readouterr().out
    for words in (
        "12, 200 epochs",
        "latency_seconds",
        "3, simulated",
        "10 evaluations:",
    ):
        assert words in out


def test_a_dry_run_of_codeepneat_tells_its_reach(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Other strategies have no such line."""
    main(["search", str(config), "--dry-run"])
    assert "reach" not in capsys.readouterr().out
    words = ["--set", "strategy={name: codeepneat}"]
    assert main(["search", str(config), "--dry-run", *words]) == 0
    out = capsys.readouterr().out
    found = re.search(r"reach +(\d+) of (\d+) cells \(100%\)", out)
    assert found is not None
    assert found[1] == found[2]


def test_a_missing_table_is_the_users_error(
    config: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit code 2, with the path."""
    monkeypatch.setenv("TABLES", "/nowhere")
    assert main(["search", str(config), "--dry-run"]) == 2
    assert "/nowhere/t.csv: expected a table" in capsys.readouterr().err

"""Every file in `configs/` is run, at a tiny budget."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evonas.build import resolve
from evonas.cli import main
from evonas.config import load_config
from evonas.errors import DataError
from evonas.tables import TABLES as KNOWN_TABLES
from evonas.tasks import open_task

ROOT = Path(__file__).parent.parent
CONFIGS = sorted((ROOT / "configs").glob("*.yaml"))
TABLES = [path for path in CONFIGS if load_config(path).task.table is not None]
TRAINED = [path for path in CONFIGS if path not in TABLES]

#: two small networks, a hundredth of the data
TINY = (
    "budget={evaluations: 2}",
    "fidelity.epochs=0.1",
    "fidelity.data_share=0.1",
    "final.epochs=0.01",
    "space.limits.multiply_adds=300000",
    "workers=0",
)


def test_there_is_a_config_to_start_with():
    """The README's first command names it."""
    assert "quickstart.yaml" in {path.name for path in CONFIGS}


@pytest.mark.parametrize("path", TRAINED, ids=lambda path: path.stem)
def test_a_config_runs(path: Path, tmp_path: Path):
    """It searches, trains, tests and exports."""
    try:
        task = open_task(load_config(path).task.model_dump(mode="json"))
    except DataError as missing:
        pytest.skip(str(missing))
    words = [word for setting in TINY for word in ("--set", setting)]
    run = tmp_path / "run"
    assert main(["search", str(path), "--out", str(run), *words]) == 0
    result = json.loads((run / "result.json").read_text())
    assert result["status"] == "finished"
    assert result["evaluations"] == 2
    assert f"test_{task.metric}" in result["best"]["metrics"]
    assert (run / "export" / "network.py").exists()


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_a_config_over_a_table_runs(path: Path, tmp_path: Path):
    """It searches; where the table has a test metric, the best one's is told."""
    try:
        resolved = resolve(load_config(path))
    except DataError as missing:
        pytest.skip(str(missing))
    assert resolved.table is not None
    run = tmp_path / "run"
    words = ["--set", "budget={evaluations: 30}"]
    assert main(["search", str(path), "--out", str(run), *words]) == 0
    result = json.loads((run / "result.json").read_text())
    assert (result["status"], result["evaluations"]) == ("finished", 30)
    tested = f"test_{resolved.table.metric}" in result["best"]["metrics"]
    assert tested == resolved.table.has_test


def test_every_table_has_a_config():
    """To start from."""
    assert {load_config(path).task.table for path in TABLES} == set(KNOWN_TABLES)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_config_says_what_it_is(path: Path):
    """Its first line is a comment for whoever looks for one to start from."""
    assert path.read_text().startswith("# ")

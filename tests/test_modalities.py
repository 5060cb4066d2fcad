"""A search from a config to an exported network, once for each modality."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from evonas.cli import main

TINY: dict[str, Any] = {
    "strategy": {
        "name": "codeepneat",
        "networks": 3,
        "modules": {"size": 4, "species": 2},
        "blueprints": {"size": 3, "species": 1},
    },
    "fidelity": {"epochs": 1},
    "final": {"epochs": 1},
    "budget": {"evaluations": 6},
    "workers": 0,
    "device": "cpu",
}


def _text(folder: Path) -> dict[str, Any]:
    good, bad = "The cat sat on the mat.", "Mat the on sat cat."
    lines = [f"s\t1\t\t{good}", f"s\t0\t*\t{bad}", f"s\t1\t\t{good} Twice"]
    for name in ("in_domain_train", "in_domain_dev", "out_of_domain_dev"):
        (folder / f"{name}.tsv").write_text("\n".join(lines * 8))
    return {"name": "cola", "directory": str(folder), "max_length": 8}


def _series(folder: Path) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    head = "@timeStamps false\n@classLabel true low high\n@data\n"
    for part in ("TRAIN", "TEST"):
        waves = rng.normal(size=(20, 2, 16)).round(3)
        waves[::2] += 1
        lines = [
            ":".join(
                [*(",".join(map(str, row)) for row in wave), ("high", "low")[n % 2]]
            )
            for n, wave in enumerate(waves)
        ]
        (folder / f"Waves_{part}.ts").write_text(head + "\n".join(lines))
    return {"path": str(folder / "Waves_TRAIN.ts")}


def _table(folder: Path) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    rows = [f"{x:.3f},{'ab'[int(x > 0)]},{3 * x:.3f}" for x in rng.normal(size=60)]
    (folder / "slope.csv").write_text("\n".join(["x,side,y", *rows]))
    return {"path": str(folder / "slope.csv"), "target": "y"}


_SEQUENCE_BLOCKS = {
    *("conv", "separable_conv", "dense_block", "gru", "lstm", "squeeze_excitation")
}

#: what makes the data, the blocks that are on, what a user of the export feeds it
CASES = {
    "text": (_text, _SEQUENCE_BLOCKS, "encode(['The cat sat.'])"),
    "series": (_series, _SEQUENCE_BLOCKS, "torch.zeros(1, 2, 16)"),
    "table": (
        _table,
        {"dense", "dense_block"},
        "torch.zeros(1, len(network.FEATURES))",
    ),
}


@pytest.mark.parametrize("modality", CASES)
def test_a_search_ends_in_a_network_that_reads_raw_inputs(
    modality: str, tmp_path: Path
) -> None:
    """With the default space of the modality, resumed from its written config."""
    make, blocks, example = CASES[modality]
    config = tmp_path / "search.yaml"
    config.write_text(yaml.safe_dump({"task": make(tmp_path), **TINY}))
    run = tmp_path / "run"
    assert main(["search", str(config), "--out", str(run)]) == 0
    result = json.loads((run / "result.json").read_text())
    assert (result["status"], result["evaluations"]) == ("finished", 6)
    assert result["outcomes"].get("ok", 0) >= 4, result["outcomes"]
    space = yaml.safe_load((run / "config.yaml").read_text())["space"]
    assert {name for name, on in space["blocks"].items() if on} == blocks
    assert (space["vocabulary"] > 0) == (modality == "text")
    assert main(["resume", str(run), "--set", "budget.evaluations=7"]) == 0
    program = (
        "import torch, network; from network import *; "
        f"print(network.load()({example}).shape[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=run / "export",
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stdout.strip() == "1"


def test_a_vocabulary_smaller_than_the_texts_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An embedding without a row for a token would fail in every candidate."""
    config = tmp_path / "search.yaml"
    data = {"task": _text(tmp_path), **TINY, "space": {"vocabulary": 3}}
    config.write_text(yaml.safe_dump(data))
    assert main(["search", str(config), "--out", str(tmp_path / "run")]) == 2
    assert "space.vocabulary: expected" in capsys.readouterr().err

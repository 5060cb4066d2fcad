"""Exported folders, used where evonas is not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
import torch

from evonas.architecture import Architecture, Edge, Layer
from evonas.errors import DataError, InputError
from evonas.network import ExportInfo, Network, Preprocess, build, export, save

ARCHITECTURE = Architecture(
    (
        Layer("input"),
        Layer("conv", {"filters": 6}, "stem"),
        Layer("batch_norm"),
        Layer("mbconv", {"filters": 8, "stride": 2}),
        Layer("factorised_conv", {"filters": 4}),
        Layer("sum"),
        Layer("squeeze_excitation"),
        Layer("layer_norm"),
        Layer("global_pool", {"function": "max"}),
        Layer("dense", {"units": 3}, "head"),
        Layer("output"),
    ),
    tuple(
        Edge(*edge)
        for edge in [
            (0, 1),
            (1, 2),
            (2, 3),
            (2, 4),
            (3, 5, 0),
            (4, 5, 1),
            (5, 6),
            (6, 7),
            (7, 8),
            (8, 9),
            (9, 10),
        ]
    ),
)
SHAPE = (3, 8, 8)
INFO = ExportInfo(
    task="leaves",
    kind="classification",
    layout="image_hwc",
    dtype="uint8",
    value_range=(0, 255),
    mean=(120.0, 100.0, 90.0),
    std=(60.0, 50.0, 40.0),
    classes=("oak", "elm", "ash"),
)

_USE_WITHOUT_EVONAS = """
import sys
folder, site_packages, inputs, outputs = sys.argv[1:]
sys.path[:0] = [folder, site_packages]
for absent in ("evonas", "cluster", "safetensors", "networkx", "matplotlib"):
    sys.modules[absent] = None  # importing it fails
import torch
from network import load, read_weights
torch.set_num_threads(1)
network = load()
assert not network.training
given = read_weights(inputs)["batch"]
with torch.no_grad():
    result = network(given)
torch.save({"outputs": result}, outputs)
"""


def trained() -> Network:
    """A network whose batch norms have seen data."""
    network = build(ARCHITECTURE, SHAPE, 0)
    network(torch.randn(16, *SHAPE) * 3 + 1)
    return network.eval()


def contents(folder: Path) -> list[str]:
    """Names of the files in a folder."""
    return sorted(os.listdir(folder))


def test_load_gives_the_trained_network_where_only_torch_is_installed(
    tmp_path: Path,
) -> None:
    """In an isolated Python, from raw inputs, with the same outputs."""
    network = trained()
    folder = export(ARCHITECTURE, SHAPE, network.state_dict(), tmp_path / "out", INFO)
    raw = INFO.example(SHAPE, 5)
    save({"batch": raw}, tmp_path / "inputs")
    done = subprocess.run(
        [
            *(sys.executable, "-I", "-S", "-W", "error", "-c", _USE_WITHOUT_EVONAS),
            *(str(folder), sysconfig.get_path("purelib")),
            *(str(tmp_path / "inputs"), str(tmp_path / "outputs")),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
    )
    assert done.returncode == 0, done.stderr
    given = torch.load(tmp_path / "outputs", weights_only=True)["outputs"]
    with torch.no_grad():
        expected = network(Preprocess(INFO.layout, INFO.mean, INFO.std)(raw))
    torch.testing.assert_close(given, expected, rtol=1e-6, atol=1e-6)


def test_a_folder_holds_what_is_promised_and_nothing_else(tmp_path: Path) -> None:
    """No compiled files, no remains of writing; parents are made."""
    state = trained().state_dict()
    folder = export(ARCHITECTURE, SHAPE, state, tmp_path / "a" / "b", INFO)
    assert contents(folder) == [
        "README.md",
        "architecture.json",
        "drawing.png",
        "network.py",
        "weights.safetensors",
    ]
    assert contents(folder.parent) == ["b"]
    data = json.loads((folder / "architecture.json").read_text())
    assert Architecture.from_json(data) == ARCHITECTURE
    assert (folder / "drawing.png").read_bytes().startswith(b"\x89PNG")


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    """As a user may have made it beforehand."""
    (tmp_path / "out").mkdir()
    export(ARCHITECTURE, SHAPE, trained().state_dict(), tmp_path / "out", INFO)
    assert (tmp_path / "out" / "network.py").exists()


@pytest.mark.parametrize("kind", ["folder", "file", "dangling link"])
def test_nothing_that_exists_is_overwritten(tmp_path: Path, kind: str) -> None:
    """The message says what is there and what to do."""
    out = tmp_path / "out"
    if kind == "folder":
        out.mkdir()
        (out / "mine.txt").write_text("mine")
    elif kind == "file":
        out.write_text("mine")
    else:
        out.symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"out: expected a folder that does not exist"):
        export(ARCHITECTURE, SHAPE, trained().state_dict(), out, INFO)
    assert contents(tmp_path) == ["out"]
    assert not (out / "network.py").exists()


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    """Before anything is written."""
    state = {**trained().state_dict(), "layer_1.weight": torch.zeros(1)}
    with pytest.raises(
        DataError, match=r"the weights to export: layer_1.weight: expec"
    ):
        export(ARCHITECTURE, SHAPE, state, tmp_path / "out", INFO)
    assert contents(tmp_path) == []


@pytest.mark.parametrize("place", ["file/out", "x" * 300])
def test_a_place_that_cannot_be_written_is_told(tmp_path: Path, place: str) -> None:
    """The user can choose another one; it is no fault of the program."""
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="expected to write the export here, got "):
        export(ARCHITECTURE, SHAPE, trained().state_dict(), tmp_path / place, INFO)
    assert contents(tmp_path) == ["file"]


def test_a_failing_export_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the folder nor what was written of it."""

    def fail(*args: object) -> None:
        raise OSError(28, "No space left on device")

    # The package's attribute of that name is the function.
    monkeypatch.setattr(sys.modules["evonas.network.export"], "draw", fail)
    with pytest.raises(InputError, match="export here, got No space left on device"):
        export(ARCHITECTURE, SHAPE, trained().state_dict(), tmp_path / "out", INFO)
    assert contents(tmp_path) == []


def test_a_layer_that_computes_something_else_on_its_own_is_found_out(
    tmp_path: Path,
) -> None:
    """Here one whose class counts the networks that were made of it."""
    chain = Architecture.chain([Layer("own_layers:CountingKind")])
    state = build(chain, (3,), 0).state_dict()
    plain = ExportInfo("t", "regression", "vector", "float32")
    with pytest.raises(InputError, match="other outputs than the network: largest dif"):
        export(chain, (3,), state, tmp_path / "out", plain)
    assert contents(tmp_path) == []


def test_a_layer_that_does_not_run_on_its_own_is_found_out(tmp_path: Path) -> None:
    """Here one that looks itself up in its own module."""
    chain = Architecture.chain([Layer("own_layers:LookingKind")])
    state = build(chain, (3,), 0).state_dict()
    plain = ExportInfo("t", "regression", "vector", "float32")
    with pytest.raises(
        InputError, match=r"network\.py does not run: KeyError\('TEMPER"
    ):
        export(chain, (3,), state, tmp_path / "out", plain)


def test_a_layer_of_the_users_own_is_exported(tmp_path: Path) -> None:
    """The folder needs the user's module as little as evonas."""
    chain = Architecture.chain(
        [Layer("own_layers:GateKind"), Layer("dense", {"units": 2})]
    )
    network = build(chain, (3,), 0)
    plain = ExportInfo("t", "regression", "vector", "float32", target_mean=(1.0, 2.0))
    with pytest.raises(ValueError, match="as many means as std"):
        export(chain, (3,), network.state_dict(), tmp_path / "out", plain)
    whole = ExportInfo(
        *("t", "regression", "vector", "float32"),
        target_mean=(1.0, 2.0),
        target_std=(3.0, 4.0),
    )
    folder = export(chain, (3,), network.state_dict(), tmp_path / "out", whole)
    assert "own_layers" not in (folder / "network.py").read_text()

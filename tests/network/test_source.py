"""Networks as readable Python files."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from architecture_strategies import architectures
from hypothesis import given, settings
from network_counting import sample_batch
from torch import nn

from evonas.architecture import Architecture, Edge, Layer, Shape
from evonas.errors import InputError
from evonas.network.build import Network, build
from evonas.network.info import ExportInfo
from evonas.network.source import write_source

RESIDUAL = Architecture(
    (
        Layer("input"),
        Layer("conv", {"filters": 16, "bias": False}, "stem/conv"),
        Layer("batch_norm", {}, "stem/norm"),
        Layer("separable_conv", {"filters": 16, "stride": 2}, "b2/m1/separable_conv"),
        Layer("max_pool"),
        Layer("concat"),
        Layer("sum"),
        Layer("global_pool"),
        Layer("dense", {"units": 10}, "head"),
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
            (5, 6, 0),
            (2, 6, 1),
            (6, 7),
            (7, 8),
            (8, 9),
        ]
    ),
)

DIGITS = ExportInfo(
    task="digits",
    kind="classification",
    layout="image_hw",
    dtype="uint8",
    value_range=(0.0, 16.0),
    mean=(4.884,),
    std=(6.016,),
    classes=("zero", "one", "two"),
    metrics={"validation_accuracy": 0.98765432, "test_accuracy": 0.5},
)


def info_for(architecture: Architecture) -> ExportInfo:
    """An export of raw inputs that are the network's own."""
    tokens = any(layer.op == "embedding" for layer in architecture.layers)
    layout, dtype = ("tokens", "int64") if tokens else ("channels_first", "float32")
    return ExportInfo("any", "regression", layout, dtype)


def written(
    architecture: Architecture, network: Network, info: ExportInfo
) -> nn.Module:
    """The network that the text makes, with the same weights."""
    text = write_source(architecture, network.input_shape, info)
    names: dict[str, Any] = {"__file__": "network.py"}
    exec(compile(text, "network.py", "exec"), names)
    module: nn.Module = names["Network"]()
    module.load_state_dict(network.state_dict())
    return module.eval()


@settings(max_examples=80, deadline=None)
@given(architectures())
def test_any_written_network_computes_what_the_network_computes(
    drawn: tuple[Architecture, Shape],
) -> None:
    """Bit for bit, over the whole catalogue, with the same names of weights."""
    architecture, shape = drawn
    network = build(architecture, shape, 0).eval()
    module = written(architecture, network, info_for(architecture))
    batch = sample_batch(architecture, shape, 2)
    with torch.no_grad():
        assert torch.equal(module(batch), network(batch))


def test_the_text_reads_as_a_person_would_write_it() -> None:
    """A line a layer, a new name for a branch only, merges as expressions."""
    text = write_source(RESIDUAL, (1, 8, 8), DIGITS)
    start = text.index("class Network")
    assert (
        text[start : text.index("def load")].rstrip()
        == '''\
class Network(nn.Module):
    """8 layers, 1,434 parameters, 24,128 multiply-adds a sample."""

    def __init__(self) -> None:
        super().__init__()
        self.preprocess = Preprocess("image_hw", mean=[4.884], std=[6.016])
        self.layer_1 = nn.Conv2d(1, 16, 3, padding=1, bias=False)  # stem/conv
        self.layer_2 = nn.BatchNorm2d(16)  # stem/norm
        self.layer_3 = SeparableConv(16, 16, 3, stride=2)  # b2/m1/separable_conv
        self.layer_4 = nn.MaxPool2d(2)
        self.layer_6 = SizeMatchedSum((32, 16), size=(4, 4))
        self.layer_7 = GlobalAveragePool()
        self.layer_8 = nn.Linear(32, 10)  # head

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Outputs of a raw batch; comments tell where the shape changes."""
        x = self.preprocess(x)  # 1 x 8 x 8
        x = self.layer_1(x)  # 16 x 8 x 8
        x = self.layer_2(x)
        y = self.layer_3(x)  # 16 x 4 x 4
        z = self.layer_4(x)  # 16 x 4 x 4
        y = torch.cat([y, z], dim=1)  # 32 x 4 x 4
        y = self.layer_6(y, x)  # 32 x 4 x 4
        y = self.layer_7(y)  # 32
        y = self.layer_8(y)  # 10
        return y'''
    )


def test_the_docstring_tells_what_goes_in_and_what_comes_out() -> None:
    """Shape, type, range, order of the classes and what was measured."""
    text = " ".join(write_source(RESIDUAL, (1, 8, 8), DIGITS).split('"""')[1].split())
    assert "network = load()" in text
    assert "shape (batch, 8, 8), dtype uint8 and values from 0 to 16" in text
    assert "shape (batch, 10), dtype float32: a score for each class, in the" in text
    assert "validation_accuracy 0.987654, test_accuracy 0.5." in text


@pytest.mark.parametrize("features", [2, 30])
def test_linters_and_formatters_have_nothing_to_say(
    tmp_path: Path, features: int
) -> None:
    """An exported file can go into anyone's repository."""
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent)) or shutil.which(
        "ruff"
    )
    if ruff is None:
        pytest.skip("ruff is not installed (pip install evonas[dev])")
    numbers = tuple(0.1 + 1 / n for n in range(1, features + 1))
    table = ExportInfo(
        "t",
        "regression",
        "vector",
        "float32",
        mean=numbers,
        std=numbers,
        target_mean=(3.0,),
        target_std=(0.5,),
    )
    chain = Architecture.chain([Layer("dense", {"units": 1}), Layer("layer_norm")])
    (tmp_path / "image.py").write_text(write_source(RESIDUAL, (1, 8, 8), DIGITS))
    (tmp_path / "table.py").write_text(write_source(chain, (features,), table))
    rules = ["--select=E,F,I,D,N,B,UP,SIM", "--ignore=D107", "--target-version=py311"]
    google = ["--config", 'lint.pydocstyle.convention="google"']
    for command in (["check", *rules, *google], ["format", "--check"]):
        done = subprocess.run(
            [ruff, *command, "--isolated", "--no-cache", str(tmp_path)],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_many_constants_go_to_the_end_of_the_file() -> None:
    """The network comes first, whatever the table's width."""
    numbers = tuple(float(n) for n in range(1, 41))
    info = ExportInfo("t", "regression", "vector", "float32", mean=numbers, std=numbers)
    chain = Architecture.chain([Layer("dense", {"units": 1})])
    text = write_source(chain, (40,), info)
    assert text.index("class Network") < text.index("INPUT_MEAN = (")
    network = build(chain, (40,), 0).eval()
    raw = torch.randn(3, 40)
    scale = torch.tensor(numbers)
    with torch.no_grad():
        given_outputs = written(chain, network, info)(raw)
        torch.testing.assert_close(given_outputs, network((raw - scale) / scale))


def test_a_regression_gives_values_in_the_targets_own_unit() -> None:
    """The network was trained on standardised targets, its user does not care."""
    info = ExportInfo(
        "t",
        "regression",
        "vector",
        "float32",
        target_mean=(5.0, -1.0),
        target_std=(2.0, 0.1),
    )
    chain = Architecture.chain([Layer("dense", {"units": 2})])
    network = build(chain, (3,), 0).eval()
    raw = torch.randn(4, 3)
    with torch.no_grad():
        expected = network(raw) * torch.tensor([2.0, 0.1]) + torch.tensor([5.0, -1.0])
        assert torch.equal(written(chain, network, info)(raw), expected)


def test_hostile_names_stay_comments() -> None:
    """A marking or task name from somewhere cannot smuggle code in."""
    bad = 'x"""\nimport os  # \\'
    chain = Architecture.chain([Layer("dense", {"units": 2}, bad)])
    info = ExportInfo(
        bad,
        "classification",
        "vector",
        "float32",
        classes=(bad, "b"),
        metrics={bad: 1.0},
    )
    text = write_source(chain, (3,), info)
    assert not re.search(r"^\s*import os", text, re.MULTILINE)
    names: dict[str, Any] = {"__file__": "network.py"}
    exec(compile(text, "network.py", "exec"), names)
    assert names["CLASSES"] == (bad, "b")


def test_a_very_deep_network_is_written_without_recursion() -> None:
    """Every layer reads the one before and the first: three thousand of them."""
    layers = [Layer("input"), *[Layer("sum")] * 3000, Layer("output")]
    edges = [Edge(0, 1), Edge(3000, 3001)]
    edges += [Edge(at - 1, at) for at in range(2, 3001)]
    edges += [Edge(0, at, 1) for at in range(2, 3001)]
    architecture = Architecture(tuple(layers), tuple(edges))
    network = build(architecture, (2,), 0)
    module = written(architecture, network, info_for(architecture))
    assert module(torch.ones(1, 2)).tolist() == [[3000.0, 3000.0]]


def test_a_wide_merge_is_a_module_instead_of_an_endless_line() -> None:
    """Twenty summands do not fit a line."""
    layers = [
        Layer("input"),
        *[Layer("activation", {"function": "tanh"})] * 20,
        Layer("sum"),
        Layer("output"),
    ]
    edges = [Edge(0, at) for at in range(1, 21)]
    edges += [Edge(at, 21, at - 1) for at in range(1, 21)]
    architecture = Architecture(tuple(layers), (*edges, Edge(21, 22)))
    text = write_source(architecture, (2,), info_for(architecture))
    assert max(map(len, text.splitlines())) <= 88
    assert "self.layer_21 = Sum()" in text


def test_a_layer_of_the_users_own_is_written_with_what_it_needs() -> None:
    """Its class, the function and the constant that the class uses."""
    chain = Architecture.chain([Layer("own_layers:GateKind", {"start": 0.5})])
    network = build(chain, (4,), 0)
    text = write_source(chain, (4,), info_for(chain))
    assert "self.layer_1 = Gate(4, start=0.5)" in text
    assert "def soften(" in text
    x = torch.randn(2, 4)
    assert torch.equal(written(chain, network, info_for(chain))(x), network(x))


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("ModuleGateKind", r"layer 1 \(own_layers:ModuleGateKind\): .* return Call\("),
        ("NumpyGateKind", "own_layers imports 'numpy', but an exported network may"),
    ],
)
def test_a_layer_that_cannot_be_written_says_what_to_change(
    kind: str, message: str
) -> None:
    """It can be searched and trained all the same."""
    chain = Architecture.chain([Layer(f"own_layers:{kind}")])
    with pytest.raises(InputError, match=message):
        write_source(chain, (4,), info_for(chain))

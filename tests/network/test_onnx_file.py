"""Networks as ONNX, compared with ONNX's own reference implementation."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from evonas.architecture import Architecture, Edge, Layer
from evonas.errors import InputError
from evonas.network import ExportInfo, Preprocess, build
from evonas.network.onnx_file import write_onnx

IMAGES = Architecture(
    (
        Layer("input"),
        Layer("mbconv", {"filters": 4}),
        # 7 x 7 and 3 x 3 meet: sizes of which neither divides the other
        Layer("conv", {"filters": 3, "stride": 3, "padding": "same"}),
        Layer("transposed_conv", {"filters": 2, "stride": 1}),
        Layer("sum"),
        Layer("concat"),
        Layer("layer_norm"),
        Layer("flatten"),
        Layer("dense", {"units": 3}),
        Layer("output"),
    ),
    tuple(
        Edge(*edge)
        for edge in [
            (0, 1),
            (1, 2),
            (1, 3),
            (2, 4, 0),
            (3, 4, 1),
            (4, 5, 0),
            (1, 5, 1),
            (5, 6),
            (6, 7),
            (7, 8),
            (8, 9),
        ]
    ),
)
SERIES = Architecture(
    (
        Layer("input"),
        Layer("dense_block", {"layers": 2, "growth": 3, "kernel": 5}),
        Layer("conv", {"filters": 4, "stride": 2, "dilation": 2}),
        Layer("gated_sum", {"gate_init": 0.5}),
        Layer("attention_pool"),
        Layer("dense", {"units": 2}),
        Layer("output"),
    ),
    tuple(
        Edge(*edge)
        for edge in [(0, 1), (1, 2), (2, 3, 0), (1, 3, 1), (3, 4), (4, 5), (5, 6)]
    ),
)
TEXTS = Architecture.chain(
    [
        Layer("embedding", {"vocabulary": 9, "dimension": 4}),
        Layer("lstm", {"units": 3, "bidirectional": True}),
        Layer("gru", {"units": 3, "sequence": False}),
        Layer("dense", {"units": 2}),
    ]
)


@pytest.mark.parametrize(
    ("architecture", "shape", "info"),
    [
        (
            IMAGES,
            (2, 7, 7),
            ExportInfo(
                *("t", "classification", "image_hwc", "uint8", (0, 255)),
                mean=(99.0, 88.0),
                std=(60.0, 50.0),
            ),
        ),
        (SERIES, (2, 9), ExportInfo("t", "regression", "channels_first", "float32")),
        (TEXTS, (5,), ExportInfo("t", "classification", "tokens", "int64", (0, 8))),
    ],
    ids=["images", "series", "texts"],
)
def test_onnx_computes_what_the_network_computes_for_any_batch(
    tmp_path: Path, architecture: Architecture, shape: tuple[int, ...], info: ExportInfo
) -> None:
    """From raw inputs on, also for sizes of batches that the export never saw."""
    reference = pytest.importorskip("onnx.reference", reason="onnx is not installed")
    pytest.importorskip("onnxscript", reason="onnxscript is not installed")
    whole = nn.Sequential(
        Preprocess(info.layout, info.mean, info.std), build(architecture, shape, 0)
    ).eval()
    write_onnx(whole, info.example(shape, 2), tmp_path / "network.onnx")
    session = reference.ReferenceEvaluator(str(tmp_path / "network.onnx"))
    batch = info.example(shape, 5)
    (given,) = session.run(None, {"batch": batch.numpy()})
    with torch.no_grad():
        torch.testing.assert_close(
            torch.from_numpy(given), whole(batch), atol=1e-5, rtol=1e-4
        )


def test_without_the_packages_the_message_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ONNX is an extra."""
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    with pytest.raises(InputError, match=r"pip install evonas\[onnx\]"):
        write_onnx(nn.Identity(), torch.zeros(2, 3), tmp_path / "network.onnx")

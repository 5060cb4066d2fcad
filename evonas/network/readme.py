"""The README of an export."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import fill
from typing import Any

from evonas.architecture import Architecture, Shape
from evonas.architecture.describe import to_text
from evonas.network.info import ExportInfo
from evonas.network.python_text import WIDTH, one_line
from evonas.network.source import (
    VOCABULARY_FILE,
    input_sentence,
    output_sentence,
    usage,
)


def write_readme(
    architecture: Architecture, input_shape: Shape, info: ExportInfo, onnx: bool
) -> str:
    """The text of `README.md`.

    Args:
        architecture: of the exported network.
        input_shape: of one sample, channels first.
        info: about task and training.
        onnx: whether `network.onnx` lies beside it.
    """
    cost = architecture.cost(input_shape)
    output_shape = architecture.shapes(input_shape)[architecture.order()[-1]]
    parts = [
        f"# A network for {one_line(info.task)}",
        "Found and trained by evonas; needs PyTorch and nothing else.",
        "\n".join(["```python", *usage(info), "```"]),
        fill(input_sentence(info, input_shape), WIDTH),
        fill(output_sentence(info, output_shape), WIDTH),
    ]
    if info.metrics:
        parts += ["## Measured", _table("metric", info.metrics)]
    figures = {
        "parameters": f"{cost.parameters:,}",
        "multiply-adds a sample": f"{cost.multiply_adds:,}",
    }
    parts += ["## Architecture", _table("size", figures), "![layers](drawing.png)"]
    parts += [f"```text\n{to_text(architecture, input_shape)}\n```"]
    if info.recipe:
        parts += ["## Training", _table("recipe", info.recipe)]
    if info.source or info.licence:
        about = {"source": info.source, "licence": info.licence}
        parts += ["## Data", _table("data", {k: v for k, v in about.items() if v})]
    files = dict(_FILES)
    if info.vocabulary is not None:
        files[f"`{VOCABULARY_FILE}`"] = (
            "the tokens by number and how sentences are cut; `encode()` reads it"
        )
    if onnx:
        files["`network.onnx`"] = (
            "the same network for ONNX runtimes, from raw inputs on"
        )
    parts += ["## Files", _table("file", files)]
    return "\n\n".join(parts) + "\n"


_FILES = {
    "`network.py`": "the network as plain PyTorch; `load()` gives it with its weights",
    "`weights.safetensors`": "the trained weights",
    "`architecture.json`": "the graph of layers, as evonas reads it",
    "`drawing.png`": "a picture of the layers",
}


def _table(title: str, rows: Mapping[str, Any]) -> str:
    lines = [f"| {title} | |", "|---|---|"]
    for name, value in rows.items():
        text = f"{value:.6g}" if isinstance(value, float) else str(value)
        lines.append(f"| {_cell(name)} | {_cell(text)} |")
    return "\n".join(lines)


def _cell(text: str) -> str:
    return one_line(text).replace("|", "/")

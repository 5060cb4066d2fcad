"""The README of an export."""

from __future__ import annotations

from evonas.architecture import Architecture, Layer
from evonas.network.info import ExportInfo
from evonas.network.readme import write_readme

ARCHITECTURE = Architecture.chain(
    [Layer("conv", {"filters": 4}), Layer("global_pool"), Layer("dense", {"units": 2})]
)
INFO = ExportInfo(
    task="leaves",
    kind="classification",
    layout="image_hwc",
    dtype="uint8",
    value_range=(0, 255),
    classes=("oak", "elm"),
    metrics={"test_accuracy": 0.97125},
    recipe={"optimizer": "sgd", "learning_rate": 0.05},
    source="a | garden\n# no heading",
    licence="CC0",
)


def test_it_tells_how_to_use_the_network_and_what_it_is_worth() -> None:
    """Input, output, measured metrics, recipe, data, files."""
    text = write_readme(ARCHITECTURE, (3, 9, 9), INFO, onnx=False)
    assert "outputs = network(batch)" in text
    assert "shape (batch, 9, 9, 3), dtype uint8 and values from 0 to 255" in text
    assert "| test_accuracy | 0.97125 |" in text
    assert "| learning_rate | 0.05 |" in text
    assert "| licence | CC0 |" in text
    assert "conv 3×3, 4 filters" in text
    assert "network.onnx" not in text


def test_the_onnx_file_is_listed_where_there_is_one() -> None:
    """And only there."""
    assert "`network.onnx`" in write_readme(ARCHITECTURE, (3, 9, 9), INFO, onnx=True)


def test_texts_from_elsewhere_stay_in_their_cell() -> None:
    """No line break or bar of theirs makes headings or columns."""
    text = write_readme(ARCHITECTURE, (3, 9, 9), INFO, onnx=False)
    assert "| source | a / garden # no heading |" in text


def test_what_is_not_known_is_left_out() -> None:
    """No empty tables."""
    bare = ExportInfo("t", "regression", "channels_first", "float32")
    text = write_readme(ARCHITECTURE, (3, 9, 9), bare, onnx=False)
    for heading in ("## Measured", "## Training", "## Data"):
        assert heading not in text

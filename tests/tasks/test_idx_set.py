"""Tests of sets of four IDX files that do not fit together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from official_files import write_idx, write_idx_set

from evonas.errors import DataError
from evonas.tasks import open_task


def _labels(count: int = 40) -> np.ndarray:
    return np.arange(count) % 10


@pytest.mark.parametrize(
    ("stem", "array", "message"),
    [
        (
            "train-images-idx3-ubyte",
            np.zeros((40, 32, 32)),
            r"train-images-idx3-ubyte\.gz: expected images of 28×28, got 32×32",
        ),
        (
            "train-labels-idx1-ubyte",
            _labels(39),
            r"train-labels-idx1-ubyte\.gz: expected one label an .*\(40\), got 39",
        ),
        (
            "t10k-labels-idx1-ubyte",
            np.where(np.arange(20) == 7, 10, _labels(20)),
            r"t10k-labels-idx1-ubyte\.gz: label 7: .*from 0 to 9, got 10",
        ),
        (
            "train-labels-idx1-ubyte",
            np.full(40, 3),
            "fashion-mnist: y_train holds one class only",
        ),
    ],
)
def test_files_that_do_not_fit_together_are_told(
    tmp_path: Path, stem: str, array: np.ndarray, message: str
) -> None:
    """With the file and the position in it."""
    write_idx_set(tmp_path)
    write_idx(tmp_path, stem, array)
    with pytest.raises(DataError, match=message):
        open_task({"name": "fashion-mnist", "directory": str(tmp_path)})


def test_empty_files_are_told(tmp_path: Path) -> None:
    """A header that announces no image."""
    write_idx_set(tmp_path)
    write_idx(tmp_path, "t10k-images-idx3-ubyte", np.zeros((0, 28, 28)))
    write_idx(tmp_path, "t10k-labels-idx1-ubyte", np.zeros(0))
    with pytest.raises(DataError, match="x_test: expected at least one sample"):
        open_task({"name": "mnist", "directory": str(tmp_path)})

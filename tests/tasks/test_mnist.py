"""Tests of MNIST: its own name, places and words; the format is Fashion-MNIST's."""

from __future__ import annotations

from pathlib import Path

import pytest
from official_files import write_idx_set

from evonas.errors import DataError
from evonas.tasks import open_task


@pytest.mark.parametrize("packed", [True, False])
def test_the_official_files_are_read(tmp_path: Path, packed: bool) -> None:
    """Compressed or not, from the folder of the task's name in EVONAS_DATA."""
    write_idx_set(tmp_path / "mnist", packed)
    task = open_task({"name": "mnist", "directory": str(tmp_path / "mnist")})
    assert (task.name, task.input_shape) == ("mnist", (1, 28, 28))
    assert task.classes == tuple("0123456789")


def test_it_is_found_beside_fashion_mnist(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has its folder in EVONAS_DATA; the files have the same names."""
    write_idx_set(tmp_path / "mnist")
    monkeypatch.setenv("EVONAS_DATA", str(tmp_path))
    assert len(open_task({"name": "mnist"}).x_test) == 20


def test_missing_files_are_told_with_the_way_to_get_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where no place at all is configured."""
    monkeypatch.delenv("EVONAS_DATA", raising=False)
    message = (
        r"task mnist: expected .*t10k-labels-idx1-ubyte\.gz.* but no folder is "
        r"named\. Download .*ossci-datasets.*MD5 f68b3c2d.*task\.directory"
    )
    with pytest.raises(DataError, match=message):
        open_task({"name": "mnist"})

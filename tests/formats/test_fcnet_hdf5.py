"""FCNet's official files: small ones written here, and hostile ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evonas.cells import FcnetCell
from evonas.errors import DataError
from evonas.formats import read_fcnet_hdf5

h5py = pytest.importorskip("h5py", reason="h5py is not installed")


def write_fcnet(
    path: Path,
    digits: tuple[str, ...] = ("000000000", "110213155"),
    features: int = 9,
    change: Callable[[Any], None] = lambda file: None,
) -> Path:
    """A small file: four runs of five epochs, the errors of a run falling."""
    with h5py.File(path, "w") as file:
        for place, one in enumerate(digits):
            cell = FcnetCell(one, features)
            group = file.create_group(json.dumps(cell.values, sort_keys=True))
            runs = np.arange(4)[:, None] / 10
            group["valid_mse"] = 1 + place + runs - np.arange(5) / 20
            group["final_test_error"] = 2.0 + np.arange(4)
            group["runtime"] = 50.0 + np.arange(4)
            cost = cell.architecture().cost((features,))
            group["n_params"] = [cost.parameters]
        change(file)
    return path


def test_each_configuration_comes_with_its_runs(tmp_path: Path) -> None:
    """Whole curves, tests and times of each run."""
    total, found = read_fcnet_hdf5(write_fcnet(tmp_path / "t.hdf5"))
    trainings = {one.digits: one for one in found}
    assert total == 2
    assert set(trainings) == {"000000000", "110213155"}
    one = trainings["000000000"]
    assert one.validation.shape == (4, 5)
    np.testing.assert_allclose(one.validation[:, -1], [0.8, 0.9, 1.0, 1.1])
    np.testing.assert_allclose(one.test, [2, 3, 4, 5])
    np.testing.assert_allclose(one.seconds, [50, 51, 52, 53])
    assert one.parameters == 449


def _renamed(file: Any) -> None:
    file.move(next(iter(file)), '{"n_units_1": NaN}')


def _deep(file: Any) -> None:
    file.move(next(iter(file)), "[" * 50_000)


def _linked(file: Any) -> None:
    file["a link"] = h5py.ExternalLink("/etc/passwd", "/")


def replaced(name: str, values: Any) -> Callable[[Any], None]:
    """A change of a file: other values in its first group; None: none."""

    def change(file: Any) -> None:
        group = file[next(iter(file))]
        del group[name]
        if values is not None:
            group[name] = values

    return change


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (_renamed, "expected a configuration as JSON"),
        (_deep, "expected a configuration as JSON"),
        (_linked, "'a link': expected a group of this file, got a link"),
        (lambda file: file.create_dataset("values", data=[1]), "got values"),
        (replaced("valid_mse", None), "expected numbers in 'valid_mse', got none"),
        (replaced("valid_mse", [b"a"]), "expected numbers in 'valid_mse', got none"),
        (
            replaced("valid_mse", [1.0, 2.0]),
            "valid_mse: expected runs × epochs, got the",
        ),
        (replaced("runtime", [1.0]), "expected 4 runs of each .* and 1 of runtime"),
        (replaced("runtime", [-1.0] * 4), "times of 0 or more, got .* and -1"),
        (replaced("n_params", [np.nan]), "a number of parameters .* got nan"),
    ],
)
def test_a_hostile_file_is_told_with_its_group(
    tmp_path: Path, change: Callable[[Any], None], complaint: str
) -> None:
    """Whatever is wrong with it; a link is never followed."""
    path = write_fcnet(tmp_path / "t.hdf5", change=change)
    with pytest.raises(DataError, match=f"t.hdf5, group .*{complaint}"):
        list(read_fcnet_hdf5(path)[1])


def test_no_hdf5_file_is_told(tmp_path: Path) -> None:
    """A text, nothing, one without groups, and one cut short."""
    path = tmp_path / "t.hdf5"
    with pytest.raises(DataError, match="expected an HDF5 file, there is none"):
        read_fcnet_hdf5(path)
    path.write_text("a,b\n")
    with pytest.raises(DataError, match="expected an HDF5 file of FCNet, got: "):
        read_fcnet_hdf5(path)
    with pytest.raises(DataError, match="expected configurations, got none"):
        read_fcnet_hdf5(write_fcnet(path, ()))
    data = write_fcnet(path).read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(DataError, match="expected an HDF5 file of FCNet, got: "):
        list(read_fcnet_hdf5(path)[1])

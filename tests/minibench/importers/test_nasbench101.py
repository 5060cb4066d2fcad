"""NAS-Bench-101 and EC-NAS as records: small files, and samples of the real ones."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest
from formats.test_nasbench101 import record
from published_tables import real_file, write_csv

from evonas.cells import NasBench101Cell
from evonas.errors import ConfigError, DataError
from evonas.formats import write_records
from minibench.importers import read_source

CELL = NasBench101Cell("100101", "01")


def test_the_official_file_gives_each_run_with_its_test(tmp_path: Path) -> None:
    """Three runs of 108 epochs are three records, though the hash must be right."""
    path = tmp_path / "nasbench_full.tfrecord"
    runs = [(0.9, 0.8, 100.0), (0.92, 0.81, 110.0), (0.91, 0.82, 120.0)]
    data = [record(validation=v, test=t, seconds=s) for v, t, s in runs]
    write_records(
        path, [one.replace(b"abc", CELL.module_hash.encode()) for one in data]
    )
    found = list(read_source("nasbench101", path))
    assert [
        (
            one.metrics["validation_accuracy"],
            one.metrics["test_accuracy"],
            one.cost.seconds,
        )
        for _, one in found
    ] == runs
    problem, first = found[0]
    assert problem.key == first.problem == "cifar10@nasbench101"
    assert first.architecture == CELL.architecture()
    assert first.provenance.licence == "Apache-2.0"
    write_records(path, data)
    with pytest.raises(DataError, match="row 1: expected the key nasbench101:"):
        list(read_source("nasbench101", path))


def test_a_value_that_cannot_be_is_told_with_its_line(tmp_path: Path) -> None:
    """An accuracy of 1.7, as any other fault of the file."""
    row = {
        "hash": CELL.module_hash,
        "adjacency": CELL.adjacency,
        "ops": CELL.ops,
        "trainable_parameters": 5,
        "train_time_108_s": 1080,
        "val108": 0.9,
    }
    path = write_csv(tmp_path / "t.csv", [row, row | {"val108": 1.7}])
    with pytest.raises(
        DataError, match=r"t.csv, line 3, column 'val108': .* got '1.7'"
    ):
        list(read_source("nasbench101", path))


def test_a_space_of_ecnas_must_be_chosen(tmp_path: Path) -> None:
    """It has two, which are not one problem's whole."""
    path = tmp_path / "t.csv"
    with pytest.raises(ConfigError, match="ecnas: dataset: expected the space: 4V or"):
        read_source("ecnas", path)
    with pytest.raises(ConfigError, match="expected one of 4V, 5V, got '6V'"):
        read_source("ecnas", path, dataset="6V")


def test_ecnas_tells_the_energy_of_each_run(tmp_path: Path) -> None:
    """In joules; tests and seconds of the run as well."""
    row = {
        "space": "4V",
        "hash": CELL.module_hash,
        "adjacency": CELL.adjacency,
        "ops": CELL.ops,
        "epochs": 4,
        "trainable_parameters": CELL.architecture().cost((3, 32, 32)).parameters,
        "final_train_time_s": 60,
        "final_val_acc": 0.5,
        "final_test_acc": 0.4,
        "final_energy_kWh": 0.01,
    }
    other = row | {"final_energy_kWh": 0.02, "final_test_acc": 0.3}
    path = write_csv(tmp_path / "t.csv", [row, other])
    records = [one for _, one in read_source("ecnas", path, dataset="4V")]
    assert [one.metrics["energy_joules"] for one in records] == [36_000, 72_000]
    assert [one.metrics["test_accuracy"] for one in records] == [0.4, 0.3]


def test_the_real_cells_have_the_published_parameters() -> None:
    """Networks unrolled here count as the authors' do; nothing is kept beside."""
    path = real_file("nasbench101/nasbench101_30001.csv.gz")
    records = [one for _, one in islice(read_source("nasbench101", path), 40)]
    assert records[0].cost.parameters == 8_555_530
    assert all("published_parameters" not in one.metrics for one in records)
    assert {one.fidelity.epochs for one in records} == {4, 12, 36, 108}


def test_the_real_trainings_with_energy_are_all_there() -> None:
    """91 cells, four lengths, three runs each."""
    path = real_file("ecnas/ecnas_4v_5v.csv.gz")
    records = [one for _, one in read_source("ecnas", path, dataset="4V")]
    assert len(records) == 91 * 4 * 3
    assert min(one.metrics["energy_joules"] for one in records) > 0

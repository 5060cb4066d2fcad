"""NAS-Bench-201 as records: the CSV, and the official packages' object."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest
from formats.test_nasbench201 import Api
from published_tables import CELLS, nasbench201_csv, real_file

from evonas.cells import NasBench201Cell
from evonas.errors import ConfigError, DataError
from minibench.importers import read_source


def test_each_data_set_is_a_problem_of_its_own(tmp_path: Path) -> None:
    """With networks of as many classes."""
    path = nasbench201_csv(tmp_path / "t.csv")
    for dataset, classes in (("cifar10", 10), ("cifar100", 100)):
        found = list(read_source("nasbench201", str(path), dataset=dataset))
        problem, first = found[0]
        assert problem.key == f"{dataset}@nasbench201"
        assert problem.outputs == classes
        assert first.architecture == NasBench201Cell(CELLS[0], classes).architecture()
        assert len(found) == len(CELLS) * (1 + 3) - 1


def test_the_test_after_another_training_has_another_name() -> None:
    """CIFAR-10 is tested after training on all images, CIFAR-100 as it was trained."""
    ten, hundred = (
        next(read_source("nasbench201", Api(), dataset=dataset))[1]
        for dataset in ("cifar10", "cifar100")
    )
    assert set(ten.metrics) == {"validation_accuracy", "retrained_test_accuracy"}
    assert set(hundred.metrics) == {"validation_accuracy", "test_accuracy"}


def test_the_object_tells_the_seeds() -> None:
    """The seed that a cell lacks gives no record."""
    found = [one for _, one in read_source("nasbench201", Api(), dataset="cifar100")]
    seeds = [one.seed for one in found if one.fidelity.epochs == 12]
    assert seeds == [777, 888, 999, 777, 999] + [777, 888, 999] * (len(CELLS) - 2)


@pytest.mark.parametrize(
    "name", ["NAS-Bench-201-v1_1-096897.pth", "t.pickle.pbz2", "t.pkl", "folder"]
)
def test_a_pickle_is_never_opened(tmp_path: Path, name: str) -> None:
    """The complaint says how to hand its object over."""
    path = tmp_path / name
    if name == "folder":
        path.mkdir()
    else:
        path.write_bytes(b"cos\nsystem\n(S'touch gone'\ntR.")
    with pytest.raises(
        DataError, match=r"are pickles.*create.path, 'tss'.*import_into"
    ):
        read_source("nasbench201", path, dataset="cifar10")


def test_a_source_must_be_given() -> None:
    """And a data set that there is."""
    with pytest.raises(ConfigError, match="a file or an object from Python, got none"):
        read_source("nasbench201", dataset="cifar10")
    with pytest.raises(ConfigError, match="got 'cifar-10'; did you mean 'cifar10'"):
        read_source("nasbench201", Api(), dataset="cifar-10")


def test_the_real_cells_cost_what_the_closed_form_says() -> None:
    """Parameters by the numbers of both convolutions (150 recorded ones are wrong)."""
    path = real_file("nasbench201/nasbench201_cifar.csv.gz")
    found = read_source("nasbench201", path, dataset="cifar10")
    records = [one for _, one in islice(found, 8)]
    assert {one.cost.parameters for one in records} == {129_306, 802_426}
    best = max(one.metrics["validation_accuracy"] for one in records)
    assert best == pytest.approx(0.9088)

"""NAS-Bench-201: the CSV, and the object of the official packages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from published_tables import CELLS, nasbench201_csv, real_file, write_csv

from evonas.cells import NasBench201Cell
from evonas.errors import DataError
from evonas.formats import nasbench201_from_api, read_nasbench201


def test_any_data_set_with_columns_can_be_chosen(tmp_path: Path) -> None:
    """Accuracies from 0 to 1, an empty seed as NaN, times by their share."""
    path = nasbench201_csv(tmp_path / "t.csv")
    for dataset in ("cifar10", "cifar100"):
        results = read_nasbench201(path, dataset)
        assert [row[0] for row in results.rows] == list(CELLS)
        assert results.validation[200].shape == (len(CELLS), 3)
        assert np.isnan(results.validation[200]).sum() == 1
        assert 0.5 < results.test[200].min() < results.test[200].max() < 1
        ratio = results.seconds[200] / results.seconds[12]
        np.testing.assert_allclose(ratio, 200 / 12)
        assert set(results.measures) == {"latency_seconds"}


def test_a_data_set_without_columns_is_told(tmp_path: Path) -> None:
    """With those that there are."""
    with pytest.raises(DataError, match="'svhn', got those of cifar10, cifar100"):
        read_nasbench201(nasbench201_csv(tmp_path / "t.csv"), "svhn")
    other = write_csv(tmp_path / "u.csv", [{"a": 1}])
    with pytest.raises(DataError, match="'cifar10', got those of none"):
        read_nasbench201(other, "cifar10")


class Api:
    """Answers as `nas_201_api` and `nats_bench` do, with 888 missing for one cell."""

    def __init__(self, cells: Sequence[str] = CELLS) -> None:
        self._cells = [NasBench201Cell(ops) for ops in cells]
        self.evaluated_indexes = set(range(len(cells)))

    def arch(self, index: int) -> str:
        """The official string."""
        return self._cells[index].name

    def get_more_info(
        self, index: int, dataset: str, iepoch: Any, hp: str, is_random: int
    ) -> dict[str, float]:
        """The metrics of one training."""
        if index == 1 and is_random == 888:
            raise ValueError("no such seed")
        info = {"train-all-time": 10.0 * int(hp), "test-accuracy": 70.0 + index}
        if dataset != "cifar10":
            info["valid-accuracy"] = 60.0 + index + is_random / 1000
        return info


@pytest.mark.parametrize("dataset", ["cifar10", "cifar100"])
def test_the_official_object_can_be_handed_over(dataset: str) -> None:
    """Validation of each seed that it has, mean test and time."""
    results = nasbench201_from_api(Api(), dataset)
    assert [row[0] for row in results.rows] == list(CELLS)
    np.testing.assert_allclose(results.validation[12][0], [0.60777, 0.60888, 0.60999])
    assert np.isnan(results.validation[200][1]).tolist() == [False, True, False]
    np.testing.assert_allclose(results.test[200], 0.7 + 0.01 * np.arange(len(CELLS)))
    assert results.seconds[12][0] == 120


def test_another_object_is_told() -> None:
    """By what it lacks; and a data set that nobody has trained on."""
    with pytest.raises(
        DataError, match="object of nas_201_api or nats_bench, got dict"
    ):
        nasbench201_from_api({}, "cifar10")
    with pytest.raises(DataError, match="expected one of cifar10, cifar100"):
        nasbench201_from_api(Api(), "svhn")
    api = Api()
    api.arch = lambda index: "|magic~0|"  # type: ignore[method-assign]
    with pytest.raises(DataError, match="expected a cell as"):
        nasbench201_from_api(api, "cifar100")


@pytest.mark.parametrize(
    ("dataset", "best"), [("cifar10", 0.94373), ("cifar100", 0.73513)]
)
def test_the_real_tables_have_the_published_optima(dataset: str, best: float) -> None:
    """All 15,625 cells, and the best mean test accuracy of the literature."""
    path = real_file("nasbench201/nasbench201_cifar.csv.gz")
    results = read_nasbench201(path, dataset)
    assert len(results.rows) == 15_625
    assert results.test[200].max() == pytest.approx(best, abs=1e-5)

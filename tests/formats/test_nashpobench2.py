"""NAS-HPO-Bench-II: an object like the official package's, and others."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from evonas.errors import DataError
from evonas.formats import nashpobench2_from_api


class Api:
    """Two cells with two values of everything, in the official object's tables."""

    def __init__(self) -> None:
        self.cellcodes = ["0|10|210", "3|33|332"]
        self.lrs, self.batch_sizes, self.seeds = [0.1, 0.2], [16, 32], [0, 1]
        self.cellinfo = {"hash": {code: f"h{code}" for code in self.cellcodes}}
        keys = list(
            product(
                self.cellinfo["hash"].values(), self.lrs, self.batch_sizes, self.seeds
            )
        )
        self.bench12: dict[str, dict[Any, float]] = {
            f"{mode}_acc_{epoch}": {
                key: 10.0 + 3 * epoch + number for number, key in enumerate(keys)
            }
            for mode in ("valid", "test")
            for epoch in range(12)
        }
        self.bench12["total_train_time"] = dict.fromkeys(keys, 70.5)


def test_the_digits_of_a_cell_are_nasbench201s() -> None:
    """0 is the convolution, 1 average pooling, 2 skip, 3 zero."""
    total, found = nashpobench2_from_api(Api())
    trainings = list(found)
    assert total == len(trainings) == 16
    assert {one.ops for one in trainings} == {"343143", "000001"}
    first = trainings[0]
    assert first.validation == tuple((10 + 3 * epoch) / 100 for epoch in range(12))
    assert (first.test, first.seconds, first.seed) == (0.43, 70.5, 0)


def broken(**changes: Any) -> Api:
    """The object with other attributes."""
    api = Api()
    for name, value in changes.items():
        setattr(api, name, value)
    return api


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"cellcodes": ["9|99|999"]}, "expected a training as in nashpobench2api, got"),
        (
            {"cellinfo": {"hash": {"0|10|210": "x", "3|33|332": "y"}}},
            "got none .KeyErr",
        ),
        ({"bench12": {}}, r"Api, cell '0\|10\|210', 0.1, 16, 0: expected a training"),
    ],
)
def test_a_training_that_is_not_there_is_told(
    changes: dict[str, Any], complaint: str
) -> None:
    """With its key."""
    _, found = nashpobench2_from_api(broken(**changes))
    with pytest.raises(DataError, match=complaint):
        list(found)


def test_values_that_cannot_be_are_told() -> None:
    """An accuracy above all, a cell of other digits, another object."""
    api = Api()
    api.bench12["valid_acc_3"] = dict.fromkeys(api.bench12["valid_acc_3"], 170.0)
    with pytest.raises(DataError, match="valid_acc_3: expected a percentage, got 170"):
        list(nashpobench2_from_api(api)[1])
    with pytest.raises(DataError, match=r"expected a cell as 0\|10\|210"):
        list(
            nashpobench2_from_api(
                broken(cellcodes=["01"], cellinfo={"hash": {"01": "h0|10|210"}})
            )[1]
        )
    with pytest.raises(DataError, match="object of nashpobench2api, got dict"):
        nashpobench2_from_api({})

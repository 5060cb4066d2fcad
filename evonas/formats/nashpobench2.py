"""NAS-HPO-Bench-II (Hirose et al. 2021, arXiv 2110.10165): the package's object.

4,096 cells of NAS-Bench-201's kind without the 1x1 convolution, each trained for 12
epochs with 8 learning rates, 6 batch sizes and 3 seeds. Accuracies after 200 epochs are
a surrogate's, nobody has measured them: they are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from evonas.errors import DataError

#: length of training
EPOCHS = 12
#: digit of the package → digit of `evonas.cells.NasBench201Cell`: convolution, average
#: pooling, skip, zero
_OPERATIONS = {"0": "3", "1": "4", "2": "1", "3": "0"}


@dataclass(frozen=True, slots=True)
class HpoTraining:
    """One training.

    Attributes:
        place: for messages.
        ops: of the cell, see `evonas.cells.NasBench201Cell`.
        learning_rate: at the start.
        batch_size: samples a step.
        seed: of the training.
        validation: accuracy after each epoch, from 0 to 1.
        test: accuracy in the end.
        seconds: of the training alone, without the validations.
    """

    place: str
    ops: str
    learning_rate: float
    batch_size: int
    seed: int
    validation: tuple[float, ...]
    test: float
    seconds: float


def nashpobench2_from_api(api: Any) -> tuple[int, Iterator[HpoTraining]]:
    """How many trainings an open `NASHPOBench2API` has, and each when it is its turn.

    Whoever has the official files, which are pickles, loads them with the official
    package and hands the object over. Read are its `cellcodes`, `lrs`, `batch_sizes`,
    `seeds`, and the tables `cellinfo` and `bench12`.

    Args:
        api: of the package `nashpobench2api`.

    Raises:
        DataError: it is another object, or lacks a training; with its key.
    """
    names = ("cellcodes", "lrs", "batch_sizes", "seeds", "cellinfo", "bench12")
    for name in names:
        if not hasattr(api, name):
            raise DataError(
                "expected an object of nashpobench2api, got "
                f"{type(api).__name__}, which has no {name!r}"
            )
    sides = [list(getattr(api, name)) for name in names[:4]]
    count = 1
    for side in sides:
        count *= len(side)
    return count, _trainings(api, *sides)


def _trainings(
    api: Any, codes: list[Any], rates: list[Any], sizes: list[Any], seeds: list[Any]
) -> Iterator[HpoTraining]:
    table = api.bench12
    for code, rate, size, seed in product(codes, rates, sizes, seeds):
        place = f"{type(api).__name__}, cell {code!r}, {rate!r}, {size!r}, {seed!r}"
        try:
            key = (api.cellinfo["hash"][code], rate, size, seed)
            yield HpoTraining(
                place=place,
                ops=_ops(code, place),
                learning_rate=float(rate),
                batch_size=int(size),
                seed=int(seed),
                validation=tuple(
                    _share(table, f"valid_acc_{epoch}", key, place)
                    for epoch in range(EPOCHS)
                ),
                test=_share(table, f"test_acc_{EPOCHS - 1}", key, place),
                seconds=float(table["total_train_time"][key]),
            )
        except (KeyError, TypeError, ValueError) as error:
            if isinstance(error, DataError):
                raise
            raise DataError(
                f"{place}: expected a training as in nashpobench2api, got none "
                f"({type(error).__name__}: {error})"
            ) from error


def _ops(code: str, place: str) -> str:
    parts = str(code).split("|")
    digits = "".join(parts)
    if [len(part) for part in parts] != [1, 2, 3] or set(digits) - set(_OPERATIONS):
        raise DataError(
            f"{place}: expected a cell as 0|10|210, with digits from 0 to 3"
        )
    return "".join(_OPERATIONS[digit] for digit in digits)


def _share(
    table: Mapping[str, Mapping[Any, Any]], name: str, key: Any, place: str
) -> float:
    percent = float(table[name][key])
    if not 0 <= percent <= 100:
        raise DataError(f"{place}: {name}: expected a percentage, got {percent:g}")
    return percent / 100

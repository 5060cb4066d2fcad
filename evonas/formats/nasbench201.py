"""NAS-Bench-201: a CSV of all its cells, and the official packages' object.

A row of the results is (operations,), six digits (see `evonas.cells.NasBench201Cell`).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from evonas.errors import DataError
from evonas.formats.columns import Columns, read_columns
from evonas.formats.results import ByEpochs, Results

#: lengths of training that the authors have tabulated
EPOCHS = (12, 200)

#: our name of a data set → (the packages' name for validation, for test)
_SETS = {
    "cifar10": ("cifar10-valid", "cifar10"),
    "cifar100": ("cifar100", "cifar100"),
    "ImageNet16-120": ("ImageNet16-120", "ImageNet16-120"),
}
_VALIDATION = re.compile(r"(?P<dataset>.+)_val(?P<epochs>\d+)(_seed(?P<seed>\d+))?")


def read_nasbench201(path: Path, dataset: str) -> Results:
    """The cells of a CSV, for one of the data sets that it has columns of.

    Columns: `ops` (six digits); for the data set `<set>_val<epochs>_seed<n>` (or
    `<set>_val<epochs>` for one run), `<set>_test<epochs>_mean` (or
    `<set>_test<epochs>`), `<set>_train_time_s` of the longest training, perhaps
    `<set>_latency_s`; accuracies in percent. A shorter training is charged its share of
    the longest one's time.

    Raises:
        DataError: missing, damaged or without the data set; with the line.
    """
    columns = read_columns(path)
    runs: dict[int, list[str]] = {}
    known = set()
    for name in columns.names:
        match = _VALIDATION.fullmatch(name)
        if match is None:
            continue
        known.add(match["dataset"])
        if match["dataset"] == dataset:
            runs.setdefault(int(match["epochs"]), []).append(name)
    if not runs:
        raise DataError(
            f"{path}, line 1: expected columns of the data set {dataset!r}, got those "
            f"of {', '.join(sorted(known)) or 'none'}; choose one as task.dataset"
        )
    longest = max(runs)
    time = columns.numbers(f"{dataset}_train_time_s", low=0)
    latency = f"{dataset}_latency_s"
    measures: dict[str, ByEpochs] = {}
    if latency in columns:
        seconds = columns.numbers(latency, low=0, empty=True)
        measures["latency_seconds"] = dict.fromkeys(sorted(runs), seconds)
    return Results(
        source=str(path),
        dataset=dataset,
        rows=[(ops,) for ops in columns.texts("ops")],
        validation={
            epochs: np.stack(
                [_shares(columns, name, empty=len(names) > 1) for name in names], 1
            )
            for epochs, names in sorted(runs.items())
        },
        seconds={epochs: time * epochs / longest for epochs in sorted(runs)},
        test={
            epochs: _shares(columns, name)
            for epochs in sorted(runs)
            for name in (f"{dataset}_test{epochs}_mean", f"{dataset}_test{epochs}")
            if name in columns
        },
        measures=measures,
    )


def _shares(columns: Columns, name: str, *, empty: bool = False) -> Any:
    return columns.numbers(name, 0, 100, empty=empty) / 100


def nasbench201_from_api(api: Any, dataset: str) -> Results:
    """The cells of an open `NASBench201API` or NATS-Bench topology object.

    Whoever has the official files loads them with the official package and hands the
    object over. Asked are `api.evaluated_indexes`, `api.arch(index)` and
    `api.get_more_info(index, dataset, iepoch=None, hp=…, is_random=seed)`.

    Args:
        api: of the package `nas_201_api` or `nats_bench`.
        dataset: `cifar10`, `cifar100` or `ImageNet16-120`.

    Raises:
        DataError: there is no such data set, or the object is another one.
    """
    if dataset not in _SETS:
        raise DataError(
            f"task.dataset: expected one of {', '.join(_SETS)}, got {dataset!r}"
        )
    for name in ("evaluated_indexes", "get_more_info", "arch"):
        if not hasattr(api, name):
            raise DataError(
                "expected an object of nas_201_api or nats_bench, got "
                f"{type(api).__name__}, which has no {name!r}"
            )
    indexes = sorted(api.evaluated_indexes)
    tables = {epochs: _of_api(api, dataset, indexes, epochs) for epochs in EPOCHS}
    return Results(
        source=type(api).__name__,
        dataset=dataset,
        rows=[(_digits(api.arch(index)),) for index in indexes],
        validation={e: np.array(table[0]) for e, table in tables.items()},
        seconds={e: np.nanmean(table[1], 1) for e, table in tables.items()},
        test={e: np.nanmean(table[2], 1) for e, table in tables.items()},
        runs={
            "seconds": {e: np.array(table[1]) for e, table in tables.items()},
            "test": {e: np.array(table[2]) for e, table in tables.items()},
        },
        seeds=_SEEDS,
    )


_SEEDS = (777, 888, 999)


def _of_api(
    api: Any, dataset: str, indexes: list[int], epochs: int
) -> tuple[list[list[float]], list[list[float]], list[list[float]]]:
    """Validation, seconds and test of every cell with each seed; NaN: it has none."""
    validation: list[list[float]] = []
    seconds: list[list[float]] = []
    test: list[list[float]] = []
    valid_set, test_set = _SETS[dataset]
    for index in indexes:
        runs: list[float] = []
        times: list[float] = []
        tests: list[float] = []
        for seed in _SEEDS:
            try:
                info = api.get_more_info(
                    index, valid_set, iepoch=None, hp=str(epochs), is_random=seed
                )
                last = (
                    info
                    if test_set == valid_set
                    else api.get_more_info(
                        index, test_set, iepoch=None, hp=str(epochs), is_random=seed
                    )
                )
            except Exception:  # the packages fail in many ways on a seed never run
                for values in (runs, times, tests):
                    values.append(np.nan)
                continue
            runs.append(info["valid-accuracy"] / 100)
            times.append(info["train-all-time"])
            tests.append(last["test-accuracy"] / 100)
        if np.isnan(runs).all():
            raise DataError(
                f"{type(api).__name__}: expected a training of cell {index} for "
                f"{epochs} epochs on {valid_set}, got none with a seed of "
                f"{', '.join(map(str, _SEEDS))}"
            )
        validation.append(runs)
        seconds.append(times)
        test.append(tests)
    return validation, seconds, test


def _digits(text: str) -> str:
    """The digits of an official string."""
    names = re.findall(r"([a-z]\w*)~\d", text)
    operations = (
        "none",
        "skip_connect",
        "nor_conv_1x1",
        "nor_conv_3x3",
        "avg_pool_3x3",
    )
    if len(names) != 6 or set(names) - set(operations):
        raise DataError(
            f"expected a cell as |op~0|+|op~0|op~1|+|op~0|op~1|op~2|, got {text[:90]!r}"
        )
    return "".join(str(operations.index(name)) for name in names)

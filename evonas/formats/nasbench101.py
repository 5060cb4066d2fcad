"""NAS-Bench-101: the official tfrecord without TensorFlow, and a compact CSV.

A row of the results is (hash, adjacency, operations): the official hash, the upper
triangle of the matrix and a digit for each vertex between (see
`evonas.cells.NasBench101Cell`).
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evonas.errors import DataError
from evonas.formats.columns import read_columns
from evonas.formats.protobuf import fields, real
from evonas.formats.results import Results
from evonas.formats.tfrecord import read_records

#: names of the operations in the official file, by digit
OPERATIONS = {"conv3x3-bn-relu": "0", "conv1x1-bn-relu": "1", "maxpool3x3": "2"}
#: lengths of training
EPOCHS = (4, 12, 36, 108)

#: numbers of the fields of `ModelMetrics` and `EvaluationData`
_EVALUATION, _PARAMETERS = 1, 2
_TIME, _VALIDATION, _TEST = 2, 4, 5


def read_nasbench101(path: Path) -> Results:
    """The official tfrecord (by its ending), or a CSV of the same.

    The columns of the CSV: `hash`, `adjacency`, `ops`, `trainable_parameters`, `val4`
    and the like for each length of training it has, perhaps `test108` and the like, and
    `train_time_108_s`. It has the time of the longest training alone: shorter ones are
    charged their share of it.

    Raises:
        DataError: missing, damaged or another file; with record or line.
    """
    read = _read_tfrecord if path.suffix == ".tfrecord" else _read_csv
    return read(path)


def _read_csv(path: Path) -> Results:
    columns = read_columns(path)
    rows = list(
        zip(*(columns.texts(n) for n in ("hash", "adjacency", "ops")), strict=True)
    )
    lengths = [epochs for epochs in EPOCHS if f"val{epochs}" in columns]
    if not lengths:
        columns.texts("val108")
    longest = columns.numbers("train_time_108_s", low=0)
    return Results(
        source=str(path),
        dataset="cifar10",
        rows=rows,
        validation={
            epochs: columns.numbers(f"val{epochs}", 0, 1)[:, None] for epochs in lengths
        },
        seconds={epochs: longest * epochs / 108 for epochs in lengths},
        test={
            epochs: columns.numbers(f"test{epochs}", 0, 1)
            for epochs in lengths
            if f"test{epochs}" in columns
        },
        parameters=columns.numbers("trainable_parameters", 0),
    )


class _Run(NamedTuple):
    """One training, as a record of the official file tells it."""

    row: tuple[str, str, str]
    epochs: int
    seconds: float
    validation: float
    test: float
    parameters: int


def _read_tfrecord(path: Path) -> Results:
    found: dict[str, dict[int, list[_Run]]] = {}
    for number, data in enumerate(read_records(path)):
        try:
            run = _run(data)
        except DataError as error:
            raise DataError(f"{path}, record {number}: {error}") from None
        found.setdefault(run.row[0], {}).setdefault(run.epochs, []).append(run)
    if not found:
        raise DataError(f"{path}: expected records, got none")
    lengths = sorted({epochs for runs in found.values() for epochs in runs})
    validation: dict[float, NDArray[np.float64]] = {}
    seconds: dict[float, NDArray[np.float64]] = {}
    test: dict[float, NDArray[np.float64]] = {}
    single: dict[str, dict[float, NDArray[np.float64]]] = {"test": {}, "seconds": {}}
    for epochs in lengths:
        runs = [one.get(epochs, []) for one in found.values()]
        validation[epochs] = _spread([[r.validation for r in one] for one in runs])
        for name, values in (
            ("test", [[r.test for r in one] for one in runs]),
            ("seconds", [[r.seconds for r in one] for one in runs]),
        ):
            single[name][epochs] = _spread(values)
        seconds[epochs] = np.array([_mean([r.seconds for r in one]) for one in runs])
        test[epochs] = np.array([_mean([r.test for r in one]) for one in runs])
    firsts = [next(iter(runs.values()))[0] for runs in found.values()]
    return Results(
        source=str(path),
        dataset="cifar10",
        rows=[run.row for run in firsts],
        validation=validation,
        seconds=seconds,
        test=test,
        runs=single,
        parameters=np.array([float(run.parameters) for run in firsts]),
    )


def _spread(several: list[list[float]]) -> NDArray[np.float64]:
    """(rows, runs), NaN where a row has fewer."""
    found = np.full((len(several), max(map(len, several))), np.nan)
    for row, values in enumerate(several):
        found[row, : len(values)] = values
    return found


def _mean(values: list[float]) -> float:
    """NaN of none."""
    return float(np.mean(values)) if values else math.nan


def _run(data: bytes) -> _Run:
    """One record: a JSON list [hash, epochs, matrix, operations, base64 of metrics]."""
    try:
        name, epochs, matrix, operations, metrics = json.loads(data)
        message = base64.b64decode(metrics, validate=True)
    except (ValueError, TypeError, binascii.Error) as error:
        raise DataError(
            "expected a JSON list of hash, epochs, matrix, operations and metrics in "
            f"base64, got {data[:60]!r} ({error})"
        ) from error
    if not isinstance(name, str) or type(epochs) is not int or epochs < 1:
        raise DataError(
            f"expected a hash and a number of epochs, got {name!r} and {epochs!r}"
        )
    last, parameters = _metrics(message)
    return _Run(
        row=(name, *_graph(matrix, operations)),
        epochs=epochs,
        seconds=last[_TIME],
        validation=last[_VALIDATION],
        test=last[_TEST],
        parameters=parameters,
    )


def _graph(matrix: Any, operations: Any) -> tuple[str, str]:
    """Upper triangle and digits of a matrix as text and operations with commas."""
    ops = operations.split(",") if isinstance(operations, str) else []
    count = len(ops)
    whole = isinstance(matrix, str) and not set(matrix) - {"0", "1"}
    if count < 2 or not whole or len(matrix) != count**2:
        raise DataError(
            "expected a square matrix of 0 and 1 with an operation for each row, got "
            f"{str(matrix)[:60]!r} and {count} operations"
        )
    inner = ops[1:-1]
    unknown = [op for op in inner if op not in OPERATIONS]
    if unknown or ops[0] != "input" or ops[-1] != "output":
        raise DataError(
            f"expected input, operations of {', '.join(OPERATIONS)}, and output, got "
            f"{operations[:80]!r}"
        )
    triangle = "".join(
        matrix[row * count + row + 1 : (row + 1) * count] for row in range(count)
    )
    if triangle.count("1") != matrix.count("1"):
        raise DataError(
            f"expected a matrix with nothing below its diagonal, got {matrix!r}"
        )
    return triangle, "".join(OPERATIONS[op] for op in inner)


def _metrics(message: bytes) -> tuple[Mapping[int, float], int]:
    """The last evaluation's numbers by field, and the parameters."""
    last: dict[int, float] = {}
    parameters = 0
    for number, value in fields(message):
        if number == _EVALUATION and isinstance(value, bytes):
            last = {
                inner: real(found)
                for inner, found in fields(value)
                if inner in (_TIME, _VALIDATION, _TEST)
            }
        elif number == _PARAMETERS and isinstance(value, int):
            parameters = value
    wrong = [f for f in (_VALIDATION, _TEST) if not 0 <= last.get(f, math.nan) <= 1]
    if wrong or not last.get(_TIME, math.nan) >= 0 or not parameters:
        raise DataError(
            "expected metrics with training time, validation and test accuracy of the "
            f"last evaluation and the parameters, got {dict(last)} and {parameters}"
        )
    return last, parameters

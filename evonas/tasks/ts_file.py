"""Reader of the `.ts` format of the UCR and UEA archives of time series.

A head of `@` lines, then `@data` and a line a sample: the values of each dimension
between commas, dimensions between colons, and after the last colon the class or the
value to predict. Lines that begin with # or % are remarks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evonas.errors import DataError
from evonas.tasks.cells import number, numbers_of
from evonas.tasks.lines import read_lines

#: what a remark begins with
_REMARK = "#%"
#: words of the head that say yes or no
_FLAGS = {"true": True, "false": False}


@dataclass(frozen=True, eq=False)
class SeriesFile:
    """What a `.ts` file holds.

    Attributes:
        path: of the file.
        series: (N, dimensions, steps).
        classes: as the head lists them; empty where values are to be predicted.
        labels: class numbers (N,), or values (N,).
    """

    path: Path
    series: NDArray[np.float64]
    classes: tuple[str, ...]
    labels: NDArray[np.int64] | NDArray[np.float64]


def read_ts(path: Path) -> SeriesFile:
    """The samples of a file: series of one length, each with a class or a value.

    Raises:
        DataError: missing or corrupt, without labels, with time stamps, missing values
            or series of different lengths; with its line.
    """
    lines = ((n, text.strip()) for n, text in read_lines(path))
    told = ((n, text) for n, text in lines if text and text[0] not in _REMARK)
    head = _read_head(path, told)
    classes = tuple(head["classlabel"][1:]) if _flag(path, head, "classlabel") else ()
    if not classes and not _flag(path, head, "targetlabel"):
        raise DataError(
            f"{path}: expected @classLabel true with the classes, or @targetLabel "
            "true, got neither; a task needs something to predict"
        )
    if _flag(path, head, "timestamps"):
        raise DataError(
            f"{path}: expected @timeStamps false, got true; series with time stamps "
            "must be brought to even steps first"
        )
    known = {name: place for place, name in enumerate(classes)}
    series: list[NDArray[np.float64]] = []
    labels: list[float] = []
    for line, text in told:
        *dimensions, label = text.split(":")
        sample = _sample(f"{path}, line {line}", dimensions)
        if series and sample.shape != series[0].shape:
            raise DataError(
                f"{path}, line {line}: expected {_size(series[0])} as in the first "
                f"sample, got {_size(sample)}; series must have one length (fill or "
                "cut them)"
            )
        series.append(sample)
        labels.append(_label(f"{path}, line {line}", label.strip(), known))
    if not series:
        raise DataError(f"{path}: expected samples after @data, got none")
    targets = np.array(labels, np.float64)
    whole = targets.astype(np.int64)
    return SeriesFile(path, np.stack(series), classes, whole if classes else targets)


def _read_head(path: Path, lines: Iterator[tuple[int, str]]) -> dict[str, list[str]]:
    """Key in small letters → words, up to the line @data."""
    head: dict[str, list[str]] = {}
    for line, text in lines:
        if not text.startswith("@"):
            raise DataError(
                f"{path}, line {line}: expected a line that begins with @ before "
                f"@data, got {text[:40]!r}; this is no .ts file"
            )
        key, *words = text[1:].split()
        if key.lower() == "data":
            return head
        head[key.lower()] = words
    raise DataError(f"{path}: expected a line @data, got none; this is no .ts file")


def _flag(path: Path, head: dict[str, list[str]], key: str) -> bool:
    words = head.get(key) or ["false"]
    if words[0].lower() not in _FLAGS:
        raise DataError(f"{path}: @{key}: expected true or false, got {words[0]!r}")
    return _FLAGS[words[0].lower()]


def _sample(where: str, dimensions: list[str]) -> NDArray[np.float64]:
    """The values of one line, (dimensions, steps)."""
    rows = []
    for place, text in enumerate(dimensions, 1):
        cells = text.split(",")
        values = numbers_of(cells)
        if values is not None:
            rows.append(values)
            continue
        step, cell = next(
            (step, cell.strip())
            for step, cell in enumerate(cells, 1)
            if numbers_of([cell]) is None
        )
        hint = "; fill missing values first" if cell == "?" else ""
        raise DataError(
            f"{where}, dimension {place}, step {step}: expected a finite number, got "
            f"{cell!r}{hint}"
        )
    if not rows:
        raise DataError(f"{where}: expected values, a colon and a label, got no colon")
    lengths = [len(row) for row in rows]
    if min(lengths) < max(lengths):
        place = lengths.index(next(n for n in lengths if n != lengths[0])) + 1
        raise DataError(
            f"{where}: expected dimensions of one length, got {lengths[0]} values in "
            f"dimension 1 and {lengths[place - 1]} in dimension {place}"
        )
    return np.array(rows, np.float64)


def _label(where: str, label: str, known: dict[str, int]) -> float:
    if known:
        if label not in known:
            raise DataError(
                f"{where}: expected one of the classes {', '.join(known)} after the "
                f"last colon, got {label!r}"
            )
        return known[label]
    value = number(label)
    if value is None or not np.isfinite(value):
        raise DataError(
            f"{where}: expected a finite number to predict after the last colon, got "
            f"{label!r}"
        )
    return value


def _size(sample: NDArray[np.float64]) -> str:
    return f"{sample.shape[0]} dimensions of {sample.shape[1]} steps"

"""Tables in text files: rows of cells, with the line of each for complaints.

The delimiter is found (comma, semicolon, tab, otherwise spaces), and so is whether the
first line names the columns.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evonas.errors import DataError
from evonas.tasks.lines import read_lines

#: cells that say "there is no value", in small letters
MISSING = frozenset({"", "?", "na", "n/a", "nan", "null", "none", "."})
#: a text column with more different texts than this is no set of categories
MOST_CATEGORIES = 200


@dataclass(frozen=True, eq=False)
class Cells:
    """A table as it stands in a file.

    Attributes:
        path: of the file.
        names: of the columns; their numbers from 1 where the file has none.
        rows: of the data, all of one width.
        lines: the line of the file that each row stands in.
        named: whether the file names its columns.
    """

    path: Path
    names: tuple[str, ...]
    rows: list[list[str]]
    lines: list[int]
    named: bool

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, place: int) -> list[str]:
        """The cells of one column."""
        return [row[place] for row in self.rows]

    def where(self, row: int, place: int) -> str:
        """File, line and column of a cell."""
        return f"{self.path}, line {self.lines[row]}, column {self.names[place]!r}"

    def numbers(self, place: int) -> NDArray[np.float64] | None:
        """A column of numbers; None where most cells are texts.

        Raises:
            DataError: a cell is empty or not finite, or is a text among numbers.
        """
        column = self.column(place)
        quick = numbers_of(column)
        if quick is not None:
            return quick
        values = [number(cell) for cell in column]
        for row, (cell, value) in enumerate(zip(column, values, strict=True)):
            if cell.strip().lower() in MISSING:
                raise DataError(
                    f"{self.where(row, place)}: expected a value, got "
                    f"{cell.strip()!r}; fill missing values or drop the row"
                )
            if value is not None and not math.isfinite(value):
                raise DataError(
                    f"{self.where(row, place)}: expected a finite number, got {cell!r}"
                )
        texts = [row for row, value in enumerate(values) if value is None]
        if 2 * len(texts) > len(values):
            return None
        if texts:
            raise DataError(
                f"{self.where(texts[0], place)}: expected a number as in most of its "
                f"rows, got {column[texts[0]]!r} ({len(texts)} such cells)"
            )
        return np.array(values, np.float64)

    def categories(self, place: int) -> tuple[tuple[str, ...], NDArray[np.int64]]:
        """The different texts of a column in order, and the number of each row's.

        Raises:
            DataError: there are too many of them.
        """
        texts = [cell.strip() for cell in self.column(place)]
        names, numbers = np.unique(texts, return_inverse=True)
        if len(names) > MOST_CATEGORIES:
            raise DataError(
                f"{self.where(0, place)}: expected at most {MOST_CATEGORIES} different "
                f"texts as categories, got {len(names)} (such as {texts[0]!r}); drop "
                "the column, or write numbers with a decimal point"
            )
        return tuple(map(str, names)), numbers.astype(np.int64)


def number(cell: str) -> float | None:
    """The number that a cell holds, if it holds one."""
    # Python reads 1_000 as a number, and nobody who writes tables means it.
    if "_" in cell:
        return None
    try:
        return float(cell)
    except ValueError:
        return None


def numbers_of(cells: Sequence[str]) -> NDArray[np.float64] | None:
    """All cells as finite numbers, at once; None where one of them is none."""
    try:
        values = np.array(cells, dtype=np.float64)
    except ValueError:
        return None
    if not np.isfinite(values).all() or any("_" in cell for cell in cells):
        return None
    return values


def read_cells(path: Path) -> Cells:
    """The table of a text file, compressed (`.gz`) or not.

    Raises:
        DataError: missing, damaged, empty, or rows of different widths.
    """
    rows: list[list[str]] = []
    lines: list[int] = []
    for line, row in _rows(path):
        if rows and len(row) != len(rows[0]):
            raise DataError(
                f"{path}, line {line}: expected {len(rows[0])} cells as in line "
                f"{lines[0]}, got {len(row)}"
            )
        rows.append(row)
        lines.append(line)
    if not rows:
        raise DataError(f"{path}: expected a table, got an empty file")
    names = tuple(str(place + 1) for place in range(len(rows[0])))
    named = _is_header(rows)
    if named:
        names = tuple(cell.strip() for cell in rows[0])
        rows, lines = rows[1:], lines[1:]
    if not rows:
        raise DataError(f"{path}: expected rows of data, got a line of names only")
    return Cells(path, names, rows, lines, named)


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Every row that is not empty, with its line."""
    lines = read_lines(path)
    first = next(((n, text) for n, text in lines if text.strip()), None)
    if first is None:
        return
    skipped, text = first[0] - 1, first[1]
    delimiter = max(",;\t", key=text.count)
    if delimiter not in text:
        yield first[0], text.split()
        yield from ((n, text.split()) for n, text in lines if text.strip())
        return
    # csv reads on where a quoted cell goes over several lines.
    rest = (f"{text}\n" for text in _chain(text, lines))
    reader = csv.reader(rest, delimiter=delimiter, strict=True)
    try:
        for row in reader:
            if row:
                yield skipped + reader.line_num, row
    except csv.Error as error:
        raise DataError(
            f"{path}, line {skipped + reader.line_num}: cannot be read as cells "
            f"between {delimiter!r}: {error}"
        ) from error


def _chain(first: str, lines: Iterator[tuple[int, str]]) -> Iterator[str]:
    yield first
    yield from (text for _, text in lines)


def _is_header(rows: list[list[str]]) -> bool:
    """Whether the first row names the columns.

    It does not if it has a number. Otherwise it does where a column has numbers below
    it, or, in a table of texts alone, if none of its cells comes again below it.
    """
    first, rest = rows[0], rows[1:]
    if any(number(cell) is not None for cell in first):
        return False
    for place in range(len(first)):
        column = [row[place] for row in rest]
        if 2 * sum(number(cell) is not None for cell in column) > len(column):
            return True
    return all(cell not in {row[at] for row in rest} for at, cell in enumerate(first))

"""Text tables with a line of names: columns by name, with the line in complaints."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evonas.errors import DataError
from evonas.formats.lines import readable_lines


class Columns:
    """A table by its columns.

    Args:
        path: of the file, for messages.
        names: of the columns.
        cells: for each column its cells, as text.
        lines: the line of the file that each row stands in.
    """

    def __init__(
        self,
        path: Path,
        names: Sequence[str],
        cells: Sequence[Sequence[str]],
        lines: Sequence[int],
    ) -> None:
        self.path = path
        self.names = tuple(names)
        self._cells = dict(zip(names, cells, strict=True))
        self._lines = lines

    def __len__(self) -> int:
        return len(self._lines)

    def __contains__(self, name: str) -> bool:
        return name in self._cells

    def texts(self, name: str) -> Sequence[str]:
        """The cells of a column.

        Raises:
            DataError: there is no such column.
        """
        if name not in self._cells:
            near = get_close_matches(name, self.names, n=1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            raise DataError(
                f"{self.path}, line 1: expected a column {name!r}, got "
                f"{', '.join(self.names)}{hint}"
            )
        return self._cells[name]

    def numbers(
        self,
        name: str,
        low: float = -np.inf,
        high: float = np.inf,
        *,
        empty: bool = False,
    ) -> NDArray[np.float64]:
        """A column of finite numbers.

        Args:
            name: of the column.
            low: least number allowed.
            high: greatest number allowed.
            empty: whether cells may be empty; they are NaN.

        Raises:
            DataError: naming the line of the first cell that is none.
        """
        cells = self.texts(name)
        try:
            values = np.array([float(cell) if cell else np.nan for cell in cells])
        except ValueError:
            row = next(row for row, cell in enumerate(cells) if not _is_number(cell))
            raise self._fault(name, row, "a number") from None
        missing = np.array([not cell for cell in cells], bool)
        wrong = ~((values >= low) & (values <= high) & np.isfinite(values))
        wrong &= ~missing if empty else True
        if wrong.any():
            bounds = f" from {low:g} to {high:g}" if np.isfinite(high) else ""
            raise self._fault(name, int(wrong.argmax()), f"a number{bounds}")
        return values

    def where(self, row: int) -> str:
        """File and line of a row."""
        return f"{self.path}, line {self._lines[row]}"

    def _fault(self, name: str, row: int, expected: str) -> DataError:
        return DataError(
            f"{self.where(row)}, column {name!r}: expected {expected}, got "
            f"{self._cells[name][row][:40]!r}"
        )


def read_columns(path: Path) -> Columns:
    """Read a comma-separated table whose first line names the columns.

    Args:
        path: of a UTF-8 text, or one compressed with gzip (`.gz`).

    Raises:
        DataError: missing, damaged, or rows of another length than the first line.
    """
    with readable_lines(path) as lines:
        reader = csv.reader(lines)
        names = next(reader, [])
        if not names or len(set(names)) < len(names):
            raise DataError(
                f"{path}, line 1: expected the names of the columns, each once, got "
                f"{', '.join(names[:8]) or 'an empty file'}"
            )
        rows, numbers = [], []
        for row in reader:
            if len(row) != len(names):
                raise DataError(
                    f"{path}, line {reader.line_num}: expected {len(names)} cells as "
                    f"in the first line, got {len(row)}; the file is damaged or cut "
                    "short"
                )
            rows.append(row)
            numbers.append(reader.line_num)
    if not rows:
        raise DataError(f"{path}: expected rows below the names, got none")
    return Columns(path, names, list(zip(*rows, strict=True)), numbers)


def _is_number(cell: str) -> bool:
    try:
        float(cell or "nan")
    except ValueError:
        return False
    return True

"""Text tables with a line of names: columns by name, with the line in complaints."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evonas.errors import DataError

#: characters of one line at most; a damaged file may have no line ends
_LONGEST_LINE = 1_000_000


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
    with _readable(path) as lines:
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


@contextmanager
def _readable(path: Path) -> Iterator[Iterator[str]]:
    """The lines of a file; every way in which reading fails as a DataError."""
    number = 0

    def lines() -> Iterator[str]:
        nonlocal number
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
            while line := stream.readline(_LONGEST_LINE):
                number += 1
                if len(line) == _LONGEST_LINE:
                    raise DataError(
                        f"{path}, line {number}: expected a line of less than "
                        f"{_LONGEST_LINE:,} bytes; this is no text table"
                    )
                yield line.decode("utf-8-sig" if number == 1 else "utf-8")

    try:
        yield lines()
    except FileNotFoundError:
        hint = "; set the variable that it begins with" if "$" in str(path) else ""
        raise DataError(
            f"{path}: expected a table, there is no such file{hint}"
        ) from None
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}, line {number}: expected UTF-8 text, got the byte "
            f"0x{error.object[error.start]:02x}"
        ) from error
    except (OSError, EOFError, zlib.error, csv.Error) as error:
        raise DataError(
            f"{path}, after line {number}: cannot be read: {error}; fetch it again"
        ) from error


def _is_number(cell: str) -> bool:
    try:
        float(cell or "nan")
    except ValueError:
        return False
    return True

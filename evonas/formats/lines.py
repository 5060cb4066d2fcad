"""Lines of a text file from anywhere: every way in which reading fails is named."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evonas.errors import DataError

#: bytes of one line at most; a damaged file may have no line ends
LONGEST_LINE = 1_000_000


@contextmanager
def readable_lines(path: Path, longest: int = LONGEST_LINE) -> Iterator[Iterator[str]]:
    """The lines of a file; every way in which reading fails as a DataError.

    Args:
        path: of a UTF-8 text, or one compressed with gzip (`.gz`).
        longest: bytes of one line at most.

    Raises:
        DataError: within the block: missing, damaged, no text; with the line.
    """
    number = 0

    def lines() -> Iterator[str]:
        nonlocal number
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
            while line := stream.readline(longest):
                number += 1
                if len(line) == longest:
                    raise DataError(
                        f"{path}, line {number}: expected a line of less than "
                        f"{longest:,} bytes; this is no text table"
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

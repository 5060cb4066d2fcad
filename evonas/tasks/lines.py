"""Text files line by line, compressed or not, with the line in every complaint."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

from evonas.errors import DataError


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Each line with its number from 1, without its end.

    Args:
        path: of a UTF-8 text, or one compressed with gzip (`.gz`).

    Raises:
        DataError: missing, cut short, or bytes that are no UTF-8.
    """
    number = 0
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
            for number, line in enumerate(stream, 1):
                codec = "utf-8-sig" if number == 1 else "utf-8"
                yield number, line.decode(codec).rstrip("\r\n")
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file") from None
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}, line {number}: expected UTF-8 text, got the byte "
            f"0x{error.object[error.start]:02x}; save the file as UTF-8"
        ) from error
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(
            f"{path}, after line {number}: cannot be read: {error}; fetch it again"
        ) from error

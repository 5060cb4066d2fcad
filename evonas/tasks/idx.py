"""Reader of the IDX format, in which MNIST and its relatives are published.

A file is a magic number (two zero bytes, a type code, the number of axes), the length
of each axis as a big-endian 32-bit number, and the values.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evonas.errors import DataError

_TYPES: dict[int, np.dtype[Any]] = {
    0x08: np.dtype(np.uint8),
    0x09: np.dtype(np.int8),
    0x0B: np.dtype(">i2"),
    0x0C: np.dtype(">i4"),
    0x0D: np.dtype(">f4"),
    0x0E: np.dtype(">f8"),
}


def read_idx(path: Path, axes: int) -> NDArray[Any]:
    """The array of an IDX file, compressed (`.gz`) or not.

    Args:
        path: of the file.
        axes: how many the array must have.

    Raises:
        DataError: missing, corrupt, or another number of axes; says at which byte.
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
            magic = stream.read(4)
            if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in _TYPES:
                raise DataError(
                    f"{path}: byte 0: expected the magic number of an IDX file (0, 0, "
                    f"type, axes), got {magic.hex(' ') or 'an empty file'}"
                )
            if magic[3] != axes:
                raise DataError(
                    f"{path}: byte 3: expected an array of {axes} axes, got {magic[3]}"
                )
            lengths = stream.read(4 * axes)
            if len(lengths) < 4 * axes:
                raise DataError(
                    f"{path}: byte {4 + len(lengths)}: the file ends within its header"
                )
            shape = struct.unpack(f">{axes}I", lengths)
            dtype = _TYPES[magic[2]]
            expected = math.prod(shape) * dtype.itemsize
            # Reading in one go would reserve whatever a corrupt header claims.
            content = bytearray()
            while len(content) <= expected and (part := stream.read(1 << 24)):
                content += part
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error}") from error
    except (EOFError, zlib.error) as error:
        raise DataError(
            f"{path}: corrupt or cut short: {error}; fetch the file again"
        ) from error
    if len(content) != expected:
        found = "more" if len(content) > expected else f"{len(content)}"
        raise DataError(
            f"{path}: the header announces {'×'.join(map(str, shape))} values "
            f"({expected} bytes after byte {4 + 4 * axes}), got {found}; fetch the "
            "file again"
        )
    array: NDArray[Any] = np.frombuffer(content, dtype).reshape(shape)
    return array.astype(dtype.newbyteorder("="), copy=False)

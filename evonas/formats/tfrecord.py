"""The frames of a tfrecord file: length, its checksum, data, their checksum.

Both checksums are CRC-32C (Castagnoli), rotated and shifted ("masked"). They are worked
out for thousands of records at once, which makes them affordable without a library.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evonas.errors import DataError

#: bytes of data that are checked together
_BATCH_BYTES = 4_000_000
#: bytes of one record at most
_LONGEST = 1 << 26
_MASK = 0xA282EAD8


def read_records(path: Path) -> Iterator[bytes]:
    """The data of every record.

    Args:
        path: of the file.

    Raises:
        DataError: missing, cut short, or a checksum is wrong; it names the record and
            its first byte.
    """
    batch = _Batch(path)
    try:
        with path.open("rb") as stream:
            while header := stream.read(12):
                length = batch.begin(header)
                rest = stream.read(length + 4)
                if len(rest) < length + 4:
                    # A wrong length says the same: it comes first.
                    batch.checked()
                    raise DataError(
                        f"{batch.where}: expected {length + 4} bytes, got {len(rest)}; "
                        "the file is cut short, fetch it again"
                    )
                batch.end(rest)
                if batch.size >= _BATCH_BYTES:
                    yield from batch.checked()
        yield from batch.checked()
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error


class _Batch:
    """Records that are read and not yet checked."""

    def __init__(self, path: Path) -> None:
        self._path = path
        #: records of the batches before
        self._before = 0
        self._offset = 0
        self._clear()

    def _clear(self) -> None:
        self.size = 0
        self._lengths: list[bytes] = []
        self._data: list[bytes] = []
        self._sums: tuple[list[int], list[int]] = ([], [])

    @property
    def where(self) -> str:
        """The record that is being read."""
        number = self._before + len(self._data)
        return f"{self._path}, record {number} at byte {self._offset}"

    def begin(self, header: bytes) -> int:
        """Take in the head of a record; its length."""
        if len(header) < 12:
            raise DataError(f"{self.where}: the file is cut short; fetch it again")
        length, check = struct.unpack("<QI", header)
        self._lengths.append(header[:8])
        self._sums[0].append(check)
        if length > _LONGEST:
            self.checked()
            raise DataError(
                f"{self.where}: expected a record of at most {_LONGEST:,} bytes, got "
                f"{length:,}; this is no table of trained networks"
            )
        return int(length)

    def end(self, rest: bytes) -> None:
        """Take in the data of a record and their checksum."""
        self._data.append(rest[:-4])
        self._sums[1].append(struct.unpack("<I", rest[-4:])[0])
        self.size += len(rest)
        self._offset += len(rest) + 12

    def checked(self) -> list[bytes]:
        """The data of all records so far, if every checksum fits."""
        for parts, sums, what in (
            (self._lengths, self._sums[0], "length does"),
            (self._data, self._sums[1], "data do"),
        ):
            if not parts:
                continue
            wrong = np.flatnonzero(_masked(parts) != np.array(sums, np.uint32))
            if wrong.size:
                raise DataError(
                    f"{self._path}, record {self._before + int(wrong[0])}: its {what} "
                    "not fit the checksum; the file is no tfrecord, or damaged: fetch "
                    "it again"
                )
        data = self._data
        self._before += len(data)
        self._clear()
        return data


def write_records(path: Path, records: Iterable[bytes]) -> None:
    """Write a tfrecord file.

    Args:
        path: of the file.
        records: data of each.
    """
    with path.open("wb") as stream:
        for data in records:
            length = struct.pack("<Q", len(data))
            first, second = (int(_masked([part])[0]) for part in (length, data))
            stream.write(length + struct.pack("<I", first))
            stream.write(data + struct.pack("<I", second))


def _masked(batch: list[bytes]) -> NDArray[np.uint32]:
    """The masked checksum of each record."""
    crc = _crc32c(batch)
    return (((crc >> 15) | (crc << 17)) + np.uint32(_MASK)).astype(np.uint32)


def _crc32c(batch: list[bytes]) -> NDArray[np.uint32]:
    """Byte by byte over all records that are that long."""
    table = _table()
    lengths = np.array([len(data) for data in batch])
    order = np.argsort(-lengths, kind="stable")
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])[order]
    data = np.frombuffer(b"".join(batch), np.uint8)
    crc = np.full(len(batch), 0xFFFFFFFF, np.uint32)
    longer = np.searchsorted(-lengths[order], -np.arange(lengths.max(initial=0)))
    for place, count in enumerate(longer):
        byte = data[starts[:count] + place]
        head = crc[:count]
        crc[:count] = table[(head ^ byte) & 0xFF] ^ (head >> 8)
    result = np.empty_like(crc)
    result[order] = crc ^ np.uint32(0xFFFFFFFF)
    return result


@cache
def _table() -> NDArray[np.uint32]:
    values = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        values = np.where(
            values & 1, (values >> 1) ^ np.uint32(0x82F63B78), values >> 1
        )
    return values.astype(np.uint32)

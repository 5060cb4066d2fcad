"""Tests of the IDX reader, on files that the tests write."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas.errors import DataError
from evonas.tasks.idx import read_idx

CODES = {"u1": 0x08, "i1": 0x09, ">i2": 0x0B, ">i4": 0x0C, ">f4": 0x0D, ">f8": 0x0E}


def idx_bytes(array: np.ndarray) -> bytes:
    """An array as an IDX file."""
    code = CODES[next(name for name in CODES if np.dtype(name) == array.dtype)]
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape)
    return header + array.tobytes()


@pytest.fixture
def content() -> bytes:
    """Four small images."""
    return idx_bytes(np.arange(24, dtype="u1").reshape(4, 3, 2))


@given(
    st.sampled_from(sorted(CODES)),
    st.lists(st.integers(0, 5), min_size=1, max_size=3),
    st.booleans(),
)
def test_every_type_and_shape_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    dtype: str,
    shape: list[int],
    packed: bool,
) -> None:
    """Compressed or not, with lengths of zero, in this machine's byte order."""
    rng = np.random.default_rng(0)
    array = rng.integers(0, 100, shape).astype(dtype)
    path = tmp_path_factory.mktemp("idx") / ("file.gz" if packed else "file")
    data = idx_bytes(array)
    path.write_bytes(gzip.compress(data) if packed else data)
    found = read_idx(path, len(shape))
    assert found.dtype.isnative
    assert np.array_equal(found, array)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """The path stands in the message."""
    with pytest.raises(DataError, match="no-file: cannot be read"):
        read_idx(tmp_path / "no-file", 1)


@pytest.mark.parametrize("length", range(28))
def test_a_file_that_ends_anywhere_is_refused(
    tmp_path: Path, content: bytes, length: int
) -> None:
    """Within magic number, header or values."""
    path = tmp_path / "cut"
    path.write_bytes(content[:length])
    with pytest.raises(DataError, match=r"byte|announces 4×3×2"):
        read_idx(path, 3)


def test_a_cut_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    """Half a download."""
    path = tmp_path / "cut.gz"
    path.write_bytes(gzip.compress(content)[:-12])
    with pytest.raises(DataError, match="corrupt or cut short"):
        read_idx(path, 3)


def test_a_damaged_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    """One wrong byte fails the checksum, or the decompression."""
    packed = bytearray(gzip.compress(content))
    packed[-6] ^= 0xFF
    path = tmp_path / "damaged.gz"
    path.write_bytes(packed)
    with pytest.raises(DataError, match=r"fetch the file again|cannot be read"):
        read_idx(path, 3)


def test_a_longer_file_is_refused(tmp_path: Path, content: bytes) -> None:
    """Values beyond the announced ones mean another header."""
    path = tmp_path / "long"
    path.write_bytes(content + b"x")
    with pytest.raises(DataError, match=r"24 bytes after byte 16\), got more"):
        read_idx(path, 3)


def test_another_kind_of_file_is_told_by_its_first_bytes(tmp_path: Path) -> None:
    """An HTML error page saved under the name of the data."""
    path = tmp_path / "page"
    path.write_bytes(b"<html>")
    with pytest.raises(DataError, match=r"magic number.*got 3c 68 74 6d"):
        read_idx(path, 3)


def test_labels_in_place_of_images_are_refused(tmp_path: Path, content: bytes) -> None:
    """The number of axes tells them apart."""
    path = tmp_path / "images"
    path.write_bytes(content)
    with pytest.raises(DataError, match="expected an array of 1 axes, got 3"):
        read_idx(path, 1)


def test_a_header_that_claims_the_moon_reserves_nothing(tmp_path: Path) -> None:
    """64 GiB announced by a file of 20 bytes."""
    path = tmp_path / "moon"
    path.write_bytes(struct.pack(">BBBB3I", 0, 0, 8, 3, 2**12, 2**12, 2**12) + b"ab")
    with pytest.raises(DataError, match="got 2; fetch"):
        read_idx(path, 3)

"""Frames of tfrecord files."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evonas.errors import DataError
from evonas.formats import read_records, write_records
from evonas.formats.tfrecord import _crc32c

records = st.lists(st.binary(max_size=60), max_size=12)


def test_the_checksum_is_castagnolis() -> None:
    """The published check values (RFC 3720, B.4, and the usual nine digits)."""
    data = [b"123456789", bytes(32), b"\xff" * 32, bytes(range(32)), b""]
    expected = [0xE3069283, 0x8A9136AA, 0x62A8AB43, 0x46DD794E, 0]
    assert [int(crc) for crc in _crc32c(data)] == expected


@given(records)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_written_is_read(tmp_path: Path, data: list[bytes]) -> None:
    """Record by record, empty ones too."""
    path = tmp_path / "some.tfrecord"
    write_records(path, data)
    assert list(read_records(path)) == data


@given(st.data())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_damage_is_noticed(tmp_path: Path, data: st.DataObject) -> None:
    """One flipped bit anywhere, or an end cut off: told with the record."""
    path = tmp_path / "some.tfrecord"
    write_records(path, [b"one", b"second", b"the third record"])
    whole = bytearray(path.read_bytes())
    if data.draw(st.booleans()):
        place = data.draw(st.integers(0, len(whole) - 1))
        whole[place] ^= 1 << data.draw(st.integers(0, 7))
    else:
        # A cut between two records shows nothing.
        ends = (19, 19 + 22)
        lengths = st.integers(1, len(whole) - 1).filter(lambda end: end not in ends)
        del whole[data.draw(lengths) :]
    path.write_bytes(whole)
    with pytest.raises(DataError, match=r"some.tfrecord, record [012]"):
        list(read_records(path))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """By its path."""
    with pytest.raises(
        DataError, match=r"none\.tfrecord: cannot be read: No such file"
    ):
        list(read_records(tmp_path / "none.tfrecord"))


def test_another_file_is_no_tfrecord(tmp_path: Path) -> None:
    """A text, say, whose first bytes are an enormous length."""
    path = tmp_path / "a.tfrecord"
    path.write_text("hash,vertices,adjacency\n" * 10)
    with pytest.raises(DataError, match="length does not fit the checksum"):
        list(read_records(path))

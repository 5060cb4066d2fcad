"""Tests of reading text files line by line."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from evonas.errors import DataError
from evonas.tasks.lines import read_lines


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_lines_come_with_their_numbers(tmp_path: Path, end: bytes) -> None:
    """Compressed or not, with a byte order mark or not, with either line end."""
    content = b"\xef\xbb\xbfone" + end + end + "drei ß".encode()
    (tmp_path / "a.txt").write_bytes(content)
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(content))
    expected = [(1, "one"), (2, ""), (3, "drei ß")]
    assert list(read_lines(tmp_path / "a.txt")) == expected
    assert list(read_lines(tmp_path / "a.txt.gz")) == expected


def test_other_encodings_are_told_with_their_line(tmp_path: Path) -> None:
    """And with the byte."""
    path = tmp_path / "latin.txt"
    path.write_bytes(b"fine\ncaf\xe9\n")
    with pytest.raises(DataError, match=r"latin\.txt, line 2: expected UTF-8.*0xe9"):
        list(read_lines(path))


def test_a_cut_or_damaged_archive_is_told(tmp_path: Path) -> None:
    """With the last line that could be read."""
    path = tmp_path / "cut.gz"
    whole = gzip.compress(b"line\n" * 500)
    path.write_bytes(whole[:-9])
    with pytest.raises(DataError, match=r"cut\.gz, after line \d+: cannot be read"):
        list(read_lines(path))
    path.write_bytes(b"no archive")
    with pytest.raises(DataError, match="after line 0: cannot be read"):
        list(read_lines(path))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """By its path."""
    with pytest.raises(DataError, match=r"nowhere\.txt: there is no such file"):
        list(read_lines(tmp_path / "nowhere.txt"))

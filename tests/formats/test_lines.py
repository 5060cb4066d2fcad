"""Lines of files from anywhere: what is given, and what is told."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from evonas.errors import DataError
from evonas.formats import readable_lines


def read(path: Path, longest: int = 100) -> list[str]:
    """All lines of a file."""
    with readable_lines(path, longest) as lines:
        return list(lines)


def test_packed_lines_are_the_same(tmp_path: Path) -> None:
    """With their ends, without the mark that some programs put first."""
    text = "\ufeffé,b\n1,2\n".encode()
    (tmp_path / "t.csv").write_bytes(text)
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(text, mtime=0))
    for name in ("t.csv", "t.csv.gz"):
        assert read(tmp_path / name) == ["é,b\n", "1,2\n"]


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("t.csv", b"a\n\xff\n", "line 2: expected UTF-8 text, got the byte 0xff"),
        ("t.csv", b"a\n" + b"x" * 100, "line 2: expected a line of less than 100"),
        ("t.gz", b"no gzip", "after line 0: cannot be read"),
        ("t.gz", gzip.compress(b"a\n" * 99, mtime=0)[:-9], "cannot be read"),
    ],
)
def test_a_damaged_file_is_told_with_its_line(
    tmp_path: Path, name: str, content: bytes, complaint: str
) -> None:
    """Letters, lengths, packing."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DataError, match=f"{name}, .*{complaint}"):
        read(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """A variable that is not set is the likely reason."""
    with pytest.raises(DataError, match=r"there is no such file$"):
        read(tmp_path / "none")
    with pytest.raises(DataError, match="set the variable that it begins with"):
        read(Path("${NOWHERE}/t.csv"))

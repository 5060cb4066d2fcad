"""Text tables by their columns."""

from __future__ import annotations

import contextlib
import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evonas.errors import DataError
from evonas.formats import read_columns

GOOD = "name,value\na,0.5\nb,\nc,1\n"


def table(folder: Path, text: str | bytes, name: str = "t.csv") -> Path:
    """A file with this content."""
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_columns_are_read_by_name_compressed_or_not(tmp_path: Path) -> None:
    """Texts as they stand, numbers as floats, empty cells as NaN where allowed."""
    packed = table(tmp_path, gzip.compress(GOOD.encode()), "t.csv.gz")
    for path in (table(tmp_path, GOOD), packed):
        columns = read_columns(path)
        assert len(columns) == 3
        assert "value" in columns
        assert list(columns.texts("name")) == ["a", "b", "c"]
        values = columns.numbers("value", 0, 1, empty=True)
        np.testing.assert_array_equal(values, [0.5, np.nan, 1])


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (GOOD, r"t.csv, line 3, column 'value': expected a number from 0 to 1, got ''"),
        ("name,value\na,1\nb,x\n", r"line 3, column 'value': expected a number.*'x'"),
        ("name,value\na,1.5\n", r"line 2, column 'value': .* from 0 to 1, got '1.5'"),
        ("name,value\na,inf\n", r"line 2, column 'value'"),
        ("name,value\na,nan\n", r"line 2, column 'value'"),
        ("name,volue\na,1\n", r"a column 'value', got name, volue \(did you mean"),
        ("name,value\na\n", r"line 2: expected 2 cells"),
        ("name,value\na,1,2\n", r"line 2: expected 2 cells"),
        ("name,name\na,1\n", r"line 1: expected the names of the columns"),
        ("", r"line 1: expected the names of the columns, each once, got an empty"),
        ("name,value\n", r"expected rows below the names"),
        (b"name,value\na,\xff\n", r"line 2: expected UTF-8 text, got the byte 0xff"),
        ("name,value\n" + "a" * 1_000_001, r"line 2: expected a line of less than"),
    ],
)
def test_damage_is_told_with_its_line(
    tmp_path: Path, text: str | bytes, complaint: str
) -> None:
    """File, line and column, what was expected and what was found."""
    path = table(tmp_path, text)
    with pytest.raises(DataError, match=complaint):
        read_columns(path).numbers("value", 0, 1)


def test_a_file_cut_short_is_told(tmp_path: Path) -> None:
    """A compressed one whose end is missing, and one that is none."""
    packed = gzip.compress(b"name,value\n" + b"a,1\n" * 5000)
    with pytest.raises(DataError, match=r"cannot be read.*fetch it again"):
        read_columns(table(tmp_path, packed[:-20], "t.csv.gz"))
    with pytest.raises(DataError, match=r"cannot be read.*fetch it again"):
        read_columns(table(tmp_path, GOOD, "t.csv.gz"))
    with pytest.raises(DataError, match="there is no such file"):
        read_columns(tmp_path / "none.csv")


@given(st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_file_is_a_table_or_told(tmp_path: Path, data: bytes) -> None:
    """Nothing but DataError comes out."""
    path = table(tmp_path, data)
    with contextlib.suppress(DataError):
        columns = read_columns(path)
        columns.numbers(columns.names[0])

"""Tests of tables in text files."""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas.errors import DataError
from evonas.tasks.cells import MOST_CATEGORIES, number, read_cells

VALUES = st.floats(-1e6, 1e6, allow_nan=False)
TABLES = st.integers(2, 4).flatmap(
    lambda width: st.lists(
        st.lists(VALUES, min_size=width, max_size=width), min_size=1, max_size=8
    )
)


def _file(text: str, folder: Path, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@given(TABLES, st.sampled_from([",", ";", "\t", " "]), st.booleans())
def test_numbers_come_back_whatever_stands_between_them(
    table: list[list[float]], delimiter: str, named: bool
) -> None:
    """With names or without."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        with path.open("w", newline="") as stream:
            writer = csv.writer(stream, delimiter=delimiter)
            names = [f"column_{place}" for place in range(len(table[0]))]
            writer.writerows([names, *table] if named else table)
        cells = read_cells(path)
    assert cells.named == named
    assert cells.names == tuple(names if named else map(str, range(1, len(names) + 1)))
    assert cells.lines == list(range(1 + named, len(table) + 1 + named))
    found = np.stack([cells.numbers(place) for place in range(len(names))], axis=1)
    assert np.array_equal(found, np.array(table))


@given(TABLES, st.data())
def test_a_cell_that_is_no_number_is_found(
    table: list[list[float]], data: st.DataObject
) -> None:
    """Anywhere in a column of numbers, with its line and column."""
    table = [*table, *table, *table]
    row = data.draw(st.integers(0, len(table) - 1))
    place = data.draw(st.integers(0, len(table[0]) - 1))
    text = data.draw(st.sampled_from(["", "nan", "inf", "-Infinity", "oops", "1_0"]))
    texts = [[repr(value) for value in line] for line in table]
    texts[row][place] = text
    names = ",".join(f"c{at}" for at in range(len(table[0])))
    with tempfile.TemporaryDirectory() as folder:
        rows = "\n".join(",".join(line) for line in texts)
        cells = read_cells(_file(f"{names}\n{rows}\n", Path(folder)))
    expected = rf"t\.csv, line {row + 2}, column 'c{place}': expected a .*got '{text}'"
    with pytest.raises(DataError, match=expected):
        cells.numbers(place)


def test_quoted_cells_may_hold_delimiters_and_lines(tmp_path: Path) -> None:
    """And the lines after them are still counted as the file has them."""
    path = _file('name,size\n"a, b",1\n"two\nlines",2\nc,x\n', tmp_path)
    cells = read_cells(path)
    assert cells.column(0) == ["a, b", "two\nlines", "c"]
    with pytest.raises(DataError, match=r"line 5, column 'size'.*got 'x'"):
        cells.numbers(1)


def test_a_row_of_another_width_is_told(tmp_path: Path) -> None:
    """With its line, and the line it is held against."""
    path = _file("\na,b\n1,2\n\n3,4,5\n", tmp_path)
    with pytest.raises(DataError, match="line 5: expected 2 cells as in line 2, got 3"):
        read_cells(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a table, got an empty file"),
        ("\n \n", "expected a table, got an empty file"),
        ("a,b\n", "got a line of names only"),
        ('a,b\n"open,1\n', "cannot be read as cells between ','"),
    ],
)
def test_files_without_rows_are_told(tmp_path: Path, text: str, message: str) -> None:
    """Empty, only names, or a quote that never ends."""
    with pytest.raises(DataError, match=message):
        read_cells(_file(text, tmp_path))


def test_a_table_of_texts_has_names_if_they_never_come_again(tmp_path: Path) -> None:
    """Otherwise its first line would be lost."""
    plain = read_cells(_file("p,x\np,y\ne,x\n", tmp_path))
    named = read_cells(_file("class,cap\np,y\ne,x\n", tmp_path))
    assert (plain.named, len(plain)) == (False, 3)
    assert (named.named, len(named)) == (True, 2)


def test_categories_are_numbered_in_order(tmp_path: Path) -> None:
    """Names are free of outer spaces."""
    cells = read_cells(_file("c,v\nred,1\n blue,2\nred ,3\n", tmp_path))
    assert cells.numbers(0) is None
    names, numbers = cells.categories(0)
    assert (names, list(numbers)) == (("blue", "red"), [1, 0, 1])


def test_free_texts_are_no_categories(tmp_path: Path) -> None:
    """Names, sentences, numbers with a decimal comma."""
    rows = "\n".join(f"x{n};1" for n in range(MOST_CATEGORIES + 1))
    cells = read_cells(_file(f"id;v\n{rows}\n", tmp_path))
    with pytest.raises(DataError, match=r"column 'id'.*at most 200 .*got 201.*'x0'"):
        cells.categories(0)


def test_pythons_own_spelling_of_numbers_is_a_text() -> None:
    """Nobody who writes tables means 10 by 1_0."""
    assert number("1_0") is None
    assert number(" 1e3 ") == 1000.0

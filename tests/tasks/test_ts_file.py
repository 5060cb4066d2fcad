"""Tests of the reader of `.ts` files."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas.errors import DataError
from evonas.tasks.ts_file import read_ts

HEAD = (
    "# a remark\n@problemName x\n@timeStamps false\n@classLabel true up down\n@data\n"
)


def _file(text: str, folder: Path) -> Path:
    path = folder / "x_TRAIN.ts"
    path.write_text(text)
    return path


@given(
    st.integers(1, 4),
    st.integers(1, 9),
    st.integers(1, 6),
    st.integers(0, 2**32),
    st.booleans(),
)
def test_values_and_labels_come_back(
    dimensions: int, steps: int, samples: int, seed: int, classes: bool
) -> None:
    """Of one dimension or several, with classes or values to predict."""
    rng = np.random.default_rng(seed)
    series = rng.normal(size=(samples, dimensions, steps))
    labels = rng.integers(0, 2, samples) if classes else rng.normal(size=samples)
    texts = [("up", "down")[label] for label in labels] if classes else labels
    lines = [
        ":".join([*(",".join(map(str, row)) for row in sample), str(text)])
        for sample, text in zip(series, texts, strict=True)
    ]
    head = (
        HEAD if classes else HEAD.replace("classLabel true up down", "TargetLabel true")
    )
    with tempfile.TemporaryDirectory() as folder:
        found = read_ts(_file(head + "\n".join(lines), Path(folder)))
    assert np.array_equal(found.series, series)
    assert np.array_equal(found.labels, labels)
    assert found.classes == (("up", "down") if classes else ())


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1,2,?:3,4,5:up", r"line 7, dimension 1, step 3: .*got '\?'; fill missing"),
        ("1,2,3:3,NaN,5:up", "line 7, dimension 2, step 2: expected a finite .*'NaN'"),
        ("1,2,inf:3,4,5:up", "line 7, dimension 1, step 3: expected a finite .*'inf'"),
        ("1,2,:3,4,5:up", "line 7, dimension 1, step 3: expected a finite .*got ''"),
        ("1,2,3:3,4:up", "line 7: .*3 values in dimension 1 and 2 in dimension 2"),
        ("1,2:3,4:up", "line 7: expected 2 dimensions of 3 steps .*2 dimensions of 2"),
        ("1,2,3:up", "line 7: expected 2 dimensions of 3 .*got 1 dimensions of 3"),
        ("1,2,3:3,4,5:left", "line 7: expected one of the classes up, down .*'left'"),
        ("up", "line 7: expected values, a colon and a label"),
    ],
)
def test_a_corrupt_line_is_told(tmp_path: Path, line: str, message: str) -> None:
    """By the file, its number and the place in it."""
    path = _file(f"{HEAD}1,2,3:4,5,6:up\n{line}\n", tmp_path)
    with pytest.raises(DataError, match=rf"x_TRAIN\.ts, {message}"):
        read_ts(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a line @data, got none"),
        ("x,y\n1,2\n", "line 1: expected a line that begins with @"),
        (HEAD, "expected samples after @data, got none"),
        (
            HEAD.replace("Label true", "Label false"),
            "@classLabel true with the classes",
        ),
        (HEAD.replace("Stamps false", "Stamps true"), "expected @timeStamps false"),
        (HEAD.replace("Stamps false", "Stamps no"), "@timestamps: expected true or"),
        ("@targetlabel true\n@data\n1,2:x\n", "line 3: .*number to predict.*got 'x'"),
        ("@targetlabel true\n@data\n1,2:inf\n", "number to predict.*got 'inf'"),
    ],
)
def test_files_that_cannot_be_learned_from_are_told(
    tmp_path: Path, text: str, message: str
) -> None:
    """Other formats, no labels, time stamps."""
    with pytest.raises(DataError, match=message):
        read_ts(_file(text, tmp_path))

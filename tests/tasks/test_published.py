"""Tests of what published data sets have in common."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas.errors import DataError
from evonas.tasks.published import Published, checked_classes

USUAL = Path("/usual")
SET = Published("own-set", "two files", "Ask for them", "CC0", "here", (USUAL,))


@given(st.lists(st.integers(0, 9), max_size=30), st.integers(0, 3), st.booleans())
def test_labels_that_are_classes_come_back(
    labels: list[int], first: int, as_array: bool
) -> None:
    """From a list or an array of any whole type, counted from `first`."""
    shifted = [label + first for label in labels]
    given_labels = np.array(shifted, np.uint8) if as_array else shifted
    found = checked_classes(given_labels, 10, "file", first)
    assert found.dtype == np.int64
    assert list(found) == shifted


@given(
    st.lists(st.integers(0, 9), max_size=20),
    st.sampled_from([-1, 10, 300, -(2**70), 2**70, "3", None, 1.0]),
    st.lists(st.integers(0, 9), max_size=20),
)
def test_the_first_label_that_is_no_class_is_told_with_its_place(
    before: list[int], wrong: object, after: list[int]
) -> None:
    """Whatever it is."""
    message = f"file: label {len(before)}: expected a class from 0 to 9, got "
    with pytest.raises(DataError, match=message):
        checked_classes([*before, wrong, *after], 10, "file")  # type: ignore[list-item]


def test_labels_that_are_no_row_of_numbers_are_refused() -> None:
    """One-hot rows, fractions."""
    with pytest.raises(DataError, match="got 4×10 values of float64"):
        checked_classes(np.zeros((4, 10)), 10, "file")


def test_places_are_looked_at_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """A configured folder is the only one."""
    monkeypatch.setenv("EVONAS_DATA", "/data")
    assert SET.places(Path("/mine")) == [Path("/mine")]
    assert SET.places(None) == [Path("/data/own-set"), Path("/data"), USUAL]
    monkeypatch.delenv("EVONAS_DATA")
    assert SET.places(None) == [USUAL]


def test_faults_of_the_arrays_are_told_with_the_place_of_the_files() -> None:
    """More classes in the test set than in training, for example."""
    x = np.zeros((4, 3, 3), np.uint8)
    with pytest.raises(DataError, match=r"/there: own-set: y_test\[2\] is class 2"):
        SET.task("/there", (x, np.arange(4) % 2), (x, np.arange(4)), ("a", "b"))
    task = SET.task("/there", (x, np.arange(4) % 2), (x, np.arange(4) % 2), ("a", "b"))
    assert (task.licence, task.source) == ("CC0", "here")

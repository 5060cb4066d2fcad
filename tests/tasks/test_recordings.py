"""Tests of the readers of pulse recordings."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pulses import pulse, write_contact, write_subject

from evonas.errors import DataError
from evonas.tasks.recordings import read_contact, read_ubfc


def test_the_three_lines_of_a_ground_truth_are_told_apart(tmp_path: Path) -> None:
    """Signal, heart rate, seconds; time begins at 0."""
    folder = write_subject(tmp_path / "subject1", seconds=10, bpm=66)
    recording = read_ubfc(folder, "contact")
    assert recording.signal.shape == (1, 300)
    assert recording.heart_rate is not None
    assert np.all(recording.heart_rate == 66)
    assert recording.rate == pytest.approx(30)


@pytest.mark.parametrize(("colours", "frames"), [("frames", 300), ("times", 150)])
def test_skin_colours_are_read_beside_it(
    tmp_path: Path, colours: str, frames: int
) -> None:
    """A row for each time stamp, or with times of their own."""
    folder = write_subject(tmp_path / "subject1", 10, colours=colours)
    recording = read_ubfc(folder, "skin_rgb")
    assert recording.signal.shape == (3, frames)
    assert recording.heart_rate is not None
    assert len(recording.heart_rate) == len(recording.times) == frames


@pytest.mark.parametrize("form", ["milliseconds", "seconds", "dates"])
def test_time_stamps_have_three_forms(tmp_path: Path, form: str) -> None:
    """All give the same recording."""
    times, signal = pulse(10, 100, 80)
    start = datetime(2016, 11, 24, 13, 58, 58)
    stamps = {
        "milliseconds": [f"{1000 * time:.1f}" for time in times],
        "seconds": [f"{time + 5:.4f}" for time in times],
        "dates": [str(start + timedelta(seconds=time)) for time in times],
    }[form]
    path = tmp_path / "own.csv"
    rows = [f"{stamp},{value:.3f}" for stamp, value in zip(stamps, signal, strict=True)]
    path.write_text("\n".join(["when,pulse", *rows]))
    recording = read_contact(path, None)
    assert recording.rate == pytest.approx(100, rel=1e-3)
    assert recording.signal[0] == pytest.approx(signal, abs=1e-3)
    assert recording.heart_rate is None


def test_a_signal_alone_needs_its_rate(tmp_path: Path) -> None:
    """It is never guessed."""
    path = tmp_path / "own.csv"
    path.write_text("\n".join(map(str, pulse(10, 50, 80)[1])))
    assert read_contact(path, 50.0).rate == pytest.approx(50)
    with pytest.raises(DataError, match=r"own\.csv: expected time .*task\.sample_rate"):
        read_contact(path, None)


@settings(max_examples=20)
@given(
    line=st.integers(0, 2),
    place=st.integers(0, 299),
    text=st.sampled_from(["nan", "inf", "x", "1_0"]),
)
def test_a_damaged_number_of_a_ground_truth_is_found(
    line: int, place: int, text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """By its line and place."""
    folder = tmp_path_factory.mktemp("damaged") / "subject1"
    path = write_subject(folder, 10) / "ground_truth.txt"
    lines = [row.split() for row in path.read_text().splitlines()]
    lines[line][place] = text
    path.write_text("\n".join(" ".join(row) for row in lines))
    where = rf"ground_truth\.txt, line {line + 1}, number {place + 1}: .*got '{text}'"
    with pytest.raises(DataError, match=where):
        read_ubfc(folder, "contact")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 2 3\n4 5 6\n", "expected three lines .*got 2"),
        ("1 2\n3 4\n0 1\n5 6\n", "line 4: expected three lines .*got a fourth"),
        ("1 2 3\n4 5\n0 1 2\n", r"line 2: expected 3 numbers \(heart rate\).*got 2"),
        ("1\n2\n3\n", "expected a recording, got 1 samples"),
        ("1 2 3\n4 5 6\n0 .5 .2\n", "line 3, number 3: expected time to go on"),
        ("1 2 3\n4 5 6\n0 .5 9\n", "line 3, number 3: the time stamps jump by 8.5 s"),
        ("1 2 3\n4 5 6\n1 1 1\n", "expected time to go on, got equal time stamps"),
    ],
)
def test_a_wrong_ground_truth_is_told(tmp_path: Path, text: str, message: str) -> None:
    """Ragged, too short, too long, or with a clock that does not run."""
    (tmp_path / "ground_truth.txt").write_text(text)
    with pytest.raises(DataError, match=message):
        read_ubfc(tmp_path, "contact")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("red,green\n1,2\n3,4\n", "missing blue, got red, green"),
        ("red,green,blue\n1,2,3\n3,4,5\n", "a row for each of the 300 .*got 2 rows"),
        ("time,red,green,blue\n0,1,2,3\n.1,3,4,x\n.2,1,2,3\n", "line 3.*'blue'.*'x'"),
        ("time,red,green,blue\n50,1,2,3\n51,3,4,4\n", "within those of .*got 50 to 51"),
    ],
)
def test_wrong_skin_colours_are_told(tmp_path: Path, text: str, message: str) -> None:
    """They must fit the ground truth."""
    folder = write_subject(tmp_path / "subject1", 10, colours="frames")
    (folder / "traces.csv").write_text(text)
    with pytest.raises(DataError, match=message):
        read_ubfc(folder, "skin_rgb")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("500.0,oops", r"line 52, column 'hr': expected a number .*got 'oops'"),
        ("500.0,", r"line 52, column 'hr': expected a value, got ''"),
        ("500.0,1,2", "line 52: expected 2 cells as in line 1, got 3"),
        ("10.0,1", "line 52, column 'timer': expected time to go on"),
        ("90000.0,1", "line 52, column 'timer': the time stamps jump by 89.5 s"),
    ],
)
def test_a_damaged_contact_recording_is_told(
    tmp_path: Path, line: str, message: str
) -> None:
    """With the line of the file."""
    path = write_contact(tmp_path / "own.csv", 5)
    lines = path.read_text().splitlines()
    lines[51] = line
    path.write_text("\n".join(lines))
    with pytest.raises(DataError, match=message):
        read_contact(path, None)


def test_other_tables_are_no_recordings(tmp_path: Path) -> None:
    """More columns, texts, or a stamp that is none."""
    path = tmp_path / "own.csv"
    for text, message in (
        ("a,b,c\n1,2,3\n4,5,6\n", "got 3 columns"),
        ("a,b\nx,y\nx,z\n", "expected numbers, got 'y'"),
        ("t,b\nsoon,1\nlater,2\n", r"line 2.*expected a time stamp .*got 'soon'"),
    ):
        path.write_text(text)
        with pytest.raises(DataError, match=message):
            read_contact(path, None)

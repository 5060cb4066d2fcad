"""Tests of the heart-rate task."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pulses import write_contact, write_subject

from evonas.errors import ConfigError, DataError
from evonas.tasks import Task, open_task
from evonas.tasks.heart_rate import cut_recordings, read_recordings
from evonas.tasks.pulse import STEPS
from evonas.tasks.settings import TaskSettings


def _open(folder: Path, **settings: Any) -> Task:
    return open_task({"name": "heart-rate", "directory": str(folder), **settings})


@pytest.fixture
def subjects(tmp_path: Path) -> Path:
    """Three subjects whose hearts beat at 60, 80 and 100."""
    for number, bpm in enumerate((60, 80, 100), 1):
        write_subject(tmp_path / f"subject{number}", 60, bpm, "frames")
    return tmp_path


@pytest.mark.parametrize(("signal", "channels"), [("contact", 1), ("skin_rgb", 3)])
def test_subjects_of_ubfc_become_windows(
    subjects: Path, signal: str, channels: int
) -> None:
    """Labelled by the file's heart rate; the source says which signal was used."""
    task = _open(subjects, signal=signal)
    assert (task.modality, task.layout, task.metric) == (
        "series",
        "channels_first",
        "mae",
    )
    assert task.input_shape == (channels, STEPS)
    assert set(np.unique(task.y_train)) == {60, 80, 100}
    assert f"3 recordings, {signal} signal" in task.source
    assert "30 Hz" in task.about_inputs


def test_contact_recordings_are_labelled_by_their_beats(tmp_path: Path) -> None:
    """The intervals between the peaks of each window."""
    write_contact(tmp_path / "a.csv", 60, 75)
    write_contact(tmp_path / "b.csv", 90, 110)
    task = _open(tmp_path)
    found = task.y_train[:, 0]
    assert task.timeline is not None
    for number, bpm in enumerate((75, 110)):
        own = found[task.timeline.recording == number]
        assert own == pytest.approx(bpm, rel=0.03)


def test_no_second_of_a_recording_is_in_two_parts(subjects: Path) -> None:
    """Training, validation and test lie apart in time, window by window."""
    recordings = read_recordings(TaskSettings(name="heart-rate", directory=subjects))
    train, test = cut_recordings(recordings)
    task = _open(subjects)
    splits = task.split(3)
    for number in range(3):
        parts = [
            (train.timeline, splits.train),
            (train.timeline, splits.validation),
            (test.timeline, np.arange(len(test.heart_rate))),
        ]
        used = []
        for line, samples in parts:
            own = [n for n in samples if line.recording[n] == number]
            used.append({s for n in own for s in range(line.start[n], line.stop[n])})
        assert all(used)
        assert not used[0] & used[1]
        assert not (used[0] | used[1]) & used[2]


def test_the_mini_size_has_a_quarter_of_the_windows(subjects: Path) -> None:
    """They start every four seconds."""
    whole, mini = _open(subjects), _open(subjects, size="mini")
    assert len(mini.x_train) < len(whole.x_train) / 3


def test_recordings_without_a_pulse_are_told(tmp_path: Path) -> None:
    """All of them too short, or of a loose sensor."""
    write_contact(tmp_path / "a.csv", 6, 75)
    with pytest.raises(
        DataError, match=r"a window of 8\.5 s that shows a pulse, got none"
    ):
        _open(tmp_path)


def test_missing_recordings_are_told_with_the_way_to_get_them(tmp_path: Path) -> None:
    """Both sources, and the form of one's own."""
    with pytest.raises(DataError, match=r"ground_truth\.txt.*heartpy.*ubfcrppg.*\.csv"):
        _open(tmp_path)
    write_contact(tmp_path / "a.csv")
    with pytest.raises(DataError, match=r"ground_truth\.txt and a traces\.csv in one"):
        _open(tmp_path, signal="skin_rgb")
    with pytest.raises(ConfigError, match="contact or skin_rgb, got 'video'"):
        _open(tmp_path, signal="video")


def test_the_real_recordings_beat_as_heartpy_finds() -> None:
    """58.9, 62.4 and 97.3 a minute."""
    data = os.environ.get("EVONAS_DATA")
    if not data or not (Path(data) / "heartpy_ppg").is_dir():
        pytest.skip("EVONAS_DATA names no folder with heartpy_ppg/")
    folder = Path(data) / "heartpy_ppg"
    recordings = read_recordings(TaskSettings(name="heart-rate", directory=folder))
    train, test = cut_recordings(recordings)
    assert len(test.heart_rate) > 50
    for number, expected in enumerate((58.9, 62.4, 97.3)):
        own = train.heart_rate[train.timeline.recording == number]
        assert own.mean() == pytest.approx(expected, abs=1.5)

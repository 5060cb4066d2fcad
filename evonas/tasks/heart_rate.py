"""Heart rate from a pulse signal: contact recordings, or skin colours of a video.

UBFC-rPPG (Bobbia et al. 2017) in its own layout, or recordings of any contact sensor;
three of these come with heartpy (van Gent et al. 2019).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evonas.errors import DataError
from evonas.tasks.places import data_places, missing, package_folder
from evonas.tasks.pulse import RATE, STEPS, Windows, cut_windows
from evonas.tasks.recordings import (
    GROUND_TRUTH,
    TRACES,
    Recording,
    Signal,
    read_contact,
    read_ubfc,
)
from evonas.tasks.settings import TaskSettings
from evonas.tasks.task import Task
from evonas.tasks.timeline import Timeline

#: the end of each recording, in time, is for testing
_TEST_SHARE = 0.2
#: steps between windows: one second, and four in the mini size
_HOP, _MINI_HOP = RATE, 4 * RATE
_ENDINGS = (".csv", ".csv.gz")
#: the recordings that come with heartpy
_HEARTPY = ("data.csv", "data2.csv", "data3.csv")
UBFC = "https://sites.google.com/view/ybenezeth/ubfcrppg"
_HOW = (
    "Real recordings come with heartpy (`pip install --no-deps heartpy`, or its "
    f"heartpy/data as heartpy_ppg); UBFC-rPPG is at {UBFC}; a recording of your own is "
    "a .csv of signal, or of time stamps and signal"
)


@dataclass(frozen=True, eq=False)
class Cut:
    """The windows of all recordings that lie on one side of each recording's cut.

    Attributes:
        signal: (N, channels, steps).
        heart_rate: (N,), in beats a minute.
        timeline: where each window comes from.
    """

    signal: NDArray[np.float64]
    heart_rate: NDArray[np.float64]
    timeline: Timeline


def heart_rate(settings: TaskSettings) -> Task:
    """Windows of 256 steps (8.5 seconds) of a pulse signal → beats a minute.

    The last fifth of each recording is for testing, and validation holds a stretch of
    the rest out; windows that reach over a border are left out, so that no sample of a
    signal is in two parts. Windows start every second, in the mini size every four.

    Raises:
        DataError: there is no recording, or one is corrupt; with its line.
    """
    recordings = read_recordings(settings)
    train, test = cut_recordings(recordings, mini=settings.size == "mini")
    told = recordings[0].heart_rate is not None
    source = UBFC if told else recordings[0].path.parent.name
    task = Task.from_arrays(
        train.signal,
        train.heart_rate,
        test.signal,
        test.heart_rate,
        metric="mae",
        name="heart-rate",
        modality="series",
        timeline=train.timeline,
    )
    return replace(
        task,
        source=f"{source} ({len(recordings)} recordings, {_form(settings)} signal)",
        about_inputs=(
            f"{STEPS} steps at {RATE} Hz of the pulse signal; each channel of each "
            "window has mean 0 and standard deviation 1"
        ),
        licence="free for research" if told else "unknown (of heartpy's own: MIT)",
    )


def cut_recordings(
    recordings: Sequence[Recording], *, mini: bool = False
) -> tuple[Cut, Cut]:
    """The windows to train on and those to test on.

    Raises:
        DataError: no window of a part shows a pulse.
    """
    train: list[tuple[Windows, NDArray[np.bool_]]] = []
    test: list[tuple[Windows, NDArray[np.bool_]]] = []
    for recording in recordings:
        windows = cut_windows(recording, _MINI_HOP if mini else _HOP)
        border = windows.steps - round(windows.steps * _TEST_SHARE)
        train.append((windows, windows.start + STEPS <= border))
        test.append((windows, windows.start >= border))
    where = f"{recordings[0].path.parent}: {len(recordings)} recordings"
    return _joined(train, f"{where}, training part"), _joined(
        test, f"{where}, last fifth"
    )


def _joined(parts: list[tuple[Windows, NDArray[np.bool_]]], where: str) -> Cut:
    starts = np.concatenate([windows.start[own] for windows, own in parts])
    if len(starts) == 0:
        raise DataError(
            f"{where}: expected a window of {STEPS / RATE:.1f} s that shows a pulse, "
            "got none; give longer or cleaner recordings"
        )
    numbers = [np.full(int(own.sum()), n) for n, (_, own) in enumerate(parts)]
    return Cut(
        np.concatenate([windows.signal[own] for windows, own in parts]),
        np.concatenate([windows.heart_rate[own] for windows, own in parts]),
        Timeline(np.concatenate(numbers).astype(np.int64), starts, starts + STEPS),
    )


def read_recordings(settings: TaskSettings) -> list[Recording]:
    """Every recording of the settings' folder, in the order of their names.

    Subjects of UBFC-rPPG are folders with a `ground_truth.txt`; where there are none,
    every `.csv` and `.csv.gz` is a contact recording.

    Raises:
        DataError: there is none, or one is corrupt; with its line.
    """
    signal = _form(settings)
    places = data_places(settings.directory, "ubfc-rppg", "heart-rate", "heartpy_ppg")
    for place in places:
        subjects = _subjects(place)
        if subjects:
            return [read_ubfc(folder, signal) for folder in subjects]
        files = _contact_files(place)
        if files and signal == "contact":
            return [read_contact(path, settings.sample_rate) for path in files]
    if settings.directory is None and signal == "contact":
        for place in package_folder("heartpy", "data"):
            places.append(place)
            if all((place / name).is_file() for name in _HEARTPY):
                return [read_contact(place / name, None) for name in _HEARTPY]
    wanted = f"folders with a {GROUND_TRUTH}"
    wanted += f" and a {TRACES}" if signal == "skin_rgb" else ", or .csv recordings,"
    raise missing("heart-rate", wanted, places, _HOW)


def _form(settings: TaskSettings) -> Signal:
    return settings.signal or "contact"


def _subjects(place: Path) -> list[Path]:
    found = (path.parent for path in place.glob(f"*/{GROUND_TRUTH}"))
    return sorted(found, key=lambda path: (len(path.name), path.name))


def _contact_files(place: Path) -> list[Path]:
    if not place.is_dir():
        return []
    return sorted(path for path in place.iterdir() if path.name.endswith(_ENDINGS))

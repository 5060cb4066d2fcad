"""Readers of pulse recordings: UBFC-rPPG folders, and files of contact sensors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evonas.errors import DataError
from evonas.tasks.cells import Cells, number, numbers_of, read_cells
from evonas.tasks.lines import read_lines

Signal = Literal["contact", "skin_rgb"]
Floats = NDArray[np.float64]

GROUND_TRUTH = "ground_truth.txt"
TRACES = "traces.csv"
_LINES = ("signal", "heart rate", "time stamps")
_COLOURS = ("red", "green", "blue")
#: a longer hole in the time stamps is no jitter of the clock, in seconds
_LONGEST_GAP = 1.0
#: numeric time stamps further apart are milliseconds: a pulse needs more than 2 Hz
_LONGEST_STEP = 0.5
#: the first recording that comes with heartpy has no time stamps; its documentation
#: gives the rate: (name without endings, samples, hertz)
_HEARTPY = ("data", 2_483, 100.0)


@dataclass(frozen=True, eq=False)
class Recording:
    """One recording, step by step.

    Attributes:
        path: of its file or folder.
        times: of each step from the first, in seconds.
        signal: (channels, steps), in the sensor's unit.
        heart_rate: at each step as the file tells it, in beats a minute; None: it has
            to be read from the signal.
    """

    path: Path
    times: Floats
    signal: Floats
    heart_rate: Floats | None

    @property
    def rate(self) -> float:
        """Mean number of steps a second."""
        return (len(self.times) - 1) / float(self.times[-1])


def read_ubfc(folder: Path, signal: Signal) -> Recording:
    """A subject of UBFC-rPPG: `ground_truth.txt`, with `traces.csv` for skin colours.

    The ground truth has three lines of equally many numbers: contact signal, heart rate
    in beats a minute, time stamps in seconds. `traces.csv` is made from the video: a
    row a frame with the columns red, green and blue, the means over the skin, and, if
    frames and ground truth differ in time, the column time in seconds.

    Raises:
        DataError: a file is missing or corrupt; with its line.
    """
    path = folder / GROUND_TRUTH
    truth = _three_lines(path)
    places = [f"{path}, line 3, number {n + 1}" for n in range(truth.shape[1])]
    _check_steps(truth[2], places)
    times = truth[2] - truth[2, 0]
    if signal == "contact":
        return Recording(folder, times, truth[:1], truth[1])
    cells = read_cells(folder / TRACES)
    absent = [name for name in _COLOURS if name not in cells.names]
    if absent:
        raise DataError(
            f"{cells.path}: expected the columns {', '.join(_COLOURS)}; missing "
            f"{', '.join(absent)}, got {', '.join(cells.names)}"
        )
    colours = np.stack([_column(cells, name) for name in _COLOURS])
    if "time" not in cells.names:
        if len(cells) != len(times):
            raise DataError(
                f"{cells.path}: expected a row for each of the {len(times)} time "
                f"stamps of {path}, or a column time, got {len(cells)} rows"
            )
        return Recording(folder, times, colours, truth[1])
    stamps = _column(cells, "time")
    _check_steps(stamps, [cells.where(n, 0) for n in range(len(cells))])
    first, last = truth[2, 0], truth[2, -1]
    if stamps[0] < first - _LONGEST_GAP or stamps[-1] > last + _LONGEST_GAP:
        raise DataError(
            f"{cells.path}: expected times within those of {path} ({first:g} to "
            f"{last:g} s), got {stamps[0]:g} to {stamps[-1]:g}"
        )
    rate = np.interp(stamps, truth[2], truth[1])
    return Recording(folder, stamps - stamps[0], colours, rate)


def read_contact(path: Path, sample_rate: float | None) -> Recording:
    """A contact sensor's recording: a column of signal, with time stamps before it.

    Args:
        path: a table of one or two columns, compressed or not. Time stamps are seconds,
            milliseconds, or date and time; the clock's jitter is evened out.
        sample_rate: in hertz, where there are no time stamps.

    Raises:
        DataError: corrupt, or neither time stamps nor a rate; with its line.
    """
    cells = read_cells(path)
    width = len(cells.names)
    if width > 2:
        raise DataError(
            f"{path}, line {cells.lines[0]}: expected a column of signal, or time "
            f"stamps and signal, got {width} columns"
        )
    signal = _numbers(cells, width - 1)
    _expect_samples(len(signal), f"{path}")
    if width == 2:
        stamps = _stamps(cells)
        if np.median(np.diff(stamps)) > _LONGEST_STEP:
            stamps = stamps / 1000
        _check_steps(stamps, [cells.where(n, 0) for n in range(len(cells))])
        sample_rate = (len(stamps) - 1) / float(stamps[-1] - stamps[0])
    elif sample_rate is None:
        if (path.name.partition(".")[0], len(signal)) != _HEARTPY[:2]:
            raise DataError(
                f"{path}: expected time stamps in the first of two columns, got one "
                "column; say how many samples a second it has with task.sample_rate"
            )
        sample_rate = _HEARTPY[2]
    times = np.arange(len(signal)) / sample_rate
    return Recording(path, times, signal[None], None)


def _three_lines(path: Path) -> Floats:
    rows: list[Floats] = []
    for line, text in read_lines(path):
        if not text.strip():
            continue
        if len(rows) == len(_LINES):
            raise DataError(
                f"{path}, line {line}: expected three lines ({', '.join(_LINES)}), got "
                "a fourth"
            )
        cells = text.split()
        values = numbers_of(cells)
        if values is None:
            place, cell = next(
                (place, cell)
                for place, cell in enumerate(cells, 1)
                if numbers_of([cell]) is None
            )
            raise DataError(
                f"{path}, line {line}, number {place}: expected a finite number, got "
                f"{cell!r}"
            )
        if rows and len(values) != len(rows[0]):
            raise DataError(
                f"{path}, line {line}: expected {len(rows[0])} numbers "
                f"({_LINES[len(rows)]}) as in the first line, got {len(values)}"
            )
        rows.append(values)
    if len(rows) < len(_LINES):
        raise DataError(
            f"{path}: expected three lines ({', '.join(_LINES)}), got {len(rows)}"
        )
    _expect_samples(len(rows[0]), f"{path}")
    return np.array(rows, np.float64)


def _expect_samples(count: int, where: str) -> None:
    if count < 2:
        raise DataError(f"{where}: expected a recording, got {count} samples")


def _column(cells: Cells, name: str) -> Floats:
    return _numbers(cells, cells.names.index(name))


def _numbers(cells: Cells, place: int) -> Floats:
    values = cells.numbers(place)
    if values is None:
        raise DataError(
            f"{cells.where(0, place)}: expected numbers, got {cells.rows[0][place]!r}"
        )
    return values


def _stamps(cells: Cells) -> Floats:
    """The first column as numbers; date and time as seconds."""
    texts = cells.column(0)
    if number(texts[0]) is not None:
        return _numbers(cells, 0)
    stamps = np.empty(len(texts))
    for row, text in enumerate(texts):
        try:
            stamps[row] = datetime.fromisoformat(text.strip()).timestamp()
        except ValueError:
            raise DataError(
                f"{cells.where(row, 0)}: expected a time stamp (seconds, milliseconds, "
                f"or date and time as 2016-11-24 13:58:58.081), got {text!r}"
            ) from None
    return stamps


def _check_steps(stamps: Floats, places: list[str]) -> None:
    """Time stamps in seconds must go on without a hole.

    Raises:
        DataError: time goes backwards, stands still, or jumps.
    """
    steps = np.diff(stamps)
    wrong = np.flatnonzero((steps < 0) | (steps > _LONGEST_GAP))
    if len(wrong):
        step, place = steps[wrong[0]], places[wrong[0] + 1]
        if step < 0:
            raise DataError(
                f"{place}: expected time to go on, got a time stamp {-step:.3g} s "
                "before the one above it"
            )
        raise DataError(
            f"{place}: the time stamps jump by {step:.3g} s; cut the recording into "
            "two there"
        )
    if steps.max() == 0:
        raise DataError(f"{places[-1]}: expected time to go on, got equal time stamps")

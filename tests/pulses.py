"""Pulse recordings that are made up: their heart rate is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def pulse(
    seconds: float, rate: float, bpm: float, noise: float = 0.0, seed: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Time stamps and a contact signal: sharp beats with a smaller second wave each."""
    times = np.arange(round(seconds * rate)) / rate
    phase = times * bpm / 60 % 1
    signal = np.exp(-(((phase - 0.2) / 0.06) ** 2))
    signal += 0.25 * np.exp(-(((phase - 0.5) / 0.08) ** 2))
    signal += noise * np.random.default_rng(seed).normal(size=len(times))
    return times, 500 + 100 * signal


def write_subject(
    folder: Path, seconds: float = 40.0, bpm: float = 72.0, colours: str = ""
) -> Path:
    """A subject of UBFC-rPPG at 30 Hz; `colours`: "frames", "times" or none."""
    folder.mkdir(parents=True)
    times, signal = pulse(seconds, 30, bpm)
    rates = np.full(len(times), bpm)
    lines = (signal, rates, times)
    (folder / "ground_truth.txt").write_text(
        "\n".join(" ".join(f"{value:.7e}" for value in line) for line in lines)
    )
    if colours:
        skin = np.stack([120 - signal / 100, 90 - signal / 50, 80 - signal / 90], 1)
        names, columns = "red,green,blue", skin
        if colours == "times":
            names, columns = f"time,{names}", np.column_stack([times, skin])[::2]
        np.savetxt(
            folder / "traces.csv", columns, "%.6f", ",", header=names, comments=""
        )
    return folder


def write_contact(path: Path, seconds: float = 60.0, bpm: float = 80.0) -> Path:
    """Milliseconds and signal at 100 Hz."""
    times, signal = pulse(seconds, 100, bpm)
    rows = np.column_stack([1000 * times, signal])
    np.savetxt(path, rows, "%.3f", ",", header="timer,hr", comments="")
    return path

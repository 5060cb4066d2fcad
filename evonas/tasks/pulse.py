"""Windows of pulse recordings and the heart rate of each, in beats a minute."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evonas.tasks.recordings import Floats, Recording
from evonas.tasks.splits import Indices

#: steps a second of every window: the frame rate of UBFC-rPPG's videos
RATE = 30
#: steps of a window, 8.5 seconds
STEPS = 256
#: faster hearts are not looked for, in beats a minute
FASTEST = 220
#: a beat rises by this share of the window's range; the wave after it does not
_RISE = 0.5
#: the window's range leaves so many percent out at either end
_OUTLIERS = 2
#: intervals of one window that differ by a larger factor: a beat was missed, or noise
_UNEVEN = 1.7
#: intervals that a rate needs
_FEWEST = 3
#: before it is sampled at `RATE`, what is faster than this is taken out, in hertz
_CUT_OFF = 10.0


@dataclass(frozen=True, eq=False)
class Windows:
    """What was cut out of one recording.

    Attributes:
        signal: (N, channels, STEPS); each channel of each window has mean 0 and
            deviation 1.
        heart_rate: (N,), in beats a minute.
        start: the first step of each, (N,).
        steps: of the whole recording at `RATE`.
    """

    signal: Floats
    heart_rate: Floats
    start: Indices
    steps: int


def cut_windows(recording: Recording, hop: int) -> Windows:
    """Every window whose heart rate can be told.

    Where the recording has no heart rate of its own it is read from the intervals
    between the beats of the window. Windows without a signal, or whose intervals are
    too uneven to be a pulse (movement, a loose sensor), are left out.

    Args:
        recording: at any rate.
        hop: steps from one window to the next.
    """
    even = resampled(recording)
    steps = even.shape[1]
    starts, signals, rates = [], [], []
    for start in range(0, steps - STEPS + 1, hop):
        window = even[:, start : start + STEPS]
        spread = window.std(1, keepdims=True)
        if spread.min() < 1e-9 * (1 + np.abs(window).max()):
            continue
        rate = _heart_rate(recording, start / RATE, (start + STEPS) / RATE)
        if not np.isfinite(rate):
            continue
        starts.append(start)
        signals.append((window - window.mean(1, keepdims=True)) / spread)
        rates.append(rate)
    return Windows(
        np.array(signals, np.float64).reshape(len(starts), len(even), STEPS),
        np.array(rates, np.float64),
        np.array(starts, np.int64),
        steps,
    )


def resampled(recording: Recording) -> Floats:
    """The signal at `RATE` steps a second, (channels, steps)."""
    signal, rate = recording.signal, recording.rate
    steps = int(recording.times[-1] * RATE) + 1
    # Below that the filter's edges are longer than the recording, and it has no window.
    if rate > 1.2 * RATE and steps >= STEPS:
        # SciPy takes a second to import, and other tasks do without.
        from scipy.signal import butter, sosfiltfilt

        low_pass = butter(4, _CUT_OFF, "lowpass", fs=rate, output="sos")
        signal = sosfiltfilt(low_pass, signal, axis=1)
    grid = np.arange(steps) / RATE
    return np.stack([np.interp(grid, recording.times, row) for row in signal])


def _heart_rate(recording: Recording, start: float, stop: float) -> float:
    """Of the seconds from `start` to `stop`; NaN if it cannot be told."""
    first, last = np.searchsorted(recording.times, (start, stop))
    if recording.heart_rate is not None:
        rate = float(recording.heart_rate[first:last].mean())
        return rate if 0 < rate <= FASTEST else float("nan")
    return rate_of_beats(recording.signal[0, first:last], recording.rate)


def rate_of_beats(signal: Floats, rate: float) -> float:
    """Beats a minute by the median interval between beats; NaN if there is no pulse.

    Args:
        signal: of a contact sensor, in which a beat is a peak upwards.
        rate: steps a second.
    """
    from scipy.ndimage import uniform_filter1d
    from scipy.signal import find_peaks

    smooth = uniform_filter1d(signal, max(1, round(0.05 * rate)))
    low, high = np.percentile(smooth, (_OUTLIERS, 100 - _OUTLIERS))
    if high <= low:
        return float("nan")
    beats, _ = find_peaks(
        smooth,
        distance=max(1, int(rate * 60 / FASTEST)),
        prominence=_RISE * (high - low),
    )
    intervals = np.diff(beats) / rate
    if len(intervals) < _FEWEST or intervals.max() > _UNEVEN * intervals.min():
        return float("nan")
    return float(60 / np.median(intervals))

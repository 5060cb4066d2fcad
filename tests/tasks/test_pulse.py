"""Tests of windows and their heart rates."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pulses import pulse

from evonas.tasks.pulse import RATE, STEPS, cut_windows, rate_of_beats, resampled
from evonas.tasks.recordings import Recording


def _recording(
    seconds: float, rate: float, bpm: float, noise: float = 0.0, told: bool = False
) -> Recording:
    times, signal = pulse(seconds, rate, bpm, noise)
    rates = np.full(len(times), bpm) if told else None
    return Recording(Path("made-up"), times, signal[None], rates)


@settings(max_examples=30)
@given(
    st.floats(45, 170),
    st.sampled_from([30.0, 60.0, 117.0]),
    st.integers(0, 1_000),
    st.floats(0.1, 1e4),
    st.floats(-1e3, 1e3),
)
def test_the_rate_is_read_from_the_beats(
    bpm: float, rate: float, seed: int, scale: float, offset: float
) -> None:
    """Not from the second wave of each, whatever the sensor's unit, and with noise."""
    _, signal = pulse(8.5, rate, bpm, 0.03, seed)
    found = rate_of_beats(signal * scale + offset, rate)
    # An interval is a whole number of steps.
    assert found == pytest.approx(bpm, rel=1.5 * bpm / 60 / rate + 0.02)


def test_no_rate_is_read_where_there_is_no_pulse() -> None:
    """A loose sensor, movement, or too few beats."""
    _, signal = pulse(8.5, 100, 80)
    assert np.isnan(rate_of_beats(np.full(850, 3.0), 100))
    assert np.isnan(rate_of_beats(signal[:200], 100))
    moved = signal.copy()
    moved[300:420] += 900
    assert np.isnan(rate_of_beats(moved, 100))


@pytest.mark.parametrize("rate", [25.0, 30.0, 117.0])
def test_windows_are_standardised_and_start_a_hop_apart(rate: float) -> None:
    """At 30 steps a second, from a sensor of any rate."""
    recording = _recording(20, rate, 90)
    windows = cut_windows(recording, RATE)
    assert windows.signal.shape == (len(windows.start), 1, STEPS)
    assert list(windows.start) == list(range(0, windows.steps - STEPS + 1, RATE))
    assert windows.signal.mean(2) == pytest.approx(0, abs=1e-9)
    assert windows.signal.std(2) == pytest.approx(1)
    assert windows.heart_rate == pytest.approx(90, rel=0.1)


def test_what_is_too_fast_to_be_a_pulse_is_filtered_out() -> None:
    """Mains hum would otherwise come back as a slow wave."""
    times = np.arange(2_000) / 100
    hum = Recording(Path("hum"), times, np.sin(2 * np.pi * 31 * times)[None], None)
    assert np.abs(resampled(hum)[0, 30:-30]).max() < 0.05


def test_a_rate_that_the_file_tells_is_averaged() -> None:
    """Over the window's seconds."""
    recording = _recording(20, 30, 80, told=True)
    assert recording.heart_rate is not None
    recording.heart_rate[300:] = 100
    windows = cut_windows(recording, RATE)
    assert windows.heart_rate[0] == pytest.approx(80)
    assert windows.heart_rate[-1] == pytest.approx(100, abs=1)


def test_windows_without_a_signal_or_a_rate_are_left_out() -> None:
    """A sensor that fell off says nothing."""
    recording = _recording(40, 100, 80)
    recording.signal[:, 2_000:] = 0
    assert cut_windows(recording, RATE).start.max() < 20 * RATE
    told = _recording(20, 30, 80, told=True)
    assert told.heart_rate is not None
    told.heart_rate[:] = 0
    assert len(cut_windows(told, RATE).start) == 0


def test_a_recording_shorter_than_a_window_has_none() -> None:
    """It is no error: others may be longer."""
    assert len(cut_windows(_recording(3, 100, 80), RATE).start) == 0

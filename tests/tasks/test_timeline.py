"""Tests of splits by time."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from evonas.tasks.timeline import Timeline, split_by_time

RECORDINGS = st.lists(st.integers(1, 40), min_size=1, max_size=4)


def _timeline(counts: list[int], length: int, hop: int) -> Timeline:
    starts = np.concatenate([np.arange(count) * hop for count in counts])
    numbers = np.repeat(np.arange(len(counts)), counts)
    return Timeline(numbers, starts, starts + length)


@given(
    RECORDINGS,
    st.integers(1, 12),
    st.integers(1, 12),
    st.floats(0.05, 0.9),
    st.integers(0, 2**32),
)
def test_no_step_of_a_recording_is_in_both_parts(
    counts: list[int], length: int, hop: int, share: float, seed: int
) -> None:
    """Whatever overlaps the held-out stretch is dropped, and nothing else is."""
    timeline = _timeline(counts, length, hop)
    splits = split_by_time(timeline, share, np.random.default_rng(seed))
    for number in range(len(counts)):
        train = [n for n in splits.train if timeline.recording[n] == number]
        held = sorted(n for n in splits.validation if timeline.recording[n] == number)
        assert train, "every recording is trained on"
        used = {step for n in train for step in _steps(timeline, n)}
        first = min((int(timeline.start[n]) for n in held), default=0)
        last = max((int(timeline.stop[n]) for n in held), default=0)
        assert not used & set(range(first, last))
        assert all(after == before + 1 for before, after in pairwise(held))
        others = set(np.flatnonzero(timeline.recording == number)) - {*train, *held}
        assert all(set(_steps(timeline, n)) & set(range(first, last)) for n in others)
        if held:
            assert len(held) == round(counts[number] * share)


def _steps(timeline: Timeline, sample: int) -> range:
    return range(int(timeline.start[sample]), int(timeline.stop[sample]))


def test_equal_seeds_give_equal_splits_and_others_hold_other_stretches() -> None:
    """The place of the stretch is drawn."""
    timeline = _timeline([40, 30], 4, 2)
    draws = [split_by_time(timeline, 0.2, np.random.default_rng(s)) for s in (1, 1, 2)]
    assert np.array_equal(draws[0].train, draws[1].train)
    assert not np.array_equal(draws[0].validation, draws[2].validation)


def test_a_recording_too_short_to_be_cut_is_trained_on() -> None:
    """All its windows overlap each other."""
    splits = split_by_time(_timeline([5], 100, 1), 0.4, np.random.default_rng(0))
    assert sorted(splits.train) == [0, 1, 2, 3, 4]
    assert len(splits.validation) == 0

"""Windows of recordings, and splits by time in which no two parts overlap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evonas.tasks.splits import Indices, Splits


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """Where in which recording each sample of a series task was cut out.

    Attributes:
        recording: number of its recording, (N,).
        start: its first step in there, (N,).
        stop: the step after its last, (N,).
    """

    recording: Indices
    start: Indices
    stop: Indices

    def at(self, samples: Indices) -> Timeline:
        """Of these samples alone."""
        return Timeline(
            self.recording[samples], self.start[samples], self.stop[samples]
        )


def split_by_time(
    timeline: Timeline, validation_share: float, rng: np.random.Generator
) -> Splits:
    """Hold a contiguous stretch of each recording out, and drop what overlaps it.

    Where in a recording the stretch lies is drawn. A recording so short that nothing
    would be left to train on is trained on as a whole.

    Args:
        timeline: of the training samples.
        validation_share: of the samples of each recording.
        rng: draws the stretches and the order of the training samples.
    """
    train, validation = [], []
    for number in np.unique(timeline.recording):
        own = np.flatnonzero(timeline.recording == number)
        own = own[np.argsort(timeline.start[own], kind="stable")]
        count = round(len(own) * validation_share)
        first = int(rng.integers(len(own) - count + 1))
        held = own[first : first + count]
        clear = own
        if count:
            before = timeline.stop[own] <= timeline.start[held].min()
            after = timeline.start[own] >= timeline.stop[held].max()
            clear = own[before | after]
        if len(clear) == 0:
            held, clear = own[:0], own
        train.append(clear)
        validation.append(held)
    return Splits(
        train=rng.permutation(np.concatenate(train)).astype(np.int64),
        validation=np.concatenate(validation).astype(np.int64),
    )

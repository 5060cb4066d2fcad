"""Tests of batches of images as rows of bytes."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from official_files import python2_pickle, rows

from evonas.tasks.batches import channels_last, joined, pickled_batch


@given(st.integers(1, 4), st.integers(1, 5), st.integers(0, 2**32))
def test_a_pixel_of_a_plane_becomes_a_channel_of_a_pixel(
    count: int, side: int, seed: int
) -> None:
    """Rows hold all red, then all green, then all blue pixels, line by line."""
    batch = rows(count, side, seed)
    images = channels_last(batch, side)
    assert images.flags.c_contiguous
    for colour in range(3):
        plane = batch[:, colour * side * side : (colour + 1) * side * side]
        np.testing.assert_array_equal(images[..., colour].reshape(count, -1), plane)


@given(st.lists(st.integers(1, 3), min_size=1, max_size=4))
def test_joined_batches_keep_their_order(sizes: list[int]) -> None:
    """Images and labels alike; labels may be an array or a list."""
    batches = []
    for seed, size in enumerate(sizes):
        labels = np.arange(size) + seed
        entries = {
            b"data": rows(size, 2, seed),
            b"labels": labels if seed else [0] * size,
        }
        batches.append(pickled_batch(python2_pickle(entries), "file", "labels", 9, 2))
    images, labels = joined(batches)
    assert len(images) == len(labels) == sum(sizes)
    np.testing.assert_array_equal(images[-sizes[-1] :], batches[-1][0])

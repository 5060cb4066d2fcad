"""The generator's seeds and state."""

from __future__ import annotations

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from evonas.search.seeds import restore_generator, seed_of


@given(st.integers(0, 2**32 - 1), st.integers(0, 20))
def test_a_generator_goes_through_json(seed: int, drawn: int) -> None:
    """And goes on exactly, the buffered half of a 64-bit draw included."""
    first, second = np.random.default_rng(seed), np.random.default_rng(seed + 1)
    for _ in range(drawn):
        first.integers(7, dtype=np.int32)
    restore_generator(second, json.loads(json.dumps(first.bit_generator.state)))
    for draw in (lambda rng: int(rng.integers(7, dtype=np.int32)), seed_of):
        assert [draw(first) for _ in range(5)] == [draw(second) for _ in range(5)]


@given(st.integers(0, 2**32 - 1))
def test_seeds_have_63_bits(seed: int) -> None:
    """So that they fit every signed integer on the way."""
    rng = np.random.default_rng(seed)
    assert all(0 <= seed_of(rng) < 2**63 for _ in range(10))

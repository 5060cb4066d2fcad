"""The strategy's generator: seeds drawn from it, and its state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


def seed_of(rng: np.random.Generator) -> int:
    """A seed for one request, 63 bits."""
    return int(rng.integers(2**63, dtype=np.uint64))


def restore_generator(rng: np.random.Generator, state: Mapping[str, Any]) -> None:
    """Set a generator to a state that went through JSON."""
    rng.bit_generator.state = dict(state)

"""Rows of architectures as people list them, for the importer of such."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from small_networks import convolutional

#: a network that `bench_records.PROBLEM` can be trained with
NETWORK = convolutional(filters=6)
#: what a row must have, but for the problem
ROW: Mapping[str, Any] = {
    "architecture": NETWORK.to_json(),
    "metrics": {"validation_accuracy": 0.5, "test_accuracy": 0.4},
    "epochs": 3,
    "seed": 7,
    "who": "Ada",
    "when": "2026-11",
}


def lines(path: Path, *rows: Any) -> Path:
    """Rows as JSON lines; bytes as they are."""
    data = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in rows]
    path.write_bytes(b"\n".join(data) + b"\n")
    return path

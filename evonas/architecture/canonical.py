"""One text for one content: what hashes are made of and what text forms hold."""

from __future__ import annotations

import json
from typing import Any

_CANONICAL = json.JSONEncoder(
    allow_nan=False, ensure_ascii=False, separators=(",", ":"), sort_keys=True
)


def canonical(data: Any) -> str:
    """JSON on one line: sorted keys, no spaces, floats with every bit, real letters.

    Args:
        data: plain JSON values, already checked.
    """
    return _CANONICAL.encode(data)

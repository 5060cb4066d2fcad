"""One text for one content: what hashes are made of and what text forms hold."""

from __future__ import annotations

import hashlib
import json
from typing import Any

#: hex digits of an id
ID_DIGITS = 32

_CANONICAL = json.JSONEncoder(
    allow_nan=False, ensure_ascii=False, separators=(",", ":"), sort_keys=True
)


def canonical(data: Any) -> str:
    """JSON on one line: sorted keys, no spaces, floats with every bit, real letters.

    Args:
        data: plain JSON values, already checked.
    """
    return _CANONICAL.encode(data)


def digest(text: str) -> str:
    """The id of a content: the first half of its SHA-256, 32 hex digits.

    Args:
        text: canonical.
    """
    return hashlib.sha256(text.encode()).hexdigest()[:ID_DIGITS]

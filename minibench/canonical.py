"""One text for one content: what hashes are made of and what text forms hold."""

from __future__ import annotations

import hashlib

from evonas.architecture.canonical import canonical

__all__ = ["ID_DIGITS", "canonical", "digest"]

#: hex digits of an id
ID_DIGITS = 32


def digest(text: str) -> str:
    """The id of a content: the first half of its SHA-256, 32 hex digits.

    Args:
        text: canonical.
    """
    return hashlib.sha256(text.encode()).hexdigest()[:ID_DIGITS]

"""Numbers and times as people read them."""

from __future__ import annotations

import math


def number(value: float) -> str:
    """A number as people read it: `12,345`, `0.9833`."""
    if math.isfinite(value) and float(value).is_integer() and abs(value) >= 10:
        return f"{int(value):,}"
    return f"{value:.4g}"


def clock(seconds: float) -> str:
    """Seconds as `m:ss` or `h:mm:ss`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"

"""Times as people and schedulers write them."""

from __future__ import annotations

import re

from evonas.errors import ConfigError

_UNITS = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_CLOCK = re.compile(r"(?:(?:(\d+)-)?(\d+):)?([0-5]?\d):([0-5]\d)")


def seconds_of(text: str | None, option: str = "--wall-time") -> float | None:
    """Seconds of a duration such as `1h30m`, or `D-HH:MM:SS` as Slurm writes it.

    Args:
        text: what the user typed; None: nothing.
        option: its name, for the message.

    Raises:
        ConfigError: it is no duration.
    """
    if text is None:
        return None
    match = _CLOCK.fullmatch(text) or (_UNITS.fullmatch(text) if text else None)
    if match is None:
        raise ConfigError(
            f"{option}: expected a time such as 90s, 45m, 1h30m or 1:30:00, "
            f"got {text!r}"
        )
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return float(((days * 24 + hours) * 60 + minutes) * 60 + seconds)

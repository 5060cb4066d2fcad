"""What every section that names a mini-benchmark database has in common."""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

#: states of records that a user may trust; nobody trusts a rejected one, or one in
#: quarantine, which has harmed searches that it advised
Trusted = Literal["approved", "provisional"]


def database_place(value: str | None) -> str | None:
    """Check where a database is: an SQLite file, or postgresql://user@host/name."""
    if value is None or "://" not in value:
        return value
    parts = urlsplit(value)
    if parts.scheme != "postgresql":
        raise ValueError(
            "expected the path of an SQLite file, or a URL like "
            f"postgresql://user@host/name, got one of {parts.scheme}"
        )
    if parts.password is not None or "password" in parse_qs(parts.query):
        # not shown: whatever is written here would be read by others
        raise ValueError(
            "expected a URL without a password, since everybody can read it in "
            "the run's config.yaml, got one with; put it into ~/.pgpass"
        )
    return value


def listed_states(value: Any) -> Any:
    """One state alone is a list of one; some states nobody trusts."""
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list):
        return values
    for one in ("rejected", "quarantined"):
        if one in values:
            raise ValueError(
                "expected states of records that somebody trusts, approved and "
                f"provisional, got {one}, of which nothing is ever taken"
            )
    return tuple(values)

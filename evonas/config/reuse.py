"""The `reuse` section: results of a mini-benchmark database instead of trainings."""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from pydantic import field_validator, model_validator

from evonas.config.section import Settings

#: states of records that a user may trust; a rejected one is trusted by nobody
Trusted = Literal["approved", "provisional"]


class ReuseSettings(Settings):
    """What an equal candidate that was trained before need not be trained for again."""

    #: A mini-benchmark database: an SQLite file, or postgresql://user@host/name
    database: str | None = None
    #: States of the records that may stand in for a training: `approved`, and
    #: `provisional` for those that nobody has reviewed
    states: tuple[Trusted, ...] = ("approved",)

    @field_validator("database")
    @classmethod
    def _is_a_place(cls, value: str | None) -> str | None:
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

    @field_validator("states", mode="before")
    @classmethod
    def _one_is_a_list(cls, value: Any) -> Any:
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list):
            return values
        if "rejected" in values:
            raise ValueError(
                "expected states of records that somebody trusts, approved and "
                "provisional, got rejected, which never stands in for a training"
            )
        return tuple(values)

    @model_validator(mode="after")
    def _has_a_meaning(self) -> ReuseSettings:
        if not self.states or len(set(self.states)) < len(self.states):
            raise ValueError(
                "expected one or more `states`, each once, got "
                f"{', '.join(self.states) or 'none'}"
            )
        if self.database is None and self.states != ("approved",):
            raise ValueError(
                "expected a `database` beside `states`, got none; name one, or "
                "remove the section"
            )
        return self

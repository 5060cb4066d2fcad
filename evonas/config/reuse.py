"""The `reuse` section: results of a mini-benchmark database instead of trainings."""

from __future__ import annotations

from pydantic import field_validator, model_validator

from evonas.config.database import Trusted, database_place, listed_states
from evonas.config.section import Settings


class ReuseSettings(Settings):
    """What an equal candidate that was trained before need not be trained for again."""

    #: A mini-benchmark database: an SQLite file, or postgresql://user@host/name
    database: str | None = None
    #: States of the records that may stand in for a training: `approved`, and
    #: `provisional` for those that nobody has reviewed
    states: tuple[Trusted, ...] = ("approved",)

    _is_a_place = field_validator("database")(database_place)
    _one_is_a_list = field_validator("states", mode="before")(listed_states)

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

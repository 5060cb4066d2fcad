"""The `constraints` section: what earlier searches say of the space to search."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from evonas.config.database import Trusted, database_place, listed_states
from evonas.config.section import Settings


class ConstraintSettings(Settings):
    """Which part of the space is worth drawing from, by whose word."""

    #: A mini-benchmark database: an SQLite file, or postgresql://user@host/name; or
    #: `shipped`: the one that comes along
    database: str | None = None
    #: A constraint set of your own: a YAML file, or the ready ones `full`, `limited`
    set: str | None = None
    #: `hard`: nothing else is drawn; `soft`: what lies outside is rarer; `off`: the
    #: set is not applied, seeds and classifier are
    mode: Literal["hard", "soft", "off"] = "soft"
    #: Soft: chance of a draw from the whole space
    outside: float = Field(default=0.4, ge=0, le=1)
    #: Problems of the database that count; by default those that resemble the task
    problems: tuple[str, ...] = ()
    #: Problems of the database that do not count
    leave_out: tuple[str, ...] = ()
    #: Records that do not count, by the beginnings of their ids
    leave_out_records: tuple[str, ...] = ()
    #: States of the records that count: `approved`, `provisional`
    states: tuple[Trusted, ...] = ("approved",)
    #: Networks of each problem that count as its best
    best: int = Field(default=50, ge=2)
    #: Networks of the database that are trained first; by default 10, or two of each
    #: problem if that is more
    seeds: int | None = Field(default=None, ge=0)
    #: Share of the candidates that pass: those that promise most; 1: all. After 100
    #: trainings it grows, and after 200 all pass
    accept: float = Field(default=0.1, gt=0, le=1)
    #: Tells good networks of earlier searches from others, for that: `linear` (fitted
    #: at the start), a file of `minibench train`, or `none`: only the search's own
    #: trainings teach
    classifier: str = "linear"
    #: Share of good candidates that the classifier may refuse
    false_rejection: float = Field(default=0.05, gt=0, lt=1)
    #: Share of refused candidates that are trained all the same, to learn how many were
    #: refused wrongly
    audit: float = Field(default=0.02, ge=0, le=1)
    #: Generations from one reclassification to the next
    every: int = Field(default=5, ge=1)
    #: `hyperparameters`: the graph of the database's best network stays as it is
    vary: Literal["everything", "hyperparameters"] = "everything"

    _is_a_place = field_validator("database")(database_place)
    _one_is_a_list = field_validator("states", mode="before")(listed_states)

    @field_validator("problems", "leave_out", "leave_out_records", mode="before")
    @classmethod
    def _a_name_is_a_list(cls, value: object) -> object:
        values = [value] if isinstance(value, str) else value
        return tuple(values) if isinstance(values, list) else values

    @model_validator(mode="after")
    def _has_a_meaning(self) -> ConstraintSettings:
        if self.database is None and self.set is None:
            given = sorted(self.model_fields_set - {"database", "set"})
            usual = ConstraintSettings.model_construct()
            odd = [one for one in given if getattr(self, one) != getattr(usual, one)]
            if odd:
                raise ValueError(
                    f"expected a `database` or a `set` beside `{odd[0]}`, got neither; "
                    "name one, or remove the section"
                )
        if self.database is None and self.vary != "everything":
            raise ValueError(
                "expected a `database` beside `vary: hyperparameters`, whose best "
                "network stays as it is, got none"
            )
        if self.problems and set(self.problems) <= set(self.leave_out):
            raise ValueError(
                "expected problems that are not left out, got "
                f"{', '.join(self.problems)} in both lists"
            )
        return self

    @property
    def given(self) -> bool:
        """Whether a search is advised at all."""
        return self.database is not None or self.set is not None

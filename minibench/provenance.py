"""Provenance: where a measurement comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from evonas.errors import DataError
from minibench import strict


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a measurement comes from.

    Attributes:
        who: has measured it.
        when: it was measured, UTC: `2026-11-22T10:15:00Z`, or as much of it as is
            known: `2015-12`.
        source: where it can be read: a paper, a file's origin, a run's settings.
        licence: of the data: an SPDX name, or `unknown`.
    """

    who: str
    when: str
    source: str
    licence: str

    def __post_init__(self) -> None:
        place = "provenance"
        for name in ("who", "source", "licence"):
            if not strict.text(getattr(self, name), f"{place}: {name}"):
                raise DataError(
                    f"{place}: {name}: expected a text, got an empty one; write "
                    "`unknown` where it is not known"
                )
        strict.check_when(self.when, place)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {
            "who": self.who,
            "when": self.when,
            "source": self.source,
            "licence": self.licence,
        }

    @classmethod
    def from_json(cls, data: Any, place: str = "provenance") -> Provenance:
        """The inverse of `to_json`; DataError for anything else."""
        names = ("who", "when", "source", "licence")
        fields = strict.Fields(data, place, names)
        values = [fields.raw(name) for name in names]
        return strict.placed(place, "provenance", lambda: cls(*values))

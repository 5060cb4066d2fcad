"""Reviews: what a curator has found about a record, and the state that follows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from evonas.architecture.wording import shown
from evonas.errors import DataError
from minibench import strict

_KEYS = ("when", "who", "state", "reason")


class State(StrEnum):
    """What the last review of a record has found."""

    #: nobody has reviewed it, or the review was taken back
    PROVISIONAL = "provisional"
    APPROVED = "approved"
    #: right as far as anybody knows, but searches that it advises fare worse
    QUARANTINED = "quarantined"
    REJECTED = "rejected"


#: what says something against a record needs a reason
_AGAINST = (State.QUARANTINED, State.REJECTED)
#: of records that somebody may look at without asking for what is wrong
TOLD = (State.PROVISIONAL, State.APPROVED, State.QUARANTINED)


@dataclass(frozen=True, slots=True, order=True)
class Review:
    """What somebody has found about a record.

    Attributes:
        when: UTC, `2026-11-22T10:15:00Z`.
        who: has reviewed it.
        state: that it has from now on.
        reason: why; a rejection or a quarantine must have one.
    """

    when: str
    who: str
    state: State
    reason: str = ""

    def __post_init__(self) -> None:
        place = "review"
        strict.check_when(self.when, place)
        if len(self.when) != len("2026-11-22T10:15:00Z"):
            # the order of a history depends on it
            raise DataError(
                f"{place}: when: expected a time to the second, like "
                f"2026-11-22T10:15:00Z, got {self.when!r}"
            )
        if not strict.text(self.who, f"{place}: who", 200):
            raise DataError(f"{place}: who: expected who has reviewed it, got none")
        object.__setattr__(self, "state", _state(self.state, f"{place}: state"))
        strict.text(self.reason, f"{place}: reason")
        if self.state in _AGAINST and not self.reason.strip():
            raise DataError(
                f"{place}: reason: expected why it is {self.state.value}, got none"
            )

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {
            "when": self.when,
            "who": self.who,
            "state": self.state.value,
            "reason": self.reason,
        }

    @classmethod
    def from_json(cls, data: Any, place: str = "review") -> Review:
        """The inverse of `to_json`; DataError for anything else."""
        fields = strict.Fields(data, place, _KEYS)
        values = [fields.raw(name) for name in _KEYS]
        return strict.placed(place, "review", lambda: cls(*values))


def _state(value: Any, place: str) -> State:
    try:
        return State(value)
    except ValueError:
        raise DataError(
            f"{place}: expected one of {', '.join(State)}, got {shown(value)}"
        ) from None

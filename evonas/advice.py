"""What a search is advised by: judgements of candidates, and revisions of its space.

Who advises is nobody's business here: the mini-benchmark database does, and a user's
own class may.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from evonas.evaluation import Record, Request
from evonas.space import ConstraintSet

#: when something is judged: drawn to begin with, mutated, joined of two, or, as a
#: whole candidate of parts that are there, about to be asked
Stage = Literal["initialise", "mutate", "crossover", "ask"]

#: where a request's origin tells by which rule its candidate had been refused, if it is
#: evaluated all the same to learn whether that was wrong
AUDIT = "audit"


@dataclass(frozen=True, slots=True)
class Verdict:
    """An advisor's answer about one candidate or module.

    Attributes:
        accepted: whether to go on with it.
        rule: name of the rule that decided.
        confidence: of the decision, 0 to 1.
        nearest: id of the nearest known record, or None.
        audited: refused, and to be evaluated all the same, as an audit.
    """

    accepted: bool
    rule: str = ""
    confidence: float = 1.0
    nearest: str | None = None
    audited: bool = False


#: where nobody advises
ACCEPTED = Verdict(accepted=True)


@dataclass(frozen=True)
class Revision:
    """What an advisor has thought over.

    Attributes:
        constraints: what the search is to draw from now on; None: as before.
        note: why, plain JSON: all that the advisor needs to take the revision over
            from a journal, and to explain it.
    """

    constraints: ConstraintSet | None
    note: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        made = self.constraints
        return {
            "constraints": None if made is None else made.to_json(),
            "note": dict(self.note),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Revision:
        """The inverse of `to_json`; journals of earlier versions have no note."""
        made = data["constraints"]
        return cls(
            None if made is None else ConstraintSet.from_json(made),
            data.get("note", {}),
        )


class Advisor(Protocol):
    """Judges candidates before they are evaluated and learns from records.

    Deterministic: it is a function of what it was told, in that order. It does no I/O.
    """

    def judge(self, subject: Any, stage: Stage) -> Verdict:
        """Judge a candidate, or a module before it is part of one.

        Args:
            subject: `Candidate` or `ModuleGenome`; others are accepted.
            stage: at which it is.
        """

    def observe(self, request: Request, record: Record) -> None:
        """Take a record of the search in."""

    def revise(self) -> Revision | None:
        """Think the space over, if it is time; changes nothing.

        Only called where a strategy can take another space: between two generations.
        """

    def take(self, revision: Revision) -> None:
        """Take a revision over: its own, or one that a person has made."""

    def refusals(self) -> list[dict[str, Any]]:
        """What was refused since the last call, as plain JSON for the journal."""

    def report(self) -> dict[str, Any]:
        """Plain JSON for `result.json`, under `constraints`."""

    def state(self) -> dict[str, Any]:
        """Plain JSON from which `restore` goes on."""

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state written by `state`."""

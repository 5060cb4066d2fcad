"""Seeds: networks from elsewhere that a search is to ask first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from evonas.candidate import Candidate


@dataclass(frozen=True, slots=True)
class Seed:
    """A network that was good somewhere, for some other problem perhaps.

    Attributes:
        candidate: as it was there; for its own shape of samples, and its own outputs.
        source: says where it comes from: the id of its record.
    """

    candidate: Candidate
    source: str

    def to_json(self) -> list[Any]:
        """Plain JSON form."""
        return [self.candidate.to_json(), self.source]

    @classmethod
    def from_json(cls, data: list[Any]) -> Seed:
        """The inverse of `to_json`."""
        candidate, source = data
        return cls(Candidate.from_json(candidate), source)

"""Proposing candidates: genomes that are new and may be evaluated.

Genomes that cannot be built, exceed a limit, are not in the table or were asked before
are made again; every rejection is counted by its reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from evonas.candidate import Candidate
from evonas.errors import ArchitectureError, ConfigError, SpaceExhaustedError
from evonas.genome import GenomeSpace

G = TypeVar("G")


class _Made(Protocol):
    """A candidate with what it was made of."""

    @property
    def candidate(self) -> Candidate:
        """What would be asked."""


P = TypeVar("P", bound=_Made)


@dataclass(frozen=True, slots=True)
class Proposal(Generic[G]):
    """A genome and the candidate that it stands for."""

    genome: G
    candidate: Candidate


class Proposer(Generic[G]):
    """Decodes genomes and counts why some are rejected.

    Args:
        genomes: what is searched; may be narrowed during the run.
    """

    def __init__(self, genomes: GenomeSpace[G]) -> None:
        self.genomes = genomes
        #: reason → genomes rejected for it
        self.rejected: Counter[str] = Counter()

    def consider(self, genome: G) -> Proposal[G] | None:
        """The proposal of this genome; None, and counted, where it is not allowed."""
        try:
            candidate = self.genomes.decode(genome)
            reason = self.genomes.refusal(candidate)
        except ArchitectureError:
            reason = "cannot be built"
        if reason:
            self.rejected[reason.partition(":")[0]] += 1
            return None
        return Proposal(genome, candidate)

    def new(
        self, make: Callable[[], G], seen: Callable[[str], bool], tries: int
    ) -> Proposal[G] | None:
        """The first of at most `tries` genomes that is allowed and not seen.

        Args:
            make: draws, mutates or joins another genome at each call.
            seen: whether a candidate key was asked before.
            tries: calls of `make` before it is None.
        """
        return first_new(lambda: self.consider(make()), seen, tries, self.rejected)

    def gave_up(
        self, strategy: str, draws: str, *, first: bool
    ) -> ConfigError | SpaceExhaustedError:
        """The error of a search that found nothing more to ask; see `gave_up`."""
        return gave_up(self.rejected, strategy, draws, first=first)


def first_new(
    make: Callable[[], P | None],
    seen: Callable[[str], bool],
    tries: int,
    rejected: Counter[str],
) -> P | None:
    """The first of at most `tries` that is allowed and not seen.

    Args:
        make: makes another at each call; None, and counted, where it is not allowed.
        seen: whether a candidate key was asked before.
        tries: calls of `make` before it is None.
        rejected: where those that were asked before are counted.
    """
    for _ in range(tries):
        made = make()
        if made is None:
            continue
        if not seen(made.candidate.key()):
            return made
        rejected["asked before"] += 1
    return None


def gave_up(
    rejected: Mapping[str, int], strategy: str, draws: str, *, first: bool
) -> ConfigError | SpaceExhaustedError:
    """The error of a search that found nothing more to ask.

    Args:
        rejected: reason → draws rejected for it.
        strategy: its name.
        draws: what it tried, as words.
        first: nothing was asked so far. If nothing fits either, the space is at
            fault rather than used up.
    """
    counts = Counter(rejected)
    reasons = [f"{n} {reason}" for reason, n in counts.most_common(5)]
    found = (
        f"{draws} without one; of {counts.total()} rejected draws: {'; '.join(reasons)}"
    )
    if first and not counts["asked before"]:
        return ConfigError(
            "space: expected to find a network that can be built within "
            f"space.limits, got {found}. Raise space.limits, or make the space's "
            "modules and blueprints smaller"
        )
    return SpaceExhaustedError(f"{strategy}: expected a new network, got {found}")

"""Proposing candidates: genomes that are new and may be evaluated.

Genomes that cannot be built, exceed a limit, are not in the table or were asked before
are made again; every rejection is counted by its reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from evonas.advice import ACCEPTED, AUDIT, Verdict
from evonas.candidate import Candidate
from evonas.errors import ArchitectureError, ConfigError, SpaceExhaustedError
from evonas.genome import GenomeSpace

G = TypeVar("G")


#: how rejected draws are counted that the advisor refused, with its rule behind it
REFUSED = "refused by "

#: refusals in a row after which a search gives up: an advisor that never tires of
#: refusing must not hold it up for ever
REFUSALS = 1_000


@dataclass(frozen=True, slots=True)
class Proposal(Generic[G]):
    """A genome and the candidate that it stands for.

    Attributes:
        genome: that was proposed.
        candidate: decoded.
        audit: rule by which the advisor refused it, where it is asked as an audit.
    """

    genome: G
    candidate: Candidate
    audit: str = ""


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
        self,
        make: Callable[[], G],
        seen: Callable[[str], bool],
        tries: int,
        judge: Callable[[Candidate], Verdict] = lambda _: ACCEPTED,
    ) -> Proposal[G] | None:
        """The first of at most `tries` genomes that is allowed, not seen, not refused.

        Args:
            make: draws, mutates or joins another genome at each call.
            seen: whether a candidate key was asked before.
            tries: calls of `make` without a new candidate before it is None, which it
                is after `REFUSALS` refused ones, too.
            judge: the advisor's word on a new candidate.
        """
        left, refusals = tries, REFUSALS
        while left and refusals:
            proposal = self.consider(make())
            if proposal is None:
                left -= 1
            elif seen(proposal.candidate.key()):
                self.rejected["asked before"] += 1
                left -= 1
            elif found := self.judged(proposal, judge(proposal.candidate)):
                return found
            else:
                # it was new, so that the space is not used up
                left = tries
                refusals -= 1
        return None

    def judged(self, proposal: Proposal[G], verdict: Verdict) -> Proposal[G] | None:
        """The proposal, as an audit or not; None, and counted, where it is refused."""
        if verdict.accepted:
            return proposal
        self.rejected[f"{REFUSED}{verdict.rule}"] += 1
        return replace(proposal, audit=verdict.rule) if verdict.audited else None

    def gave_up(
        self, strategy: str, draws: str, *, first: bool
    ) -> ConfigError | SpaceExhaustedError:
        """The error of a search that found nothing more to ask; see `gave_up`."""
        return gave_up(self.rejected, strategy, draws, first=first)


def audited(rule: str) -> dict[str, str]:
    """What the origin of an audit's request tells; nothing where it is none.

    Args:
        rule: by which the candidate was refused; "": it was not.
    """
    return {AUDIT: rule} if rule else {}


def gave_up(
    rejected: Mapping[str, int], strategy: str, draws: str, *, first: bool
) -> ConfigError | SpaceExhaustedError:
    """The error of a search that found nothing more to ask.

    Args:
        rejected: reason → draws rejected for it.
        strategy: its name.
        draws: what it tried, as words.
        first: nothing was asked so far. If nothing fits either, and nobody refused
            it, the space is at fault rather than used up.
    """
    counts = Counter(rejected)
    reasons = [f"{n} {reason}" for reason, n in counts.most_common(5)]
    found = (
        f"{draws} without one; of {counts.total()} rejected draws: {'; '.join(reasons)}"
    )
    refused = any(reason.startswith(REFUSED) for reason in counts)
    if first and not counts["asked before"] and not refused:
        return ConfigError(
            "space: expected to find a network that can be built within "
            f"space.limits, got {found}. Raise space.limits, or make the space's "
            "modules and blueprints smaller"
        )
    return SpaceExhaustedError(f"{strategy}: expected a new network, got {found}")

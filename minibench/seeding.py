"""Seeds out of records: the best networks of other problems, to be asked first."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from evonas.candidate import Candidate, Recipe
from evonas.errors import ConfigError
from evonas.genome import Seed
from minibench.records import BenchRecord
from minibench.reviews import State

#: states of the records that seeds come from, unless others are named
APPROVED = (State.APPROVED,)


@dataclass(frozen=True)
class RankedRecords:
    """The records of one problem that seeds may come from.

    Attributes:
        weight: how relevant the problem is, 0 or more; its share of the seeds.
        records: the best first.
    """

    weight: float
    records: Sequence[BenchRecord]

    def __post_init__(self) -> None:
        if not 0 <= self.weight < float("inf"):
            raise ConfigError(
                "seeds: expected a weight of 0 or more for each problem, got "
                f"{self.weight!r}"
            )


def seeds_of(
    problems: Sequence[RankedRecords],
    count: int,
    *,
    states: Container[State] = APPROVED,
    usual: Recipe | None = None,
) -> tuple[Seed, ...]:
    """At most so many seeds, the best of each problem first.

    Problems take turns by their weights: after any number of seeds, each has given
    about its share (D'Hondt's method; of equals the first one). A problem that has no
    more leaves its turns to the others; one of weight 0 gives nothing. No architecture
    comes twice with one recipe.

    Args:
        problems: with their weights.
        count: 0 or more.
        states: that a record's last review may have given it.
        usual: the recipe of networks of which theirs is not known; None: the usual one.
    """
    left = [_networks(one.records, states, usual or Recipe()) for one in problems]
    taken = [0] * len(problems)
    open_ = {at for at, one in enumerate(problems) if one.weight > 0}
    found: list[Seed] = []
    keys: set[str] = set()
    while open_ and len(found) < count:
        turn = max(sorted(open_), key=lambda at: problems[at].weight / (taken[at] + 1))
        seed = next(
            (one for one in left[turn] if one.candidate.key() not in keys), None
        )
        if seed is None:
            open_.remove(turn)
            continue
        keys.add(seed.candidate.key())
        taken[turn] += 1
        found.append(seed)
    return tuple(found)


def _networks(
    records: Sequence[BenchRecord], states: Container[State], usual: Recipe
) -> Iterator[Seed]:
    """A seed for every record that may give one, in their order."""
    for record in records:
        if record.state in states:
            candidate = Candidate(record.architecture, record.recipe or usual)
            yield Seed(candidate, record.id)

"""What two databases, or a database and a text form, do not have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from evonas.errors import ConflictError
from minibench.curation.source import Source
from minibench.reviews import Review, State


@dataclass(frozen=True, slots=True)
class OtherReviews:
    """A record that both have, with different histories.

    Attributes:
        id: of the record.
        problem: its key.
        here: reviews that only this one has.
        there: reviews that only the other one has.
        state_here: that the last review gives.
        state_there: likewise.
    """

    id: str
    problem: str
    here: tuple[Review, ...]
    there: tuple[Review, ...]
    state_here: State
    state_there: State

    @property
    def conflicting(self) -> bool:
        """Whether both were reviewed since they were the same, with another result."""
        return bool(self.here and self.there) and self.state_here != self.state_there


@dataclass(frozen=True, slots=True)
class Difference:
    """What is only here, only there, and here otherwise than there; all of it sorted.

    Attributes:
        problems_here: keys.
        problems_there: keys.
        problems_other: key → where the two say otherwise, in words; nothing where
            they only know different numbers of the data.
        problems_unlike: key → why they are not the same problem at all.
        records_here: key of the problem → ids.
        records_there: likewise.
        reviews: of records that both have.
    """

    problems_here: tuple[str, ...]
    problems_there: tuple[str, ...]
    problems_other: dict[str, tuple[str, ...]]
    problems_unlike: dict[str, str]
    records_here: dict[str, tuple[str, ...]]
    records_there: dict[str, tuple[str, ...]]
    reviews: tuple[OtherReviews, ...]

    @property
    def empty(self) -> bool:
        """Whether both say the same."""
        return not any(getattr(self, name) for name in self.__slots__)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {
            "problems_here": list(self.problems_here),
            "problems_there": list(self.problems_there),
            "problems_other": {
                key: list(words) for key, words in self.problems_other.items()
            },
            "problems_unlike": dict(self.problems_unlike),
            "records_here": {key: list(ids) for key, ids in self.records_here.items()},
            "records_there": {
                key: list(ids) for key, ids in self.records_there.items()
            },
            "reviews": [
                {
                    "id": one.id,
                    "problem": one.problem,
                    "here": [review.to_json() for review in one.here],
                    "there": [review.to_json() for review in one.there],
                    "state_here": one.state_here.value,
                    "state_there": one.state_there.value,
                    "conflicting": one.conflicting,
                }
                for one in self.reviews
            ],
        }


def difference(here: Source, there: Source) -> Difference:
    """Compare two sources.

    Args:
        here: one of them.
        there: the other one.
    """
    own, others = here.problems(), there.problems()
    unlike, other = {}, {}
    for key in sorted(own.keys() & others.keys()):
        try:
            own[key].check_same(others[key])
        except ConflictError as error:
            unlike[key] = str(error)
            continue
        if own[key] != others[key]:
            other[key] = tuple(own[key].conflicts(others[key]))
    records, strange = here.histories(), there.histories()
    reviews = []
    for one in sorted(records.keys() & strange.keys()):
        mine, theirs = records[one].reviews, strange[one].reviews
        if mine != theirs:
            reviews.append(
                OtherReviews(
                    one,
                    records[one].problem,
                    tuple(review for review in mine if review not in theirs),
                    tuple(review for review in theirs if review not in mine),
                    mine[-1].state if mine else State.PROVISIONAL,
                    theirs[-1].state if theirs else State.PROVISIONAL,
                )
            )
    return Difference(
        tuple(sorted(own.keys() - others.keys())),
        tuple(sorted(others.keys() - own.keys())),
        other,
        unlike,
        _by_problem({one: records[one].problem for one in records.keys() - strange}),
        _by_problem({one: strange[one].problem for one in strange.keys() - records}),
        tuple(reviews),
    )


def _by_problem(problems: dict[str, str]) -> dict[str, tuple[str, ...]]:
    """Id → problem, turned round and sorted."""
    found: dict[str, list[str]] = {}
    for one, problem in sorted(problems.items()):
        found.setdefault(problem, []).append(one)
    return {problem: tuple(found[problem]) for problem in sorted(found)}

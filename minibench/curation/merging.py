"""Take over what another database or text form has.

Nothing is dropped: what both sides say otherwise is a conflict. With conflicts, nothing
is taken over until somebody chooses a side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evonas.errors import ConflictError
from minibench.curation.differences import Difference, OtherReviews, difference
from minibench.curation.reviewing import now_after
from minibench.curation.source import DatabaseSource, Source
from minibench.database import Writer
from minibench.reviews import Review

#: whose word holds in a conflict
Side = Literal["here", "there"]


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge has brought.

    Attributes:
        problems: that were not here, or say more now.
        records: that were not here.
        reviews: that were not here.
        resolved: conflicts in which a side was chosen, in words.
    """

    problems: int
    records: int
    reviews: int
    resolved: tuple[str, ...]


class MergeConflictError(ConflictError):
    """A merge that somebody has to decide about.

    Attributes:
        conflicts: every one of them, in words.
    """

    def __init__(self, conflicts: tuple[str, ...], decidable: bool) -> None:
        self.conflicts = conflicts
        then = (
            "choose a side with `minibench merge --prefer here` or `--prefer there`, "
            "or review the records anew on one side"
            if decidable
            else "they cannot be merged: give one of the problems another name"
        )
        lines = "\n".join(f"  {one}" for one in conflicts)
        super().__init__(
            f"expected no conflict, got {len(conflicts)}; nothing was merged:\n"
            f"{lines}\n{then}"
        )


def conflicts(found: Difference) -> tuple[str, ...]:
    """Every conflict of two sources, in words.

    Args:
        found: between them.
    """
    words = [
        f"problem {key}: {one}"
        for key, ones in found.problems_other.items()
        for one in ones
    ]
    return (*words, *(_words(one) for one in found.reviews if one.conflicting))


def merge(
    writer: Writer, source: Source, prefer: Side | None = None, who: str = "unknown"
) -> Merged:
    """Take over problems, records and reviews; all of them or, in a conflict, nothing.

    Without conflicts it does not matter who takes over from whom. Where a side is
    preferred, the histories are still united, and a review by `who` is added where the
    last one would say otherwise than the preferred side.

    Args:
        writer: of the database that takes over.
        source: what there is to take.
        prefer: whose word holds in a conflict; None: nobody's.
        who: decides.

    Raises:
        MergeConflictError: there are conflicts, and no side is preferred.
    """
    here = DatabaseSource(writer.reader)
    found = difference(here, source)
    if found.problems_unlike:
        unlike = tuple(found.problems_unlike.values())
        raise MergeConflictError(unlike, decidable=False)
    undecided = conflicts(found)
    if undecided and prefer is None:
        raise MergeConflictError(undecided, decidable=True)
    problems = _merge_problems(writer, here, source, prefer)
    wanted = {one for ids in found.records_there.values() for one in ids}
    added = writer.add(source.records(wanted)) if wanted else None
    reviews = [(one.id, review) for one in found.reviews for review in one.there]
    if prefer is not None:
        histories = here.histories()
        for one in found.reviews:
            history = sorted({*histories[one.id].reviews, *one.there})
            kept = one.state_here if prefer == "here" else one.state_there
            if one.conflicting and history[-1].state != kept:
                said = _last_reason(one, prefer, histories[one.id].reviews)
                reason = f"merge: kept {kept.value}, as {prefer}: {said}"
                when = now_after(history)
                reviews.append((one.id, Review(when, who, kept, reason)))
    count = writer.review(reviews)
    return Merged(problems, added.new if added else 0, count, undecided)


def _merge_problems(
    writer: Writer, here: Source, source: Source, prefer: Side | None
) -> int:
    own, count = here.problems(), 0
    for key, other in source.problems().items():
        if key not in own or prefer is None:
            count += writer.put(other)
        elif prefer == "here":
            count += writer.replace(other.preferring(own[key]))
        else:
            count += writer.replace(own[key].preferring(other))
    return count


def _last_reason(one: OtherReviews, side: Side, here: tuple[Review, ...]) -> str:
    """Why the preferred side has its state."""
    history = here if side == "here" else one.there
    return history[-1].reason or "no reason given"


def _words(one: OtherReviews) -> str:
    sides = []
    for name, reviews, state in (
        ("here", one.here, one.state_here),
        ("there", one.there, one.state_there),
    ):
        last = reviews[-1]
        why = f": {last.reason}" if last.reason else ""
        sides.append(f"{state.value} {name} by {last.who} at {last.when}{why}")
    return f"record {one.id} of {one.problem}: {'; '.join(sides)}"

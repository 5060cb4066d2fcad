"""Reviews of many records at once."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from evonas.errors import DataError
from minibench.database import Writer
from minibench.reviews import Review, State
from minibench.selection import Selection

_FORM = "%Y-%m-%dT%H:%M:%SZ"


def review(
    writer: Writer, selection: Selection, state: State, who: str, reason: str = ""
) -> list[str]:
    """Give records a state.

    Args:
        writer: of the database.
        selection: of the records; those that have the state already are left as they
            are.
        state: that they have from now on.
        who: says so.
        reason: why; a rejection or a quarantine must have one.

    Returns:
        Ids of the records that have another state now.

    Raises:
        DataError: a rejection or a quarantine without a reason.
    """
    # before anything is looked up, so that a wrong one is told without records, too
    Review("2000-01-01T00:00:00Z", who, state, reason)
    known = writer.reader.known(writer.reader.ids(selection))
    reviews = []
    for one, history in known.items():
        before = history[-1].state if history else State.PROVISIONAL
        if before is not state:
            reviews.append((one, Review(now_after(history), who, state, reason)))
    writer.review(reviews)
    return [one for one, _ in reviews]


def now_after(history: Sequence[Review]) -> str:
    """The present time, or the second after the last review where that is later.

    Args:
        history: oldest first; a new review must come after all of them.
    """
    now = f"{datetime.datetime.now(datetime.UTC):{_FORM}}"
    if not history or history[-1].when < now:
        return now
    last = datetime.datetime.strptime(history[-1].when, _FORM)
    try:
        return f"{last + datetime.timedelta(seconds=1):{_FORM}}"
    except OverflowError:
        raise DataError(
            f"expected a review before the year 9999, got {history[-1].when}"
        ) from None

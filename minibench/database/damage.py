"""What is said of rows that no version of minibench has written."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from evonas.errors import DatabaseError, InputError

#: what is raised where a row holds something else than it should: SQLite keeps values
#: of any type in any column
_FAULTS = (InputError, ArithmeticError, LookupError, TypeError, ValueError)


@contextlib.contextmanager
def intact(place: str) -> Iterator[None]:
    """A block that makes something of a row; whatever is wrong with it is damage.

    Args:
        place: of the row, for messages: database, and which one.

    Raises:
        DatabaseError: something is wrong.
    """
    try:
        yield
    except _FAULTS as error:
        raise damaged(place, error) from error


def damaged(place: str, reason: object) -> DatabaseError:
    """The error to raise for a damaged row.

    Args:
        place: of the row.
        reason: what is wrong with it.
    """
    return DatabaseError(
        f"{place}: expected what was once written, got a damaged row ({reason}); "
        "restore the database from a copy, or from its text form with `minibench "
        "import`"
    )

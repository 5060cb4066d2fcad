"""What a person makes of a search while it runs."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from evonas.advice import Revision


class Edits(Protocol):
    """Where a person's edits of the space are found."""

    def waiting(self) -> AbstractContextManager[Revision | None]:
        """The edit that waits, if one does; once this is left it waits no more.

        Left by the `ConfigError` of an edit that leaves nothing of the space, it says
        so, and the search goes on as before.
        """

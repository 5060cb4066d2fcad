"""How the tables of one version become those of the next; run by Alembic.

`REVISIONS` names them from the first to the newest: what a database says of itself is
looked up here, so that Alembic is loaded only where there is something to do.
"""

from __future__ import annotations

#: oldest first; each is a file in `versions/`
REVISIONS = ("0001",)
#: that this version of minibench reads and writes
NEWEST = REVISIONS[-1]

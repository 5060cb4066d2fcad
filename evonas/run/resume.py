"""Rebuilding a run's state from its journal, with the help of a snapshot."""

from __future__ import annotations

from evonas.run.state import RunState
from evonas.storage import (
    Journal,
    RunDirectory,
    latest_snapshot,
    remove_snapshots,
    write_snapshot,
)

#: a snapshot is written when the journal has grown by this share since the last one,
#: so that all snapshots together cost a constant share of the run
GROWTH = 0.5
#: and not before so many new events
EVENTS = 400


def rebuild(state: RunState, directory: RunDirectory, journal: Journal) -> int:
    """Bring a fresh state to where the journal ends; gives the snapshot's event count.

    Raises:
        RunDirectoryError: the journal is damaged or not of this configuration.
    """
    remove_snapshots(directory.snapshots, beyond=len(journal))
    snapshot = latest_snapshot(directory.snapshots, len(journal))
    start = 0
    if snapshot is not None:
        state.restore(snapshot.state)
        start = snapshot.n
    for event in Journal.read(directory.journal, start):
        where = f"{directory.journal}, line {event.n + 1}"
        state.replay(event.name, event.data, where)
    return start


class Snapshots:
    """Writes a snapshot now and then.

    Args:
        directory: of the run.
        journal: open.
        covered: events that the latest snapshot covers.
    """

    def __init__(self, directory: RunDirectory, journal: Journal, covered: int) -> None:
        self._directory = directory
        self._journal = journal
        self._covered = covered

    def maybe_write(self, state: RunState) -> None:
        """Write one if it is due; call it between two events."""
        count = len(self._journal)
        if count - self._covered < max(EVENTS, GROWTH * self._covered):
            return
        self._journal.sync()
        write_snapshot(self._directory.snapshots, count, state.state())
        self._covered = count

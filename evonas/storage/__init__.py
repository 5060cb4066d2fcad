"""What a run leaves on disk: journal, snapshots, run directory, weights.

Everything is JSON or safetensors, never pickle. The journal alone is the truth: it is
appended to line by line, and replaying it rebuilds every state. Everything else is
written beside and then renamed, so that a reader finds the old file or the new one.
"""

from evonas.storage.handover import HandoverRequest
from evonas.storage.holder import Holder, silent
from evonas.storage.journal import Journal
from evonas.storage.journal_lines import Event, TornLine
from evonas.storage.lock import RunLock
from evonas.storage.run_directory import RunDirectory
from evonas.storage.snapshots import (
    Snapshot,
    latest_snapshot,
    remove_snapshots,
    write_snapshot,
)
from evonas.storage.weights_store import WeightsStore

__all__ = [
    "Event",
    "HandoverRequest",
    "Holder",
    "Journal",
    "RunDirectory",
    "RunLock",
    "Snapshot",
    "TornLine",
    "WeightsStore",
    "latest_snapshot",
    "remove_snapshots",
    "silent",
    "write_snapshot",
]

"""Snapshots of a run's state: they save replaying, never hold anything unique.

A snapshot `snapshot-<n>.json.gz` holds the state after the first `n` events of the
journal. Two lines of JSON, compressed: a header with format, n and the SHA-256 of the
second line, which is the state. A snapshot that cannot be read is passed over with a
warning: the journal can always be replayed from an older one, or from the start.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import re
import warnings
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evonas.errors import EvonasWarning
from evonas.storage.files import replace_file, write_failure
from evonas.storage.json_text import to_text

FORMAT = 1

#: How many are kept: the newest, and the one before in case that one is damaged.
KEPT = 2

_NAME = re.compile(r"snapshot-(\d{12})\.json\.gz")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A state and how much of the journal it covers."""

    #: number of journal events that the state includes
    n: int
    #: plain JSON
    state: dict[str, Any]


def write_snapshot(directory: Path, n: int, state: Mapping[str, Any]) -> Path:
    """Write the state after `n` journal events; older ones beyond `KEPT` go.

    Sync the journal first: a snapshot must not know more than the journal holds.

    Raises:
        InputError: the state is no plain JSON, or holds NaN or infinity.
        RunDirectoryError: the file system refused.
    """
    text = to_text(dict(state), "snapshot").encode("ascii")
    digest = hashlib.sha256(text).hexdigest()
    header = json.dumps({"format": FORMAT, "n": n, "sha256": digest}).encode("ascii")
    path = directory / f"snapshot-{n:012d}.json.gz"
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_failure(directory, error) from error
    # mtime 0: the same state gives the same bytes.
    replace_file(path, gzip.compress(header + b"\n" + text, compresslevel=1, mtime=0))
    for _, old in _newest_first(directory)[KEPT:]:
        with contextlib.suppress(OSError):
            old.unlink()
    return path


def remove_snapshots(directory: Path, beyond: int) -> None:
    """Remove snapshots beyond the journal's end; whoever writes the run calls it.

    The journal's last lines were cut off, and when it has grown past them again it will
    tell another story than the snapshots do.

    Args:
        directory: where they are; it need not exist.
        beyond: how many events the journal holds.
    """
    for n, path in _newest_first(directory):
        if n > beyond:
            path.unlink(missing_ok=True)


def latest_snapshot(directory: Path, at_most: int) -> Snapshot | None:
    """The newest readable snapshot of so many events or fewer; nothing is written.

    Args:
        directory: where they are; it need not exist.
        at_most: how many events the journal holds.

    Returns:
        The snapshot, or None: replay from the start.
    """
    for n, path in _newest_first(directory):
        if n > at_most:
            continue
        try:
            return _read(path, n)
        except (OSError, EOFError, ValueError, KeyError, zlib.error) as error:
            warnings.warn(
                f"{path}: expected a snapshot of {n} events, got {error!r}; it is "
                "passed over and more of the journal is replayed, nothing is lost",
                EvonasWarning,
                stacklevel=2,
            )
    return None


def _newest_first(directory: Path) -> list[tuple[int, Path]]:
    found = []
    # Also where it cannot be read: snapshots only save time.
    with contextlib.suppress(OSError):
        for path in directory.iterdir():
            if match := _NAME.fullmatch(path.name):
                found.append((int(match[1]), path))
    return sorted(found, reverse=True)


def _read(path: Path, n: int) -> Snapshot:
    header_text, _, text = gzip.decompress(path.read_bytes()).partition(b"\n")
    header = json.loads(header_text)
    digest = hashlib.sha256(text).hexdigest()
    if header != {"format": FORMAT, "n": n, "sha256": digest}:
        raise ValueError(f"a header {header} that does not fit SHA-256 {digest}")
    return Snapshot(n, json.loads(text))

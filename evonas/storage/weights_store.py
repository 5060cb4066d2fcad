"""The stored weights of a run: one safetensors file a reference, under a quota."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from evonas.errors import InputError
from evonas.storage.files import write_failure

SUFFIX = ".safetensors"

#: Unfinished files older than this belong to a writer that was killed.
_ABANDONED_SECONDS = 3600.0

#: Those of full trainings begin with their number, which is negative.
_REFERENCE = re.compile(r"(?:-(?=[0-9]))?[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}")

#: `evonas.network.weights.save` writes `.<file name>.<process>.part` and renames it.
_UNFINISHED = re.compile(rf"\.{_REFERENCE.pattern}{re.escape(SUFFIX)}\..+")


class WeightsStore:
    """Where weights are, how much room they take, and which of them go.

    Workers write the files themselves, beside and then renamed to `path_for`; only the
    manager removes any. It keeps no list: the directory is looked at each time, so the
    store of a resumed run is right by itself.

    Args:
        directory: made when missing.
        quota_bytes: most that all weights together may take, in bytes; None: no limit.
    """

    def __init__(self, directory: Path, quota_bytes: int | None = None) -> None:
        if quota_bytes is not None and quota_bytes < 0:
            raise InputError(
                f"weights quota: expected bytes, 0 or more, got {quota_bytes}; leave "
                "it out for no limit"
            )
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise write_failure(directory, error) from error
        self.directory = directory
        self.quota_bytes = quota_bytes

    def path_for(self, reference: str) -> Path:
        """The file of a reference, whether it exists or not.

        Args:
            reference: letters, digits, `_`, `-` and `.`, not beginning with `.`, nor
                with `-` unless a digit follows.
        """
        if not _REFERENCE.fullmatch(reference):
            raise InputError(
                "weights reference: expected up to 200 letters, digits, '_', '-' and "
                "'.' that begin with neither '.' nor '-' (but for a negative number), "
                f"got {reference!r}; references name files"
            )
        return self.directory / f"{reference}{SUFFIX}"

    def __contains__(self, reference: str) -> bool:
        """Whether the weights of a reference are stored."""
        return self.path_for(reference).is_file()

    def sizes(self) -> dict[str, int]:
        """Bytes of every stored reference, in the order of their names."""
        found = {}
        for entry in sorted(os.scandir(self.directory), key=lambda entry: entry.name):
            reference = entry.name.removesuffix(SUFFIX)
            if entry.name.endswith(SUFFIX) and _REFERENCE.fullmatch(reference):
                # A worker may replace, the manager may remove while this looks.
                with contextlib.suppress(FileNotFoundError):
                    found[reference] = entry.stat().st_size
        return found

    def total_bytes(self) -> int:
        """Bytes of all stored weights together."""
        return sum(self.sizes().values())

    def keep_only(self, references: Collection[str]) -> list[str]:
        """Remove every stored reference but these: nothing can use the others.

        Args:
            references: all that can still be used; a mapping is asked, not copied.
                Those that unfinished requests are about to write belong here, or they
                are removed the moment they appear.

        Returns:
            The removed references.
        """
        asked = isinstance(references, Mapping)
        kept = references if asked else frozenset(references)
        removed = [reference for reference in self.sizes() if reference not in kept]
        self._remove(removed)
        self.remove_unfinished(_ABANDONED_SECONDS)
        return removed

    def enforce_quota(self, by_value: Sequence[str]) -> list[str]:
        """Remove the least valuable weights until the rest fit into the quota.

        Args:
            by_value: references, the most valuable first. What is stored but not named
                is counted but left alone: it belongs to requests that are unfinished.

        Returns:
            The removed references, the least valuable first.
        """
        if self.quota_bytes is None:
            return []
        sizes = self.sizes()
        total = sum(sizes.values())
        removed = []
        for reference in reversed(list(dict.fromkeys(by_value))):
            if total <= self.quota_bytes:
                break
            if reference in sizes:
                total -= sizes[reference]
                removed.append(reference)
        self._remove(removed)
        return removed

    def remove_unfinished(self, older_than_seconds: float = 0.0) -> list[Path]:
        """Remove half-written files that killed writers left.

        Args:
            older_than_seconds: leave younger ones alone. 0 only while nothing is
                running: when a run is opened.
        """
        removed = []
        for path in sorted(self.directory.iterdir()):
            if not _UNFINISHED.fullmatch(path.name):
                continue
            # Its writer may be alive and rename it just now.
            with contextlib.suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime >= older_than_seconds:
                    path.unlink()
                    removed.append(path)
        return removed

    def _remove(self, references: Collection[str]) -> None:
        for reference in references:
            self.path_for(reference).unlink(missing_ok=True)

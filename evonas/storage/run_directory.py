"""The directory that one search writes, and the name of everything in it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evonas.errors import RunDirectoryError
from evonas.storage.files import is_unfinished, remove_unfinished, replace_file
from evonas.storage.handover import HandoverRequest
from evonas.storage.json_text import to_text
from evonas.storage.lock import RunLock, is_lock_file


class RunDirectory:
    """A run directory; made by `create` or `open`.

    ::

        config.yaml      the settings, resolved
        journal.jsonl    every event, append-only
        snapshots/       states that save replaying
        weights/         safetensors, under a quota
        result.json      replaced at every stop
        winner.json      of `evonas train --top`, replaced by each
        export/          the best network, as plain torch
        lock             who is writing
        take-over        who asks for it, while it does
        islands/0/ …     populations of one search, each a run directory itself
        champions/       in such a one: what others take from it

    Whoever writes in it holds `lock()`; reading needs no lock.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.config = root / "config.yaml"
        self.journal = root / "journal.jsonl"
        self.snapshots = root / "snapshots"
        self.weights = root / "weights"
        self.result = root / "result.json"
        self.winner = root / "winner.json"
        self.export = root / "export"
        self.lock_file = root / "lock"
        self.handover_file = root / "take-over"
        self.islands = root / "islands"
        self.champions = root / "champions"

    def island(self, index: int) -> RunDirectory:
        """The directory of one population of the search, whether it exists or not."""
        return RunDirectory(self.islands / str(index))

    @classmethod
    def create(cls, path: Path | str, config_text: str) -> RunDirectory:
        """Make a new run directory with its `config.yaml`.

        Args:
            path: must not exist, or be an empty directory; parents are made.
            config_text: the resolved settings as YAML.

        Raises:
            RunDirectoryError: something is there already, or it cannot be written.
        """
        run = cls(Path(path))
        try:
            run.root.mkdir(parents=True, exist_ok=True)
            run._check_vacant()
            # Two that start at once both get this far; the lock lets them pass one by
            # one, and the second finds the first one's config.
            with run.lock():
                run._check_vacant()
                run.write_config(config_text)
        except OSError as error:
            raise RunDirectoryError(
                f"{run.root}: expected to make a run directory here, got "
                f"{error.strerror}; choose another --out"
            ) from error
        return run

    @classmethod
    def open(cls, path: Path | str) -> RunDirectory:
        """Open the directory of an earlier run.

        Raises:
            RunDirectoryError: it is no run directory, or its journal has gone.
        """
        run = cls(Path(path))
        try:
            run._check_holds_a_run()
        except OSError as error:
            raise RunDirectoryError(
                f"{run.root}: expected the directory of a run, got {error.strerror}; "
                "check its name and permissions"
            ) from error
        return run

    def lock(self) -> RunLock:
        """A context manager that holds the right to write in this directory.

        Entering raises `RunDirectoryError`, naming the holder, when another process
        has it. Its attribute `stale` tells who died holding it.
        """
        return RunLock(self.lock_file)

    def handover(self) -> HandoverRequest:
        """The request that asks whoever holds the lock to let go of it."""
        return HandoverRequest(self.handover_file)

    def remove_unfinished(self) -> list[Path]:
        """Remove half-written files of a killed process; call it holding the lock."""
        return [
            path
            for directory in (self.root, self.snapshots, self.champions)
            for path in remove_unfinished(directory)
        ]

    def read_config(self) -> str:
        """The text of `config.yaml`."""
        try:
            return self.config.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise RunDirectoryError(
                f"{self.config}: expected the settings of the run as UTF-8 text, got "
                f"{error}; restore it from a copy"
            ) from error

    def write_config(self, text: str) -> None:
        """Replace `config.yaml`, whole or not at all."""
        replace_file(self.config, text.encode("utf-8"))

    def read_result(self) -> dict[str, Any] | None:
        """The content of `result.json`; None before the first stop."""
        try:
            result = json.loads(self.result.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise RunDirectoryError(
                f"{self.result}: expected the result of the run as JSON, got {error}; "
                "delete it and run `evonas resume`, which writes it anew"
            ) from error
        if not isinstance(result, dict) or "status" not in result:
            raise RunDirectoryError(
                f"{self.result}: expected a JSON object with a `status`, got "
                f"{str(result)[:40]!r}; delete it and run `evonas resume`, which "
                "writes it anew"
            )
        return result

    def write_result(self, result: Mapping[str, Any]) -> None:
        """Replace `result.json`, whole or not at all.

        Raises:
            InputError: a value that is no JSON, NaN and infinity included.
            RunDirectoryError: the file system refused.
        """
        _write_json(self.result, result)

    def write_winner(self, winner: Mapping[str, Any]) -> None:
        """Replace `winner.json`, whole or not at all.

        Raises:
            InputError: a value that is no JSON, NaN and infinity included.
            RunDirectoryError: the file system refused.
        """
        _write_json(self.winner, winner)

    def _check_vacant(self) -> None:
        """Raise unless nothing is here, or only what a killed `create` left."""
        if self.config.exists():
            raise RunDirectoryError(
                f"{self.root}: expected an empty directory, got one that holds a run; "
                f"go on with `evonas resume {shlex.quote(str(self.root))}`, or choose "
                "another --out"
            )
        for path in sorted(self.root.iterdir()):
            if not is_unfinished(path) and not is_lock_file(
                path, run_lock=self.lock_file
            ):
                raise RunDirectoryError(
                    f"{self.root}: expected an empty directory, got one that holds "
                    f"{path.name}; choose another --out (nothing is ever overwritten)"
                )

    def _check_holds_a_run(self) -> None:
        """Raise unless there are settings here, and a journal if there are results."""
        if not self.config.is_file():
            found = "nothing"
            if self.root.is_dir():
                found = "a directory without config.yaml"
            elif self.root.exists():
                found = "a file"
            raise RunDirectoryError(
                f"{self.root}: expected the directory of a run, got {found}; give the "
                "directory that `evonas search --out` wrote"
            )
        if not self.journal.exists() and self._has_results():
            raise RunDirectoryError(
                f"{self.journal}: expected the journal of the run, got results without "
                "one; restore it from a copy, or start a new run with another --out"
            )

    def _has_results(self) -> bool:
        return self.result.exists() or any(self.snapshots.glob("snapshot-*"))

    def __repr__(self) -> str:
        return f"RunDirectory({str(self.root)!r})"


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    plain = json.loads(to_text(dict(content), path.name))
    replace_file(path, json.dumps(plain, indent=2).encode("ascii") + b"\n")

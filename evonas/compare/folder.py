"""The directory of a comparison: what it is of, and every run that is done."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evonas.compare.contestants import Contestant
from evonas.compare.curve import Point
from evonas.errors import RunDirectoryError
from evonas.storage import RunLock
from evonas.storage.files import remove_unfinished, replace_file

#: version of the files; others are refused
FORMAT = 1
_RUN = re.compile(r"seed-(\d+)\.json")


@dataclass(frozen=True)
class Played:
    """A finished run.

    Attributes:
        name: of its config.
        seed: of the run.
        points: its incumbent's curve, the end included.
        ended: why it ended: `budget`, `exhausted` (nothing new in the space), `done`.
        networks: different candidates among its evaluations.
        wall_seconds: that it took here.
    """

    name: str
    seed: int
    points: tuple[Point, ...]
    ended: str
    networks: int
    wall_seconds: float

    @property
    def end(self) -> Point:
        """Its incumbent when the budget was used up."""
        return self.points[-1]


class ComparisonFolder:
    """Reads and writes a comparison's directory.

    ::

        comparison.json          names and digests of the configs
        configs/NAME.yaml        their settings, every default filled in
        runs/NAME/seed-N.json    a finished run each
        runs/NAME/seed-N/        the run directory, where networks are trained
        runs.csv, summary.csv, summary.json, README.md, *.png
        lock                     who is writing

    Args:
        root: the directory; made by `begin`.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._index = root / "comparison.json"

    def lock(self) -> RunLock:
        """A context manager that holds the right to write here."""
        return RunLock(self.root / "lock")

    def create(self) -> None:
        """Make the directory, unless there is one with a comparison.

        Raises:
            RunDirectoryError: something else is there, or it cannot be made.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            others = [path.name for path in self.root.iterdir() if path.name != "lock"]
        except OSError as error:
            raise RunDirectoryError(
                f"{self.root}: expected a directory for the comparison, got "
                f"{error.strerror}; choose another --out"
            ) from error
        if others and not self._index.exists():
            raise RunDirectoryError(
                f"{self.root}: expected a new or empty directory, or one with a "
                f"comparison, got one with {sorted(others)[0]}; choose another --out"
            )

    def begin(self, contestants: Sequence[Contestant]) -> None:
        """Note what is compared; call it holding the lock.

        Configs of earlier calls stay known.

        Raises:
            RunDirectoryError: a config has changed since runs were made with it.
        """
        remove_unfinished(self.root)
        known = self._known()
        for one in contestants:
            if known.get(one.name, one.digest) != one.digest:
                raise RunDirectoryError(
                    f"{self.root}: expected {one.name} with the settings (and data) "
                    f"that its runs were made with, see "
                    f"{self._config(one.name)}, got others; give the changed config "
                    "another name, or choose another --out"
                )
        (self.root / "configs").mkdir(exist_ok=True)
        for one in contestants:
            text = one.resolved.config_text.encode()
            replace_file(self._config(one.name), text)
            (self.root / "runs" / one.name).mkdir(parents=True, exist_ok=True)
            remove_unfinished(self.root / "runs" / one.name)
        known |= {one.name: one.digest for one in contestants}
        content = {"format": FORMAT, "digests": known}
        self.write("comparison.json", json.dumps(content, indent=1) + "\n")

    def _known(self) -> dict[str, str]:
        if not self._index.exists():
            return {}
        content = _read(self._index)
        if content.get("format") != FORMAT:
            raise RunDirectoryError(
                f"{self._index}: expected format {FORMAT}, got "
                f"{content.get('format')!r}; choose another --out"
            )
        return dict(content["digests"])

    def _config(self, name: str) -> Path:
        return self.root / "configs" / f"{name}.yaml"

    def run_directory(self, name: str, seed: int) -> Path:
        """Where a run that trains networks keeps its journal and weights."""
        return self.root / "runs" / name / f"seed-{seed}"

    def finished(self, one: Contestant) -> list[int]:
        """Seeds of a config whose runs are done, ascending."""
        folder = self.root / "runs" / one.name
        found = (_RUN.fullmatch(path.name) for path in folder.glob("seed-*.json"))
        return sorted(int(match[1]) for match in found if match)

    def keep(self, one: Contestant, seed: int, found: Mapping[str, Any]) -> None:
        """Write down a run that is done.

        Args:
            one: its config.
            seed: of the run.
            found: as `play` gives it.
        """
        content = {
            "format": FORMAT,
            "config": one.name,
            "digest": one.digest,
            "strategy": one.strategy,
            "seed": seed,
            **found,
        }
        path = self.run_directory(one.name, seed).with_suffix(".json")
        replace_file(path, json.dumps(content).encode() + b"\n")

    def played(self, one: Contestant, seed: int) -> Played:
        """A run that is done.

        Raises:
            RunDirectoryError: its file is damaged, or of other settings.
        """
        path = self.run_directory(one.name, seed).with_suffix(".json")
        content = _read(path)
        if (content.get("digest"), content.get("seed")) != (one.digest, seed):
            raise RunDirectoryError(
                f"{path}: expected the run of {one.name} with seed {seed} and its "
                "present settings, got another one; delete the file, and the run is "
                "made again"
            )
        try:
            return Played(
                one.name,
                seed,
                tuple(Point(*point) for point in content["points"]),
                content["ended"],
                content["networks"],
                content["wall_seconds"],
            )
        except (KeyError, TypeError) as error:
            raise _damaged(path, error) from error

    def write(self, name: str, text: str) -> None:
        """Replace one of the files with results, whole or not at all."""
        replace_file(self.root / name, text.encode())


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise _damaged(path, error) from error
    if not isinstance(content, dict):
        raise _damaged(path, "something else")
    return content


def _damaged(path: Path, found: object) -> RunDirectoryError:
    return RunDirectoryError(
        f"{path}: expected JSON as `evonas compare` writes it, got {found}; delete the "
        "file, and what it holds is made again"
    )

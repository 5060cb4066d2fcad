"""An island's side of the exchange of champions.

Every `interval` evaluations an island writes its best into a file of its own directory
and takes in what its neighbours wrote after as many evaluations of theirs. What it took
is an event of its journal, so that a resumed island takes the same, whatever lies in
the directories by then. No file is ever changed: whoever needs it later finds it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np

from evonas.errors import RunDirectoryError
from evonas.run.state import RunState
from evonas.storage import RunDirectory
from evonas.storage.files import replace_file

Topology = Literal["ring", "random", "full"]

#: keeps the draws of neighbours apart from others of the run's seed
_STREAM = 0x15_1A4D
#: how often the directories of others are looked at
_LOOK_SECONDS = 0.05
#: the file of an island that has nothing more to ask; it stands for all later exchanges
_LAST = "last"


class Migration:
    """When an island exchanges, with whom, and what.

    Args:
        run: directory of the whole search.
        index: of this island.
        count: of islands.
        topology: who gets whose champions.
        interval: evaluations of the island between two exchanges.
        migrants: champions that an island sends.
        wait: stand still until they have come.
        patience_seconds: at most; what has not come by then never does.
        seed: of the whole search.
    """

    def __init__(
        self,
        run: RunDirectory,
        index: int,
        count: int,
        *,
        topology: Topology = "ring",
        interval: int = 50,
        migrants: int = 1,
        wait: bool = True,
        patience_seconds: float = 3600.0,
        seed: int = 0,
    ) -> None:
        self._run = run
        self._index = index
        self._count = count
        self._topology = topology
        self._interval = interval
        self._migrants = migrants
        self._wait = wait
        self._patience_seconds = patience_seconds
        self._seed = seed
        self._own = run.island(index).champions
        #: since when it stands still; None: it does not
        self._since: float | None = None
        self._next_look = 0.0

    def room(self, state: RunState) -> int | None:
        """Requests that may be asked before the next exchange; None: any number."""
        if not self._wait:
            return None
        return (state.exchanges + 1) * self._interval - state.asked_count

    def publish(self, state: RunState) -> None:
        """Write the champions of this moment, if an exchange is due at it."""
        done = state.accounting.evaluations
        if done and done % self._interval == 0:
            self._write(str(done // self._interval), state)

    def leave(self, state: RunState) -> None:
        """Write the champions that others get from now on: no more will come."""
        self._write(_LAST, state)

    def return_(self) -> None:
        """Forget that it had left: the search goes on."""
        (self._own / f"{_LAST}.json").unlink(missing_ok=True)

    def arrived(self, state: RunState) -> dict[str, Any] | None:
        """The payload of the next exchange; None: none is due, or it is incomplete."""
        exchange = state.exchanges + 1
        if state.accounting.evaluations < exchange * self._interval:
            return None
        now = time.monotonic()
        if now < self._next_look:
            return None
        self._next_look = now + _LOOK_SECONDS
        if self._since is None:
            self._since = now
        champions: list[Mapping[str, Any]] = []
        missing: list[int] = []
        for island in self.neighbours(exchange):
            found = self._read(island, exchange)
            if found is None:
                missing.append(island)
            else:
                champions += [{**one, "island": island} for one in found]
        if missing and now - self._since < self._patience_seconds:
            return None
        self._since, self._next_look = None, 0.0
        return {"exchange": exchange, "champions": champions, "missing": missing}

    def neighbours(self, exchange: int) -> list[int]:
        """Whose champions this island gets.

        Args:
            exchange: its number, from 1 up.
        """
        others = [one for one in range(self._count) if one != self._index]
        if self._topology == "full":
            return others
        if self._topology == "ring":
            return [(self._index - 1) % self._count]
        rng = np.random.default_rng([self._seed, _STREAM, exchange, self._index])
        return [others[int(rng.integers(len(others)))]]

    def _write(self, name: str, state: RunState) -> None:
        path = self._own / f"{name}.json"
        if path.exists():
            return
        champions = []
        for one in state.incumbents.top[: self._migrants]:
            data = one.to_json()
            # Weights stay where they are; who takes it in would not find them.
            data["record"]["weights"] = None
            champions.append(data)
        self._own.mkdir(exist_ok=True)
        replace_file(path, json.dumps(champions).encode("ascii"))

    def _read(self, island: int, exchange: int) -> list[dict[str, Any]] | None:
        """What an island wrote for an exchange; None: nothing yet."""
        folder = self._run.island(island).champions
        # In this order: who has left had written everything before.
        left = _content(folder / f"{_LAST}.json")
        found = _content(folder / f"{exchange}.json")
        return left if found is None else found


def _content(path: Path) -> list[dict[str, Any]] | None:
    try:
        found: list[dict[str, Any]] = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise RunDirectoryError(
            f"{path}: expected champions of an island as JSON, got {error}; restore it "
            "from a copy"
        ) from error
    return found

"""The islands of one search, seen as one run.

Each island is a run of its own in a directory below. What they have done joins the
journal of the whole, in the order of their running times and with numbers that differ:
evaluation `n` of island `i` of `k` is number `n · k + i` of the search. From then on
nothing needs to know that there were islands.
"""

from __future__ import annotations

import contextlib
import heapq
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from evonas.storage import Journal, RunDirectory, WeightsStore

#: a reference to stored weights: the number of the evaluation, and more
_REFERENCE = re.compile(r"(\d+)-(.+)")

#: what of an island's journal concerns the search as a whole
_GATHERED = ("asked", "told")


class _Dated(NamedTuple):
    """An event of an island, in the order of the whole."""

    elapsed: float
    island: int
    number: int
    name: str
    payload: dict[str, Any]


class Islands:
    """The islands below a run directory.

    Args:
        run: directory of the whole search.
        count: of islands.
    """

    def __init__(self, run: RunDirectory, count: int) -> None:
        self._run = run
        self._count = count
        #: workers of each, as its latest record told
        self._workers = [0] * count

    @property
    def directories(self) -> list[RunDirectory]:
        """Those of the islands, by their numbers."""
        return [self._run.island(index) for index in range(self._count)]

    def events(
        self, gathered: Mapping[int, int]
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """What is not in the journal of the whole yet, as events of that.

        Args:
            gathered: island → events of its journal that are.
        """
        journals = [
            self._dated(index, gathered.get(index, 0)) for index in range(self._count)
        ]
        for one in heapq.merge(*journals, key=lambda one: one[:3]):
            payload = {**one.payload, "island": [one.island, one.number]}
            if one.name == "told":
                self._workers[one.island] = payload["workers"]
                payload["workers"] = sum(self._workers)
            yield one.name, payload

    def reason(self) -> tuple[str, str]:
        """Why their searches have ended: the first island's words, where they differ.

        Only where all of them are complete.
        """
        for directory in self.directories:
            last = {"reason": "budget", "detail": ""}
            for event in Journal.read(directory.journal):
                if event.name == "stopped":
                    last = {"reason": event.data["reason"], **event.data}
            if last["reason"] != "budget":
                return last["reason"], last["detail"]
        return "budget", ""

    def fetch(self, references: Sequence[str], store: WeightsStore) -> None:
        """Have weights in the store of the whole, too.

        Args:
            references: there; those that no island has any more are left out.
            store: of the whole.
        """
        for reference in references:
            found = _REFERENCE.fullmatch(reference)
            if found is None or reference in store:
                continue
            number, island = divmod(int(found[1]), self._count)
            source = self._run.island(island).weights / (
                f"{number}-{found[2]}.safetensors"
            )
            with contextlib.suppress(FileNotFoundError):
                _link(source, store.path_for(reference))

    def _dated(self, index: int, start: int) -> Iterator[_Dated]:
        path = self._run.island(index).journal
        if not path.exists():
            return
        elapsed = 0.0
        for event in Journal.read(path, start):
            elapsed = max(elapsed, event.data.get("elapsed", 0.0))
            if event.name in _GATHERED:
                data = self._renumbered(index, event.name, event.data)
                yield _Dated(elapsed, index, event.n, event.name, data)

    def _renumbered(
        self, index: int, name: str, data: Mapping[str, Any]
    ) -> dict[str, Any]:
        """An event's payload with the numbers of the whole."""
        if name == "asked":
            requests = [self._request(index, one) for one in data["requests"]]
            return {"count": None, "requests": requests}
        record = dict(data["record"])
        record["request_id"] = self._number(index, record["request_id"])
        record["weights"] = self._reference(index, record["weights"])
        record["worker"] = f"island-{index} {record['worker']}"
        return {**data, "record": record}

    def _request(self, index: int, data: Mapping[str, Any]) -> dict[str, Any]:
        origin = {**data["origin"], "island": index}
        # It was for other islands alone, and they have it.
        origin.pop("genome", None)
        if origin.get("parent", -1) >= 0:
            origin["parent"] = self._number(index, origin["parent"])
        return {
            **data,
            "request_id": self._number(index, data["request_id"]),
            "inherit": [self._reference(index, one) for one in data["inherit"]],
            "resume": self._reference(index, data["resume"]),
            "origin": origin,
        }

    def _number(self, index: int, number: int) -> int:
        return number * self._count + index

    def _reference(self, index: int, reference: str | None) -> str | None:
        found = _REFERENCE.fullmatch(reference or "")
        if found is None:
            return reference
        return f"{self._number(index, int(found[1]))}-{found[2]}"


def _link(source: Path, target: Path) -> None:
    """A second name for a file that never changes; a copy where there cannot be one."""
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        os.link(source, beside)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copyfile(source, beside)
    os.replace(beside, target)

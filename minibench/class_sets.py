"""What the best networks of a problem are made of, and how often.

A class of the mini-benchmark database is told by the sets of what its best networks
use: blocks, ways to join, values of hyper-parameters. Every network counts once for
each thing that it uses, however often it repeats it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evonas.architecture import Architecture
from evonas.architecture.layer import Value
from evonas.candidate import Recipe
from evonas.errors import DataError
from evonas.genome.block_reading import read_blocks, read_merges
from minibench.problems import Problem
from minibench.records import BenchRecord

#: what is counted: ("blocks", "conv"), ("merges", "sum"), ("blocks.conv", "kernel", 3)
#: or ("recipe", "optimizer", "sgd"); of a table's cells ("choices", "op1", "skip")
Item = tuple[Value, ...]

#: names of records that are kept for each thing, the best first
NAMED = 3


@dataclass
class Support:
    """The networks that use a thing.

    Attributes:
        networks: how many.
        records: ids of the best of them.
    """

    networks: int = 0
    records: list[str] = field(default_factory=list)

    def add(self, record: str) -> None:
        """Count one more, which is not better than those before."""
        self.networks += 1
        if len(self.records) < NAMED:
            self.records.append(record)


@dataclass(frozen=True)
class ClassSets:
    """The sets of one problem.

    Attributes:
        problem: key of it.
        networks: how many of its best were read.
        items: what they use.
    """

    problem: str
    networks: int
    items: Mapping[Item, Support]

    def share(self, item: Item) -> float:
        """Which part of the networks uses a thing; 0 where none does."""
        found = self.items.get(item)
        return 0.0 if found is None else found.networks / self.networks

    def common(self, least: float) -> frozenset[Item]:
        """Blocks, activations and ways to join that enough networks use.

        Args:
            least: share of the networks.
        """
        return frozenset(
            item
            for item in self.items
            if self.share(item) >= least and _is_structure(item)
        )

    def values(self, *place: Value) -> dict[Value, float]:
        """Value → share of the networks that use it there.

        Args:
            place: ("blocks",), ("blocks.conv", "kernel"), ("recipe", "optimizer"), …
        """
        size = len(place)
        return {
            item[size]: self.share(item)
            for item in self.items
            if len(item) == size + 1 and item[:size] == place
        }

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {
            "problem": self.problem,
            "networks": self.networks,
            "items": [
                [list(item), support.networks, support.records]
                for item, support in self.items.items()
            ],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ClassSets:
        """The inverse of `to_json`."""
        items = {
            tuple(item): Support(networks, list(records))
            for item, networks, records in data["items"]
        }
        return cls(data["problem"], data["networks"], items)


#: what a network uses, from its record
Reading = Callable[[BenchRecord], Iterable[Item]]


def class_sets(
    problem: Problem,
    best: Sequence[BenchRecord],
    others: Sequence[BenchRecord] = (),
    reading: Reading | None = None,
) -> ClassSets:
    """Count what the best networks of a problem use.

    A hyper-parameter that has one value in all networks, the others too, was not
    searched: nothing is known of its other values, and it is left out.

    Args:
        problem: that they are of.
        best: its best records, best first.
        others: further records of it, as the background.
        reading: tells what a network uses; None: its blocks, merges and recipe.

    Raises:
        DataError: there are none.
    """
    reading = reading or items_of_record
    if not best:
        raise DataError(
            f"{problem.key}: expected records with {problem.ranked_by} to make "
            "constraints of, got none; add some with `minibench build`, or choose "
            "other --state"
        )
    items: dict[Item, Support] = {}
    seen: dict[Item, set[Value]] = {}
    for place, record in enumerate((*best, *others)):
        for item in sorted(set(reading(record)), key=repr):
            seen.setdefault(item[:-1], set()).add(item[-1])
            if place < len(best):
                items.setdefault(item, Support()).add(record.id)
    known = {
        item: support
        for item, support in items.items()
        if len(item) < 3 or len(seen[item[:-1]]) > 1
    }
    return ClassSets(problem.key, len(best), known)


def sets_of_candidates(name: str, used: Sequence[Iterable[Item]]) -> ClassSets:
    """Count what some networks use that are no records.

    Args:
        name: stands in place of the problem's key.
        used: what each uses, the best network first.
    """
    items: dict[Item, Support] = {}
    for number, one in enumerate(used):
        for item in sorted(set(one), key=repr):
            items.setdefault(item, Support()).add(f"{name}/{number}")
    return ClassSets(name, len(used), items)


def overlap(one: ClassSets, other: ClassSets, least: float) -> float:
    """Jaccard index of the blocks, activations and ways to join of two problems.

    Args:
        one: of them.
        other: of them.
        least: share of a problem's networks that must use a thing for it to count.
    """
    first, second = one.common(least), other.common(least)
    whole = first | second
    return len(first & second) / len(whole) if whole else 0.0


def _is_structure(item: Item) -> bool:
    return item[0] in ("blocks", "merges") or (
        str(item[0]).startswith("blocks.") and item[1] == "activation"
    )


def items_of_record(record: BenchRecord) -> list[Item]:
    """What the network of a record uses, and how it was trained if that is known."""
    return items_of(record.architecture, record.recipe)


def items_of(architecture: Architecture, recipe: Recipe | None) -> list[Item]:
    """What a network of layers uses: blocks and their fields, merges, recipe.

    Args:
        architecture: of the network.
        recipe: None: it is not known.
    """
    found: list[Item] = []
    for read in read_blocks(architecture):
        found.append(("blocks", read.block))
        place = f"blocks.{read.block}"
        found += [(place, name, value) for name, value in read.fields.items()]
    found += [("merges", merge) for merge in read_merges(architecture)]
    if recipe is not None:
        fields = recipe.lasting_json().items()
        found += [("recipe", name, value) for name, value in fields]
    return found


def items_of_choices(values: Mapping[str, Value]) -> list[Item]:
    """What a cell of a table uses: the values of its choices."""
    return [("choices", name, value) for name, value in values.items()]

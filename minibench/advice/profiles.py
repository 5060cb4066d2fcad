"""What candidates have in common: a candidate as a set of tokens.

Of a table's cells: the values of its choices, alone and in pairs, and the labels of its
graph (Weisfeiler-Lehman, one round) with what only passes values on left out. Of a
network of layers: the blocks, merges and values that it uses, numbers as all points of
their grid that they reach, so that near numbers have more in common than far ones; and
the labels of its folded graph, where a classifier has encoded it.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import combinations
from typing import Any

from evonas.architecture.layer import Value
from evonas.cells import Graph
from evonas.encoding import STATISTIC
from evonas.space.domains import is_number
from minibench.advice.own_model import Profile
from minibench.class_sets import Item
from minibench.grids import REAL, on_grid

#: operations that change nothing
_PASSING = ("skip_connect", "skip", "identity")
#: points of a number's grid that a profile names at most
_POINTS = 40


class Profiles:
    """Makes profiles; equal candidates have equal ones, in every process.

    A token's number is a hash of it, so that whatever is summed over tokens is summed
    in one order, whoever has met them first.
    """

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}

    def of_cell(self, values: Mapping[str, Value], graph: Graph | None) -> Profile:
        """The profile of a table's cell.

        Args:
            values: of its choices.
            graph: of the cell; None: its choices make none.
        """
        alone = list(values.items())
        tokens: list[Any] = [*alone, *combinations(alone, 2)]
        if graph is not None:
            tokens += _counted(_labels(*_contracted(*graph)))
        return self._profile(tokens)

    def of_network(self, items: Iterable[Item], encoded: Any) -> Profile:
        """The profile of a network of layers.

        Args:
            items: what it uses.
            encoded: its features by a linear classifier; others are passed over.
        """
        tokens = [token for item in set(items) for token in _tokens(item)]
        if isinstance(encoded, Mapping):
            tokens += [one for one in encoded if not str(one).startswith(STATISTIC)]
        return self._profile(tokens)

    def _profile(self, tokens: Iterable[Any]) -> Profile:
        return frozenset(self._number(token) for token in tokens)

    def _number(self, token: Any) -> int:
        found = self._numbers.get(token)
        if found is None:
            digest = hashlib.blake2b(repr(token).encode(), digest_size=8).digest()
            found = self._numbers[token] = int.from_bytes(digest, "big")
        return found


def _contracted(
    labels: Sequence[str], edges: Iterable[tuple[int, int]]
) -> tuple[Sequence[str], set[tuple[int, int]]]:
    """The graph with what passes values on joined away."""
    joined = set(edges)
    for vertex, label in enumerate(labels):
        if label not in _PASSING:
            continue
        sources = [one for one, other in joined if other == vertex]
        targets = [other for one, other in joined if one == vertex]
        joined = {edge for edge in joined if vertex not in edge}
        joined |= {(one, other) for one in sources for other in targets}
    return labels, joined


def _labels(labels: Sequence[str], edges: set[tuple[int, int]]) -> Iterator[Any]:
    """Labels of vertices, edges, and vertices with all around them."""
    for vertex, label in enumerate(labels):
        if label in _PASSING:
            continue
        sources = sorted(labels[one] for one, other in edges if other == vertex)
        targets = sorted(labels[other] for one, other in edges if one == vertex)
        yield ("is", label)
        yield ("around", label, tuple(sources), tuple(targets))
    for one, other in edges:
        yield ("edge", labels[one], labels[other])


def _counted(labels: Iterable[Any]) -> Iterator[Any]:
    """Each label with how often it came before: twice is more than once."""
    seen: Counter[Any] = Counter()
    for label in labels:
        yield (label, seen[label])
        seen[label] += 1


@lru_cache(maxsize=100_000)
def _tokens(item: Item) -> tuple[Any, ...]:
    """The tokens of a thing that is used."""
    return tuple(_named(item))


def _named(item: Item) -> Iterator[Any]:
    *place, value = item
    if not is_number(value):
        yield item
        return
    point = on_grid(str(place[-1]), value)
    assert is_number(point)
    rate = REAL.get(str(place[-1]), False)
    for step in range(min(_POINTS, _steps(point, rate))):
        yield (*place, "reaches", step)
    yield (*place, "is", point)


def _steps(point: float, rate: bool) -> int:
    """How many points of its grid a number has reached."""
    if point <= 0:
        return 0
    if rate:  # thirds of a decade, from a millionth up
        return max(0, round(3 * (math.log10(point) + 6)))
    if point < 1:  # twentieths
        return max(1, round(20 * point))
    return 20 + round(2 * math.log2(point))

"""The choices of a genome space as numbers: a code for each value of each choice.

A domain with more than `MOST` values is seen at that many places spread over it, so
that every choice is one of a few; a value between two places counts as the nearer one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evonas.architecture import Value
from evonas.genome import GenomeSpace
from evonas.space import Domain

#: values of one choice that are told apart
MOST = 8

#: the code of a choice that does not apply
ABSENT = -1

Codes = NDArray[np.intp]


class ChoiceCodes:
    """Translates genomes to codes and back.

    Args:
        genomes: whose choices they are. The codes stay the same where it is narrowed.
    """

    def __init__(self, genomes: GenomeSpace[Any]) -> None:
        self._genomes = genomes
        self._now = genomes
        domains = genomes.choices
        #: the choices that can be more than one value, in order
        self.names = tuple(n for n, domain in domains.items() if not domain.constant)
        self._place = {name: place for place, name in enumerate(self.names)}
        self._values = [domains[name].spread(MOST) for name in self.names]
        #: how many values each choice has
        self.sizes = tuple(map(len, self._values))
        #: whether the values of each choice have an order
        self.ordered = tuple(domains[name].ordered for name in self.names)
        self.narrow(genomes)

    def narrow(self, genomes: GenomeSpace[Any]) -> None:
        """Build genomes of a narrower space from now on."""
        self._now = genomes
        domains = genomes.choices
        self._allowed = []
        for name, values in zip(self.names, self._values, strict=True):
            domain = domains.get(name)
            inside = np.array(
                [domain is not None and domain.contains(v) for v in values]
            )
            # Between two places may be what is left of a range: any code means that.
            self._allowed.append(inside if inside.any() else np.ones(len(values), bool))
        #: of every choice: name, place (None: only one value), a value for each code
        self._plan: list[tuple[str, int | None, Sequence[Value]]] = []
        for name, domain in domains.items():
            place = self._place.get(name)
            if place is None or domain.constant:
                # What was narrowed to one value is no choice any more.
                self._plan.append((name, None, domain.extremes()))
                continue
            now = [
                value if domain.contains(value) else nearest(domain, value)
                for value in self._values[place]
            ]
            self._plan.append((name, place, now))

    def allowed(self, place: int) -> NDArray[np.bool_]:
        """Which codes of a choice are in the space."""
        return self._allowed[place]

    def encode(self, genome: Any) -> Codes:
        """A code for every choice; `ABSENT` for those that do not apply."""
        found = self._genomes.values(genome)
        codes = np.full(len(self.names), ABSENT, np.intp)
        for name, value in found.items():
            place = self._place.get(name)
            if place is not None:
                codes[place] = self._code(place, value)
        return codes

    def _code(self, place: int, value: Value) -> int:
        values = self._values[place]
        try:
            return values.index(value)
        except ValueError:
            domain = self._genomes.choices[self.names[place]]
            distances = [domain.distance(value, one) for one in values]
            return distances.index(min(distances))

    def build(self, choose: Callable[[int], int]) -> Any:
        """The genome of codes that are chosen one after the other.

        Args:
            choose: gives a code for the choice at a place; asked in order, and only for
                choices that apply.

        Raises:
            ArchitectureError: together they are no genome.
        """
        genomes = self._now
        values: dict[str, Value] = {}
        for name, place, options in self._plan:
            if genomes.applies(name, values):
                values[name] = options[0 if place is None else choose(place)]
        return genomes.from_values(values)


def nearest(domain: Domain, value: Value) -> Value:
    """The value of a narrowed domain that is nearest to one outside of it.

    Of options without an order any will do: their codes are not `allowed`.
    """
    options = domain.spread(MOST)
    if not domain.ordered:
        return options[0]
    return min(options, key=lambda one: abs(float(one) - float(value)))

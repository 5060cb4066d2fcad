"""A space place by place: what could be drawn at all, and what a set leaves of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evonas.architecture.layer import Value
from evonas.errors import ConfigError
from evonas.space import ConstraintSet, Domain, FloatRange
from evonas.space.constraints import Place
from evonas.space.text_form import domain_from_json, from_values, restrict
from minibench.grids import REAL, grid_steps

BLOCKS, MERGES = "blocks", "merges"


@dataclass(frozen=True)
class Left:
    """What a constraint set leaves of one place.

    Attributes:
        place: `blocks`, `blocks.conv.kernel`, `merges`, `recipe.optimizer`,
            `choices.op1`, …
        whole: what could be drawn there at all.
        allowed: what of it lies inside the set; None: nothing.
        share: chance that an even draw of the whole lies inside, 0 to 1.
    """

    place: Place
    whole: Domain
    allowed: Domain | None
    share: float


@dataclass(frozen=True)
class Shares:
    """How much of a space a set leaves, as chances of even draws; None: no such part.

    Attributes:
        node: a block with its fields lies inside.
        merge: a way to join does.
        recipe: a recipe does.
        cell: all choices of a table's cell do.
    """

    node: float | None
    merge: float | None
    recipe: float | None
    cell: float | None

    def to_json(self) -> dict[str, float | None]:
        """Plain JSON form."""
        return {
            "node": self.node,
            "merge": self.merge,
            "recipe": self.recipe,
            "cell": self.cell,
        }


@dataclass(frozen=True)
class Whole:
    """Everything that a search may draw.

    Attributes:
        domains: place → its values; of blocks the names, before their fields.
    """

    domains: Mapping[Place, Domain]

    @classmethod
    def of_section(cls, section: Mapping[str, Any]) -> Whole:
        """That of a config's `space` with every key, as a run directory has it.

        Args:
            section: plain JSON values, as `Space.to_json` gives them.
        """
        found: dict[Place, Domain] = {}
        blocks = {
            name: fields
            for name, fields in (section.get("blocks") or {}).items()
            if fields is not False
        }
        if blocks:
            found[BLOCKS] = from_values(list(blocks))
        for block, fields in blocks.items():
            found |= _domains(f"{BLOCKS}.{block}", fields)
        if "merges" in section:
            found[MERGES] = domain_from_json(section["merges"])
        return cls({**found, **_domains("recipe", section.get("recipe") or {})})

    @classmethod
    def of_choices(cls, choices: Mapping[str, Domain]) -> Whole:
        """That of a table's cells.

        Args:
            choices: name → its values.
        """
        return cls({f"choices.{name}": domain for name, domain in choices.items()})

    def left(self, constraints: ConstraintSet) -> list[Left]:
        """What a set leaves of each place that has more than one value.

        Of blocks that the set does not allow the fields are left out. The mode does not
        matter: what a soft set leaves is what it prefers.
        """
        found = []
        for place, whole in self.domains.items():
            allowed, named = self._allowed(constraints, place), block_of(place)
            outside = named is not None and not _has_block(constraints, named)
            if not whole.constant and not outside:
                found.append(Left(place, whole, allowed, _share(place, whole, allowed)))
        return found

    def shares(self, constraints: ConstraintSet) -> Shares:
        """How much a set leaves of all places together."""
        shares = {
            place: _share(place, whole, self._allowed(constraints, place))
            for place, whole in self.domains.items()
        }

        def together(section: str) -> float | None:
            known = [
                share
                for place, share in shares.items()
                if place == section or place.startswith(f"{section}.")
            ]
            return math.prod(known) if known else None

        blocks = list(self._blocks())
        node = sum(
            together(f"{BLOCKS}.{one}") or 0.0
            if self._has_fields(one)
            else float(_has_block(constraints, one))
            for one in blocks
            if _has_block(constraints, one)
        )
        return Shares(
            node / len(blocks) if blocks else None,
            together(MERGES),
            together("recipe"),
            together("choices"),
        )

    def open(self, place: Place) -> bool:
        """Whether there is something to choose at a place; not where none is known."""
        found = self.domains.get(place)
        return found is not None and not found.constant

    def check(self, constraints: ConstraintSet) -> None:
        """Complain about a hard set that leaves nothing to draw.

        Raises:
            ConfigError: of a place, or of all blocks.
        """
        if constraints.mode != "hard":
            return
        for place, whole in self.domains.items():
            named = block_of(place)
            if named is not None and not _has_block(constraints, named):
                continue
            if self._allowed(constraints, place) is not None:
                continue
            allowed = allowed_at(constraints, place)
            names = list(constraints.blocks or ())
            text = names if allowed is None else allowed.to_json()
            raise ConfigError(
                f"{place}: expected something of what the search may draw, "
                f"{whole.to_json()!r}, got {text!r}, which leaves nothing of it"
            )

    def _blocks(self) -> Iterator[str]:
        domain = self.domains.get(BLOCKS)
        values = None if domain is None else domain.values()
        yield from map(str, values or ())

    def _has_fields(self, block: str) -> bool:
        return any(place.startswith(f"{BLOCKS}.{block}.") for place in self.domains)

    def _allowed(self, constraints: ConstraintSet, place: Place) -> Domain | None:
        """What of a place lies inside; None: nothing."""
        whole = self.domains[place]
        if place == BLOCKS:
            kept = [one for one in self._blocks() if _has_block(constraints, one)]
            return from_values(kept) if kept else None
        allowed = allowed_at(constraints, place)
        return whole if allowed is None else restrict(whole, allowed)


def allowed_at(constraints: ConstraintSet, place: Place) -> Domain | None:
    """What a set says of a place; None: nothing, so that anything may be there.

    Args:
        constraints: the set.
        place: not `blocks`, which has names and no domain.
    """
    if place == MERGES:
        return constraints.merges
    section, _, name = place.partition(".")
    if section == BLOCKS:
        block = block_of(place)
        known = (constraints.blocks or {}).get(block or "", {})
        return known.get(name.rpartition(".")[2])
    found: Mapping[str, Domain] = getattr(constraints, section)
    return found.get(name)


def block_of(place: Place) -> str | None:
    """The block whose field a place is; None: it is none's.

    Layer kinds of the user's own have dots in their names.
    """
    section, _, rest = place.partition(".")
    return rest.rpartition(".")[0] if section == BLOCKS and rest else None


def places_of(constraints: ConstraintSet) -> list[Place]:
    """The places that a set says something of, blocks' names first."""
    found = [] if constraints.blocks is None else [BLOCKS]
    for block, fields in (constraints.blocks or {}).items():
        found += [f"{BLOCKS}.{block}.{name}" for name in fields]
    found += [MERGES] if constraints.merges is not None else []
    found += [f"recipe.{name}" for name in constraints.recipe]
    return [*found, *(f"choices.{name}" for name in constraints.choices)]


def told(domain: Domain) -> str:
    """A domain as people read it: `3, 5, 7`, or `0.001 to 0.1`."""
    text = domain.to_json()
    if isinstance(text, Mapping):
        step = f" by {text['step']}" if text.get("step", 1) != 1 else ""
        return f"{text['low']:g} to {text['high']:g}{step}"
    return ", ".join(map(word, text if isinstance(text, list) else [text]))


def word(value: Value) -> str:
    """One value as people read it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _has_block(constraints: ConstraintSet, block: str) -> bool:
    return constraints.blocks is None or block in constraints.blocks


def _domains(place: Place, fields: Any) -> dict[Place, Domain]:
    # a block that is `true` has the fields that are usual, which a run writes out
    known = fields if isinstance(fields, Mapping) else {}
    return {
        f"{place}.{name}": domain_from_json(text, real=name in REAL)
        for name, text in known.items()
    }


def _share(place: Place, whole: Domain, allowed: Domain | None) -> float:
    """Chance of an even draw; real numbers count by the steps of their grid."""
    if allowed is None:
        return 0.0
    values = whole.values()
    if values is not None:
        return sum(allowed.contains(value) for value in values) / len(values)
    assert isinstance(whole, FloatRange)
    name = place.rpartition(".")[2]
    return min(1.0, _points(name, allowed, whole) / _points(name, whole, whole))


def _points(name: str, domain: Domain, whole: FloatRange) -> float:
    """Points of the grid that a domain has: a single number is one."""
    listed = domain.values()
    if listed is not None:
        return float(len(listed))
    assert isinstance(domain, FloatRange)
    return 1.0 + grid_steps(name, domain.low, domain.high, log=whole.log)

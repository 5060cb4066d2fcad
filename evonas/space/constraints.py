"""A constraint set: which part of a space is worth drawing from, and how often.

The mini-benchmark database makes one from the best networks of resembling problems;
applied to a space it gives a smaller space, or one that prefers some of its values, so
a strategy needs to know nothing of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal, get_args

from evonas.architecture.layer import Value
from evonas.errors import ConfigError
from evonas.space.domains import Domain
from evonas.space.space import Space
from evonas.space.text_form import domain_from_json, restrict
from evonas.space.weighted import Preferring, Weighted, check_weights

Mode = Literal["hard", "soft", "off"]

#: chance of a draw from the whole space in soft mode, where nothing else is said
OUTSIDE = 0.4

#: where a value stands: `blocks`, `merges`, `blocks.conv.kernel`,
#: `recipe.optimizer` or `choices.op1`
Place = str

#: place → value → how often the networks that the set is made of use it
Weights = Mapping[Place, Mapping[Value, float]]


@dataclass(frozen=True)
class ConstraintSet:
    """Allowed values of blocks, merges, recipe fields and a table's choices.

    Attributes:
        blocks: block → field → allowed values. A block that is not named is not
            allowed; a field that is not named may take all its values. None: every
            block is allowed.
        merges: allowed ways to join inputs; None: all.
        recipe: recipe field → allowed values; a field not named may take all.
        provenance: where the set comes from, plain JSON for people and reports.
        mode: `hard` narrows a space; `soft` leaves every value in it and draws those
            inside more often; `off` allows all alike.
        choices: choice of a table's cells → allowed values; a choice that is not named
            is free, or as `blocks` and `recipe` have it.
        weights: place → value → weight of what is inside; values without one are as
            rare as can be, and places without any are drawn evenly.
        outside: soft mode: chance that a draw or mutation is of the whole domain.
    """

    blocks: Mapping[str, Mapping[str, Domain]] | None = None
    merges: Domain | None = None
    recipe: Mapping[str, Domain] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)
    mode: Mode = "hard"
    choices: Mapping[str, Domain] = field(default_factory=dict)
    weights: Weights = field(default_factory=dict)
    outside: float = OUTSIDE

    def __post_init__(self) -> None:
        if self.mode not in get_args(Mode):
            raise ConfigError(
                f"constraints.mode: expected one of {', '.join(get_args(Mode))}, "
                f"got {self.mode!r}"
            )
        if not 0 <= self.outside <= 1:
            raise ConfigError(
                f"outside: expected a chance from 0 to 1, got {self.outside!r}"
            )
        if self.blocks is not None:
            frozen = {b: MappingProxyType(dict(f)) for b, f in self.blocks.items()}
            object.__setattr__(self, "blocks", MappingProxyType(frozen))
        object.__setattr__(self, "recipe", MappingProxyType(dict(self.recipe)))
        object.__setattr__(self, "choices", MappingProxyType(dict(self.choices)))
        for place, weights in self.weights.items():
            try:
                check_weights(weights)
            except ConfigError as error:
                raise ConfigError(f"weights.{place}: {error}") from None
        named = {p: MappingProxyType(dict(w)) for p, w in self.weights.items()}
        object.__setattr__(self, "weights", MappingProxyType(named))

    def apply(self, space: Space) -> Space:
        """The space as the set would have it; the space itself in mode `off`.

        Raises:
            ConfigError: in mode `hard`, nothing of a field, or no block at all, would
                be left.
        """
        if self.mode == "off":
            return space
        inside = {
            block: {
                name: self.restricted(
                    domain, allowed.get(name), f"blocks.{block}.{name}"
                )
                for name, domain in domains.items()
            }
            for block, domains in space.blocks.items()
            if (allowed := self._fields(block)) is not None
        }
        merges = self.restricted(space.merges, self.merges, "merges")
        recipe = {
            name: self.restricted(domain, self.recipe.get(name), f"recipe.{name}")
            for name, domain in space.recipe.items()
        }
        blocks: Mapping[str, Mapping[str, Domain]] = inside
        chances: Mapping[Any, float] = self.weights.get("blocks", {})
        if self.mode == "soft":
            blocks, chances = {**space.blocks, **inside}, self._shared(space, inside)
        elif not inside:
            raise ConfigError(
                f"the constraint set allows none of the space's blocks: it names "
                f"{', '.join(self.blocks or ())}, the space has "
                f"{', '.join(space.blocks)}; widen one of them"
            )
        return replace(
            space,
            blocks=blocks,
            merges=merges,
            recipe=recipe,
            block_weights={str(block): chance for block, chance in chances.items()},
        )

    def restricted(
        self, domain: Domain, allowed: Domain | None, place: Place
    ) -> Domain:
        """What the set makes of one domain.

        Args:
            domain: of the space.
            allowed: of the set; None: it says nothing of it.
            place: of the domain, for the weights and for messages.

        Raises:
            ConfigError: in mode `hard`, nothing is left.
        """
        if self.mode == "off" or domain.constant:
            return self._checked(domain, allowed, place)
        left = domain if allowed is None else restrict(domain, allowed)
        if left is None:
            return self._checked(domain, allowed, place)
        weights = self.weights.get(place)
        if weights and left.values() is not None and not left.constant:
            left = Weighted(left, weights)
        if left is domain or self.mode == "hard":
            return left
        return Preferring(domain, left, self.outside)

    def _checked(self, domain: Domain, allowed: Domain | None, place: Place) -> Domain:
        """The domain itself, where a hard set does not leave nothing of it."""
        if self.mode != "hard" or allowed is None:
            return domain
        left = restrict(domain, allowed)
        if left is None:
            where = place if place.startswith("choices") else f"space.{place}"
            raise ConfigError(
                f"{where}: the space has {domain.to_json()!r} and the constraint "
                f"set allows {allowed.to_json()!r}, which leaves nothing; widen "
                "one of them"
            )
        return left

    def _shared(self, space: Space, inside: Mapping[str, Any]) -> dict[str, float]:
        """Block → its chance in soft mode; {}: equal ones."""
        known = self.weights.get("blocks", {})
        weights = {block: float(known.get(block, 0.0)) for block in inside}
        if not sum(weights.values()):
            weights = dict.fromkeys(inside, 1.0)
        total = sum(weights.values())
        if not total or (len(inside) == len(space.blocks) and not known):
            return {}
        floor = self.outside / len(space.blocks)
        return {
            block: floor + (1 - self.outside) * weights.get(block, 0.0) / total
            for block in space.blocks
        }

    def allows(self, block: str, fields: Mapping[str, Value]) -> bool:
        """Whether a node with this block and these values lies inside."""
        if self.mode == "off":
            return True
        allowed = self._fields(block)
        return allowed is not None and _inside(fields, allowed)

    def allows_merge(self, merge: str) -> bool:
        """Whether inputs may be joined in this way."""
        return self.mode == "off" or self.merges is None or self.merges.contains(merge)

    def allows_recipe(self, recipe: Mapping[str, Value]) -> bool:
        """Whether every recipe value lies inside."""
        return self.mode == "off" or _inside(recipe, self.recipe)

    def allows_choices(self, values: Mapping[str, Value]) -> bool:
        """Whether the values of a table's choices lie inside."""
        return self.mode == "off" or _inside(values, self.choices)

    def content_hash(self) -> str:
        """Hex digest of everything but the provenance."""
        return self._content_hash

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {
            "format": 2,
            "blocks": None
            if self.blocks is None
            else {block: _texts(fields) for block, fields in self.blocks.items()},
            "merges": None if self.merges is None else self.merges.to_json(),
            "recipe": _texts(self.recipe),
            "choices": _texts(self.choices),
            # a list of pairs, since a value may be a number or a truth value
            "weights": {
                place: [[value, weight] for value, weight in weights.items()]
                for place, weights in self.weights.items()
            },
            "outside": self.outside,
            "provenance": dict(self.provenance),
            "mode": self.mode,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ConstraintSet:
        """The inverse of `to_json`; reads format 1 too, which had no weights."""
        if data.get("format") not in (1, 2):
            raise ConfigError(
                f"constraint set: expected format 1 or 2, got {data.get('format')!r}; "
                "write it again with this version"
            )
        blocks, merges = data["blocks"], data["merges"]
        return cls(
            None if blocks is None else {b: _domains(f) for b, f in blocks.items()},
            None if merges is None else domain_from_json(merges),
            _domains(data["recipe"]),
            data["provenance"],
            data["mode"],
            _domains(data.get("choices", {})),
            {place: dict(pairs) for place, pairs in data.get("weights", {}).items()},
            data.get("outside", OUTSIDE),
        )

    @cached_property
    def _content_hash(self) -> str:
        content = {k: v for k, v in self.to_json().items() if k != "provenance"}
        text = json.dumps(content, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    def _fields(self, block: str) -> Mapping[str, Domain] | None:
        return {} if self.blocks is None else self.blocks.get(block)


def _inside(values: Mapping[str, Value], allowed: Mapping[str, Domain]) -> bool:
    return all(
        allowed[name].contains(value)
        for name, value in values.items()
        if name in allowed
    )


def _texts(domains: Mapping[str, Domain]) -> dict[str, Any]:
    return {name: domain.to_json() for name, domain in domains.items()}


def _domains(data: Mapping[str, Any]) -> dict[str, Domain]:
    return {name: domain_from_json(text) for name, text in data.items()}

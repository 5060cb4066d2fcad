"""A constraint set: which part of a space is worth drawing from.

The mini-benchmark database makes one from the best networks of resembling problems;
applied to a space it gives a smaller space, so a strategy needs to know nothing of it.
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

Mode = Literal["hard", "soft", "off"]


@dataclass(frozen=True)
class ConstraintSet:
    """Allowed values of blocks, merges and recipe fields.

    Attributes:
        blocks: block → field → allowed values. A block that is not named is not
            allowed; a field that is not named may take all its values. None: every
            block is allowed.
        merges: allowed ways to join inputs; None: all.
        recipe: recipe field → allowed values; a field not named may take all.
        provenance: where the set comes from, plain JSON for people and reports.
        mode: `hard` narrows a space; `soft` leaves the space as it is and only answers
            `allows`, so that what lies outside can be made rarer; `off` allows all.
    """

    blocks: Mapping[str, Mapping[str, Domain]] | None = None
    merges: Domain | None = None
    recipe: Mapping[str, Domain] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)
    mode: Mode = "hard"

    def __post_init__(self) -> None:
        if self.mode not in get_args(Mode):
            raise ConfigError(
                f"constraints.mode: expected one of {', '.join(get_args(Mode))}, "
                f"got {self.mode!r}"
            )
        if self.blocks is not None:
            frozen = {b: MappingProxyType(dict(f)) for b, f in self.blocks.items()}
            object.__setattr__(self, "blocks", MappingProxyType(frozen))
        object.__setattr__(self, "recipe", MappingProxyType(dict(self.recipe)))

    def apply(self, space: Space) -> Space:
        """The part of a space that is allowed; the space itself unless mode is hard.

        Raises:
            ConfigError: nothing of a field, or no block at all, would be left.
        """
        if self.mode != "hard":
            return space
        blocks = {
            block: _narrowed(f"space.blocks.{block}", domains, allowed)
            for block, domains in space.blocks.items()
            if (allowed := self._fields(block)) is not None
        }
        if not blocks:
            raise ConfigError(
                f"the constraint set allows none of the space's blocks: it names "
                f"{', '.join(self.blocks or ())}, the space has "
                f"{', '.join(space.blocks)}; widen one of them"
            )
        merges = {} if self.merges is None else {"merges": self.merges}
        return replace(
            space,
            blocks=blocks,
            merges=_narrowed("space", {"merges": space.merges}, merges)["merges"],
            recipe=_narrowed("space.recipe", space.recipe, self.recipe),
        )

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

    def content_hash(self) -> str:
        """Hex digest of everything but the provenance."""
        return self._content_hash

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {
            "format": 1,
            "blocks": None
            if self.blocks is None
            else {block: _texts(fields) for block, fields in self.blocks.items()},
            "merges": None if self.merges is None else self.merges.to_json(),
            "recipe": _texts(self.recipe),
            "provenance": dict(self.provenance),
            "mode": self.mode,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ConstraintSet:
        """The inverse of `to_json`."""
        if data.get("format") != 1:
            raise ConfigError(
                f"constraint set: expected format 1, got {data.get('format')!r}; "
                "write it again with this version"
            )
        blocks, merges = data["blocks"], data["merges"]
        return cls(
            None if blocks is None else {b: _domains(f) for b, f in blocks.items()},
            None if merges is None else domain_from_json(merges),
            _domains(data["recipe"]),
            data["provenance"],
            data["mode"],
        )

    @cached_property
    def _content_hash(self) -> str:
        content = {k: v for k, v in self.to_json().items() if k != "provenance"}
        text = json.dumps(content, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    def _fields(self, block: str) -> Mapping[str, Domain] | None:
        return {} if self.blocks is None else self.blocks.get(block)


def _narrowed(
    path: str, domains: Mapping[str, Domain], allowed: Mapping[str, Domain]
) -> dict[str, Domain]:
    narrowed = {}
    for name, domain in domains.items():
        left = restrict(domain, allowed[name]) if name in allowed else domain
        if left is None:
            raise ConfigError(
                f"{path}.{name}: the space has {domain.to_json()!r} and the constraint "
                f"set allows {allowed[name].to_json()!r}, which leaves nothing; widen "
                "one of them"
            )
        narrowed[name] = left
    return narrowed


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

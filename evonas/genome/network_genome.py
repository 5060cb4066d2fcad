"""The genome of a whole network of layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

from evonas.errors import ArchitectureError
from evonas.genome.blueprint import BlueprintGenome
from evonas.genome.module import ModuleGenome


@dataclass(frozen=True)
class NetworkGenome:
    """A blueprint and the module that each species which it names is filled by."""

    blueprint: BlueprintGenome
    modules: Mapping[int, ModuleGenome]

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "modules", MappingProxyType(dict(sorted(self.modules.items())))
        )

    @cached_property
    def latest(self) -> int:
        """The highest marking in all of it."""
        modules = [module.latest for module in self.modules.values()]
        return max(self.blueprint.latest, *modules)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {
            "blueprint": self.blueprint.to_json(),
            "modules": [[name, one.to_json()] for name, one in self.modules.items()],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> NetworkGenome:
        """The inverse of `to_json`; ArchitectureError for anything else."""
        try:
            blueprint, modules = data["blueprint"], dict(data["modules"])
        except (KeyError, TypeError, ValueError) as error:
            raise ArchitectureError(
                "network genome: expected the keys and types that to_json writes, got "
                f"{type(error).__name__}: {error}"
            ) from error
        return cls(
            BlueprintGenome.from_json(blueprint),
            {name: ModuleGenome.from_json(one) for name, one in modules.items()},
        )

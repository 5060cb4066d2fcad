"""What people tell of trainings in their own words: recipes, networks, provenance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evonas.architecture import Architecture, Shape
from evonas.candidate import Recipe
from evonas.errors import ArchitectureError, ConfigError, DataError
from minibench import strict
from minibench.canonical import canonical, digest
from minibench.cost import BenchCost
from minibench.importers.importer import ImportOptions
from minibench.provenance import Provenance
from minibench.records import read_architecture

#: fields of a recipe, with their defaults
RECIPE_FIELDS: Mapping[str, Any] = Recipe().to_json()
#: networks that are remembered: those of a few searches
_KNOWN = 2_000


@dataclass(frozen=True, slots=True)
class Network:
    """A network that records tell, with what it costs.

    Attributes:
        architecture: the network.
        cost: of one sample of the shape that it was read with.
    """

    architecture: Architecture
    cost: BenchCost


class Networks:
    """Reads architectures; one that comes again is checked once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, Shape], Network] = {}

    def of(self, data: Any, shape: Shape, place: str) -> Network:
        """The network of our JSON form.

        Args:
            data: JSON values from anywhere.
            shape: of a sample.
            place: of them, for messages.

        Raises:
            DataError: it is no architecture, or none for samples of this shape.
        """
        try:
            key = digest(canonical(data)), shape
        except (TypeError, ValueError):  # no plain JSON, so it is none: who reads says
            key = "", shape
        found = self._known.get(key)
        if found is None:
            found = network_of(read_architecture(data, place), shape, place)
            if len(self._known) >= _KNOWN:
                self._known.clear()
            self._known[key] = found
        return found


def network_of(architecture: Architecture, shape: Shape, place: str) -> Network:
    """A network with its cost.

    Args:
        architecture: the network.
        shape: of a sample.
        place: of the architecture, for messages.

    Raises:
        DataError: it cannot be built for samples of this shape.
    """
    try:
        return Network(architecture, BenchCost.of(architecture, shape))
    except ArchitectureError as error:
        raise DataError(
            f"{place}: expected a network for samples of {list(shape)}, got: {error}"
        ) from None


def recipe_of(
    told: Mapping[str, Any], options: ImportOptions, place: str
) -> Recipe | None:
    """The recipe of fields that are told; None: nothing is known of it.

    A recipe has many fields, most of which no source tells. Those are `options.recipe`;
    without it all of them must be told, since a guess would be taken for a fact.

    Args:
        told: fields by name.
        options: of the import.
        place: of them, for messages.

    Raises:
        DataError: a field is unknown, wrong or missing.
    """
    if not told and options.recipe is None:
        return None
    fields = {**(options.recipe or {}), **told}
    missing = [name for name in RECIPE_FIELDS if name not in fields]
    if options.recipe is None and missing:
        raise DataError(
            f"{place}: recipe: expected every field, got none for "
            f"{', '.join(missing[:4])}{' and others' if len(missing) > 4 else ''}; "
            "give those that all trainings share as --recipe FILE, a JSON object: {} "
            "for evonas' defaults"
        )
    try:
        return Recipe.from_json(strict.plain(fields, f"{place}: recipe", 1))
    except ConfigError as error:
        raise DataError(f"{place}: {error}") from None


def provenance_of(
    told: Mapping[str, Any], options: ImportOptions, source: str, place: str
) -> Provenance:
    """Where a measurement comes from.

    Args:
        told: `who`, `when`, `source`, `licence`, as far as the source tells them.
        options: of the import; they say what it does not.
        source: where it can be read, if nothing says otherwise.
        place: of what is told, for messages.

    Raises:
        DataError: nobody says who has measured it, or when.
    """
    fields = {
        "who": options.who,
        "when": options.when,
        "source": source,
        "licence": options.licence or "unknown",
        **told,
    }
    for name in ("who", "when"):
        if fields[name] is None:
            raise DataError(
                f"{place}: {name}: expected {_MEANING[name]}, got none; give it as "
                f"--{name}"
            )
    return Provenance.from_json(fields, place)


_MEANING = {"who": "who has measured this", "when": "when it was measured"}

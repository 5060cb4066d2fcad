"""What evolution does to the parts of cells, over any space of named choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from evonas.architecture.layer import Value
from evonas.candidate import Candidate
from evonas.errors import ArchitectureError
from evonas.genome.cell_parts import CellBlueprint, CellModule
from evonas.genome.genome_space import GenomeSpace
from evonas.genome.mutation import check_rates

#: most places of a blueprint that is drawn
DRAWN_PLACES = 2


@dataclass(frozen=True, slots=True)
class CellMutationRates:
    """Probabilities of the parts of one mutation; each is drawn by itself."""

    #: of taking in one more choice (module) or one more place (blueprint)
    grow: float = 0.15
    #: of letting one go
    shrink: float = 0.15
    #: of another value: of one of the choices (module), of the cell as the space
    #: mutates it (blueprint)
    change: float = 0.8
    #: of another module species at one place (blueprint); of another module at all,
    #: drawn anew (module)
    renew: float = 0.1

    def __post_init__(self) -> None:
        check_rates(asdict(self))


class CellParts:
    """Makes and changes parts over one space; it keeps nothing.

    Args:
        genomes: of the cells.
        largest: most choices in a module.
    """

    def __init__(self, genomes: GenomeSpace[Any], largest: int) -> None:
        self.genomes = genomes
        self._choices = genomes.choices
        self._names = list(genomes.choices)
        self._place = {name: at for at, name in enumerate(self._names)}
        self._largest = min(largest, len(self._names))
        self._near = {name: genomes.near(name) for name in self._names}

    # Modules -------------------------------------------------------------------------

    def module(
        self, rng: np.random.Generator, new_id: int, *, minimal: bool
    ) -> CellModule:
        """A part of a cell that is drawn; of one choice, or of any number."""
        size = 1 if minimal else 1 + int(rng.integers(self._largest))
        values = self.genomes.values(self.genomes.draw(rng))
        found = {self._names[int(rng.integers(len(self._names)))]}
        while len(found) < size:
            found.add(_one(self._around(found), rng))
        return CellModule(genome_id=new_id, values=self._sorted(values, found))

    def _around(self, names: set[str]) -> list[str]:
        """Choices that hang together with these; all others where none does."""
        near = [
            name
            for name in self._names
            if name not in names and not self._near[name].isdisjoint(names)
        ]
        return near or [name for name in self._names if name not in names]

    def _sorted(
        self, values: Mapping[str, Value], names: Sequence[str] | set[str]
    ) -> dict[str, Value]:
        return {
            name: values[name] for name in sorted(names, key=self._place.__getitem__)
        }

    def mutated_module(
        self,
        module: CellModule,
        rng: np.random.Generator,
        rates: CellMutationRates,
        new_id: int,
    ) -> CellModule:
        """A copy that differs in at least one choice."""
        if rng.random() < rates.renew:
            drawn = self.module(rng, new_id, minimal=False)
            if drawn.values != module.values:
                return replace(drawn, parents=(module.genome_id,))
        values = dict(module.values)
        if len(values) < self._largest and rng.random() < rates.grow:
            name = _one(self._around(set(values)), rng)
            values[name] = self._choices[name].draw(rng)
        if len(values) > 1 and rng.random() < rates.shrink:
            del values[_one(list(values), rng)]
        if rng.random() < rates.change or values == module.values:
            open_ = [n for n in values if not self._choices[n].constant]
            if open_:
                name = _one(open_, rng)
                values[name] = self._choices[name].mutate(values[name], rng)
        return CellModule(
            genome_id=new_id,
            values=self._sorted(values, set(values)),
            parents=(module.genome_id,),
        )

    # Blueprints ----------------------------------------------------------------------

    def blueprint(
        self,
        rng: np.random.Generator,
        new_id: int,
        species: Sequence[int],
        *,
        minimal: bool,
    ) -> CellBlueprint:
        """A cell that is drawn, with one place or with a few."""
        count = 1 if minimal else 1 + int(rng.integers(DRAWN_PLACES))
        return CellBlueprint(
            genome_id=new_id,
            values=self.genomes.values(self.genomes.draw(rng)),
            places=tuple(_one(species, rng) for _ in range(count)),
        )

    def mutated_blueprint(
        self,
        blueprint: CellBlueprint,
        rng: np.random.Generator,
        rates: CellMutationRates,
        new_id: int,
        species: Sequence[int],
    ) -> CellBlueprint:
        """A copy that differs in its cell or in its places."""
        places = list(blueprint.places)
        if rng.random() < rates.grow:
            places.insert(int(rng.integers(len(places) + 1)), _one(species, rng))
        if len(places) > 1 and rng.random() < rates.shrink:
            del places[int(rng.integers(len(places)))]
        if rng.random() < rates.renew:
            places[int(rng.integers(len(places)))] = _one(species, rng)
        values = blueprint.values
        if rng.random() < rates.change or tuple(places) == blueprint.places:
            cell = self.genomes.from_values(values)
            values = self.genomes.values(self.genomes.mutate(cell, rng))
        return CellBlueprint(
            genome_id=new_id,
            values=values,
            places=tuple(places),
            parents=(blueprint.genome_id,),
        )

    # Both ----------------------------------------------------------------------------

    def crossed_modules(
        self, fitter: CellModule, other: CellModule, rng: np.random.Generator
    ) -> CellModule:
        """The fitter one's choices; a value that both have is either's."""
        values = {
            name: other.values[name]
            if name in other.values and rng.random() < 0.5
            else value
            for name, value in fitter.values.items()
        }
        return replace(fitter, values=values)

    def crossed_blueprints(
        self, fitter: CellBlueprint, other: CellBlueprint, rng: np.random.Generator
    ) -> CellBlueprint:
        """The two cells crossed; the fitter one's places, common ones either's."""
        genomes = self.genomes
        cell = genomes.crossover(
            genomes.from_values(fitter.values), genomes.from_values(other.values), rng
        )
        places = list(fitter.places)
        for at, species in enumerate(other.places[: len(places)]):
            if rng.random() < 0.5:
                places[at] = species
        return replace(fitter, values=genomes.values(cell), places=tuple(places))

    def module_distance(self, a: CellModule, b: CellModule) -> float:
        """Share of the choices of either that the other lacks or has another value for.

        Values with an order count by how far apart they are.
        """
        common = a.values.keys() & b.values.keys()
        apart = len(a.values) + len(b.values) - 2 * len(common)
        far = sum(
            self._choices[name].distance(a.values[name], b.values[name])
            for name in sorted(common)
        )
        return (apart + far) / (len(a.values) + len(b.values) - len(common))

    def blueprint_distance(self, a: CellBlueprint, b: CellBlueprint) -> float:
        """Mean difference of the values, and the share of the places that differ."""
        far = sum(
            domain.distance(a.values[name], b.values[name])
            for name, domain in self._choices.items()
        )
        longer = max(len(a.places), len(b.places))
        same = sum(one == other for one, other in zip(a.places, b.places, strict=False))
        return far / len(self._choices) + (longer - same) / longer

    def conformed_module(
        self, module: CellModule, rng: np.random.Generator
    ) -> CellModule:
        """With every value outside the space drawn anew; itself where none is."""
        outside = self._outside(module.values)
        new = {name: self._choices[name].draw(rng) for name in outside}
        return replace(module, values={**module.values, **new}) if new else module

    def conformed_blueprint(
        self, blueprint: CellBlueprint, rng: np.random.Generator
    ) -> CellBlueprint:
        """With every value outside the space drawn anew; itself where none is."""
        if not self._outside(blueprint.values):
            return blueprint
        cell = self.genomes.from_values(blueprint.values)
        values = self.genomes.values(self.genomes.conform(cell, rng))
        return replace(blueprint, values=values)

    def _outside(self, values: Mapping[str, Value]) -> list[str]:
        return [
            n for n, value in values.items() if not self._choices[n].contains(value)
        ]

    # Decoding ------------------------------------------------------------------------

    def decode(
        self, blueprint: CellBlueprint, modules: Mapping[int, CellModule]
    ) -> tuple[Candidate, dict[int, CellModule]]:
        """The cell with the modules laid over it, always a valid one.

        Modules that would leave no cell (too many edges, nothing that leads to the
        output), or one that must not be asked, are left out at
        their places. Gives the modules that are in it as well.
        """
        genomes = self.genomes
        values = dict(blueprint.values)
        for species in blueprint.places:
            values.update(modules[species].values)
        whole = self._allowed(values)
        if whole is not None:
            return whole, dict(modules)
        values = dict(blueprint.values)
        candidate = genomes.decode(genomes.from_values(values))
        laid = {}
        for species in blueprint.places:
            tried = {**values, **modules[species].values}
            found = self._allowed(tried)
            if found is not None:
                candidate, values = found, tried
                laid[species] = modules[species]
        return candidate, laid

    def _allowed(self, values: Mapping[str, Value]) -> Candidate | None:
        """The candidate with these values; None: it is no cell, or is refused."""
        try:
            candidate = self.genomes.decode(self.genomes.from_values(values))
        except ArchitectureError:
            return None
        return None if self.genomes.refusal(candidate) else candidate

    def split(
        self, cell: Any, rng: np.random.Generator
    ) -> tuple[CellBlueprint, dict[int, CellModule]]:
        """A blueprint and a module that decode to a cell; their ids are 0.

        Args:
            cell: any of the space.
            rng: of the choices that are the module's.
        """
        values = self.genomes.values(cell)
        region = set(self.module(rng, 0, minimal=False).values)
        module = CellModule(genome_id=0, values=self._sorted(values, region))
        return CellBlueprint(genome_id=0, values=values, places=(0,)), {0: module}

    def reaches(self, cell: Any, rng: np.random.Generator) -> bool:
        """Whether a blueprint and a module decode to this cell.

        The module is a sub-graph of the cell. The blueprint is another cell, the same
        but for one choice of the module; or this one where that would be no cell.
        """
        values = self.genomes.values(cell)
        if self._outside(values):
            return False
        region = set(self.module(rng, 0, minimal=False).values)
        module = CellModule(genome_id=0, values=self._sorted(values, region))
        name = next(iter(module.values))
        other = {**values, name: self._choices[name].mutate(values[name], rng)}
        for ground in (other, values):
            blueprint = CellBlueprint(genome_id=1, values=ground, places=(1,))
            try:
                candidate, _ = self.decode(blueprint, {1: module})
            except ArchitectureError:
                continue
            if candidate.key() == self.genomes.decode(cell).key():
                return not self.genomes.refusal(candidate)
        return False


def _one(options: Sequence[Any], rng: np.random.Generator) -> Any:
    return options[int(rng.integers(len(options)))]

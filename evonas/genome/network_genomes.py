"""The genomes of networks of layers: a blueprint with a module for each species."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from math import log10
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evonas.architecture import Shape, Value
from evonas.architecture.catalogue import CATALOGUE
from evonas.candidate import Candidate
from evonas.cells import Graph
from evonas.errors import ConfigError
from evonas.genome.assembly import assemble, within_limits
from evonas.genome.conform import conform_blueprint, conform_module
from evonas.genome.features import choice_features
from evonas.genome.fixed_topology import FixedTopology, Topology
from evonas.genome.genome import Genome
from evonas.genome.genome_space import GenomeSpace
from evonas.genome.initial import random_blueprint, random_module
from evonas.genome.ledger import InnovationLedger
from evonas.genome.mutation import MutationRates, mutate_blueprint, mutate_module
from evonas.genome.network_choices import NetworkChoices
from evonas.genome.network_genome import NetworkGenome
from evonas.genome.network_translation import Target, translate_network
from evonas.genome.translation import Translation
from evonas.space import ConstraintSet, Domain, Space

USUAL_RATES = MutationRates()

#: kinds of layers whose shares are features: those that a space can have, so that a
#: kind of published networks alone changes no search
_COUNTED = tuple(kind for kind in CATALOGUE if kind != "asymmetric_conv")
#: features of whole networks: decimal logarithms as shares of these
_LARGEST = {"layers": 4.0, "edges": 4.0, "parameters": 10.0, "multiply_adds": 13.0}


class NetworkGenomes(GenomeSpace[NetworkGenome]):
    """Networks of layers, as random search draws and CoDeepNEAT decodes them.

    A mutation changes the blueprint (its graph, the species that its nodes name, the
    recipe) or one of the modules, each equally likely. Markings are new within a
    lineage, so that a child inherits the weights of what it shares with its parent.

    Args:
        space: of blocks, graphs, recipes and limits.
        input_shape: of one sample.
        outputs: units of the head.
        species: most different modules in one network.
        rates: of the parts of one mutation.
    """

    def __init__(
        self,
        space: Space,
        input_shape: Shape,
        outputs: int,
        *,
        species: int = 3,
        rates: MutationRates = USUAL_RATES,
    ) -> None:
        self.space = space
        self._input_shape = input_shape
        self._outputs = outputs
        self._species = species
        self._rates = rates

    def with_species(self, species: int) -> NetworkGenomes:
        """The same with another number of different modules at most."""
        return NetworkGenomes(
            self.space,
            self._input_shape,
            self._outputs,
            species=species,
            rates=self._rates,
        )

    def draw(self, rng: np.random.Generator) -> NetworkGenome:
        """A random blueprint over one to `species` random modules."""
        ledger = InnovationLedger()
        count = int(rng.integers(1, self._species + 1))
        modules = {
            species: random_module(self.space, ledger, rng, species + 1)
            for species in range(count)
        }
        blueprint = random_blueprint(self.space, ledger, rng, count + 1, range(count))
        return NetworkGenome(
            blueprint, {name: modules[name] for name in sorted(blueprint.species)}
        )

    def mutate(self, genome: NetworkGenome, rng: np.random.Generator) -> NetworkGenome:
        """The blueprint or one of the modules that it names, mutated."""
        blueprint, modules = genome.blueprint, dict(genome.modules)
        named = sorted(blueprint.species)
        part = int(rng.integers(len(named) + 1))
        if part == len(named):
            blueprint = mutate_blueprint(
                blueprint,
                self.space,
                _ledger(genome, blueprint),
                rng,
                self._rates,
                blueprint.genome_id,
                sorted(modules),
            )
        else:
            module = modules[named[part]]
            modules[named[part]] = mutate_module(
                module,
                self.space,
                _ledger(genome, module),
                rng,
                self._rates,
                module.genome_id,
            )
        return NetworkGenome(blueprint, modules)

    def crossover(
        self, first: NetworkGenome, second: NetworkGenome, rng: np.random.Generator
    ) -> NetworkGenome:
        """One parent's blueprint; each module that both have from one of them."""
        if rng.random() < 0.5:
            first, second = second, first
        modules = {
            name: second.modules[name]
            if name in second.modules and rng.random() < 0.5
            else module
            for name, module in first.modules.items()
        }
        return NetworkGenome(first.blueprint, modules)

    def neighbours(self, genome: NetworkGenome) -> None:
        """None: a graph has too many."""
        return

    def decode(self, genome: NetworkGenome) -> Candidate:
        """The candidate, assembled at once."""
        return assemble(
            genome.blueprint,
            genome.modules,
            self.space,
            self._input_shape,
            self._outputs,
        )

    def refusal(self, candidate: Candidate) -> str:
        """The first of the space's limits that it exceeds."""
        reason = within_limits(candidate, self.space, self._input_shape)
        return f"above {reason}" if reason else ""

    def genome_of(self, candidate: Candidate) -> NetworkGenome | None:
        """A genome that decodes to the same candidate, if one was found.

        Its markings are not those of the genome that it came from: an architecture does
        not tell its history.
        """
        found = self.translate(candidate)
        return found.genome if found is not None and found.exact else None

    def translate(self, candidate: Candidate) -> Translation[NetworkGenome] | None:
        """See `network_translation.py`."""
        target = Target(self.space, self._input_shape, self._outputs, self._species)
        found = translate_network(candidate, target, InnovationLedger())
        if found is None:
            return None
        genome = NetworkGenome(*found.genome)
        return Translation(genome, found.changes, found.distance)

    def holding_topology(self, candidate: Candidate) -> FixedTopology:
        """See `fixed_topology.py`."""
        found = self.translate(candidate)
        if found is None:
            raise ConfigError(
                "topology: expected a network with a block of the space "
                f"({', '.join(self.space.blocks)}), got none; take another network, or "
                "allow its blocks in space.blocks"
            )
        return FixedTopology(
            self.space,
            Topology(found.genome, self._input_shape, self._outputs, self._species),
        )

    @cached_property
    def _choices(self) -> NetworkChoices:
        return NetworkChoices(self.space, self._species)

    @property
    def choices(self) -> Mapping[str, Domain]:
        """Those of the bounded form, see `network_choices.py`."""
        return self._choices.domains

    def applies(self, name: str, values: Mapping[str, Value]) -> bool:
        """Whether a choice has a meaning beside those that stand before it."""
        return self._choices.applies(name, values)

    def values(self, genome: NetworkGenome) -> Mapping[str, Value]:
        """The value of every choice that applies."""
        return self._choices.values(genome.blueprint, genome.modules)

    def from_values(self, values: Mapping[str, Value]) -> NetworkGenome:
        """The genome with these values; without the history that markings tell."""
        return NetworkGenome(*self._choices.genomes(values))

    def vector(self, genome: NetworkGenome) -> NDArray[np.float64]:
        """How often each kind of layer comes, how large the network is, the recipe."""
        candidate = self.decode(genome)
        architecture = candidate.architecture
        counts = Counter(layer.op for layer in architecture.layers)
        shares = [counts[kind] / len(architecture.layers) for kind in _COUNTED]
        cost = architecture.cost(self._input_shape)
        sizes = {
            "layers": len(architecture.layers),
            "edges": len(architecture.edges),
            "parameters": cost.parameters,
            "multiply_adds": cost.multiply_adds,
        }
        shares += [log10(1 + sizes[name]) / most for name, most in _LARGEST.items()]
        return np.concatenate(
            [shares, choice_features(self.space.recipe, genome.blueprint.recipe)]
        )

    def graph(self, genome: NetworkGenome) -> Graph:
        """The layers; merges and what has no parameters are vertices too."""
        architecture = self.decode(genome).architecture
        labels = tuple(layer.op for layer in architecture.layers)
        return labels, tuple((one.source, one.target) for one in architecture.edges)

    def conform(self, genome: NetworkGenome, rng: np.random.Generator) -> NetworkGenome:
        """With every block, merge and value that left the space drawn anew."""
        blueprint = conform_blueprint(genome.blueprint, self.space, rng)
        modules = {
            name: conform_module(module, self.space, rng)
            for name, module in genome.modules.items()
        }
        same = blueprint is genome.blueprint and all(
            modules[name] is genome.modules[name] for name in modules
        )
        return genome if same else NetworkGenome(blueprint, modules)

    def narrowed(self, constraints: ConstraintSet) -> NetworkGenomes:
        """Over the part of the space that is allowed."""
        return NetworkGenomes(
            constraints.apply(self.space),
            self._input_shape,
            self._outputs,
            species=self._species,
            rates=self._rates,
        )

    def to_json(self, genome: NetworkGenome) -> dict[str, Any]:
        """Plain JSON form of a genome."""
        return genome.to_json()

    def from_json(self, data: Any) -> NetworkGenome:
        """The inverse of `to_json`."""
        return NetworkGenome.from_json(data)


def _ledger(genome: NetworkGenome, part: Genome[Any]) -> InnovationLedger:
    """What is known of a part's own history; all else is new to the whole genome."""
    known = {(one.source, one.target): one.marking for one in part.connections}
    return InnovationLedger(genome.latest + 1, known)

"""One network whose numbers are searched: HPO mode.

Blocks, graphs and merges stay as they are. What varies are the fields of blocks that
have an order (filters, kernels, dropout) and the recipe. A module that the network
names several times stays one: its fields change everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from evonas.architecture import Shape, Value
from evonas.candidate import Candidate
from evonas.cells import Graph
from evonas.errors import ConfigError
from evonas.genome.assembly import assemble, within_limits
from evonas.genome.blueprint import BlueprintGenome
from evonas.genome.choice_genomes import ChoiceGenomes
from evonas.genome.fitting import nearest
from evonas.genome.ledger import InnovationLedger
from evonas.genome.module import ModuleGenome
from evonas.genome.nearness import distance, profile
from evonas.genome.network_genome import NetworkGenome
from evonas.genome.network_translation import Target, translate_network
from evonas.genome.translation import Translation
from evonas.space import Choice, ConstraintSet, Domain, Space


class Topology(NamedTuple):
    """What is held, and what it is for.

    Attributes:
        network: that gives blocks, graphs and merges.
        input_shape: of one sample.
        outputs: units of the head.
        species: most different modules of a network that is translated.
    """

    network: NetworkGenome
    input_shape: Shape
    outputs: int
    species: int


class FixedTopology(ChoiceGenomes[NetworkGenome]):
    """The numbers of one network; the genome is the network with others.

    Choices: `module_0/2/filters` is the field of the second block of the module that is
    named 0, blocks in the order in which they are computed; `recipe/learning_rate`.

    Args:
        space: gives the domains, the recipe and the limits.
        topology: that is held.
        narrow: what a constraint set has left of the space; None: all of it.

    Raises:
        ConfigError: no field with an order, and none of the recipe, can take more than
            one value.
    """

    def __init__(
        self, space: Space, topology: Topology, narrow: Space | None = None
    ) -> None:
        self._whole = space
        self._space = space if narrow is None else narrow
        self._topology = topology
        #: choice → module and marking of its block, and the field
        self._at: dict[str, tuple[int, int, str]] = {}
        choices: dict[str, Domain] = {
            f"recipe/{name}": domain for name, domain in self._space.recipe.items()
        }
        for species, module in topology.network.modules.items():
            for place, marking in enumerate(module.order, 1):
                block = module.node_by_marking[marking].block
                for name, domain in space.blocks.get(block, {}).items():
                    if not isinstance(domain, Choice):
                        choice = f"module_{species}/{place}/{name}"
                        left = self._space.blocks.get(block, {})
                        choices[choice] = left.get(name, domain)
                        self._at[choice] = species, marking, name
        super().__init__(choices)
        if not self._open:
            raise ConfigError(
                "topology: expected a field of a block that has an order, or one of "
                "space.recipe, with more than one value, got none in this network; "
                "allow more values"
            )

    def values(self, genome: NetworkGenome) -> Mapping[str, Value]:
        """The value of every choice."""
        found: dict[str, Value] = {}
        for name in self.choices:
            if name in self._at:
                species, marking, own = self._at[name]
                node = genome.modules[species].node_by_marking[marking]
                found[name] = node.fields[own]
            else:
                found[name] = genome.blueprint.recipe[name.removeprefix("recipe/")]
        return found

    def made(self, values: Mapping[str, Value]) -> NetworkGenome:
        """The network with these values."""
        held = self._topology.network
        recipe = {name: values[f"recipe/{name}"] for name in held.blueprint.recipe}
        fields: dict[tuple[int, int], dict[str, Value]] = {}
        for choice, (species, marking, name) in self._at.items():
            fields.setdefault((species, marking), {})[name] = values[choice]
        modules = {
            species: replace(
                module,
                nodes=tuple(
                    replace(
                        node,
                        fields={
                            **node.fields,
                            **fields.get((species, node.marking), {}),
                        },
                    )
                    for node in module.nodes
                ),
            )
            for species, module in held.modules.items()
        }
        return NetworkGenome(replace(held.blueprint, recipe=recipe), modules)

    def near(self, name: str) -> frozenset[str]:
        """Fields of the same block and of its neighbours; of the recipe the others."""
        if name not in self._at:
            return frozenset(self.choices) - self._at.keys() - {name}
        species, marking, _ = self._at[name]
        module = self._topology.network.modules[species]
        around = {marking, *module.inputs[marking]}
        around.update(n for n in module.order if marking in module.inputs[n])
        return frozenset(
            other
            for other, (at, node, _) in self._at.items()
            if other != name and at == species and node in around
        )

    def decode(self, genome: NetworkGenome) -> Candidate:
        """The candidate, assembled at once."""
        topology = self._topology
        return assemble(
            genome.blueprint,
            genome.modules,
            self._space,
            topology.input_shape,
            topology.outputs,
        )

    def refusal(self, candidate: Candidate) -> str:
        """The first of the space's limits that it exceeds."""
        reason = within_limits(candidate, self._space, self._topology.input_shape)
        return f"above {reason}" if reason else ""

    def genome_of(self, candidate: Candidate) -> NetworkGenome | None:
        """The genome that decodes to it, if it is one of this topology."""
        found = self.translate(candidate)
        return found.genome if found is not None and found.exact else None

    def translate(self, candidate: Candidate) -> Translation[NetworkGenome] | None:
        """The held network with the numbers and the recipe of another one.

        Of one with another topology the recipe alone is taken.
        """
        topology = self._topology
        target = Target(
            self._space, topology.input_shape, topology.outputs, topology.species
        )
        found = translate_network(candidate, target, InnovationLedger())
        if found is None:
            return None
        values = dict(self.values(topology.network))
        values |= {f"recipe/{n}": v for n, v in found.genome[0].recipe.items()}
        numbers = self._numbers(*found.genome)
        words = list(found.changes)
        if numbers is None:
            words.insert(0, "network: another topology, whose recipe alone is taken")
        values |= numbers or {}
        fitted = {n: nearest(self.choices[n], value) for n, value in values.items()}
        genome = self.made(fitted)
        architecture = self.decode(genome).architecture
        given = candidate.architecture
        far = 0.0
        if architecture.fingerprint() != given.fingerprint():
            far = distance(profile(architecture), profile(given))
            words = words or ["values: the nearest of the space"]
        return Translation(genome, tuple(words), far)

    def _numbers(
        self, blueprint: BlueprintGenome, modules: Mapping[int, ModuleGenome]
    ) -> dict[str, Value] | None:
        """The fields of a network of this topology; None: it has another one.

        Args:
            blueprint: with markings as `translate_network` gives them.
            modules: that it names.
        """
        held = self._topology.network
        if blueprint.connections != held.blueprint.connections:
            return None
        standing: dict[int, ModuleGenome] = {}
        for own, other in zip(held.blueprint.nodes, blueprint.nodes, strict=True):
            ours, theirs = held.modules[own.species], modules[other.species]
            if ours.connections != theirs.connections or any(
                one.block != two.block
                for one, two in zip(ours.nodes, theirs.nodes, strict=True)
            ):
                return None
            standing.setdefault(own.species, theirs)
        return {
            choice: standing[species].node_by_marking[marking].fields[name]
            for choice, (species, marking, name) in self._at.items()
        }

    def narrowed(self, constraints: ConstraintSet) -> FixedTopology:
        """With what the set allows of the numbers; blocks that it forbids stay."""
        return FixedTopology(
            self._whole, self._topology, constraints.apply(self._whole)
        )

    def holding_topology(self, candidate: Candidate) -> FixedTopology:
        """The space itself: a topology is held already."""
        return self

    def to_json(self, genome: NetworkGenome) -> dict[str, Any]:
        """Plain JSON form of a genome."""
        return genome.to_json()

    def from_json(self, data: Any) -> NetworkGenome:
        """The inverse of `to_json`."""
        return NetworkGenome.from_json(data)

    def graph(self, genome: NetworkGenome) -> Graph:
        """The layers; merges and what has no parameters are vertices too."""
        architecture = self.decode(genome).architecture
        labels = tuple(layer.op for layer in architecture.layers)
        return labels, tuple((one.source, one.target) for one in architecture.edges)

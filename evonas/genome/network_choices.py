"""Networks of layers as named choices: what grows, in a form of bounded size.

A graph of up to n nodes is its number of nodes and, for every pair of places in
topological order, whether the later one reads the earlier one; a node that would read
nothing reads the one before it, and what nobody reads goes to the output. Every network
that mutation can reach within the sizes of the space has such a form.

Most choices have a meaning only beside others (the filters of a convolution where there
is one): `applies` says when. A choice stands behind all that it depends on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TypeVar

from evonas.architecture.layer import Value
from evonas.errors import ArchitectureError
from evonas.genome.blueprint import BlueprintGenome
from evonas.genome.genes import INPUT, OUTPUT, BlueprintNode, Connection, NodeGene
from evonas.genome.ledger import InnovationLedger
from evonas.genome.module import ModuleGenome
from evonas.space import Choice, Domain, Space
from evonas.space.text_form import from_values

Values = Mapping[str, Value]
Condition = Callable[[Values], bool]
GraphT = TypeVar("GraphT", ModuleGenome, BlueprintGenome)

#: name of the place where a graph's input comes in, and of that where it goes out
_IN, _OUT = "in", "out"


class NetworkChoices:
    """The choices of one space.

    Names: `network` is the blueprint's graph, `module_0`, `module_1`, … those that its
    nodes may name; `network/nodes` their number, `network/2/module` what the second one
    names, `network/in>2` whether it reads the input; `module_0/1/block`,
    `module_0/1/conv/filters`; `recipe/optimizer`.

    Args:
        space: of blocks, graphs and recipes.
        species: most different modules in one network.
    """

    def __init__(self, space: Space, species: int) -> None:
        self._space = space
        self._modules = [f"module_{number}" for number in range(species)]
        #: choice → its values, in order
        self.domains: dict[str, Domain] = {}
        self._conditions: dict[str, Condition] = {}
        for name, domain in space.recipe.items():
            self.domains[f"recipe/{name}"] = domain
        self._add_graph("network", space.blueprint_nodes, lambda values: True)
        for name in self._modules:
            self._add_graph(name, space.module_nodes, self._named(name))

    def applies(self, name: str, values: Values) -> bool:
        """Whether a choice has a meaning beside those that stand before it."""
        condition = self._conditions.get(name)
        return condition is None or condition(values)

    # Names and conditions ------------------------------------------------------------

    def _named(self, module: str) -> Condition:
        places = [f"network/{n}/module" for n in self._places("network")]
        return lambda values: any(values.get(place) == module for place in places)

    def _places(self, graph: str) -> range:
        space = self._space
        most = space.blueprint_nodes if graph == "network" else space.module_nodes
        return range(1, most + 1)

    def _add(self, name: str, domain: Domain, condition: Condition) -> None:
        self.domains[name] = domain
        self._conditions[name] = condition

    def _add_graph(self, graph: str, most: int, there: Condition) -> None:
        count = f"{graph}/nodes"
        self._add(count, from_values(range(1, most + 1)), there)

        def at_least(number: int) -> Condition:
            # Absent where the graph is.
            return lambda values: int(values.get(count, 0)) >= number

        for node in self._places(graph):
            for source in range(node) if node > 1 else ():
                self._add(_edge(graph, source, node), _EITHER, at_least(node))
            self._add(f"{graph}/{node}/merge", self._space.merges, at_least(node))
            if graph == "network":
                named = Choice(tuple(self._modules))
                self._add(f"{graph}/{node}/module", named, at_least(node))
            else:
                self._add_block(f"{graph}/{node}", at_least(node))
        for source in range(most):
            # What the last node gives always goes to the output.
            name = _edge(graph, source, None)
            self._add(name, _EITHER, at_least(source + 1))
        self._add(f"{graph}/merge", self._space.merges, there)

    def _add_block(self, node: str, there: Condition) -> None:
        name = f"{node}/block"
        self._add(name, Choice(self._space.block_names), there)

        def is_block(block: str) -> Condition:
            return lambda values: values.get(name) == block

        for block, fields in self._space.blocks.items():
            for field, domain in fields.items():
                self._add(f"{node}/{block}/{field}", domain, is_block(block))

    # From values to genomes ----------------------------------------------------------

    def genomes(
        self, values: Values
    ) -> tuple[BlueprintGenome, dict[int, ModuleGenome]]:
        """Blueprint and modules of these values; those that do not apply are ignored.

        Raises:
            ArchitectureError: a value that applies is missing.
        """
        try:
            order, connections = _graph("network", values)
            blueprint = BlueprintGenome(
                genome_id=len(self._modules) + 1,
                nodes=tuple(
                    BlueprintNode(
                        _marking(n),
                        self._modules.index(str(values[f"network/{n}/module"])),
                        str(values[f"network/{n}/merge"]),
                    )
                    for n in order
                ),
                connections=connections,
                merge=str(values["network/merge"]),
                recipe={n: values[f"recipe/{n}"] for n in self._space.recipe},
            )
            modules = {
                number: self._module(number, values)
                for number in sorted(blueprint.species)
            }
        except KeyError as error:
            raise ArchitectureError(
                "network genome: expected a value for every choice that applies, got "
                f"none for {error.args[0]!r}"
            ) from None
        return blueprint, modules

    def _module(self, number: int, values: Values) -> ModuleGenome:
        name = self._modules[number]
        order, connections = _graph(name, values)
        nodes = []
        for n in order:
            block = str(values[f"{name}/{n}/block"])
            fields = {
                field: values[f"{name}/{n}/{block}/{field}"]
                for field in self._space.blocks[block]
            }
            merge = str(values[f"{name}/{n}/merge"])
            nodes.append(NodeGene(_marking(n), block, merge, fields))
        return ModuleGenome(
            genome_id=number + 1,
            nodes=tuple(nodes),
            connections=connections,
            merge=str(values[f"{name}/merge"]),
        )

    # From genomes to values ----------------------------------------------------------

    def values(
        self, blueprint: BlueprintGenome, modules: Mapping[int, ModuleGenome]
    ) -> dict[str, Value]:
        """The value of every choice that applies, in order."""
        found: dict[str, Value] = {
            f"recipe/{name}": value for name, value in blueprint.recipe.items()
        }
        found |= _graph_values("network", blueprint)
        names = self._names(blueprint)
        for n, marking in enumerate(blueprint.order, start=1):
            species = blueprint.node_by_marking[marking].species
            found[f"network/{n}/module"] = names[species]
        for species, name in names.items():
            module = modules[species]
            found |= _graph_values(name, module)
            for n, marking in enumerate(module.order, start=1):
                gene = module.node_by_marking[marking]
                found[f"{name}/{n}/block"] = gene.block
                for field, value in gene.fields.items():
                    found[f"{name}/{n}/{gene.block}/{field}"] = value
        return {name: found[name] for name in self._order if name in found}

    def _names(self, blueprint: BlueprintGenome) -> dict[int, str]:
        """Species → the name of its module: by its number, where all have one."""
        used = [blueprint.node_by_marking[one].species for one in blueprint.order]
        if max(used) < len(self._modules):
            return {species: self._modules[species] for species in used}
        return dict(zip(dict.fromkeys(used), self._modules, strict=False))

    @cached_property
    def _order(self) -> tuple[str, ...]:
        return tuple(self.domains)


_EITHER = Choice((False, True))


def _edge(graph: str, source: int, target: int | None) -> str:
    """Whether a node (0: the input) is read by another one (None: the output)."""
    return f"{graph}/{source or _IN}>{target or _OUT}"


def _marking(place: int) -> int:
    return OUTPUT + place


def _graph(graph: str, values: Values) -> tuple[range, tuple[Connection, ...]]:
    """Places of the nodes and the connections between them."""
    count = int(values[f"{graph}/nodes"])
    places = range(1, count + 1)
    read: set[int] = set()
    ends: list[tuple[int, int]] = []
    for place in places:
        sources = [
            source for source in range(place) if _reads(graph, source, place, values)
        ] or [place - 1]
        read.update(sources)
        ends += [(_end(source), _marking(place)) for source in sources]
    for place in range(count + 1):
        unread = place not in read if place else False
        if unread or place == count or values[_edge(graph, place, None)]:
            ends.append((_end(place), OUTPUT))
    ledger = InnovationLedger(_marking(count) + 1)
    return places, tuple(Connection(ledger.connection(*end), *end) for end in ends)


def _reads(graph: str, source: int, place: int, values: Values) -> bool:
    return place == 1 or bool(values[_edge(graph, source, place)])


def _end(place: int) -> int:
    return _marking(place) if place else INPUT


def _graph_values(graph: str, genome: GraphT) -> dict[str, Value]:
    order = (INPUT, *genome.order)
    count = len(genome.order)
    found: dict[str, Value] = {
        f"{graph}/nodes": count,
        f"{graph}/merge": genome.merge,
    }
    for target in range(1, count + 1):
        read = genome.inputs[order[target]]
        found[f"{graph}/{target}/merge"] = genome.node_by_marking[order[target]].merge
        for source in range(target) if target > 1 else ():
            found[_edge(graph, source, target)] = order[source] in read
    for source in range(count):
        name = _edge(graph, source, None)
        found[name] = order[source] in genome.inputs[OUTPUT]
    return found

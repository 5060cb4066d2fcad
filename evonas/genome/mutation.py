"""Mutation: operators on hyper-parameters, and whole mutations by rates.

The operators give a valid genome of the same id, or None where nothing can change.
`mutate_module` and `mutate_blueprint` combine them, give the child its own id, and
always change something. What lies outside the space, since a constraint set narrowed
it, is drawn anew on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from evonas.errors import ConfigError
from evonas.genome.blueprint import BlueprintGenome
from evonas.genome.conform import conform_blueprint, conform_module
from evonas.genome.genes import NodeGene
from evonas.genome.initial import new_blueprint_node, new_module_node
from evonas.genome.ledger import InnovationLedger
from evonas.genome.module import ModuleGenome
from evonas.genome.structure import (
    GenomeT,
    add_connection,
    add_node,
    remove_connection,
    remove_node,
)
from evonas.space import Domain, Space


@dataclass(frozen=True, slots=True)
class MutationRates:
    """Probabilities of the parts of one mutation; each is drawn by itself."""

    #: of splitting one connection by a new node
    add_node: float = 0.2
    #: of taking out one node
    remove_node: float = 0.05
    #: of joining two nodes
    add_connection: float = 0.2
    #: of taking out one connection
    remove_connection: float = 0.05
    #: of giving one node another block (module) or another species (blueprint)
    retype: float = 0.15
    #: for each hyper-parameter by itself: of a step (recipe fields in a blueprint)
    field: float = 0.15

    def __post_init__(self) -> None:
        check_rates(asdict(self))


def check_rates(rates: Mapping[str, float]) -> None:
    """Complain about probabilities that are none.

    Args:
        rates: by name.

    Raises:
        ConfigError: naming the first one.
    """
    for name, rate in rates.items():
        if not 0.0 <= rate <= 1.0:
            raise ConfigError(
                f"mutation rate {name}: expected a number from 0 to 1, got {rate!r}"
            )


def mutate_module(
    genome: ModuleGenome,
    space: Space,
    ledger: InnovationLedger,
    rng: np.random.Generator,
    rates: MutationRates,
    new_id: int,
) -> ModuleGenome:
    """A mutated copy, different in at least one gene."""

    def grow(parent: ModuleGenome) -> ModuleGenome | None:
        if len(parent.nodes) >= space.module_nodes:
            return None
        return add_node(
            parent, ledger, rng, lambda marking: new_module_node(marking, space, rng)
        )

    child = _mutated(
        conform_module(genome, space, rng),
        ledger,
        rng,
        rates,
        grow,
        lambda parent: change_block(parent, space, rng),
        lambda parent, rate, least: mutate_fields(parent, space, rng, rate, least),
    )
    return replace(child, genome_id=new_id, parents=(genome.genome_id,))


def mutate_blueprint(
    genome: BlueprintGenome,
    space: Space,
    ledger: InnovationLedger,
    rng: np.random.Generator,
    rates: MutationRates,
    new_id: int,
    species_ids: Sequence[int],
) -> BlueprintGenome:
    """A mutated copy, different in at least one gene."""

    def grow(parent: BlueprintGenome) -> BlueprintGenome | None:
        if len(parent.nodes) >= space.blueprint_nodes:
            return None
        return add_node(
            parent,
            ledger,
            rng,
            lambda marking: new_blueprint_node(marking, space, species_ids, rng),
        )

    child = _mutated(
        conform_blueprint(genome, space, rng),
        ledger,
        rng,
        rates,
        grow,
        lambda parent: change_species(parent, species_ids, rng),
        lambda parent, rate, least: mutate_recipe(parent, space, rng, rate, least),
    )
    return replace(child, genome_id=new_id, parents=(genome.genome_id,))


def change_block(
    genome: ModuleGenome, space: Space, rng: np.random.Generator
) -> ModuleGenome | None:
    """Give one node another block; fields that both blocks know keep their values."""
    place = int(rng.integers(len(genome.nodes)))
    old = genome.nodes[place]
    if set(space.block_names) <= {old.block}:
        return None
    block = space.draw_block(rng, other_than=old.block)
    drawn = space.draw_fields(block, rng)
    for name, domain in space.blocks[block].items():
        if name in old.fields and domain.contains(old.fields[name]):
            drawn[name] = old.fields[name]
    return _with_node(genome, place, replace(old, block=block, fields=drawn))


def mutate_fields(
    genome: ModuleGenome,
    space: Space,
    rng: np.random.Generator,
    rate: float,
    least: int = 0,
) -> ModuleGenome | None:
    """Change each hyper-parameter and each merge with probability `rate`.

    Args:
        genome: to be changed.
        space: tells the fields and their domains.
        rng: of the choices.
        rate: for each field by itself.
        least: 1 to change one field at random where the rate chose none. None comes
            back where nothing was chosen or every field has only one value.
    """
    sites: list[tuple[int, str, Domain]] = [
        (place, name, domain)
        for place, gene in enumerate(genome.nodes)
        for name, domain in space.searched[gene.block]
    ]
    if not space.merges.constant:
        sites += [(at, "merge", space.merges) for at in range(-1, len(genome.nodes))]
    chosen = _chosen(len(sites), rate, least, rng)
    if not chosen:
        return None
    nodes = list(genome.nodes)
    merge = genome.merge
    for place, name, domain in (sites[index] for index in chosen):
        if place < 0:
            merge = str(domain.mutate(merge, rng))
        else:
            nodes[place] = _stepped(nodes[place], name, domain, rng)
    return replace(genome, nodes=tuple(nodes), merge=merge)


def change_species(
    genome: BlueprintGenome, species_ids: Sequence[int], rng: np.random.Generator
) -> BlueprintGenome | None:
    """Let one node name another species; None where there is no other."""
    place = int(rng.integers(len(genome.nodes)))
    old = genome.nodes[place]
    others = [species for species in species_ids if species != old.species]
    if not others:
        return None
    nodes = list(genome.nodes)
    nodes[place] = replace(old, species=others[int(rng.integers(len(others)))])
    return replace(genome, nodes=tuple(nodes))


def mutate_recipe(
    genome: BlueprintGenome,
    space: Space,
    rng: np.random.Generator,
    rate: float,
    least: int = 0,
) -> BlueprintGenome | None:
    """Change each recipe field and each merge with probability `rate`.

    Args:
        genome: to be changed.
        space: tells the fields and their domains.
        rng: of the choices.
        rate: for each field by itself.
        least: 1 to change one field at random where the rate chose none. None comes
            back where nothing was chosen or every field has only one value.
    """
    searched = space.searched_recipe
    merges = [] if space.merges.constant else list(range(-1, len(genome.nodes)))
    chosen = _chosen(len(searched) + len(merges), rate, least, rng)
    if not chosen:
        return None
    recipe = dict(genome.recipe)
    nodes = list(genome.nodes)
    merge = genome.merge
    for index in chosen:
        if index < len(searched):
            name, domain = searched[index]
            recipe[name] = domain.mutate(recipe[name], rng)
            continue
        place = merges[index - len(searched)]
        if place < 0:
            merge = str(space.merges.mutate(merge, rng))
        else:
            joined = str(space.merges.mutate(nodes[place].merge, rng))
            nodes[place] = replace(nodes[place], merge=joined)
    return replace(genome, nodes=tuple(nodes), merge=merge, recipe=recipe)


def repoint(
    genome: BlueprintGenome, living: Sequence[int], rng: np.random.Generator
) -> BlueprintGenome:
    """Let nodes that name a vanished species name a living one at random.

    The genome itself where all of its species live. The id stays.
    """
    if genome.species <= set(living):
        return genome
    return replace(
        genome,
        nodes=tuple(
            gene
            if gene.species in living
            else replace(gene, species=living[int(rng.integers(len(living)))])
            for gene in genome.nodes
        ),
    )


def _mutated(
    genome: GenomeT,
    ledger: InnovationLedger,
    rng: np.random.Generator,
    rates: MutationRates,
    grow: Callable[[GenomeT], GenomeT | None],
    retype: Callable[[GenomeT], GenomeT | None],
    step: Callable[[GenomeT, float, int], GenomeT | None],
) -> GenomeT:
    operators: list[tuple[float, Callable[[GenomeT], GenomeT | None]]] = [
        (rates.remove_node, lambda parent: remove_node(parent, ledger, rng)),
        (rates.remove_connection, lambda parent: remove_connection(parent, rng)),
        (rates.add_node, grow),
        (rates.add_connection, lambda parent: add_connection(parent, ledger, rng)),
        (rates.retype, retype),
    ]
    child = genome
    for rate, operator in operators:
        if rng.random() < rate:
            child = operator(child) or child
    child = step(child, rates.field, 0) or child
    # Two changes can undo each other, so the comparison is of content.
    if child != genome:
        return child
    forced = (
        step(genome, 0.0, 1)
        or retype(genome)
        or add_connection(genome, ledger, rng)
        or remove_connection(genome, rng)
    )
    # A graph in which everything is joined has a connection to spare.
    assert forced is not None
    return forced


def _chosen(count: int, rate: float, least: int, rng: np.random.Generator) -> list[int]:
    chosen = [index for index, draw in enumerate(rng.random(count)) if draw < rate]
    if not chosen and least and count:
        chosen = [int(rng.integers(count))]
    return chosen


def _stepped(
    gene: NodeGene, name: str, domain: Domain, rng: np.random.Generator
) -> NodeGene:
    if name == "merge":
        return replace(gene, merge=str(domain.mutate(gene.merge, rng)))
    value = domain.mutate(gene.fields[name], rng)
    return replace(gene, fields={**gene.fields, name: value})


def _with_node(genome: ModuleGenome, place: int, gene: NodeGene) -> ModuleGenome:
    nodes = (*genome.nodes[:place], gene, *genome.nodes[place + 1 :])
    return replace(genome, nodes=nodes)

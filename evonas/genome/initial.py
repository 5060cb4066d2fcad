"""First genomes: minimal ones to grow from, and random ones of any size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evonas.genome.blueprint import BlueprintGenome
from evonas.genome.genes import INPUT, OUTPUT, BlueprintNode, Connection, NodeGene
from evonas.genome.ledger import InnovationLedger
from evonas.genome.module import ModuleGenome
from evonas.genome.structure import add_connection, add_node
from evonas.space import Space


def new_module_node(marking: int, space: Space, rng: np.random.Generator) -> NodeGene:
    """A node with a block and hyper-parameters at random."""
    block = space.draw_block(rng)
    merge = space.draw_merge(rng)
    return NodeGene(marking, block, merge, space.draw_fields(block, rng))


def new_blueprint_node(
    marking: int, space: Space, species_ids: Sequence[int], rng: np.random.Generator
) -> BlueprintNode:
    """A node that names one of the species at random."""
    species = species_ids[int(rng.integers(len(species_ids)))]
    return BlueprintNode(marking, species, space.draw_merge(rng))


def initial_module(
    space: Space, ledger: InnovationLedger, rng: np.random.Generator, new_id: int
) -> ModuleGenome:
    """The minimal module: one node, which has the same marking in all of them."""
    marking, connections = _minimal(ledger)
    return ModuleGenome(
        genome_id=new_id,
        nodes=(new_module_node(marking, space, rng),),
        connections=connections,
        merge=space.draw_merge(rng),
    )


def initial_blueprint(
    space: Space,
    ledger: InnovationLedger,
    rng: np.random.Generator,
    new_id: int,
    species_ids: Sequence[int],
) -> BlueprintGenome:
    """The minimal blueprint: one node and a recipe at random."""
    marking, connections = _minimal(ledger)
    return BlueprintGenome(
        genome_id=new_id,
        nodes=(new_blueprint_node(marking, space, species_ids, rng),),
        connections=connections,
        merge=space.draw_merge(rng),
        recipe=space.draw_recipe(rng),
    )


def random_module(
    space: Space, ledger: InnovationLedger, rng: np.random.Generator, new_id: int
) -> ModuleGenome:
    """A module of any size that the space allows, each size equally likely."""
    genome = initial_module(space, ledger, rng, new_id)
    for _ in range(int(rng.integers(space.module_nodes))):
        genome = add_node(
            genome, ledger, rng, lambda marking: new_module_node(marking, space, rng)
        )
    for _ in range(int(rng.integers(len(genome.nodes) + 1))):
        genome = add_connection(genome, ledger, rng) or genome
    return genome


def random_blueprint(
    space: Space,
    ledger: InnovationLedger,
    rng: np.random.Generator,
    new_id: int,
    species_ids: Sequence[int],
) -> BlueprintGenome:
    """A blueprint of any size that the space allows, each size equally likely."""
    genome = initial_blueprint(space, ledger, rng, new_id, species_ids)
    for _ in range(int(rng.integers(space.blueprint_nodes))):
        genome = add_node(
            genome,
            ledger,
            rng,
            lambda marking: new_blueprint_node(marking, space, species_ids, rng),
        )
    for _ in range(int(rng.integers(len(genome.nodes) + 1))):
        genome = add_connection(genome, ledger, rng) or genome
    return genome


def _minimal(ledger: InnovationLedger) -> tuple[int, tuple[Connection, ...]]:
    """The one node stands where INPUT → OUTPUT would be split for the first time."""
    node = ledger.split(ledger.connection(INPUT, OUTPUT))
    return node, (
        Connection(ledger.connection(INPUT, node), INPUT, node),
        Connection(ledger.connection(node, OUTPUT), node, OUTPUT),
    )

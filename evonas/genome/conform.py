"""Bringing genomes into a space that was narrowed since they were made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

import numpy as np

from evonas.architecture import Value
from evonas.genome.blueprint import BlueprintGenome
from evonas.genome.genes import BlueprintNode, NodeGene
from evonas.genome.module import ModuleGenome
from evonas.space import Domain, Space

Joined = TypeVar("Joined", NodeGene, BlueprintNode, ModuleGenome, BlueprintGenome)


def conform_module(
    genome: ModuleGenome, space: Space, rng: np.random.Generator
) -> ModuleGenome:
    """The module with every block and value that left the space drawn anew.

    The genome itself where all of it lies in the space. The id stays.
    """
    nodes = tuple(_node(gene, space, rng) for gene in genome.nodes)
    genome = _joined(genome, space, rng)
    if all(new is old for new, old in zip(nodes, genome.nodes, strict=True)):
        return genome
    return replace(genome, nodes=nodes)


def conform_blueprint(
    genome: BlueprintGenome, space: Space, rng: np.random.Generator
) -> BlueprintGenome:
    """The blueprint with every merge and recipe value that left the space drawn anew.

    The genome itself where all of it lies in the space. The id stays.
    """
    nodes = tuple(_joined(gene, space, rng) for gene in genome.nodes)
    recipe = _values(genome.recipe, space.recipe, rng)
    genome = _joined(genome, space, rng)
    if recipe is None and all(
        new is old for new, old in zip(nodes, genome.nodes, strict=True)
    ):
        return genome
    return replace(genome, nodes=nodes, recipe=recipe or genome.recipe)


def _node(gene: NodeGene, space: Space, rng: np.random.Generator) -> NodeGene:
    gene = _joined(gene, space, rng)
    if gene.block not in space.blocks:
        block = space.draw_block(rng)
        return replace(gene, block=block, fields=space.draw_fields(block, rng))
    fields = _values(gene.fields, space.blocks[gene.block], rng)
    return gene if fields is None else replace(gene, fields=fields)


def _joined(subject: Joined, space: Space, rng: np.random.Generator) -> Joined:
    if space.merges.contains(subject.merge):
        return subject
    return replace(subject, merge=space.draw_merge(rng))


def _values(
    values: Mapping[str, Value], domains: Mapping[str, Domain], rng: np.random.Generator
) -> dict[str, Value] | None:
    """All values, those outside drawn anew; None where nothing lies outside."""
    outside = [name for name in domains if not domains[name].contains(values[name])]
    if not outside:
        return None
    return {**values, **{name: domains[name].draw(rng) for name in outside}}

"""Compatibility distance: how different two genomes are, for speciation.

δ = c1·E/N + c2·D/N + c3·H + c4·R (Stanley & Miikkulainen 2002, with the difference of
hyper-parameter tables in the place of the weight difference): E excess and D disjoint
genes, N genes of the larger genome (nodes and connections), H the mean difference of
matching nodes, R the mean difference of the recipes of blueprints.
"""

from __future__ import annotations

from dataclasses import dataclass

from evonas.genome.blueprint import BlueprintGenome
from evonas.genome.genes import BlueprintNode, NodeGene
from evonas.genome.structure import GenomeT
from evonas.space import Space


@dataclass(frozen=True, slots=True)
class Coefficients:
    """Weights of the parts of the distance."""

    #: c1, of genes newer than everything in the other genome
    excess: float = 1.0
    #: c2, of the other genes that only one of the two has
    disjoint: float = 1.0
    #: c3, of the mean difference of matching nodes
    fields: float = 1.0
    #: c4, of the mean difference of the recipes (blueprints)
    recipe: float = 1.0


_UNIT = Coefficients()


def distance(
    first: GenomeT, second: GenomeT, space: Space, coefficients: Coefficients = _UNIT
) -> float:
    """Distance of two modules or of two blueprints; 0 for equal ones, symmetric.

    Each difference lies between 0 and 1: a share of the range for numbers (by logarithm
    where the domain is), 0 or 1 for words and flags; 1 for nodes with different blocks
    or species.
    """
    if first is second:
        return 0.0
    found = 0.0
    lone = first.markings ^ second.markings
    if lone:
        oldest = min(first.latest, second.latest)
        excess = sum(marking > oldest for marking in lone)
        found = (
            coefficients.excess * excess + coefficients.disjoint * (len(lone) - excess)
        ) / max(len(first.markings), len(second.markings))
    found += coefficients.fields * _nodes_apart(first, second, space)
    if isinstance(first, BlueprintGenome) and isinstance(second, BlueprintGenome):
        found += coefficients.recipe * _recipes_apart(first, second, space)
    return found


def _nodes_apart(first: GenomeT, second: GenomeT, space: Space) -> float:
    matching, total = 0, 0.0
    others = second.node_by_marking
    for gene in first.nodes:
        other = others.get(gene.marking)
        if other is not None:
            matching += 1
            # Genes are shared between parents and children until they change.
            if gene is not other:
                total += _apart(gene, other, space)
    return total / matching if matching else 0.0


def _apart(
    gene: NodeGene | BlueprintNode, other: NodeGene | BlueprintNode, space: Space
) -> float:
    if isinstance(gene, BlueprintNode) or isinstance(other, BlueprintNode):
        return float(gene.species != other.species)  # type: ignore[union-attr]
    if gene.block != other.block:
        return 1.0
    searched = space.searched.get(gene.block, ())
    mine, theirs = gene.fields, other.fields
    total = float(gene.merge != other.merge)
    for name, domain in searched:
        if mine[name] != theirs[name]:
            total += domain.distance(mine[name], theirs[name])
    return total / (len(searched) + 1)


def _recipes_apart(
    first: BlueprintGenome, second: BlueprintGenome, space: Space
) -> float:
    searched = space.searched_recipe
    if not searched:
        return 0.0
    mine, theirs = first.recipe, second.recipe
    total = 0.0
    for name, domain in searched:
        if mine[name] != theirs[name]:
            total += domain.distance(mine[name], theirs[name])
    return total / len(searched)

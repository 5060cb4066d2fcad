"""The genetic operators as populations use them."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from searching import reread
from strategies import SHAPES

from evonas.candidate import Recipe
from evonas.genome import MutationRates
from evonas.search.breeding import BlueprintBreeder, GenePool, ModuleBreeder
from evonas.space import default_space

seeds = st.integers(0, 2**32 - 1)

#: No structural change: a mutation is one step of one field.
STEADY = MutationRates(**{field.name: 0.0 for field in fields(MutationRates)})

VOCABULARY = 20


def pool(seed: int, modality: str = "image") -> GenePool:
    """A pool over the modality's default space."""
    vocabulary = VOCABULARY if modality == "text" else 0
    shape = SHAPES[modality][0]
    return GenePool(
        default_space(modality, shape, vocabulary=vocabulary),
        np.random.default_rng(seed),
    )


@given(seeds)
def test_pitfall_7_a_child_has_the_structure_of_the_fitter_parent(seed: int) -> None:
    """Its genes without match come from nowhere else, and its parents are noted."""
    genes = pool(seed)
    breeder = ModuleBreeder(genes, STEADY)
    fitter, other = (genes.module(minimal=False) for _ in range(2))
    child = breeder.crossover(fitter, other, False)
    assert child.markings == fitter.markings
    assert child.parents == (fitter.genome_id, other.genome_id)
    assert child.genome_id not in child.parents


@given(seeds)
def test_a_child_of_two_is_changed_too(seed: int) -> None:
    """So that a species of copies does not stand still."""
    genes = pool(seed)
    living = [1, 2]
    breeder = BlueprintBreeder(genes, STEADY)
    breeder.living = living
    parent = genes.blueprint(living, minimal=False)
    child = breeder.crossover(parent, parent, True)
    assert (child.nodes, child.merge, child.recipe) != (
        parent.nodes,
        parent.merge,
        parent.recipe,
    )


@given(seeds, st.sampled_from(sorted(SHAPES)))
def test_pitfall_5_no_mutation_leaves_the_physical_range_of_a_recipe(
    seed: int, modality: str
) -> None:
    """TFNE let Adam's beta_1 reach 1.5; ours is `momentum`, below 1 in every child."""
    genes = pool(seed, modality)
    breeder = BlueprintBreeder(genes, MutationRates(field=0.9))
    breeder.living = [1, 2]
    genome = genes.blueprint(breeder.living, minimal=True)
    mate = genes.blueprint(breeder.living, minimal=True)
    for _ in range(8):
        genome = breeder.crossover(breeder.mutate(genome), mate, True)
        recipe = Recipe.from_json(genome.recipe)
        assert 0.0 <= recipe.momentum < 1.0
        assert 0.0 < recipe.learning_rate <= 1.0
        assert 0.0 <= recipe.weight_decay < 1.0
        assert recipe.batch_size >= 1
        for name in ("label_smoothing", "horizontal_flip", "shift", "cutout"):
            assert 0.0 <= getattr(recipe, name) < 1.0


@pytest.mark.parametrize("modality", sorted(SHAPES))
def test_pitfall_5_the_ends_of_every_default_range_are_physical(modality: str) -> None:
    """Every recipe field of the default space, at both ends of what it may take."""
    for name, domain in pool(0, modality).space.recipe.items():
        for value in domain.extremes():
            assert getattr(Recipe(**{name: value}), name) == value


def test_a_pool_gives_every_id_once() -> None:
    """Also after it went through JSON, and markings stay the same events."""
    genes = pool(0)
    genomes = [genes.module(minimal=True) for _ in range(3)]
    assert [genome.genome_id for genome in genomes] == [1, 2, 3]
    again = pool(1)
    again.restore(reread(genes.state()))
    assert again.new_id() == 4
    assert again.module(minimal=True).markings == genomes[0].markings


@given(seeds)
def test_the_distance_is_that_of_the_pools_space(seed: int) -> None:
    """0 to itself and symmetric, for both kinds."""
    genes = pool(seed)
    modules = ModuleBreeder(genes, STEADY)
    blueprints = BlueprintBreeder(genes, STEADY)
    a, b = (genes.module(minimal=False) for _ in range(2))
    assert modules.distance(a, a) == 0.0
    assert modules.distance(a, b) == modules.distance(b, a) > 0.0
    c, d = (genes.blueprint([1, 2], minimal=False) for _ in range(2))
    assert blueprints.distance(c, c) == 0.0
    assert blueprints.distance(c, d) == blueprints.distance(d, c) > 0.0

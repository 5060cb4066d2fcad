"""Genome spaces of published cells."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evonas.candidate import Candidate
from evonas.cells import Cell, NasBench101Cell, NasBench201Cell
from evonas.errors import ArchitectureError, ConfigError, SpaceExhaustedError
from evonas.genome import (
    CellSpace,
    fcnet_space,
    nasbench101_space,
    nasbench201_space,
    nasbench_graph_space,
)
from evonas.space import Choice, ConstraintSet, Limits

SPACES: dict[str, CellSpace[Any]] = {
    "nasbench101": nasbench101_space(),
    "ecnas": nasbench101_space(4),
    "nasbench201": nasbench201_space(),
    "fcnet": fcnet_space(),
    "nasbench_graph": nasbench_graph_space(),
}

every_space = pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
seeds = st.integers(0, 2**32 - 1)


def differences(space: CellSpace[Any], one: Cell, other: Cell) -> list[str]:
    """Choices in which two cells differ."""
    ours, theirs = space.values(one), space.values(other)
    return [name for name in space.choices if ours[name] != theirs[name]]


@every_space
@given(seed=seeds)
@settings(max_examples=15)
def test_genomes_go_through_values_and_json_and_decode(
    space: CellSpace[Any], seed: int
) -> None:
    """Whatever chain of mutations made them."""
    rng = np.random.default_rng(seed)
    genome = space.draw(rng)
    for _ in range(5):
        genome = space.mutate(genome, rng)
    again = space.from_values(space.values(genome))
    assert again.key() == genome.key()
    assert space.from_json(json.loads(json.dumps(space.to_json(genome)))) == genome
    candidate = space.decode(genome)
    assert space.genome_of(candidate) == genome
    assert Candidate.from_json(candidate.to_json()) == candidate
    assert space.refusal(candidate) == ""


@every_space
@given(seed=seeds)
@settings(max_examples=10)
def test_a_mutation_changes_something_and_equal_generators_the_same(
    space: CellSpace[Any], seed: int
) -> None:
    """One choice alone where the space has no rates of its own."""
    genome = space.draw(np.random.default_rng(seed))
    one, other = (space.mutate(genome, np.random.default_rng(seed)) for _ in range(2))
    assert one == other != genome
    if not isinstance(genome, NasBench101Cell):
        assert len(differences(space, genome, one)) == 1


@every_space
def test_neighbours_differ_in_one_choice(space: CellSpace[Any]) -> None:
    """All of them, each once, in the same order every time."""
    genome = space.draw(np.random.default_rng(1))
    found = space.neighbours(genome)
    assert found == space.neighbours(genome)
    assert len(set(found)) == len(found) > 0
    assert all(len(differences(space, genome, one)) == 1 for one in found)
    if isinstance(genome, NasBench201Cell):
        assert len(found) == 6 * 4


@every_space
def test_vectors_are_of_one_length_and_tell_genomes_apart(
    space: CellSpace[Any],
) -> None:
    """Each number from 0 to 1."""
    rng = np.random.default_rng(0)
    genomes = [space.draw(rng) for _ in range(20)]
    vectors = np.array([space.vector(genome) for genome in genomes])
    assert vectors.min() >= 0
    assert vectors.max() <= 1
    values = {tuple(space.values(one).values()) for one in genomes}
    assert len(np.unique(vectors, axis=0)) == len(values)


@every_space
@given(seed=seeds)
@settings(max_examples=10)
def test_a_child_has_each_choice_of_a_parent(space: CellSpace[Any], seed: int) -> None:
    """Or is a parent, where the mixture would be no cell."""
    rng = np.random.default_rng(seed)
    first, second = space.draw(rng), space.draw(rng)
    child = space.values(space.crossover(first, second, rng))
    ours, theirs = space.values(first), space.values(second)
    assert all(child[name] in (ours[name], theirs[name]) for name in space.choices)


def test_a_smaller_cell_has_values_in_a_larger_space() -> None:
    """So that a known cell of few vertices can be mutated."""
    space = nasbench101_space()
    small = NasBench101Cell("101", "2")
    again = space.from_values(space.values(small))
    assert len(again.matrix) == 7
    assert again.key() == small.key()
    assert nasbench101_space(4).values(again) != {}


def test_cells_outside_the_table_or_above_a_limit_are_refused() -> None:
    """With the reason, which is counted up to its colon."""
    cell = NasBench201Cell("333333")
    small = nasbench201_space(limits=Limits(parameters=1_000_000))
    assert small.refusal(Candidate.of(cell)).startswith(
        "above space.limits.parameters: expected at most 1,000,000, got 1,531,546"
    )
    assert small.refusal(Candidate.of(NasBench201Cell("111111"))) == ""
    partial = nasbench201_space(known={cell.key()})
    assert partial.refusal(Candidate.of(cell)) == ""
    assert (
        partial.refusal(Candidate.of(NasBench201Cell("111111"))) == "not in the table"
    )


def test_a_constraint_set_leaves_the_operations_that_it_names() -> None:
    """Everything drawn, mutated or conformed has them alone."""
    allowed = {"nor_conv_3x3", "skip_connect"}
    space = nasbench201_space()
    narrow = space.narrowed(ConstraintSet(blocks={name: {} for name in allowed}))
    rng = np.random.default_rng(0)
    genome = narrow.conform(NasBench201Cell("012340"), rng)
    assert genome.ops[1] == "1"
    assert genome.ops[3] == "3"
    for _ in range(20):
        assert set(narrow.values(genome).values()) <= allowed
        genome = narrow.mutate(genome, rng)
    assert narrow.conform(genome, rng) is genome
    assert space.narrowed(ConstraintSet(blocks={}, mode="off")) is space
    with pytest.raises(ConfigError, match="allows none of the values of op_01"):
        space.narrowed(ConstraintSet(blocks={"conv": {}}))
    rates = ConstraintSet(recipe={"init_lr": Choice(("x",))})
    with pytest.raises(ConfigError, match=r"space\.recipe\.init_lr: the space has"):
        fcnet_space().narrowed(rates)


def test_values_that_are_no_cell_are_told() -> None:
    """Missing choices, and choices that do not go together."""
    space = nasbench101_space()
    values = dict(space.values(space.draw(np.random.default_rng(0))))
    edges = {n: True if n.startswith("edge") else v for n, v in values.items()}
    with pytest.raises(ArchitectureError, match="at most 7 vertices and 9 edges"):
        space.from_values(edges)
    del values["op_1"]
    with pytest.raises(ArchitectureError, match=r"expected a value for each.*op_1"):
        space.from_values(values)
    with pytest.raises(ArchitectureError, match="expected one of kind nasbench101"):
        space.from_json(NasBench201Cell("111111").to_json())


def test_a_space_without_a_cell_gives_up_by_name() -> None:
    """Instead of drawing for ever."""

    def refuse(_: object) -> NasBench201Cell:
        raise ArchitectureError("never")

    space = CellSpace(NasBench201Cell, {"op_1": Choice(("a", "b"))}, refuse, dict)  # type: ignore[arg-type]
    with pytest.raises(SpaceExhaustedError, match="nasbench201: expected a valid cell"):
        space.draw(np.random.default_rng(0))

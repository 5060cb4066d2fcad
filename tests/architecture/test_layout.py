"""Where the boxes of a drawing go."""

from __future__ import annotations

from itertools import combinations

from architecture_strategies import architectures
from hypothesis import given

from evonas.architecture import Architecture, Shape
from evonas.architecture.layout import lay_out


@given(architectures())
def test_boxes_do_not_overlap_and_edges_lead_downwards(
    drawn: tuple[Architecture, Shape],
) -> None:
    """In a rank, boxes keep the gap; every edge goes from rank to next rank."""
    architecture, _ = drawn
    count = len(architecture.layers)
    inputs = [architecture.inputs_of(at) for at in range(count)]
    widths = [1.0 + at % 3 for at in range(count)]
    layout = lay_out(inputs, architecture.order(), widths, gap=0.25)
    for one, other in combinations(range(count), 2):
        (x, rank), (other_x, other_rank) = layout.places[one], layout.places[other]
        if rank == other_rank:
            needed = (widths[one] + widths[other]) / 2 + 0.25
            assert abs(x - other_x) >= needed - 1e-6
    for (source, target), route in layout.routes.items():
        assert route[0] == layout.places[source]
        assert route[-1] == layout.places[target]
        ranks = [rank for _, rank in route]
        assert ranks == [ranks[0] + step for step in range(len(ranks))]
    assert set(layout.routes) == {
        (source, target) for target in range(count) for source in inputs[target]
    }


@given(architectures())
def test_long_edges_keep_clear_of_boxes(drawn: tuple[Architecture, Shape]) -> None:
    """A bend point lies in the gap between boxes, never behind one."""
    architecture, _ = drawn
    count = len(architecture.layers)
    inputs = [architecture.inputs_of(at) for at in range(count)]
    layout = lay_out(inputs, architecture.order(), [2.0] * count, gap=0.25)
    for route in layout.routes.values():
        for x, rank in route[1:-1]:
            for box_x, box_rank in layout.places:
                assert box_rank != rank or abs(x - box_x) >= 1.0


def test_a_chain_is_a_straight_line() -> None:
    """Whatever the widths."""
    layout = lay_out([(), (0,), (1,)], (0, 1, 2), [1.0, 5.0, 2.0], gap=0.2)
    assert len({round(x, 6) for x, _ in layout.places}) == 1

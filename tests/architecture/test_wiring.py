"""What is no network, and the order of what is."""

from __future__ import annotations

import pytest
from architecture_strategies import architectures
from hypothesis import given

from evonas.architecture import Architecture, Edge, Layer, Shape
from evonas.errors import ArchitectureError

IN, OUT, ID, SUM = Layer("input"), Layer("output"), Layer("identity"), Layer("sum")
EMBEDDING = Layer("embedding", {"vocabulary": 9, "dimension": 2})


@given(architectures())
def test_the_order_puts_every_layer_after_those_it_reads(
    drawn: tuple[Architecture, Shape],
) -> None:
    """A topological order of all layers, and inputs by slot."""
    architecture, _ = drawn
    order = architecture.order()
    assert sorted(order) == list(range(len(architecture.layers)))
    place = {at: number for number, at in enumerate(order)}
    for edge in architecture.edges:
        assert place[edge.source] < place[edge.target]
        assert architecture.inputs_of(edge.target)[edge.slot] == edge.source
    assert sum(map(len, map(architecture.inputs_of, order))) == len(architecture.edges)


def test_the_order_is_that_of_the_layers_where_it_can_be() -> None:
    """Of the layers that could come next, the first one in `layers` comes."""
    edges = (Edge(2, 1), Edge(2, 0), Edge(0, 3), Edge(1, 3, 1), Edge(3, 4))
    assert Architecture((ID, ID, IN, SUM, OUT), edges).order() == (2, 0, 1, 3, 4)


@pytest.mark.parametrize(
    ("layers", "edges", "message"),
    [
        ((), (), "exactly one 'input' layer, got 0 in 0 layers"),
        ((IN, ID), ((0, 1),), "exactly one 'output' layer, got 0"),
        ((IN, IN, SUM, OUT), ((0, 2), (1, 2, 1), (2, 3)), "one 'input' layer, got 2"),
        ((IN, OUT), (), r"layer 1 \(output\): expected one as its number of inputs"),
        ((IN, OUT), ((0, 1), (0, 1, 1)), "expected one as its number of inputs, got 2"),
        ((IN, SUM, OUT), ((0, 2),), r"layer 1 \(sum\): expected one or more"),
        ((IN, ID, OUT), ((0, 2), (0, 1)), r"layer 1 \(identity\): its result is never"),
        ((IN, ID, OUT), ((0, 1), (1, 2), (2, 0)), r"layer 0 \(input\): expected none"),
        ((IN, SUM, OUT), ((0, 1), (2, 1, 1), (1, 2)), "expected no layer to read the"),
        ((IN, SUM, OUT), ((0, 1), (1, 1, 1), (1, 2)), r"without cycles.*layer 1 \(sum"),
        (
            (IN, SUM, ID, OUT),
            ((0, 1), (2, 1, 1), (1, 2), (2, 3)),
            r"without cycles.*: layer 1 \(sum\), layer 2 \(identity\), layer 3",
        ),
        (
            (IN, OUT),
            ((0, 2),),
            "edge 0 -> 2: expected positions of layers, from 0 to 1",
        ),
        ((IN, OUT), ((-1, 1),), "edge -1 -> 1: expected positions"),
        ((IN, OUT), ((0, True),), "whole numbers, got Edge.source=0, target=True"),
        ((IN, OUT), ((0, None),), "whole numbers, got Edge"),
        ((IN, OUT), ((0, 1, 1),), r"slots 0 to 0, each once, got \[1\]"),
        ((IN, SUM, OUT), ((0, 1), (0, 1, 0), (1, 2)), r"slots 0 to 1.*got \[0, 0\]"),
        ((IN, SUM, OUT), ((0, 1), (0, 1, 2), (1, 2)), r"slots 0 to 1.*got \[0, 2\]"),
        ((IN, SUM, OUT), ((0, 1), (0, 1, -1), (1, 2)), r"slots 0 to 1.*got \[-1, 0\]"),
    ],
)
def test_a_graph_that_is_no_network_is_refused(
    layers: tuple[Layer, ...], edges: tuple[tuple[int, ...], ...], message: str
) -> None:
    """The message names the layer and what was expected of it."""
    with pytest.raises(ArchitectureError, match=message):
        Architecture(layers, tuple(Edge(*edge) for edge in edges))


def test_a_message_names_the_marking_of_a_layer() -> None:
    """Markings are how evolved layers are known."""
    with pytest.raises(ArchitectureError, match=r"layer 1 \(identity 'b5/m12'\)"):
        Architecture((IN, Layer("identity", {}, "b5/m12"), OUT), (Edge(0, 2),))


@pytest.mark.parametrize(
    ("layers", "edges"),
    [
        ((IN, ID, EMBEDDING, OUT), ((0, 1), (1, 2), (2, 3))),
        ((IN, EMBEDDING, SUM, OUT), ((0, 1), (0, 2), (1, 2, 1), (2, 3))),
        ((IN, EMBEDDING, ID, SUM, OUT), ((0, 1), (0, 2), (1, 3), (2, 3, 1), (3, 4))),
        ((IN, EMBEDDING, EMBEDDING, OUT), ((0, 1), (1, 2), (2, 3))),
    ],
)
def test_tokens_go_from_the_input_to_embeddings_only(
    layers: tuple[Layer, ...], edges: tuple[tuple[int, ...], ...]
) -> None:
    """Whole numbers mean nothing to other layers, nor features to an embedding."""
    with pytest.raises(ArchitectureError, match=r"reads tokens .an embedding"):
        Architecture(layers, tuple(Edge(*edge) for edge in edges))


def test_the_size_of_an_architecture_is_limited() -> None:
    """A text of gigabytes is refused before anything is worked out."""
    with pytest.raises(ArchitectureError, match="at most 10,000 layers, got 10,002"):
        Architecture.chain([ID] * 10_000)
    edges = [Edge(0, 1, slot) for slot in range(100_001)]
    with pytest.raises(ArchitectureError, match="at most 100,000 edges, got 100,002"):
        Architecture((IN, SUM, OUT), (*edges, Edge(1, 2)))

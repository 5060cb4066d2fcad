"""Equal up to isomorphism gives equal strings, and different networks do not."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Sequence

import networkx as nx
import pytest
from architecture_strategies import architectures, renumbered
from hypothesis import given
from hypothesis import strategies as st

from evonas.architecture import Architecture, Edge, Layer, Shape, kind_of
from evonas.cells import NasBench201Cell
from evonas.errors import ArchitectureError

CONV, RELU, ID = Layer("conv", {"filters": 4}), Layer("activation"), Layer("identity")


def graph(layers: Sequence[Layer], *edges: tuple[int, ...]) -> Architecture:
    """An architecture from layers and (source, target, slot) triples."""
    return Architecture(tuple(layers), tuple(Edge(*edge) for edge in edges))


def isomorphic(one: Architecture, other: Architecture) -> bool:
    """What networkx says, by searching for a renumbering."""

    def as_networkx(architecture: Architecture) -> nx.MultiDiGraph:
        result = nx.MultiDiGraph()
        for at, layer in enumerate(architecture.layers):
            result.add_node(at, label=(layer.op, tuple(layer.params.items())))
        for edge in architecture.edges:
            free = kind_of(architecture.layers[edge.target].op).commutative
            slot = 0 if free else edge.slot
            result.add_edge(edge.source, edge.target, slot=slot)
        return result

    return bool(
        nx.is_isomorphic(
            as_networkx(one),
            as_networkx(other),
            node_match=lambda a, b: a["label"] == b["label"],
            edge_match=lambda a, b: (
                sorted(edge["slot"] for edge in a.values())
                == sorted(edge["slot"] for edge in b.values())
            ),
        )
    )


@given(architectures(), st.integers(1, 2**32))
def test_renumbering_leaves_the_fingerprint(
    drawn: tuple[Architecture, Shape], seed: int
) -> None:
    """The order of layers and edges means nothing."""
    assert renumbered(drawn[0], seed).fingerprint() == drawn[0].fingerprint()


@given(architectures())
def test_markings_are_not_in_the_fingerprint(drawn: tuple[Architecture, Shape]) -> None:
    """Two histories of one network are one network."""
    architecture, _ = drawn
    layers = tuple(Layer(layer.op, layer.params) for layer in architecture.layers)
    bare = Architecture(layers, architecture.edges)
    assert bare.fingerprint() == architecture.fingerprint()


small_layers = st.sampled_from((CONV, RELU))
seeds = st.integers(0, 2**32)


@st.composite
def small_graphs(draw: st.DrawFn) -> Architecture:
    """Graphs of few kinds, where coincidences are likely."""
    layers, edges = [Layer("input")], []
    for _ in range(draw(st.integers(1, 6))):
        reads = draw(st.lists(st.integers(0, len(layers) - 1), min_size=1, max_size=2))
        if len(reads) > 1:
            layers.append(Layer(draw(st.sampled_from(("sum", "concat")))))
        else:
            layers.append(draw(small_layers))
        at = len(layers) - 1
        edges += [Edge(source, at, slot) for slot, source in enumerate(reads)]
    read = {edge.source for edge in edges}
    loose = [at for at in range(len(layers)) if at not in read]
    merge = len(layers)
    layers += [Layer("sum"), Layer("output")]
    edges += [Edge(source, merge, slot) for slot, source in enumerate(loose)]
    return Architecture(tuple(layers), (*edges, Edge(merge, merge + 1)))


@st.composite
def rewired(draw: st.DrawFn) -> tuple[Architecture, Architecture]:
    """A graph and the same layers with the sources of two edges exchanged."""
    one = draw(small_graphs())
    places = st.integers(0, len(one.edges) - 1)
    first, second = draw(places), draw(places)
    edges = list(one.edges)
    for at, source in (
        (first, one.edges[second].source),
        (second, one.edges[first].source),
    ):
        edges[at] = Edge(source, edges[at].target, edges[at].slot)
    try:
        return one, renumbered(Architecture(one.layers, tuple(edges)), draw(seeds))
    except ArchitectureError:  # cyclic now
        return one, renumbered(one, draw(seeds))


@given(rewired())
def test_fingerprints_are_equal_exactly_for_isomorphic_graphs(
    pair: tuple[Architecture, Architecture],
) -> None:
    """As networkx finds out by search."""
    one, other = pair
    assert (one.fingerprint() == other.fingerprint()) == isomorphic(one, other)


def test_all_small_graphs_are_told_apart_as_networkx_tells_them_apart() -> None:
    """Every graph of two sums and two equal layers behind the input, exhaustively."""
    layers = [
        Layer("input"),
        RELU,
        RELU,
        Layer("sum"),
        Layer("concat"),
        Layer("output"),
    ]
    made = []
    for wires in itertools.product((0,), (0, 1), (0, 1, 2), (1, 2), (1, 2, 3), (2, 3)):
        edges = [(wires[0], 1), (wires[1], 2), (wires[2], 3), (wires[3], 3, 1)]
        edges += [(3, 4), (wires[4], 4, 1), (wires[5], 4, 2), (4, 5)]
        if {1, 2} <= {source for source, *_ in edges}:
            made.append(graph(layers, *edges))
    for one, other in itertools.combinations(made, 2):
        same = one.fingerprint() == other.fingerprint()
        assert same == isomorphic(one, other)


def test_a_shared_layer_is_not_two_equal_copies() -> None:
    """One tensor added to itself is another network than two convolutions' sum."""
    ends = (Layer("input"), Layer("output"))
    shared = graph([*ends, CONV, Layer("sum")], (0, 2), (2, 3), (2, 3, 1), (3, 1))
    copies = graph(
        [*ends, CONV, CONV, Layer("sum")], (0, 2), (0, 3), (2, 4), (3, 4, 1), (4, 1)
    )
    assert shared.fingerprint() != copies.fingerprint()


def test_sharing_further_down_is_seen() -> None:
    """The same number of layers, but other ones share: one ReLU read twice."""
    layers = [
        Layer("input"),
        CONV,
        CONV,
        RELU,
        RELU,
        RELU,
        Layer("sum"),
        Layer("output"),
    ]
    merge = [(3, 6), (4, 6, 1), (5, 6, 2), (6, 7)]
    one = graph(layers, (0, 1), (0, 2), (1, 3), (1, 4), (2, 5), *merge)
    other = graph(layers, (0, 1), (1, 2), (1, 3), (1, 4), (2, 5), *merge)
    assert one.fingerprint() != other.fingerprint()


def ring(*rings: Sequence[int]) -> Architecture:
    """Equal convolutions, and sums of neighbours on rings of them."""
    count = sum(map(len, rings))
    layers = [Layer("input"), *[CONV] * count, *[Layer("sum")] * count]
    edges = [Edge(0, 1 + at) for at in range(count)]
    for members in rings:
        for at, member in enumerate(members):
            edges += [
                Edge(1 + member, 1 + count + member, 0),
                Edge(1 + members[(at + 1) % len(members)], 1 + count + member, 1),
            ]
    last = len(layers)
    layers += [Layer("sum"), Layer("output")]
    edges += [Edge(1 + count + at, last, at) for at in range(count)]
    return Architecture(tuple(layers), (*edges, Edge(last, last + 1)))


def test_graphs_that_colour_refinement_cannot_tell_apart_are_told_apart() -> None:
    """Six layers summed in one ring or in two rings of three: all colours agree."""
    whole = ring(range(6))
    halves = ring(range(3), range(3, 6))
    assert not isomorphic(whole, halves)
    assert whole.fingerprint() != halves.fingerprint()
    assert renumbered(halves, 5).fingerprint() == halves.fingerprint()


@st.composite
def symmetric_graphs(draw: st.DrawFn) -> Architecture:
    """Layers of few kinds in columns; each reads some of the column before it.

    Whole columns read alike, or by a permutation, so nearly all colours are shared.
    """
    width = draw(st.integers(2, 4))
    layers, edges = [Layer("input"), *[CONV] * width], []
    edges += [Edge(0, 1 + at) for at in range(width)]
    before = list(range(1, 1 + width))
    for _ in range(draw(st.integers(1, 3))):
        merge = draw(st.sampled_from(("sum", "sum", "concat")))
        turns = draw(st.lists(st.permutations(range(width)), min_size=1, max_size=3))
        entirely = draw(st.booleans())
        column = list(range(len(layers), len(layers) + width))
        layers += [Layer(merge)] * width
        for at, layer in enumerate(column):
            reads = range(width) if entirely else [turn[at] for turn in turns]
            edges += [Edge(before[one], layer, slot) for slot, one in enumerate(reads)]
        before = column
    last = len(layers)
    layers += [Layer("sum"), Layer("output")]
    edges += [Edge(at, last, slot) for slot, at in enumerate(before)]
    return Architecture(tuple(layers), (*edges, Edge(last, last + 1)))


@pytest.mark.parametrize("limit", [0, 5_000])
@given(graphs=st.tuples(symmetric_graphs(), symmetric_graphs()), seed=seeds)
def test_symmetric_graphs_are_told_apart_exactly(
    limit: int, graphs: tuple[Architecture, Architecture], seed: int
) -> None:
    """However large, so also where twins are not singled out: limit 0."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("evonas.architecture.fingerprint.TWINS_LIMIT", limit)
        one, other = graphs
        again = renumbered(one, seed)
        assert again.fingerprint() == one.fingerprint()
        same = other.fingerprint() == one.fingerprint()
    assert same == isomorphic(one, other)


@pytest.mark.parametrize("limit", [0, 5_000])
def test_a_double_reading_is_not_a_reading_of_both(
    limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice the own layer, or both once: the same colours and numbers of edges."""
    monkeypatch.setattr("evonas.architecture.fingerprint.TWINS_LIMIT", limit)
    layers = [Layer("input"), *[CONV] * 2, *[Layer("sum")] * 3, Layer("output")]
    ends = [(0, 1), (0, 2), (3, 5, 0), (4, 5, 1), (5, 6)]
    own = graph(layers, *ends, (1, 3, 0), (1, 3, 1), (2, 4, 0), (2, 4, 1))
    both = graph(layers, *ends, (1, 3, 0), (2, 3, 1), (1, 4, 0), (2, 4, 1))
    assert own.fingerprint() != both.fingerprint()


def test_cells_with_equal_branches_are_told_apart() -> None:
    """Fifteen copies of the cell have a hundred layers that share their colour."""
    prints = {
        NasBench201Cell(f"{one}{one}03{other}{other}").architecture().fingerprint()
        for one, other in itertools.product("1234", repeat=2)
    }
    assert len(prints) == 16


def test_slots_matter_where_order_does() -> None:
    """Concatenation in another order is another network, a sum is not."""
    ends = (Layer("input"), Layer("output"))
    for merge, same in (("sum", True), ("concat", False)):
        layers = [*ends, CONV, RELU, Layer(merge)]
        one = graph(layers, (0, 2), (0, 3), (2, 4, 0), (3, 4, 1), (4, 1))
        other = graph(layers, (0, 2), (0, 3), (2, 4, 1), (3, 4, 0), (4, 1))
        assert (one.fingerprint() == other.fingerprint()) == same


def test_a_parameter_changes_the_fingerprint() -> None:
    """Also one that only changes how weights start."""
    prints = {
        Architecture.chain([Layer("conv", {"filters": 4, **more})]).fingerprint()
        for more in ({}, {"kernel": 1}, {"bias": False}, {"init_scale": 2.0})
    }
    assert len(prints) == 4


def test_fingerprints_are_the_same_in_every_process() -> None:
    """Records are found again by them, so hash randomisation must not show."""
    text = (
        "from evonas.architecture import Architecture, Layer;"
        "print(Architecture.chain([Layer('conv', {'filters': 4})]).fingerprint())"
    )
    run = subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, check=True
    )
    here = Architecture.chain([CONV]).fingerprint()
    assert run.stdout.strip() == here == "db454d0bdaeb70576d3173652fe6669b"

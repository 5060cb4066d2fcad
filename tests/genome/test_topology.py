"""Graph questions agree with networkx on random graphs."""

from __future__ import annotations

import re

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas.genome import INPUT, OUTPUT, Connection
from evonas.genome.topology import fault, inputs_by_target, makes_cycle, on_paths, order

NODES = (2, 3, 4, 5)

ends = st.tuples(
    st.sampled_from((INPUT, *NODES)), st.sampled_from((*NODES, OUTPUT))
).filter(lambda pair: pair[0] != pair[1])


@st.composite
def connections(draw: st.DrawFn) -> tuple[Connection, ...]:
    """Any connections with different ends, enabled or not."""
    pairs = draw(st.lists(ends, unique=True, max_size=12))
    return tuple(
        Connection(10 + place, *pair, draw(st.booleans()))
        for place, pair in enumerate(pairs)
    )


def _graph(genes: tuple[Connection, ...]) -> nx.DiGraph:
    graph = nx.DiGraph()
    graph.add_nodes_from((INPUT, OUTPUT, *NODES))
    graph.add_edges_from((gene.source, gene.target) for gene in genes if gene.enabled)
    return graph


@given(connections())
def test_the_order_leaves_out_exactly_cycles_and_what_follows(
    genes: tuple[Connection, ...],
) -> None:
    """An acyclic graph is ordered whole, each node after what it reads."""
    graph = _graph(genes)
    found = order(NODES, genes)
    assert (len(found) == len(NODES)) == nx.is_directed_acyclic_graph(graph)
    place = {node: index for index, node in enumerate(found)}
    assert all(
        place[source] < place[target]
        for source, target in graph.edges
        if source in place and target in place
    )


@given(connections(), ends)
def test_cycles_are_seen_before_they_are_made(
    genes: tuple[Connection, ...], pair: tuple[int, int]
) -> None:
    """The same answer as adding the edge and looking."""
    graph = _graph(genes)
    expected = nx.has_path(graph, pair[1], pair[0])
    assert makes_cycle(genes, *pair) == expected


@given(connections())
def test_nodes_on_paths_are_those_between_the_ends(
    genes: tuple[Connection, ...],
) -> None:
    """Reached from INPUT and reaching OUTPUT."""
    graph = _graph(genes)
    expected = (nx.descendants(graph, INPUT) | {INPUT}) & (
        nx.ancestors(graph, OUTPUT) | {OUTPUT}
    )
    connected = nx.has_path(graph, INPUT, OUTPUT)
    assert on_paths(genes) == (expected if connected else set())


@given(connections())
def test_inputs_are_the_enabled_sources_in_order(genes: tuple[Connection, ...]) -> None:
    """Ascending, which fixes the slots of a concatenation."""
    graph = _graph(genes)
    for target, sources in inputs_by_target(genes).items():
        assert list(sources) == sorted(graph.predecessors(target))


@given(connections())
def test_no_fault_means_acyclic_and_connected(genes: tuple[Connection, ...]) -> None:
    """The check of every genome, against the definition."""
    graph = _graph(genes)
    valid = nx.is_directed_acyclic_graph(graph) and all(
        nx.has_path(graph, INPUT, node) and nx.has_path(graph, node, OUTPUT)
        for node in NODES
    )
    assert (fault(list(NODES), genes) == "") == valid


CHAIN = (Connection(3, 0, 2), Connection(4, 2, 1))


@pytest.mark.parametrize(
    ("nodes", "genes", "reason"),
    [
        ([], (Connection(3, 0, 1),), "one or more nodes"),
        ([2, 2], CHAIN, "different markings"),
        ([2], (Connection(2, 0, 2), Connection(4, 2, 1)), "used twice"),
        ([2], (*CHAIN, Connection(5, 0, 2)), "two with the same ends"),
        ([2], (*CHAIN, Connection(5, 2, 9)), "got one from 2 to 9"),
        ([2], (*CHAIN, Connection(5, 1, 2)), "got one from 1 to 2"),
        ([2], (*CHAIN, Connection(5, 2, 0)), "got one from 2 to 0"),
        ([2], (*CHAIN, Connection(5, 2, 2)), "got a cycle"),
        (
            [2],
            (Connection(3, 0, 2), Connection(4, 2, 1, False)),
            r"nodes \[2\] on none",
        ),
        ([2], CHAIN, "^$"),
    ],
)
def test_each_fault_has_its_reason(
    nodes: list[int], genes: tuple[Connection, ...], reason: str
) -> None:
    """Expected and found, in words."""
    assert re.search(reason, fault(nodes, genes))

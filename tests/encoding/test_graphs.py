"""Graphs in words: the folded graph, taken apart."""

from __future__ import annotations

from collections import Counter

from architecture_strategies import architectures, renumbered
from hypothesis import given, settings
from hypothesis import strategies as st
from small_networks import convolutional, layer

from evonas.architecture import Architecture, Shape
from evonas.encoding import MAX_LEVEL, Encoding, WordGraph


def said(graph: WordGraph) -> Counter[tuple[tuple[str, int], ...]]:
    """The groups' words, without their order."""
    return Counter(tuple(sorted(one.items())) for one in graph.words)


@settings(max_examples=40)
@given(architectures(max_layers=12), st.integers(1, MAX_LEVEL), st.integers(1, 99))
def test_isomorphic_architectures_have_isomorphic_graphs(
    drawn: tuple[Architecture, Shape], level: int, seed: int
) -> None:
    """The same groups, and the same words on both ends of the edges."""
    encoding = Encoding(level)
    one, other = (
        encoding.graph(found) for found in (drawn[0], renumbered(drawn[0], seed))
    )
    assert said(one) == said(other)
    ends = [
        Counter(
            tuple(str(sorted(graph.words[at].items())) for at in edge)
            for edge in graph.edges
        )
        for graph in (one, other)
    ]
    assert ends[0] == ends[1]


def test_a_group_is_told_by_its_words() -> None:
    """Each in how many nodes it is, and how often the piece repeats."""
    conv, pool = layer("conv", filters=8), layer("max_pool")
    chain = Architecture.chain([conv, pool, conv, pool, layer("dense", units=9)])
    graph = Encoding(2).graph(chain)
    assert graph.words[1] == {
        "is conv": 1,
        "w3": 1,
        "k3": 1,
        "s1": 1,
        "is max_pool": 1,
        "k2": 1,
        "s2": 1,
        "×2": 1,
    }
    assert graph.words[2] == {"is dense": 1, "out": 1}
    assert graph.edges == ((0, 1), (1, 2), (2, 3))


def test_hidden_layers_have_no_words() -> None:
    """But that they are there."""
    graph = Encoding(1, hidden=("conv", "batch_norm")).graph(convolutional())
    assert graph.words[1] == {"is hidden": 1}

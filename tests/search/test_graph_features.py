"""Weisfeiler-Lehman features."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from searching import OUTPUTS, SHAPE, space

from evonas.genome import (
    GenomeSpace,
    NetworkGenomes,
    fcnet_space,
    nasbench101_space,
    nasbench201_space,
)
from evonas.search.graph_features import COLUMNS, features, histogram

Graph = tuple[tuple[str, ...], tuple[tuple[int, int], ...]]

SPACES = (
    NetworkGenomes(space(), SHAPE, OUTPUTS),
    nasbench101_space(),
    nasbench201_space(),
    fcnet_space(),
)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Directed acyclic graphs of up to 7 vertices."""
    labels = draw(st.lists(st.sampled_from("abc"), min_size=1, max_size=7))
    count = len(labels)
    pairs = [(s, t) for s in range(count) for t in range(s + 1, count)]
    edges = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    return tuple(labels), tuple(edges)


@given(graphs(), st.randoms(use_true_random=False), st.integers(0, 3))
def test_the_numbers_of_the_vertices_do_not_matter(
    graph: Graph, random: np.random.Generator, rounds: int
) -> None:
    """Isomorphic graphs have one histogram, of length 1."""
    labels, edges = graph
    order = list(range(len(labels)))
    random.shuffle(order)
    place = {vertex: at for at, vertex in enumerate(order)}
    shuffled = (
        tuple(labels[vertex] for vertex in order),
        tuple((place[s], place[t]) for s, t in edges),
    )
    found = histogram(graph, rounds)
    assert found == pytest.approx(histogram(shuffled, rounds))
    # Labels may share a column and take each other away, seldom all of them.
    assert np.linalg.norm(found) == pytest.approx(1.0) or not found.any()


def test_rounds_tell_neighbourhoods_apart() -> None:
    """A chain from a fork that has the same labels."""
    chain: Graph = (("a", "b", "b", "c"), ((0, 1), (1, 2), (2, 3)))
    fork: Graph = (("a", "b", "b", "c"), ((0, 1), (0, 2), (1, 3), (2, 3)))
    assert (histogram(chain, 0) == histogram(fork, 0)).all()
    assert not np.allclose(histogram(chain, 1), histogram(fork, 1))


def test_the_columns_are_the_same_on_every_machine() -> None:
    """Python's own hash of strings is not, so it is not used."""
    found = histogram((("a", "b"), ((0, 1),)), 1)
    assert np.flatnonzero(found).tolist() == [59, 67, 79, 121]


@pytest.mark.parametrize("genomes", SPACES)
@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=8)
def test_all_genomes_of_a_space_have_features_of_one_length(
    genomes: GenomeSpace[object], seed: int
) -> None:
    """None of them is far from the others by its unit alone."""
    rng = np.random.default_rng(seed)
    first, second = (features(genomes, genomes.draw(rng), 2) for _ in range(2))
    assert first.shape == second.shape
    assert np.linalg.norm(first) < 2.5
    if genomes.graph(genomes.draw(rng)) is not None:
        assert len(first) > COLUMNS

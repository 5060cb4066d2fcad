"""Cells as small labelled graphs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evonas.cells import NasBench101Cell, NasBench201Cell
from evonas.genome import (
    GenomeSpace,
    fcnet_space,
    nasbench101_space,
    nasbench201_space,
    nasbench_graph_space,
)


@pytest.mark.parametrize(
    "genomes", [nasbench101_space(), nasbench201_space(), nasbench_graph_space()]
)
@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=15)
def test_edges_lead_from_earlier_vertices_to_later_ones(
    genomes: GenomeSpace[object], seed: int
) -> None:
    """Between vertices that there are, each once; the first is the input."""
    graph = genomes.graph(genomes.draw(np.random.default_rng(seed)))
    assert graph is not None
    labels, edges = graph
    assert labels[0] == "input"
    assert len(set(edges)) == len(edges)
    assert all(0 <= source < target < len(labels) for source, target in edges)


def test_an_operation_reads_those_that_lead_to_its_edge() -> None:
    """Of NAS-Bench-201: 0→1, 1→2, 2→3 and 0→3; the others are `none`."""
    labels, edges = NasBench201Cell("302143").graph()
    assert labels == (
        "input",
        "nor_conv_3x3",
        "nor_conv_1x1",
        "skip_connect",
        "avg_pool_3x3",
        "nor_conv_3x3",
        "output",
    )
    # 0→1 is read by 1→2 and 1→3, 1→2 by 2→3; 0→3, 1→3 and 2→3 lead to the output.
    assert set(edges) == {
        (0, 1), (0, 3), (1, 2), (1, 4), (2, 5), (3, 6), (4, 6), (5, 6)
    }  # fmt: skip


def test_what_is_on_no_path_is_not_in_the_graph() -> None:
    """As the official table prunes cells of NAS-Bench-101."""
    # input → 1 → output, input → 2, which nobody reads
    labels, edges = NasBench101Cell("110" + "01" + "0", "02").graph()
    assert labels == ("input", "conv3x3-bn-relu", "output")
    assert edges == ((0, 1), (1, 2))


def test_choices_that_make_no_graph_have_none() -> None:
    """FCNet's are units, activations and the recipe."""
    genomes = fcnet_space()
    assert genomes.graph(genomes.draw(np.random.default_rng(0))) is None

"""Folding: chains become groups, and unfolding gives the architecture back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from architecture_strategies import architectures
from hypothesis import given, settings
from hypothesis import strategies as st
from small_networks import branching, convolutional, layer

from evonas.architecture import Architecture, Edge, Layer, Shape
from evonas.encoding import MAX_LEVEL, EdgeKind, Folded, fold
from evonas.errors import ArchitectureError, ConfigError

levels = st.integers(1, MAX_LEVEL)
drawn = architectures(max_layers=16)


def texts(folded: Folded) -> list[str]:
    """The labels of the groups, in their order."""
    return [
        " > ".join(token.op for token in group.tokens)
        + (f" ×{group.repeat}" if group.repeat > 1 else "")
        for group in folded.groups
    ]


def chain(*ops: str) -> Architecture:
    """A chain of convolutions (`c`), pools (`p`) and dense layers (`d`)."""
    kinds = {
        "c": layer("conv", filters=8),
        "p": layer("max_pool", kernel=2),
        "d": layer("dense", units=3),
    }
    return Architecture.chain([kinds[op] for op in ops])


@settings(max_examples=50)
@given(drawn, levels)
def test_unfolding_gives_the_architecture_back(
    drawn: tuple[Architecture, Shape], level: int
) -> None:
    """Every layer, marking, edge, slot and number, over the whole catalogue."""
    architecture, _ = drawn
    assert fold(architecture, level).unfold() == architecture


@settings(max_examples=50)
@given(drawn, levels)
def test_no_group_is_longer_than_the_level(
    drawn: tuple[Architecture, Shape], level: int
) -> None:
    """Groups are counted by their nodes, and equal neighbours in a chain are one."""
    architecture, _ = drawn
    folded = fold(architecture, level)
    assert all(1 <= len(group.tokens) <= level for group in folded.groups)
    assert all(edge.source < edge.target for edge in folded.edges)
    if level == 1:
        assert all(group.repeat == 1 for group in folded.groups)


@settings(max_examples=50)
@given(drawn, levels)
def test_chains_are_maximal(drawn: tuple[Architecture, Shape], level: int) -> None:
    """Where one group alone reads another one alone, the length has cut them."""
    folded = fold(drawn[0], level)
    for edge in folded.edges:
        source, target = folded.groups[edge.source], folded.groups[edge.target]
        alone = sum(one.source == edge.source for one in folded.edges) == 1
        only = sum(one.target == edge.target for one in folded.edges) == 1
        ends = {"input", "output"} & {source.tokens[0].op, target.tokens[0].op}
        if alone and only and not ends:
            assert len(source.tokens) == level
            assert level == 1 or source.tokens != target.tokens


def test_what_repeats_is_counted() -> None:
    """Pieces from the beginning of the chain; the last one may be shorter."""
    repeated = chain(*"cpcpcpc")
    single = ["max_pool" if op == "p" else "conv" for op in "cpcpcpc"]
    assert texts(fold(repeated, 1)) == ["input", *single, "output"]
    assert texts(fold(repeated, 2)) == [
        "input",
        "conv > max_pool ×3",
        "conv",
        "output",
    ]
    assert texts(fold(repeated, 3))[1:-1] == [
        "conv > max_pool > conv",
        "max_pool > conv > max_pool",
        "conv",
    ]
    assert texts(fold(chain(*"ccccd"), 2))[1] == "conv > conv ×2"


def test_a_layer_keeps_its_fittings() -> None:
    """Batch norm, activation and dropout are no nodes of their own."""
    folded = fold(convolutional(filters=30, dropout=0.35), 1)
    assert [token.text for group in folded.groups for token in group.tokens] == [
        "input",
        "conv w5 k3 s1 batch_norm relu",
        "max_pool k2 s2 d2",
        "conv w5 k1 s1 relu",
        "global_pool",
        "dense out",
        "output",
    ]


def test_fittings_of_a_kind_that_is_there_begin_a_node() -> None:
    """So do those of which something else reads what was before them."""
    twice = [layer("dense", units=4), layer("activation"), layer("activation")]
    assert texts(fold(Architecture.chain(twice), 1))[1:-1] == ["dense", "activation"]
    layers = (
        layer("input"),
        layer("dense", units=4),
        layer("activation"),
        layer("sum"),
        layer("output"),
    )
    edges = ((0, 1), (1, 2), (1, 3), (2, 3, 1), (3, 4))
    beside = Architecture(layers, tuple(Edge(*edge) for edge in edges))
    assert texts(fold(beside, 1))[1:-1] == ["dense", "activation", "sum"]


def test_edges_have_kinds_and_branches_are_cut() -> None:
    """A sum adds; what two read ends a chain."""
    folded = fold(branching(), 6)
    assert texts(folded) == [
        "input",
        "conv",
        "max_pool",
        "conv",
        "sum > flatten > dense",
        "output",
    ]
    kinds = {(edge.source, edge.target): edge.kind for edge in folded.edges}
    assert kinds[2, 4] is kinds[3, 4] is EdgeKind.ADD
    assert kinds[0, 1] is EdgeKind.CHAIN
    assert EdgeKind.into("lstm") is EdgeKind.RECURRENT
    assert EdgeKind.into("concat") is EdgeKind.CONCAT


def test_only_levels_that_there_are() -> None:
    """From 1 to 6."""
    for level in (0, 7, 2.0, True):
        with pytest.raises(ConfigError, match="folding: expected a level from 1 to 6"):
            fold(convolutional(), level)  # type: ignore[arg-type]


def test_a_damaged_folded_graph_is_not_unfolded() -> None:
    """A position twice, or layers that are no network."""
    folded = fold(convolutional(), 2)
    with pytest.raises(ArchitectureError, match="positions: expected each number"):
        replace(folded, positions=(0, *folded.positions[:-1])).unfold()
    first = replace(folded.groups[0], layers=(Layer("identity"),))
    with pytest.raises(ArchitectureError, match="expected exactly one 'input'"):
        replace(folded, groups=(first, *folded.groups[1:])).unfold()

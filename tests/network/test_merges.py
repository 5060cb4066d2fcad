"""Merges as modules, and growth behind a closed gate."""

from __future__ import annotations

import pytest
import torch
from architecture_strategies import architectures, layers_on
from hypothesis import given, settings
from hypothesis import strategies as st
from network_counting import sample_batch

from evonas.architecture import Architecture, Edge, Layer, Shape, matching
from evonas.network import Network, build, inherit
from evonas.network.merges import GatedSum, SizeMatchedSum, match_size


@given(st.integers(1, 9), st.integers(1, 9))
def test_matching_sizes_never_loses_the_maximum(side: int, goal: int) -> None:
    """Every element is in some window, whether or not the sizes divide."""
    side, goal = max(side, goal), min(side, goal)
    x = torch.arange(float(side)).view(1, 1, side).flip(2)
    matched = match_size(x, (goal,))
    assert matched.shape == (1, 1, goal)
    assert matched.max() == side - 1
    assert matched[0, 0, -1] >= 0


def test_maps_of_the_right_size_pass_as_they_are() -> None:
    """No copy is made and no gradient bent."""
    x = torch.randn(2, 3, 4, 4)
    assert match_size(x, (4, 4)) is x


@pytest.mark.parametrize("kind", [SizeMatchedSum, GatedSum])
def test_a_matched_sum_has_a_projection_for_each_input_that_needs_one(
    kind: type[SizeMatchedSum] | type[GatedSum],
) -> None:
    """The weights' names tell which."""
    names = list(kind((8, 4, 6), size=(2, 2)).state_dict())
    assert names[:2] == ["projections.1.weight", "projections.2.weight"]


@pytest.mark.parametrize("sizes", [((4, 6, 6), (4, 6, 6)), ((4, 6, 6), (3, 9, 5))])
def test_with_gates_of_1_a_gated_sum_is_a_sum(sizes: tuple[Shape, Shape]) -> None:
    """Of matched inputs, too."""
    channels, size = (sizes[0][0], sizes[1][0]), matching("sum", sizes).target_spatial
    plain, gated = SizeMatchedSum(channels, size), GatedSum(channels, size, 1.0)
    gated.load_state_dict(plain.state_dict(), strict=False)
    inputs = [torch.randn(2, *shape) for shape in sizes]
    torch.testing.assert_close(gated(*inputs), plain(*inputs))


def test_a_closed_gate_learns_to_open() -> None:
    """At 0 the branch gets no gradient, but its gate does; then both do."""
    merge, x, branch = GatedSum((3, 3)), torch.randn(4, 3), torch.randn(4, 3)
    branch.requires_grad_()
    merge(x, branch).square().sum().backward()
    assert branch.grad is not None
    assert not branch.grad.any()
    assert merge.gates[1].grad
    torch.optim.SGD(merge.parameters(), 0.01).step()
    merge(x, branch).square().sum().backward()
    assert branch.grad.any()


def grown(
    architecture: Architecture, position: int, branch: Layer, init: float = 0.0
) -> Architecture:
    """A layer's output with a branch that reads it added behind a gate."""
    count = len(architecture.layers)
    gate = Layer("gated_sum", {"gate_init": init})
    layers = (*architecture.layers, branch, gate)
    edges = [
        Edge(
            count + 1 if edge.source == position else edge.source,
            edge.target,
            edge.slot,
        )
        for edge in architecture.edges
    ]
    edges += [
        Edge(position, count),
        Edge(position, count + 1, 0),
        Edge(count, count + 1, 1),
    ]
    return Architecture(layers, tuple(edges))


def child_of(parent: Network, architecture: Architecture) -> Network:
    """A network with other initial weights and, where markings agree, the parent's."""
    child = build(architecture, parent.input_shape, 1)
    found = inherit(parent.state_dict(), parent.architecture, child)
    assert found.preserved
    return child.eval()


def marked(architecture: Architecture) -> Architecture:
    """With a marking for each layer."""
    layers = tuple(
        Layer(layer.op, layer.params, f"m{at}")
        for at, layer in enumerate(architecture.layers)
    )
    return Architecture(layers, architecture.edges)


@settings(max_examples=40, deadline=None)
@given(architectures(), st.data())
def test_a_branch_behind_a_closed_gate_leaves_the_outputs_as_they_were(
    drawn: tuple[Architecture, Shape], data: st.DataObject
) -> None:
    """To the last bit, wherever it is added and whatever it computes."""
    architecture, shape = marked(drawn[0]), drawn[1]
    shapes = architecture.shapes(shape)
    ops = [layer.op for layer in architecture.layers]
    closed = ("output", "input") if "embedding" in ops else ("output",)
    places = [at for at, op in enumerate(ops) if op not in closed]
    place = data.draw(st.sampled_from(places))
    branch, given_shape = data.draw(layers_on(shapes[place]))
    merged = matching("gated_sum", [shapes[place], given_shape]).output_shape
    if merged != shapes[place]:
        branch = Layer("layer_norm")
    parent = build(architecture, shape, 0).eval()
    child = child_of(parent, grown(architecture, place, branch))
    batch = sample_batch(architecture, shape, 2)
    with torch.no_grad():
        before, after = parent(batch), child(batch)
    torch.testing.assert_close(after, before, rtol=0.0, atol=0.0)


def test_one_more_branch_at_a_trained_gate_leaves_the_outputs_as_they_were() -> None:
    """The gates that there were keep what they have learned."""
    small = marked(
        grown(
            Architecture.chain([Layer("dense", {"units": 5})]),
            1,
            Layer("dense", {"units": 4}),
        )
    )
    parent = build(small, (3,), 0).eval()
    with torch.no_grad():
        for name, weight in parent.named_parameters():
            if "gates" in name:
                weight.add_(0.3)
    layers = (*small.layers, Layer("dense", {"units": 2}))
    more = Architecture(layers, (*small.edges, Edge(1, 5), Edge(5, 4, 2)))
    child = child_of(parent, more)
    batch = torch.randn(6, 3)
    with torch.no_grad():
        torch.testing.assert_close(child(batch), parent(batch), rtol=0.0, atol=0.0)
        assert list(child.layer_4.gates) == [torch.tensor(g) for g in (1.3, 0.3, 0.0)]


def test_an_open_gate_changes_the_outputs() -> None:
    """Otherwise the two tests above would say nothing."""
    chain = marked(Architecture.chain([Layer("dense", {"units": 5})]))
    parent = build(chain, (3,), 0)
    child = child_of(parent, grown(chain, 1, Layer("dense", {"units": 4}), 0.5))
    batch = torch.randn(6, 3)
    with torch.no_grad():
        assert torch.equal(child(batch), parent(batch))
        child.layer_4.gates[1].fill_(0.5)
        assert not torch.allclose(child(batch), parent(batch))

"""Weights handed on from a network to one that was changed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch
from architecture_strategies import architectures, renumbered
from hypothesis import given, settings
from hypothesis import strategies as st
from small_networks import layer

from evonas.architecture import Architecture, Edge, Layer, Shape, scaled_width
from evonas.network import Inherited, Network, build, inherit

IMAGE = (3, 8, 8)


def _graph(layers: Sequence[Layer], *edges: tuple[int, ...]) -> Architecture:
    inside = (Layer("input"), *layers, Layer("output"))
    return Architecture(inside, tuple(Edge(*edge) for edge in edges))


def _trained(
    architecture: Architecture, shape: Shape = IMAGE, seed: int = 0
) -> Network:
    """A network whose weights and running statistics are no initial ones."""
    network = build(architecture, shape, seed)
    generator = torch.Generator().manual_seed(seed + 77)
    for name, tensor in network.state_dict().items():
        if tensor.is_floating_point():
            noise = torch.rand(tensor.shape, generator=generator)
            tensor.copy_(noise + 0.5 if "running_var" in name else tensor + noise - 0.5)
    return network.eval()


def _passed_on(
    parent: Architecture, child: Architecture, shape: Shape = IMAGE
) -> tuple[Network, Network, Inherited]:
    source, target = _trained(parent, shape), build(child, shape, 5).eval()
    found = inherit(source.state_dict(), parent, target)
    return source, target, found


def _difference(source: Network, target: Network) -> float:
    """Largest difference of the outputs, as a share of the largest output."""
    generator = torch.Generator().manual_seed(3)
    shape = (4, *source.input_shape)
    tokens = [
        int(each.params["vocabulary"])
        for each in source.architecture.layers
        if each.op == "embedding"
    ]
    if tokens:
        batch = torch.randint(0, min(tokens), shape, generator=generator)
    else:
        batch = torch.randn(shape, generator=generator)
    with torch.no_grad():
        before, after = source(batch), target(batch)
    if before.shape != after.shape:
        return float("inf")
    scale = before.abs().max().clamp_min(1e-6)
    return float((before - after).abs().max() / scale)


def _marked(architecture: Architecture) -> Architecture:
    layers = (
        Layer(each.op, each.params, f"m{at}")
        for at, each in enumerate(architecture.layers)
    )
    return Architecture(tuple(layers), architecture.edges)


HEAD = (layer("global_pool", "pool"), layer("dense", "head", units=4))


def _plain(**changes: object) -> Architecture:
    """Two blocks in a chain; `changes` name a layer and its new width or kernel."""
    return Architecture.chain(
        [
            layer("conv", "a", filters=changes.get("a", 6), kernel=changes.get("k", 3)),
            layer("batch_norm", "an"),
            layer("activation", "ar"),
            layer("separable_conv", "b", filters=changes.get("b", 5)),
            layer("activation", "br"),
            *HEAD,
        ]
    )


@settings(max_examples=15, deadline=None)
@given(architectures(), st.integers(1, 2**32))
def test_a_renumbered_network_inherits_everything_by_its_markings(
    drawn: tuple[Architecture, Shape], seed: int
) -> None:
    """Positions have no part in it: markings are all that counts."""
    architecture, shape = drawn
    marked = _marked(architecture)
    source = build(marked, shape, 0)
    target = build(renumbered(marked, seed), shape, 1)
    found = inherit(source.state_dict(), marked, target)
    assert set(found.taken) == set(target.state_dict())
    places = {each.marking: at for at, each in enumerate(marked.layers)}
    for name, tensor in target.state_dict().items():
        module, _, rest = name.partition(".")
        place = places[target.markings[module]]
        assert torch.equal(tensor, source.state_dict()[f"layer_{place}.{rest}"])


@settings(max_examples=25, deadline=None)
@given(architectures(), st.sampled_from([1.5, 2.0, 3.0, 0.5]), st.integers(0, 9))
def test_what_is_said_to_be_preserved_is(
    drawn: tuple[Architecture, Shape], factor: float, seed: int
) -> None:
    """Of any network made wider (or narrower), whatever kinds it has."""
    architecture, shape = _marked(drawn[0]), drawn[1]
    source = _trained(architecture, shape, seed)
    target = build(scaled_width(architecture, factor), shape, 5).eval()
    found = inherit(source.state_dict(), architecture, target)
    if found.preserved:
        assert _difference(source, target) < 1e-3


WIDER = {
    "a convolution": (_plain(), _plain(a=9)),
    "a separable convolution": (_plain(), _plain(b=11)),
    "both": (_plain(), _plain(a=7, b=8)),
    "a kernel": (_plain(k=3), _plain(k=5)),
    "mbconv and excitation": tuple(
        Architecture.chain(
            [
                layer("mbconv", "a", filters=n, squeeze_ratio=0.5),
                layer("mbconv", "b", filters=n, squeeze_ratio=0.5, expansion=1),
                layer("squeeze_excitation", "c"),
                *HEAD,
            ]
        )
        for n in (4, 7)
    ),
    "factorised and transposed": tuple(
        Architecture.chain(
            [
                layer("factorised_conv", "a", filters=n),
                layer("transposed_conv", "b", filters=n + 1, stride=2),
                *HEAD,
            ]
        )
        for n in (4, 6)
    ),
    "a flattened map": tuple(
        Architecture.chain(
            [layer("conv", "a", filters=n), layer("flatten", "f"), HEAD[1]]
        )
        for n in (3, 5)
    ),
    "one branch of a concatenation": tuple(
        _graph(
            [
                layer("conv", "a", filters=n),
                layer("conv", "b", filters=4),
                layer("concat", "c"),
                layer("batch_norm", "d"),
                *HEAD,
            ],
            *((0, 1), (0, 2), (1, 3, 0), (2, 3, 1), (3, 4), (4, 5), (5, 6), (6, 7)),
        )
        for n in (3, 6)
    ),
    "one summand": tuple(
        _graph(
            [
                layer("conv", "a", filters=n),
                layer("conv", "b", filters=4),
                layer("sum", "c"),
                layer("activation", "d"),
                *HEAD,
            ],
            *((0, 1), (0, 2), (1, 3, 0), (2, 3, 1), (3, 4), (4, 5), (5, 6), (6, 7)),
        )
        for n in (4, 6)
    ),
    "one gated summand": tuple(
        _graph(
            [
                layer("conv", "a", filters=n),
                layer("conv", "b", filters=4),
                layer("gated_sum", "c"),
                layer("activation", "d"),
                *HEAD,
            ],
            *((0, 1), (0, 2), (1, 3, 0), (2, 3, 1), (3, 4), (4, 5), (5, 6), (6, 7)),
        )
        for n in (4, 6)
    ),
    "what attention pools": tuple(
        Architecture.chain(
            [layer("conv", "a", filters=n), layer("attention_pool", "p"), HEAD[1]]
        )
        for n in (3, 5)
    ),
}


@pytest.mark.parametrize("change", WIDER)
def test_widening_preserves_the_function(change: str) -> None:
    """New channels are read with weight zero."""
    source, target, found = _passed_on(*WIDER[change])
    assert found.preserved
    assert _difference(source, target) < 1e-5


@pytest.mark.parametrize("op", ["lstm", "gru"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_wider_recurrent_layers_and_embeddings_preserve_the_function(
    op: str, bidirectional: bool
) -> None:
    """Their new units get nothing from nowhere and are read by no old one."""
    parent, child = (
        Architecture.chain(
            [
                layer("embedding", "e", vocabulary=2, dimension=n),
                layer(op, "r", units=n, bidirectional=bidirectional, sequence=True),
                layer(op, "s", units=n, bidirectional=bidirectional, sequence=False),
                HEAD[1],
            ]
        )
        for n in (3, 5)
    )
    source, target, found = _passed_on(parent, child, (6,))
    assert found.preserved
    assert _difference(source, target) < 1e-5


@pytest.mark.parametrize(
    "new",
    [
        [layer("conv", filters=6)],
        [layer("conv", filters=9, kernel=5)],
        [layer("separable_conv", filters=6)],
        [layer("factorised_conv", filters=8)],
        [layer("transposed_conv", filters=6, stride=1)],
        [layer("batch_norm")],
        [layer("mbconv", filters=6)],
        [layer("dropout", rate=0.3)],
        [layer("conv", filters=6), layer("batch_norm"), layer("activation")],
    ],
    ids=lambda new: "-".join(each.op for each in new),
)
def test_an_inserted_layer_begins_as_an_identity(new: list[Layer]) -> None:
    """Behind a block that ends in a ReLU, a new one does, too."""
    layers = list(_plain().layers[1:-1])
    child = Architecture.chain([*layers[:3], *new, *layers[3:]])
    source, target, found = _passed_on(_plain(), child)
    assert found.preserved
    assert _difference(source, target) < 1e-5


def test_what_cannot_be_an_identity_is_told() -> None:
    """Another activation changes the function; the other weights are handed on."""
    layers = list(_plain().layers[1:-1])
    tanh = layer("activation", function="tanh")
    child = Architecture.chain([*layers[:3], tanh, *layers[3:]])
    source, target, found = _passed_on(_plain(), child)
    assert not found.preserved
    assert len(found.taken) == len(source.state_dict())
    assert _difference(source, target) > 1e-3


@pytest.mark.parametrize("last", ["conv", "batch_norm", "swish", "wider"])
def test_a_new_branch_of_a_sum_begins_as_zero_and_learns(last: str) -> None:
    """By its last layer with weights, or by the projection to the others' channels."""
    layers = list(_plain().layers[1:-1])
    branch = {
        "conv": [layer("conv", filters=6)],
        "batch_norm": [layer("conv", filters=6), layer("batch_norm")],
        "swish": [layer("conv", filters=6), layer("activation", function="swish")],
        "wider": [layer("conv", filters=4), layer("activation")],
    }[last]
    count = len(branch)
    whole = [*layers[:3], *branch, layer("sum"), *layers[3:]]
    inside = [(at, at + 1) for at in range(3 + count)]
    rest = [(at, at + 1) for at in range(4 + count, len(whole) + 1)]
    child = _graph(whole, *inside, (3 + count, 4 + count, 1), (3, 4 + count, 0), *rest)
    source, target, found = _passed_on(_plain(), child)
    assert found.preserved
    assert _difference(source, target) < 1e-5
    target(torch.randn(4, *IMAGE)).sum().backward()
    gradients = [
        weight.grad.abs().max()
        for at in range(4, 5 + count)
        for weight in target.get_submodule(f"layer_{at}").parameters()
        if weight.grad is not None
    ]
    assert max(gradients) > 0


def test_a_new_branch_of_a_concatenation_changes_nothing_at_first() -> None:
    """Its channels are read with weight zero."""
    layers = list(_plain().layers[1:-1])
    whole = [*layers[:3], layer("conv", filters=5), layer("concat"), *layers[3:]]
    edges = [(0, 1), (1, 2), (2, 3), (3, 4), (3, 5, 1), (4, 5, 0)]
    rest = [(at, at + 1) for at in range(5, len(whole) + 1)]
    source, target, found = _passed_on(_plain(), _graph(whole, *edges, *rest))
    assert found.preserved
    assert _difference(source, target) < 1e-5


def test_layers_that_are_missing_or_narrower_are_told() -> None:
    """What is left still takes what fits."""
    _, _, found = _passed_on(_plain(), _plain(a=4))
    assert not found.preserved
    assert "layer_1.weight" in found.taken
    child = Architecture.chain([_plain().layers[1], *HEAD])
    assert not _passed_on(_plain(), child)[2].preserved


def test_of_several_ancestors_the_later_one_leaves_the_others_weights() -> None:
    """A layer that only the first one has is not new to the second."""
    first = Architecture.chain([layer("conv", "a", filters=4), *HEAD])
    second = Architecture.chain([layer("conv", "b", filters=4), *HEAD])
    child = Architecture.chain(
        [layer("conv", "a", filters=4), layer("conv", "b", filters=4), *HEAD]
    )
    target = build(child, IMAGE, 5)
    one, other = _trained(first), _trained(second, seed=1)
    found = inherit(one.state_dict(), first, target)
    inherit(other.state_dict(), second, target, settled=found.taken)
    state = target.state_dict()
    assert torch.equal(state["layer_1.weight"], one.state_dict()["layer_1.weight"])
    assert torch.equal(state["layer_4.bias"], other.state_dict()["layer_3.bias"])


def test_layers_without_a_marking_or_of_another_kind_inherit_nothing() -> None:
    """An empty marking is no identity, and a filter is no dense row."""
    bare = Architecture.chain([layer("dense", units=3)])
    target = build(bare, (4,), 1)
    found = inherit(build(bare, (4,), 0).state_dict(), bare, target)
    assert found.taken == ()
    kinds = [
        build(Architecture.chain([layer(op, "same", units=3)]), (4, 5), 0)
        for op in ("lstm", "gru")
    ]
    taken = inherit(kinds[0].state_dict(), kinds[0].architecture, kinds[1]).taken
    assert taken == ()


def test_a_marking_that_occurs_twice_stands_for_its_first_bearer() -> None:
    """So that the result does not depend on anything but the source."""
    twins = [layer("dense", "twin", units=4)] * 2
    source = build(Architecture.chain(twins), (4,), 0)
    target = build(Architecture.chain(twins[:1]), (4,), 1)
    inherit(source.state_dict(), source.architecture, target)
    assert torch.equal(target.layer_1.weight, source.layer_1.weight)

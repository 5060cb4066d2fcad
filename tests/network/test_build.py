"""Whole architectures as torch networks."""

from __future__ import annotations

import copy
import weakref

import pytest
import torch
from architecture_strategies import architectures
from hypothesis import given, settings
from network_counting import multiply_adds, parameters, sample_batch
from torch import nn

from evonas.architecture import Architecture, Edge, Layer, Shape
from evonas.errors import ArchitectureError
from evonas.network.build import build, make_plan

BRANCHED = Architecture(
    (
        Layer("input"),
        Layer("conv", {"filters": 4}, "stem"),
        Layer("conv", {"filters": 4}, "left"),
        Layer("identity", {}, "skip"),
        Layer("sum"),
        Layer("global_pool"),
        Layer("dense", {"units": 3}, "head"),
        Layer("output"),
    ),
    (
        Edge(0, 1),
        Edge(1, 2),
        Edge(1, 3),
        Edge(2, 4, 0),
        Edge(3, 4, 1),
        Edge(4, 5),
        Edge(5, 6),
        Edge(6, 7),
    ),
)


@settings(max_examples=150, deadline=None)
@given(architectures())
def test_analytic_shape_parameters_and_multiply_adds_equal_the_built_networks(
    drawn: tuple[Architecture, Shape],
) -> None:
    """The second of the three properties that hold the design up."""
    architecture, shape = drawn
    network = build(architecture, shape, 0).eval()
    batch = sample_batch(architecture, shape, 2)
    cost = architecture.cost(shape)
    expected = architecture.shapes(shape)[architecture.order()[-1]]
    assert tuple(network(batch).shape) == (2, *expected)
    assert parameters(network) == cost.parameters
    assert multiply_adds(network, batch) == cost.multiply_adds


@settings(max_examples=60, deadline=None)
@given(architectures())
def test_every_weight_gets_a_gradient_whatever_is_built(
    drawn: tuple[Architecture, Shape],
) -> None:
    """Each layer is on a path to the output, also in the torch network."""
    architecture, shape = drawn
    network = build(architecture, shape, 0).eval()
    batch = sample_batch(architecture, shape, 2)
    network(batch.requires_grad_(batch.is_floating_point())).sum().backward()
    assert all(weight.grad is not None for weight in network.parameters())


@settings(max_examples=60, deadline=None)
@given(architectures())
def test_a_plan_runs_each_layer_after_those_it_reads(
    drawn: tuple[Architecture, Shape],
) -> None:
    """And every tensor is let go exactly once, but for the result."""
    plan = make_plan(*drawn)
    alive = {plan.start}
    for step, finished in zip(plan.steps, plan.last_reads(), strict=True):
        assert alive.issuperset(step.sources)
        alive = (alive - set(finished)) | {step.position}
    assert alive == {plan.result}


@settings(max_examples=30, deadline=None)
@given(architectures())
def test_samples_of_a_batch_do_not_mix_in_eval_mode(
    drawn: tuple[Architecture, Shape],
) -> None:
    """What comes out for a sample does not depend on its company."""
    architecture, shape = drawn
    network = build(architecture, shape, 0).eval()
    batch = sample_batch(architecture, shape, 3)
    with torch.no_grad():
        torch.testing.assert_close(
            network(batch)[:1], network(batch[:1]), atol=1e-4, rtol=1e-4
        )


def test_a_branch_is_followed_to_its_end_before_another_begins() -> None:
    """Two branches of two layers: never a step here and a step there."""
    layers = [Layer("input"), *[Layer("activation")] * 4, Layer("sum"), Layer("output")]
    # 1 and 2 begin the branches, 3 goes on behind 1, 4 behind 2
    edges = [
        (0, 1, 0),
        (0, 2, 0),
        (1, 3, 0),
        (2, 4, 0),
        (3, 5, 0),
        (4, 5, 1),
        (5, 6, 0),
    ]
    architecture = Architecture(tuple(layers), tuple(Edge(*edge) for edge in edges))
    steps = make_plan(architecture, (3,)).steps
    assert [step.position for step in steps] == [1, 3, 2, 4, 5]


def test_modules_are_named_after_positions_and_know_their_markings() -> None:
    """Names are stable, and layers without a module have none."""
    network = build(BRANCHED, (1, 8, 8), 0)
    assert list(network.state_dict()) == [
        "layer_1.weight",
        "layer_1.bias",
        "layer_2.weight",
        "layer_2.bias",
        "layer_6.weight",
        "layer_6.bias",
    ]
    assert network.markings == {"layer_1": "stem", "layer_2": "left", "layer_6": "head"}
    assert network.architecture is BRANCHED


def test_the_same_seed_gives_the_same_weights_and_leaves_torch_alone() -> None:
    """Neither the global generator nor what it gave before has any part in it."""
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = build(BRANCHED, (1, 8, 8), 7).state_dict()
    assert torch.equal(torch.get_rng_state(), before)
    torch.rand(3)
    second = build(BRANCHED, (1, 8, 8), 7).state_dict()
    other = build(BRANCHED, (1, 8, 8), 8).state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["layer_1.weight"], other["layer_1.weight"])


def test_without_a_seed_the_weights_come_from_torchs_generator() -> None:
    """As everywhere else in torch."""
    weights = []
    for _ in range(2):
        torch.manual_seed(5)
        weights.append(build(BRANCHED, (1, 8, 8)).state_dict()["layer_1.weight"])
    assert torch.equal(*weights)


def test_a_failing_build_leaves_torchs_generator_as_it_was() -> None:
    """Also where the shapes do not fit."""
    before = torch.get_rng_state()
    with pytest.raises(ArchitectureError, match=r"layer 1 \(conv 'stem'\)"):
        build(BRANCHED, (8,), 7)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    "op", ["conv", "separable_conv", "factorised_conv", "transposed_conv"]
)
def test_the_initial_scale_multiplies_what_a_layer_computes_once(op: str) -> None:
    """Also in layers of two convolutions, where scaling both would square it."""
    outputs = []
    x = torch.randn(2, 3, 8, 8)
    for scale in (1.0, 3.0):
        params = {"filters": 4, "init_scale": scale, "bias": False}
        architecture = Architecture.chain([Layer(op, params)])
        outputs.append(build(architecture, (3, 8, 8), 0)(x))
    torch.testing.assert_close(outputs[1], 3 * outputs[0])


def test_the_initial_scale_leaves_the_bias_alone() -> None:
    """It is the weights' scale."""
    states = [
        build(
            Architecture.chain([Layer("dense", {"units": 4, "init_scale": scale})]),
            (5,),
            0,
        ).state_dict()
        for scale in (1.0, 0.5)
    ]
    assert torch.equal(states[0]["layer_1.bias"], states[1]["layer_1.bias"])
    assert torch.equal(states[0]["layer_1.weight"] / 2, states[1]["layer_1.weight"])


def test_a_network_without_any_module_hands_its_input_on() -> None:
    """Input, identity, output."""
    network = build(Architecture.chain([Layer("identity")]), (3,), 0)
    x = torch.randn(2, 3)
    assert network(x) is x


def test_tensors_are_let_go_while_the_network_runs() -> None:
    """The first layer's output is gone when the third begins."""
    network = build(Architecture.chain([Layer("activation")] * 3), (3,), 0).eval()
    seen: list[weakref.ref[torch.Tensor]] = []
    alive: list[bool] = []
    network.layer_1.register_forward_hook(
        lambda module, args, output: seen.append(weakref.ref(output))
    )
    network.layer_3.register_forward_pre_hook(
        lambda module, args: alive.append(seen[0]() is not None)
    )
    with torch.no_grad():
        network(torch.randn(2, 3))
    assert alive == [False]


def test_a_module_that_is_put_in_place_of_another_is_used() -> None:
    """As in any torch network, and a copy is independent of the original."""
    network = build(Architecture.chain([Layer("activation")]), (3,), 0)
    copied = copy.deepcopy(network)
    copied.layer_1 = nn.Tanh()
    x = torch.tensor([[-1.0, 0.0, 1.0]])
    assert torch.equal(network(x), x.relu())
    assert torch.equal(copied(x), x.tanh())


def test_a_very_deep_network_is_built_without_recursion() -> None:
    """Three thousand layers in a chain."""
    chain = Architecture.chain([Layer("activation")] * 3000)
    assert build(chain, (2,), 0)(torch.ones(1, 2)).tolist() == [[1.0, 1.0]]


@pytest.mark.parametrize("kind", ["GateKind", "ModuleGateKind"])
def test_a_kind_of_the_users_own_is_built(kind: str) -> None:
    """Whether it gives a call or a module."""
    architecture = Architecture.chain([Layer(f"own_layers:{kind}", {"start": 0.5})])
    network = build(architecture, (4, 5), 0)
    assert parameters(network) == architecture.cost((4, 5)).parameters == 4
    assert network(torch.ones(2, 4, 5)).shape == (2, 4, 5)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("MiscountedKind", "declares 0 parameters, but the module of build.. has 4"),
        (
            "MisshapenKind",
            r"declares \(4, 1\), but the module of build\(\) gives \(4, 5",
        ),
        (
            "NothingKind",
            "return a torch module or an evonas.network.Call, got NoneType",
        ),
        ("UnbuiltKind", r"expected the class to define `build"),
    ],
)
def test_a_wrong_kind_of_the_users_own_is_told_what_is_wrong(
    kind: str, message: str
) -> None:
    """Before anything is trained, by the layer's name."""
    architecture = Architecture.chain([Layer(f"own_layers:{kind}", {}, "mine")])
    with pytest.raises(ArchitectureError, match=message):
        build(architecture, (4, 5), 0)

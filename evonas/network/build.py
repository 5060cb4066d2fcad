"""From an architecture to a torch network, by way of a plan.

The plan is a tuple of steps in the order of execution. `build` makes modules of it; the
export writes the same steps as Python.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from evonas.architecture import Architecture, Shape, kind_of
from evonas.architecture.wiring import name_of
from evonas.errors import ArchitectureError
from evonas.network.call import Call
from evonas.network.layers import LAYERS, PASS_THROUGH


@dataclass(frozen=True)
class Step:
    """One layer's part in a forward pass.

    Attributes:
        position: of the layer in the architecture.
        sources: positions of the layers whose outputs it reads, by slot. Layers that
            hand their input on are left out: what they read is named instead.
        maker: makes the layer's module; a kind of the user's own may give the module.
    """

    position: int
    sources: tuple[int, ...]
    maker: Call | nn.Module

    @property
    def name(self) -> str:
        """Of the module within the network, and so of its weights."""
        return f"layer_{self.position}"


@dataclass(frozen=True)
class Plan:
    """An architecture as a program.

    Attributes:
        steps: in the order of execution.
        start: position of the input layer.
        result: position of the layer whose output is the network's.
        shapes: of every layer's output, by position.
    """

    steps: tuple[Step, ...]
    start: int
    result: int
    shapes: tuple[Shape, ...]

    def last_reads(self) -> tuple[tuple[int, ...], ...]:
        """For each step, the sources that no later step reads, by slot, each once."""
        last_reader = {
            source: step.position for step in self.steps for source in step.sources
        }
        last_reader.pop(self.result, None)
        return tuple(
            tuple(
                source
                for source in dict.fromkeys(step.sources)
                if last_reader.get(source) == step.position
            )
            for step in self.steps
        )


class Network(nn.Module):
    """A torch network that runs the layers of an architecture.

    The module of the layer at position 7 is `layer_7`. Tensors are let go as soon as
    no later layer reads them.

    Attributes:
        architecture: what it was built from.
        input_shape: of one sample.
        markings: name of each module → marking of its layer, where it has one.
    """

    def __init__(
        self,
        architecture: Architecture,
        input_shape: Shape,
        plan: Plan,
        modules: Mapping[str, nn.Module],
    ) -> None:
        super().__init__()
        self.architecture = architecture
        self.input_shape = input_shape
        for name, module in modules.items():
            self.add_module(name, module)
        self.markings = {
            step.name: architecture.layers[step.position].marking
            for step in plan.steps
            if architecture.layers[step.position].marking
        }
        self._start = plan.start
        self._result = plan.result
        self._program = tuple(
            (step.position, step.name, step.sources, finished)
            for step, finished in zip(plan.steps, plan.last_reads(), strict=True)
        )

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """The output layer's value for a batch of samples."""
        values = {self._start: batch}
        modules: Mapping[str, Any] = self._modules
        for position, name, sources, finished in self._program:
            inputs = [values[source] for source in sources]
            for source in finished:
                del values[source]
            values[position] = modules[name](*inputs)
        return values[self._result]


def build(
    architecture: Architecture, input_shape: Shape, generator_seed: int | None = None
) -> Network:
    """The network of an architecture, with initial weights, in training mode.

    Args:
        architecture: any valid one.
        input_shape: of one sample, channels first.
        generator_seed: of the initial weights; torch's global generator stays as it
            is. None: the weights come from that global generator.

    Raises:
        ArchitectureError: the shapes do not fit, or a kind of the user's own gives a
            module that is not what it declares.
    """
    with _seeded(generator_seed):
        plan = make_plan(architecture, input_shape)
        modules: dict[str, nn.Module] = {}
        for step in plan.steps:
            maker = step.maker
            module = maker.make() if isinstance(maker, Call) else maker
            layer = architecture.layers[step.position]
            if layer.op in LAYERS:
                _scale_last_kernel(module, layer.params.get("init_scale", 1.0))
            else:
                _check_user_module(architecture, plan, step.position, module)
            modules[step.name] = module
    return Network(architecture, input_shape, plan, modules)


def make_plan(architecture: Architecture, input_shape: Shape) -> Plan:
    """The steps of an architecture on samples of a shape."""
    shapes = architecture.shapes(input_shape)
    holder: dict[int, int] = {}
    steps: list[Step] = []
    order = _chain_by_chain(architecture)
    for position in order:
        layer = architecture.layers[position]
        reads = architecture.inputs_of(position)
        if layer.op in PASS_THROUGH:
            holder[position] = holder[reads[0]] if reads else position
            continue
        inputs = tuple(shapes[source] for source in reads)
        holder[position] = position
        sources = tuple(holder[source] for source in reads)
        if layer.op in LAYERS:
            maker: Call | nn.Module = LAYERS[layer.op](layer.params, inputs)
        else:
            maker = _user_maker(architecture, position, inputs)
        steps.append(Step(position, sources, maker))
    return Plan(tuple(steps), order[0], holder[order[-1]], shapes)


def _chain_by_chain(architecture: Architecture) -> tuple[int, ...]:
    """An order that follows each branch as far as it goes before it begins another.

    It reads well in an export and keeps fewer tensors alive than going by level.
    """
    readers: list[list[int]] = [[] for _ in architecture.layers]
    for edge in architecture.edges:
        readers[edge.source].append(edge.target)
    waiting = [len(architecture.inputs_of(at)) for at in range(len(readers))]
    ready = [waiting.index(0)]
    order = []
    while ready:
        position = ready.pop()
        order.append(position)
        for reader in reversed(readers[position]):
            waiting[reader] -= 1
            if waiting[reader] == 0:
                ready.append(reader)
    return tuple(order)


def _user_maker(
    architecture: Architecture, position: int, inputs: Sequence[Shape]
) -> Call | nn.Module:
    """What a kind of the user's own gives to be built, checked for its type."""
    layer = architecture.layers[position]
    maker = kind_of(layer.op).build(layer.params, inputs)
    if not isinstance(maker, Call | nn.Module):
        raise ArchitectureError(
            f"{name_of(architecture.layers, position)}: expected build() to return a "
            f"torch module or an evonas.network.Call, got {type(maker).__name__}"
        )
    return maker


def _check_user_module(
    architecture: Architecture, plan: Plan, position: int, module: nn.Module
) -> None:
    """Hold a user's module to the parameters and the shape that its kind declares."""
    layer = architecture.layers[position]
    where = name_of(architecture.layers, position)
    inputs = [plan.shapes[source] for source in architecture.inputs_of(position)]
    kind = kind_of(layer.op)
    declared = kind.cost(layer.params, inputs).parameters
    counted = sum(weight.numel() for weight in module.parameters())
    if declared != counted:
        raise ArchitectureError(
            f"{where}: cost() declares {declared} parameters, but the module of "
            f"build() has {counted}; correct one of the two"
        )
    dtype = torch.int64 if kind.reads_tokens else torch.float32
    samples = [torch.zeros((2, *shape), dtype=dtype) for shape in inputs]
    training = module.training
    with torch.no_grad():
        given = tuple(module.eval()(*samples).shape[1:])
    module.train(training)
    if given != plan.shapes[position]:
        raise ArchitectureError(
            f"{where}: output_shape() declares {plan.shapes[position]}, but the module "
            f"of build() gives {given}; correct one of the two"
        )


@contextmanager
def _seeded(seed: int | None) -> Iterator[None]:
    """Torch's CPU generator seeded inside, and afterwards as it was before."""
    if seed is None:
        yield
        return
    state = torch.default_generator.get_state()
    torch.default_generator.manual_seed(seed)
    try:
        yield
    finally:
        torch.default_generator.set_state(state)


def _scale_last_kernel(module: nn.Module, scale: Any) -> None:
    """Multiply a layer's last kernel, so that what it computes scales exactly once.

    In a layer of two convolutions scaling both would scale the output twice.
    """
    if scale == 1.0:
        return
    kernels = [weight for weight in module.parameters() if weight.dim() > 1]
    with torch.no_grad():
        kernels[-1].mul_(scale)

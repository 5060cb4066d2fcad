"""Hypothesis strategies for architectures and the shapes they take.

`architectures()` draws a valid architecture over the whole catalogue with the shape of
a sample; sizes are small, so that building and running one takes milliseconds.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from math import prod

from hypothesis import strategies as st

from evonas.architecture import (
    CATALOGUE,
    Architecture,
    Edge,
    Layer,
    Shape,
    Value,
    kind_of,
)
from evonas.architecture.activation import ACTIVATIONS
from evonas.errors import ArchitectureError

#: Largest number of elements of any tensor that is drawn.
MAX_ELEMENTS = 4096

_filters = st.integers(1, 12)
_odd = st.sampled_from((1, 3, 5))
_stride = st.integers(1, 3)
_flag: st.SearchStrategy[Value] = st.booleans()
_scale = st.sampled_from((0.5, 1.0, 2.0))
_functions = st.sampled_from(tuple(ACTIVATIONS))
_window: Mapping[str, st.SearchStrategy[Value]] = {
    "kernel": st.integers(1, 4),
    "stride": st.integers(0, 3),
    "padding": st.sampled_from(("same", "valid")),
}
_state: Mapping[str, st.SearchStrategy[Value]] = {
    "units": st.integers(1, 6),
    "bidirectional": _flag,
    "sequence": _flag,
}

#: For every kind in the catalogue, what its parameters are drawn from.
PARAMETERS: Mapping[str, Mapping[str, st.SearchStrategy[Value]]] = {
    "input": {},
    "output": {},
    "identity": {},
    "zero": {},
    "truncate": {"filters": _filters},
    "conv": {
        "filters": _filters,
        "kernel": st.integers(1, 5),
        "stride": _stride,
        "dilation": st.integers(1, 2),
        "groups": st.sampled_from((1, 1, 2, 3)),
        "padding": st.sampled_from(("same", "valid")),
        "bias": _flag,
        "init_scale": _scale,
    },
    "separable_conv": {
        "filters": _filters,
        "kernel": _odd,
        "stride": _stride,
        "dilation": st.integers(1, 2),
        "bias": _flag,
        "init_scale": _scale,
    },
    "factorised_conv": {
        "filters": _filters,
        "kernel": st.sampled_from((1, 3, 7)),
        "stride": _stride,
        "bias": _flag,
        "init_scale": _scale,
    },
    "asymmetric_conv": {
        "filters": _filters,
        "kernel": st.sampled_from((1, 3, 7)),
        "along": st.sampled_from(("width", "height")),
        "bias": _flag,
        "init_scale": _scale,
    },
    "transposed_conv": {
        "filters": _filters,
        "kernel": _odd,
        "stride": _stride,
        "bias": _flag,
        "init_scale": _scale,
    },
    "mbconv": {
        "filters": _filters,
        "kernel": _odd,
        "stride": st.integers(1, 2),
        "expansion": st.integers(1, 4),
        "squeeze_ratio": st.sampled_from((0.0, 0.25, 0.5)),
        "activation": _functions,
    },
    "squeeze_excitation": {"ratio": st.sampled_from((0.0625, 0.25, 1.0))},
    "dense_block": {
        "layers": st.integers(1, 3),
        "growth": st.integers(1, 4),
        "kernel": _odd,
        "activation": _functions,
    },
    "max_pool": _window,
    "average_pool": _window,
    "attention_pool": {},
    "global_pool": {"function": st.sampled_from(("average", "max"))},
    "flatten": {},
    "dense": {"units": st.integers(1, 12), "bias": _flag, "init_scale": _scale},
    "embedding": {"vocabulary": st.integers(1, 30), "dimension": st.integers(1, 8)},
    "batch_norm": {},
    "layer_norm": {},
    "activation": {"function": _functions},
    "dropout": {"rate": st.sampled_from((0.0, 0.2, 0.5))},
    "lstm": _state,
    "gru": _state,
    "sum": {},
    "gated_sum": {"gate_init": st.sampled_from((0.0, 0.5, 1.0))},
    "concat": {},
}

#: Numbers of sides that a kind takes; absent: any.
RANKS = {
    "conv": (1, 2, 3),
    "separable_conv": (1, 2, 3),
    "factorised_conv": (2,),
    "asymmetric_conv": (2,),
    "transposed_conv": (1, 2, 3),
    "mbconv": (2,),
    "squeeze_excitation": (1, 2, 3),
    "max_pool": (1, 2, 3),
    "average_pool": (1, 2, 3),
    "global_pool": (1, 2, 3),
    "attention_pool": (1, 2, 3),
    "dense": (0, 1),
    "lstm": (1,),
    "gru": (1,),
}

_single = tuple(
    op
    for op, kind in CATALOGUE.items()
    if kind.arity == "one" and op not in ("output", "embedding")
)
_merges = tuple(op for op, kind in CATALOGUE.items() if kind.arity == "many")


def shapes(
    low_rank: int = 0, high_rank: int = 3, side: int = 9
) -> st.SearchStrategy[Shape]:
    """Shapes of samples: channels and as many sides as the rank.

    Args:
        low_rank: fewest sides.
        high_rank: most sides.
        side: longest side; a third of it in three dimensions.
    """

    def of_rank(rank: int) -> st.SearchStrategy[Shape]:
        longest = side if rank < 3 else max(1, side // 2)
        sides = [st.integers(1, longest)] * rank
        return st.tuples(st.integers(1, 6), *sides)

    return st.integers(low_rank, high_rank).flatmap(of_rank)


def parameters_of(op: str) -> st.SearchStrategy[dict[str, Value]]:
    """Parameters of a kind: all that are required, the others perhaps.

    Each is allowed by itself; together, or on a given shape, they may not be.

    Args:
        op: name in the catalogue.
    """
    known = CATALOGUE[op].parameters
    required = {
        name: values
        for name, values in PARAMETERS[op].items()
        if not isinstance(known[name].default, bool | int | float | str)
    }
    optional = {
        name: values for name, values in PARAMETERS[op].items() if name not in required
    }
    return st.fixed_dictionaries(required, optional=optional)


_merge_layers = st.sampled_from(_merges).flatmap(
    lambda op: parameters_of(op).map(lambda params: Layer(op, params))
)


@st.composite
def layers_on(draw: st.DrawFn, shape: Shape) -> tuple[Layer, Shape]:
    """A layer with one input that takes a shape, and the shape that it gives.

    Args:
        draw: given by Hypothesis.
        shape: of its input.
    """
    rank = len(shape) - 1
    op = draw(st.sampled_from([op for op in _single if rank in RANKS.get(op, (rank,))]))
    layer = Layer(op, draw(parameters_of(op)))
    try:
        params = kind_of(op).check(layer.params)
        result = kind_of(op).output_shape(params, [shape])
    except ArchitectureError:  # parameters that do not go together
        return Layer("identity"), shape
    if prod(result) > MAX_ELEMENTS:
        return Layer("identity"), shape
    return layer, result


@st.composite
def architectures(
    draw: st.DrawFn, min_layers: int = 0, max_layers: int = 12, markings: bool = True
) -> tuple[Architecture, Shape]:
    """A valid architecture and the shape of a sample that it takes.

    Every kind of the catalogue occurs, tensors are read by several layers, merges have
    inputs of any shapes (the same one twice as well), and layers are in any order. An
    architecture with an `embedding` takes tokens below `vocabulary`.

    Args:
        draw: given by Hypothesis.
        min_layers: fewest layers beside input, output and the last merge.
        max_layers: most of these.
        markings: whether layers have markings.
    """
    layers, edges = [Layer("input")], []
    tensors: list[Shape] = []
    tokens = draw(st.integers(0, 5)) == 0
    if tokens:
        sample: Shape = (draw(st.integers(1, 9)),)
        layers.append(Layer("embedding", draw(parameters_of("embedding"))))
        edges.append(Edge(0, 1))
        tensors = [sample, (int(layers[1].params["dimension"]), sample[0])]
    else:
        sample = draw(shapes())
        tensors = [sample]
    first = len(layers) - 1
    for _ in range(draw(st.integers(min_layers, max_layers))):
        readable = st.integers(first, len(layers) - 1)
        if draw(st.integers(0, 3)) == 0:
            sources = draw(st.lists(readable, min_size=1, max_size=3))
            layer = draw(_merge_layers)
            read = [tensors[source] for source in sources]
            result = kind_of(layer.op).output_shape(layer.params, read)
        else:
            sources = [draw(readable)]
            layer, result = draw(layers_on(tensors[sources[0]]))
        if prod(result) > MAX_ELEMENTS:
            continue
        target = len(layers)
        edges += [Edge(source, target, slot) for slot, source in enumerate(sources)]
        layers.append(layer)
        tensors.append(result)
    _close(draw, layers, edges)
    if markings:
        layers = [
            Layer(layer.op, layer.params, f"m{at}" if layer.params else "")
            for at, layer in enumerate(layers)
        ]
    architecture = Architecture(tuple(layers), tuple(edges))
    return renumbered(architecture, draw(st.integers(0, 2**32))), sample


def _close(draw: st.DrawFn, layers: list[Layer], edges: list[Edge]) -> None:
    """Lead everything that nothing reads to the output."""
    read = {edge.source for edge in edges}
    loose = [at for at in range(len(layers)) if at not in read]
    if len(loose) > 1:
        target = len(layers)
        layers.append(draw(_merge_layers))
        edges += [Edge(source, target, slot) for slot, source in enumerate(loose)]
        loose = [target]
    edges.append(Edge(loose[0], len(layers)))
    layers.append(Layer("output"))


def renumbered(architecture: Architecture, seed: int) -> Architecture:
    """The same architecture with its layers and edges in another order.

    Args:
        architecture: to renumber.
        seed: of the order; 0 leaves it.
    """
    rng = random.Random(seed)
    places = list(range(len(architecture.layers)))
    if seed:
        rng.shuffle(places)
    layers = [Layer("identity")] * len(places)
    for at, place in enumerate(places):
        layers[place] = architecture.layers[at]
    edges = [
        Edge(places[edge.source], places[edge.target], edge.slot)
        for edge in architecture.edges
    ]
    rng.shuffle(edges)
    return Architecture(tuple(layers), tuple(edges))

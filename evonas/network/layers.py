"""From a layer of the catalogue to the constructor call of its torch module.

`LAYERS` maps the name of each kind that computes something to a function of its
complete parameters and the shapes of its inputs. Kinds of `PASS_THROUGH` hand their
input on and need no module; a kind of the user's own brings its own module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from torch import nn

from evonas.architecture import Shape
from evonas.architecture.bottleneck import squeezed
from evonas.architecture.merge import matching
from evonas.network.blocks import (
    AttentionPool,
    DenseBlock,
    FactorisedConv,
    GlobalAveragePool,
    GlobalMaxPool,
    LayerNormChannels,
    MBConv,
    Recurrent,
    SeparableConv,
    SmallAveragePool3d,
    SqueezeExcitation,
    TokenEmbedding,
    Truncate,
    Zero,
)
from evonas.network.call import Call
from evonas.network.merges import (
    Concat,
    GatedSum,
    SizeMatchedConcat,
    SizeMatchedSum,
    Sum,
)

Params = Mapping[str, Any]
Inputs = Sequence[Shape]

PASS_THROUGH = frozenset({"input", "output", "identity"})

# Classes by rank: the number of axes behind the channels.
CONV: dict[int, type[nn.Module]] = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
TRANSPOSED: dict[int, type[nn.Module]] = {
    1: nn.ConvTranspose1d,
    2: nn.ConvTranspose2d,
    3: nn.ConvTranspose3d,
}
MAX_POOL: dict[int, type[nn.Module]] = {
    1: nn.MaxPool1d,
    2: nn.MaxPool2d,
    3: nn.MaxPool3d,
}
AVERAGE_POOL: dict[int, type[nn.Module]] = {
    1: nn.AvgPool1d,
    2: nn.AvgPool2d,
    3: nn.AvgPool3d,
}
BATCH_NORM: dict[int, type[nn.Module]] = {
    0: nn.BatchNorm1d,
    1: nn.BatchNorm1d,
    2: nn.BatchNorm2d,
    3: nn.BatchNorm3d,
}
DROPOUT: dict[int, type[nn.Module]] = {
    0: nn.Dropout,
    1: nn.Dropout1d,
    2: nn.Dropout2d,
    3: nn.Dropout3d,
}

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "selu": nn.SELU,
    "gelu": nn.GELU,
    "swish": nn.SiLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "softplus": nn.Softplus,
    "hard_swish": nn.Hardswish,
    "mish": nn.Mish,
}


def _rank(inputs: Inputs) -> int:
    return len(inputs[0]) - 1


def _conv(params: Params, inputs: Inputs) -> Call:
    reach = params["dilation"] * (params["kernel"] - 1)
    return Call(
        CONV[_rank(inputs)],
        {
            "in_channels": inputs[0][0],
            "out_channels": params["filters"],
            "kernel_size": params["kernel"],
            "stride": params["stride"],
            "padding": reach // 2 if params["padding"] == "same" else 0,
            "dilation": params["dilation"],
            "groups": params["groups"],
            "bias": params["bias"],
        },
    )


def _separable_conv(params: Params, inputs: Inputs) -> Call:
    return Call(
        SeparableConv,
        {
            "inputs": inputs[0][0],
            "outputs": params["filters"],
            "kernel": params["kernel"],
            "stride": params["stride"],
            "dilation": params["dilation"],
            "bias": params["bias"],
            "conv": CONV[_rank(inputs)],
        },
    )


def _factorised_conv(params: Params, inputs: Inputs) -> Call:
    return Call(
        FactorisedConv,
        {
            "inputs": inputs[0][0],
            "outputs": params["filters"],
            "kernel": params["kernel"],
            "stride": params["stride"],
            "bias": params["bias"],
        },
    )


def _asymmetric_conv(params: Params, inputs: Inputs) -> Call:
    kernel, padding = params["kernel"], params["kernel"] // 2
    wide = params["along"] == "width"
    return Call(
        nn.Conv2d,
        {
            "in_channels": inputs[0][0],
            "out_channels": params["filters"],
            "kernel_size": (1, kernel) if wide else (kernel, 1),
            "padding": (0, padding) if wide else (padding, 0),
            "bias": params["bias"],
        },
    )


def _transposed_conv(params: Params, inputs: Inputs) -> Call:
    # (n - 1) s - 2 p + (k - 1) + o + 1 = n s for an odd k, p = (k - 1) / 2, o = s - 1.
    return Call(
        TRANSPOSED[_rank(inputs)],
        {
            "in_channels": inputs[0][0],
            "out_channels": params["filters"],
            "kernel_size": params["kernel"],
            "stride": params["stride"],
            "padding": (params["kernel"] - 1) // 2,
            "output_padding": params["stride"] - 1,
            "bias": params["bias"],
        },
    )


def _mbconv(params: Params, inputs: Inputs) -> Call:
    channels, ratio = inputs[0][0], params["squeeze_ratio"]
    return Call(
        MBConv,
        {
            "inputs": channels,
            "outputs": params["filters"],
            "kernel": params["kernel"],
            "stride": params["stride"],
            "expansion": params["expansion"],
            "reduced": squeezed(channels, ratio) if ratio > 0 else 0,
            "activation": ACTIVATIONS[params["activation"]],
        },
    )


def _squeeze_excitation(params: Params, inputs: Inputs) -> Call:
    channels = inputs[0][0]
    reduced = squeezed(channels, params["ratio"])
    return Call(SqueezeExcitation, {"channels": channels, "reduced": reduced})


def _dense_block(params: Params, inputs: Inputs) -> Call:
    rank = _rank(inputs)
    return Call(
        DenseBlock,
        {
            "inputs": inputs[0][0],
            "layers": params["layers"],
            "growth": params["growth"],
            "kernel": params["kernel"],
            "activation": ACTIVATIONS[params["activation"]],
            "norm": BATCH_NORM[rank],
            "conv": CONV[rank] if rank else nn.Linear,
        },
    )


def _pool(
    classes: Mapping[int, type[nn.Module]], params: Params, inputs: Inputs
) -> Call:
    kernel, stride = params["kernel"], params["stride"]
    small = params["padding"] == "same" and min(inputs[0][1:]) < kernel
    if small and classes[_rank(inputs)] is nn.AvgPool3d:
        return Call(SmallAveragePool3d, {"kernel": kernel, "stride": stride or kernel})
    arguments = {"kernel_size": kernel}
    if stride not in (0, kernel):  # torch's own default is the kernel, too
        arguments["stride"] = stride
    if params["padding"] == "same":
        arguments["padding"] = kernel // 2
        if classes is AVERAGE_POOL:
            arguments["count_include_pad"] = False
    return Call(classes[_rank(inputs)], arguments)


def _global_pool(params: Params, inputs: Inputs) -> Call:
    return Call(GlobalMaxPool if params["function"] == "max" else GlobalAveragePool)


def _attention_pool(params: Params, inputs: Inputs) -> Call:
    return Call(AttentionPool, {"channels": inputs[0][0]})


def _flatten(params: Params, inputs: Inputs) -> Call:
    return Call(nn.Flatten)


def _dense(params: Params, inputs: Inputs) -> Call:
    features, units, bias = inputs[0][0], params["units"], params["bias"]
    if _rank(inputs) == 0:
        return Call(
            nn.Linear, {"in_features": features, "out_features": units, "bias": bias}
        )
    # At each position of a sequence: the same weights as a convolution of width one.
    return Call(
        nn.Conv1d,
        {
            "in_channels": features,
            "out_channels": units,
            "kernel_size": 1,
            "bias": bias,
        },
    )


def _batch_norm(params: Params, inputs: Inputs) -> Call:
    return Call(BATCH_NORM[_rank(inputs)], {"num_features": inputs[0][0]})


def _layer_norm(params: Params, inputs: Inputs) -> Call:
    if _rank(inputs) == 0:
        return Call(nn.LayerNorm, {"normalized_shape": inputs[0][0]})
    return Call(LayerNormChannels, {"channels": inputs[0][0]})


def _activation(params: Params, inputs: Inputs) -> Call:
    return Call(ACTIVATIONS[params["function"]])


def _dropout(params: Params, inputs: Inputs) -> Call:
    return Call(DROPOUT[_rank(inputs)], {"p": params["rate"]})


def _embedding(params: Params, inputs: Inputs) -> Call:
    names = ("vocabulary", "dimension")
    return Call(TokenEmbedding, {name: params[name] for name in names})


def _zero(params: Params, inputs: Inputs) -> Call:
    return Call(Zero)


def _truncate(params: Params, inputs: Inputs) -> Call:
    return Call(Truncate, {"channels": params["filters"]})


def _recurrent(cell: type[nn.Module], params: Params, inputs: Inputs) -> Call:
    return Call(
        Recurrent,
        {
            "cell": cell,
            "inputs": inputs[0][0],
            "units": params["units"],
            "bidirectional": params["bidirectional"],
            "sequence": params["sequence"],
        },
    )


def _sum(params: Params, inputs: Inputs) -> Call:
    if len(set(inputs)) == 1:
        return Call(Sum)
    plan = matching("sum", inputs)
    channels = tuple(shape[0] for shape in inputs)
    return Call(SizeMatchedSum, {"channels": channels, "size": plan.target_spatial})


def _gated_sum(params: Params, inputs: Inputs) -> Call:
    return Call(
        GatedSum,
        {
            "channels": tuple(shape[0] for shape in inputs),
            "size": matching("gated_sum", inputs).target_spatial,
            "gate_init": params["gate_init"],
        },
    )


def _concat(params: Params, inputs: Inputs) -> Call:
    if len({shape[1:] for shape in inputs}) == 1:
        return Call(Concat)
    plan = matching("concat", inputs)
    return Call(SizeMatchedConcat, {"size": plan.target_spatial})


LAYERS: dict[str, Callable[[Params, Inputs], Call]] = {
    "conv": _conv,
    "separable_conv": _separable_conv,
    "factorised_conv": _factorised_conv,
    "asymmetric_conv": _asymmetric_conv,
    "transposed_conv": _transposed_conv,
    "mbconv": _mbconv,
    "squeeze_excitation": _squeeze_excitation,
    "dense_block": _dense_block,
    "max_pool": partial(_pool, MAX_POOL),
    "average_pool": partial(_pool, AVERAGE_POOL),
    "global_pool": _global_pool,
    "attention_pool": _attention_pool,
    "flatten": _flatten,
    "dense": _dense,
    "batch_norm": _batch_norm,
    "layer_norm": _layer_norm,
    "activation": _activation,
    "dropout": _dropout,
    "zero": _zero,
    "truncate": _truncate,
    "embedding": _embedding,
    "lstm": partial(_recurrent, nn.LSTM),
    "gru": partial(_recurrent, nn.GRU),
    "sum": _sum,
    "gated_sum": _gated_sum,
    "concat": _concat,
}

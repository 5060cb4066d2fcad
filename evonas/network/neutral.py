"""Initial weights with which a new layer changes nothing: identities and zeros.

What they change is nothing in eval mode; batch norm normalises by the batch in
training.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from evonas.network.blocks import MBConv

Params = Mapping[str, Any]

#: activations that give 0 for 0 and let a gradient pass there (ReLU does not)
_OPEN_AT_ZERO = frozenset(
    ("leaky_relu", "elu", "selu", "gelu", "swish", "tanh", "hard_swish", "mish")
)
#: weightless kinds that give zeros for zeros
_KEEP_ZEROS = frozenset(
    (
        "max_pool",
        "average_pool",
        "global_pool",
        "flatten",
        "dropout",
        "identity",
        "zero",
    )
)


def make_identity(op: str, params: Params, module: nn.Module) -> bool:
    """Make a new layer hand its channels on, as the first ones that it gives.

    Args:
        op: kind of the layer.
        params: its parameters.
        module: its module, whose weights are set.

    Returns:
        Whether that was possible; where not, the weights are as they were.
    """
    with torch.no_grad():
        if op == "batch_norm":
            assert isinstance(module, nn.modules.batchnorm._BatchNorm)
            assert module.running_var is not None
            module.weight.copy_((module.running_var + module.eps).sqrt())
            return True
        if op == "mbconv":
            assert isinstance(module, MBConv)
            if module.residual:
                zero_last(op, module)
            return module.residual
        if params.get("stride", 1) != 1 or params.get("padding", "same") != "same":
            return False
        kernels = _kernels(op, params, module)
        if not kernels or any(_narrows(op, each) for each in kernels):
            return False
        for kernel in kernels:
            _to_identity(op, kernel)
        for name, bias in module.named_parameters():
            if name.endswith("bias"):
                bias.zero_()
    return True


def keeps_zeros(op: str, params: Params) -> bool:
    """Whether a layer without weights gives zeros for zeros, and learns from there."""
    if op == "activation":
        return params["function"] in _OPEN_AT_ZERO
    return op in _KEEP_ZEROS


def can_be_zero(op: str, module: nn.Module) -> bool:
    """Whether `zero_last` makes all that a layer gives zero."""
    if isinstance(module, MBConv):
        return not module.residual
    return op in (
        "conv",
        "dense",
        "transposed_conv",
        "separable_conv",
        "factorised_conv",
        "asymmetric_conv",
        "batch_norm",
        "layer_norm",
    )


def zero_last(op: str, module: nn.Module) -> None:
    """Make what a layer adds zero; everything before its last part stays.

    Args:
        op: kind of the layer.
        module: its module.
    """
    parts = [part for part in module.modules() if hasattr(part, "weight")]
    with torch.no_grad():
        for parameter in parts[-1].parameters(recurse=False):
            parameter.zero_()


def _kernels(op: str, params: Params, module: nn.Module) -> list[torch.Tensor]:
    """The kernels that, each an identity, make the layer one."""
    if op == "conv" and params["groups"] == 1:
        return [module.weight]  # type: ignore[list-item]
    if op in ("dense", "transposed_conv", "asymmetric_conv"):
        return [module.weight]  # type: ignore[list-item]
    if op in ("separable_conv", "factorised_conv"):
        return [weight for weight in module.parameters() if weight.dim() > 1]
    return []


def _narrows(op: str, kernel: torch.Tensor) -> bool:
    """Whether fewer channels come out than go in."""
    given, read = kernel.shape[:2]
    if op == "transposed_conv":
        given, read = read, given
    return given < read


def _to_identity(op: str, kernel: torch.Tensor) -> None:
    """The first channels handed on at the centre; those after them stay as they are."""
    given, read = kernel.shape[:2]
    if op == "transposed_conv":
        given, read = read, given
    centre = tuple(side // 2 for side in kernel.shape[2:])
    depthwise = op == "separable_conv" and read == 1
    own = given if depthwise else read
    if op == "transposed_conv":
        kernel[:, :own] = 0
    else:
        kernel[:own] = 0
    for channel in range(own):
        kernel[(channel, 0 if depthwise else channel, *centre)] = 1

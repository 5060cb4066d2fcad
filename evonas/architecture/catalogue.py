"""Every kind of layer by name, and users' own kinds by their import path."""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType

from evonas.architecture.activation import Activation, Dropout
from evonas.architecture.bottleneck import MBConvolution, SqueezeExcitation
from evonas.architecture.convolution import (
    AsymmetricConvolution,
    Convolution,
    FactorisedConvolution,
    SeparableConvolution,
    TransposedConvolution,
)
from evonas.architecture.dense import Dense, Embedding, Flatten
from evonas.architecture.dense_block import DenseBlock
from evonas.architecture.ends import Identity, Input, Output, Truncation, Zero
from evonas.architecture.kind import LayerKind
from evonas.architecture.merge import Concatenation, GatedSum, Sum
from evonas.architecture.normalisation import BatchNorm, LayerNorm
from evonas.architecture.pooling import (
    AttentionPooling,
    AveragePooling,
    GlobalPooling,
    MaxPooling,
)
from evonas.architecture.recurrent import GRU, LSTM
from evonas.architecture.wording import shown
from evonas.errors import ArchitectureError

#: The layer kinds that evonas builds itself.
CATALOGUE: Mapping[str, LayerKind] = MappingProxyType(
    {
        "input": Input(),
        "output": Output(),
        "identity": Identity(),
        "zero": Zero(),
        "truncate": Truncation(),
        "conv": Convolution(),
        "separable_conv": SeparableConvolution(),
        "factorised_conv": FactorisedConvolution(),
        "asymmetric_conv": AsymmetricConvolution(),
        "transposed_conv": TransposedConvolution(),
        "mbconv": MBConvolution(),
        "squeeze_excitation": SqueezeExcitation(),
        "dense_block": DenseBlock(),
        "max_pool": MaxPooling(),
        "average_pool": AveragePooling(),
        "global_pool": GlobalPooling(),
        "attention_pool": AttentionPooling(),
        "flatten": Flatten(),
        "dense": Dense(),
        "embedding": Embedding(),
        "batch_norm": BatchNorm(),
        "layer_norm": LayerNorm(),
        "activation": Activation(),
        "dropout": Dropout(),
        "lstm": LSTM(),
        "gru": GRU(),
        "sum": Sum(),
        "gated_sum": GatedSum(),
        "concat": Concatenation(),
    }
)

_IMPORT_PATH = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*", re.ASCII)
_imported: dict[str, LayerKind] = {}


def kind_of(op: str) -> LayerKind:
    """The kind of a name in the catalogue or of an import path `package.module:Class`.

    Args:
        op: as a layer names it.
    """
    kind = CATALOGUE.get(op) or _imported.get(op)
    if kind is None:
        if ":" not in op:
            near = get_close_matches(op, CATALOGUE, n=1, cutoff=0.5)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            raise ArchitectureError(
                f"unknown layer kind {shown(op)}{hint}; expected one of "
                f"{', '.join(CATALOGUE)}, or package.module:Class of your own"
            )
        kind = _imported[op] = _import_kind(op)
    return kind


def _import_kind(op: str) -> LayerKind:
    where = f"layer kind {shown(op)}"
    if not _IMPORT_PATH.fullmatch(op):
        raise ArchitectureError(
            f"{where}: expected package.module:Class, for example my_layers:Gate"
        )
    module_name, _, class_name = op.partition(":")
    try:
        module = importlib.import_module(module_name)
    except Exception as error:  # a user's module may fail in any way
        raise ArchitectureError(
            f"{where}: module {module_name!r} cannot be imported ({error!r}); "
            "expected it installed or on PYTHONPATH"
        ) from error
    cls = getattr(module, class_name, None)
    if not (isinstance(cls, type) and issubclass(cls, LayerKind)):
        raise ArchitectureError(
            f"{where}: expected {class_name} to be a subclass of "
            f"evonas.architecture.LayerKind, got {shown(cls)}"
        )
    try:
        kind = cls()
    except TypeError as error:
        raise ArchitectureError(
            f"{where}: expected a class that can be made without arguments and defines "
            f"output_shape and cost, got: {error}"
        ) from error
    kind.name = op
    return kind

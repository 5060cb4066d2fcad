"""What the axes of each layer's tensors mean, and filling them from another network's.

A tensor of a trained layer goes into a layer of other widths axis by axis. Along an
axis of *results* (filters, units) what has no counterpart keeps its initial values.
Along an axis of *sources* (incoming channels, places of a kernel) it becomes zero, so
that the new changes nothing until it is trained (zero-initialised, as in network
morphism, Wei et al. 2016, arXiv 1603.01670).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

Map = NDArray[np.int64]
Params = Mapping[str, Any]

#: roles of axes: incoming channels as sources, the same as results (a channel by
#: itself), outgoing channels, the place within a kernel, and what both must agree in
IN, EACH, OUT, KERNEL, SAME = "in", "each", "out", "kernel", "same"
#: channels inside a block, as results and as sources
MID, FROM_MID, SMALL, FROM_SMALL = "mid", "from mid", "small", "from small"
#: results of every gate of a recurrent cell, and its own last results as sources
GATES, STATE = "gates", "state"

_SOURCES = frozenset({IN, KERNEL, FROM_MID, FROM_SMALL, STATE})
#: of a recurrent cell
_GATES = {"lstm": 4, "gru": 3}

Roles = dict[str, tuple[str, ...]]


def positional(target: int, source: int) -> Map:
    """The map by which a channel stands for the one of its own number, if there is."""
    channels = np.arange(target)
    return np.where(channels < source, channels, -1)


def roles_of(op: str, params: Params, tensors: Mapping[str, torch.Tensor]) -> Roles:
    """The role of every axis of a layer's tensors; empty where nothing is known of it.

    Args:
        op: kind of the layer.
        params: its parameters.
        tensors: names within the layer → tensors.
    """
    if op == "mbconv":
        return _mbconv(tensors)
    if op in _GATES:
        return {name: _recurrent_axes(name) for name in tensors}
    if op == "conv" and params["groups"] > 1:
        return {}
    known = _AXES.get(op, {})
    return {
        name: known[name][:2] + (KERNEL,) * (tensor.dim() - 2)
        if len(known[name]) > 1
        else known[name][: tensor.dim()]
        for name, tensor in tensors.items()
        if name in known
    }


_NORM: Roles = {
    "weight": (EACH,),
    "bias": (EACH,),
    "running_mean": (EACH,),
    "running_var": (EACH,),
    "num_batches_tracked": (),
}
_AXES: Mapping[str, Roles] = {
    "conv": {"weight": (OUT, IN), "bias": (OUT,)},
    "asymmetric_conv": {"weight": (OUT, IN), "bias": (OUT,)},
    "dense": {"weight": (OUT, IN), "bias": (OUT,)},
    "transposed_conv": {"weight": (IN, OUT), "bias": (OUT,)},
    "separable_conv": {
        "depthwise.weight": (EACH, SAME),
        "pointwise.weight": (OUT, IN),
        "pointwise.bias": (OUT,),
    },
    "factorised_conv": {
        "row.weight": (OUT, IN),
        "column.weight": (OUT, STATE),
        "column.bias": (OUT,),
    },
    "batch_norm": _NORM,
    "layer_norm": {
        "weight": (EACH,),
        "bias": (EACH,),
        "norm.weight": (EACH,),
        "norm.bias": (EACH,),
    },
    "squeeze_excitation": {
        "gate.0.weight": (SMALL, IN),
        "gate.0.bias": (SMALL,),
        "gate.2.weight": (EACH, FROM_SMALL),
        "gate.2.bias": (EACH,),
    },
    "attention_pool": {"score.weight": (SAME, IN)},
    "embedding": {"table.weight": (SAME, OUT)},
}


def _recurrent_axes(name: str) -> tuple[str, ...]:
    if "weight_ih" in name:
        return (GATES, IN)
    return (GATES, STATE) if "weight_hh" in name else (GATES,)


def _mbconv(tensors: Mapping[str, torch.Tensor]) -> Roles:
    """Expand, depthwise, excitation, project; each but the gate with a batch norm."""
    modules = list(dict.fromkeys(name.rpartition(".")[0] for name in tensors))
    kernels = [
        module
        for module in modules
        if "gate" not in module and tensors[f"{module}.weight"].dim() == 4
    ]
    expands = len(kernels) == 3
    inside, inside_again = (MID, FROM_MID) if expands else (EACH, IN)
    axes = ([(MID, IN)] if expands else []) + [(inside, SAME), (OUT, inside_again)]
    roles: Roles = {}
    result = inside
    for module in modules:
        if module in kernels:
            first = axes[kernels.index(module)]
            result = first[0]
            roles[f"{module}.weight"] = (*first, KERNEL, KERNEL)
        elif module.endswith("gate.0"):
            roles[f"{module}.weight"] = (SMALL, inside_again)
            roles[f"{module}.bias"] = (SMALL,)
        elif module.endswith("gate.2"):
            roles[f"{module}.weight"] = (inside, FROM_SMALL)
            roles[f"{module}.bias"] = (inside,)
        else:
            roles |= {
                f"{module}.{n}": (result,) * len(axis) for n, axis in _NORM.items()
            }
    return roles


class Maps:
    """For each role, which of the source's places a target's place stands for.

    Args:
        op: kind of both layers.
        incoming: of incoming channels; −1: new. A source's channel occurs once.
        each: the same, where one may occur several times.
    """

    def __init__(self, op: str, incoming: Map, each: Map) -> None:
        self._op = op
        self._incoming = incoming
        self._each = each
        #: whether everything that the source computes is found again
        self.complete = True

    def fill(
        self, fresh: torch.Tensor, trained: torch.Tensor, roles: tuple[str, ...]
    ) -> torch.Tensor | None:
        """The target's tensor with what it takes from the source's; None: nothing.

        Args:
            fresh: the target's initial tensor.
            trained: the source's tensor of the same name.
            roles: of the axes.
        """
        if fresh.dim() != trained.dim():
            return None
        taken, places = trained, []
        for axis, role in enumerate(roles):
            mapped = self._of(role, fresh.shape[axis], trained.shape[axis])
            if mapped is None:
                return None
            known = mapped >= 0
            found = np.unique(mapped[known])
            if role not in (IN, EACH) and len(found) < trained.shape[axis]:
                self.complete = False
            taken = taken.index_select(axis, torch.from_numpy(mapped.clip(0)))
            if role in _SOURCES:
                shape = [1] * fresh.dim()
                shape[axis] = -1
                taken = taken * torch.from_numpy(known).to(taken.dtype).view(shape)
                known = np.ones_like(known)
            places.append(np.flatnonzero(known))
        filled = fresh.clone()
        if not roles:
            return filled.copy_(trained)
        at = tuple(torch.from_numpy(place) for place in np.ix_(*places))
        filled[at] = taken[at].to(filled)
        return filled

    def _of(self, role: str, target: int, source: int) -> Map | None:
        if role == IN:
            return self._incoming if len(self._incoming) == target else None
        if role == EACH:
            return self._each if len(self._each) == target else None
        if role == KERNEL:
            # Kernels are odd and their centres stay where they are.
            places = np.arange(target) + (source - target) // 2
            return np.where((places >= 0) & (places < source), places, -1)
        if role == SAME:
            return np.arange(target) if target == source else None
        if role == GATES:
            gates = _GATES[self._op]
            units = positional(target // gates, source // gates)
            starts = np.arange(gates)[:, None] * (source // gates)
            mapped: Map = np.where(units >= 0, starts + units, -1).ravel()
            return mapped
        return positional(target, source)

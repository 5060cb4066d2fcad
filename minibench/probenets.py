"""ProbeNets: small networks whose accuracy tells how hard a data set is.

Scheidegger et al., arXiv 1803.09588: blocks of a 3×3 convolution with batch norm and
ReLU, each followed by a pooling over 2×2, then one softmax layer. The widths were
worked out from the printed costs, which they meet to every printed digit (`tests` hold
them to the table). *Normalized* ones give the softmax layer 512 features, as the
regular one does. Accuracies compare only between equal probes at equal settings.

The paper's three dynamic networks, whose layout grows with the number of classes (MLP,
kernel depth, length), are not here: it gives their costs for 10 and 100 classes alone,
which no series of such blocks meets, so that their layout is not determined by them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from evonas.architecture import Architecture, Layer, Shape
from evonas.errors import ConfigError
from evonas.tasks import Task

#: side of the maps that the widths were made for
SIDE = 32

#: name → filters of its blocks
PROBENETS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        "regular": (8, 16, 32),
        "narrow": (2, 4, 8),
        "wide": (32, 64, 128),
        "shallow": (8,),
        "shallow_normalized": (2,),
        "deep": (8, 16, 32, 64, 128),
        "deep_normalized": (32, 64, 128, 256, 512),
    }
)

#: the probe whose best accuracy is the DCN of TAPAS (Istrate et al., arXiv 1806.00250)
DCN_PROBE = "deep_normalized"

#: numbers that a token becomes, where the samples are texts: the width of a colour
#: image would be too few to tell words apart
_EMBEDDING = 32


def probenet(name: str, task: Task) -> Architecture:
    """A ProbeNet for the samples of a task.

    On images of 32×32 it is the paper's. On other samples the blocks have the widths
    of that: convolutions along the one axis of series and texts (which are embedded
    first), dense layers on tables. A block whose maps have a side of one pools nothing,
    and series and texts, whose lengths differ, are averaged before the softmax layer.

    Args:
        name: of `PROBENETS`.
        task: gives the input's shape and the number of outputs.

    Raises:
        ConfigError: there is no such ProbeNet.
    """
    if name not in PROBENETS:
        raise ConfigError(
            f"expected a ProbeNet, one of {', '.join(PROBENETS)}, got {name!r}"
        )
    layers: list[Layer] = []
    shape = task.input_shape
    if task.modality == "text":
        layers.append(
            Layer("embedding", {"vocabulary": task.tokens, "dimension": _EMBEDDING})
        )
        shape = (_EMBEDDING, *shape)
    for filters in PROBENETS[name]:
        layers += _block(filters, shape)
        if len(shape) > 1:
            pooled = tuple(max(1, side // 2) for side in shape[1:])
            if min(shape[1:]) >= 2:
                layers.append(Layer("max_pool", {"kernel": 2}))
                shape = (filters, *pooled)
            else:
                shape = (filters, *shape[1:])
    if task.modality in ("series", "text"):
        layers.append(Layer("global_pool", {"function": "average"}))
    elif len(shape) > 1:
        layers.append(Layer("flatten", {}))
    layers.append(Layer("dense", {"units": task.outputs}))
    return Architecture.chain(layers)


def probe_resolution(task: Task) -> float:
    """The share of their sides at which images are shown: at most 32 of the longest."""
    if task.modality != "image":
        return 1.0
    return min(1.0, SIDE / max(task.input_shape[1:]))


def _block(filters: int, shape: Shape) -> list[Layer]:
    if len(shape) == 1:
        first = Layer("dense", {"units": filters, "bias": False})
    else:
        first = Layer("conv", {"filters": filters, "kernel": 3, "bias": False})
    return [first, Layer("batch_norm", {}), Layer("activation", {"function": "relu"})]

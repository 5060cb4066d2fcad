"""What a network costs, from its architecture alone: nothing is built or run."""

from __future__ import annotations

from dataclasses import dataclass

from evonas.errors import ConfigError

#: Bytes of one float32 element.
FLOAT_BYTES = 4
#: Bytes of one int64 element: torch remembers where each maximum was.
INDEX_BYTES = 8

#: Values an optimizer keeps for each parameter beside weight and gradient.
#: RMSprop: mean square and momentum; Adam: first and second moment.
OPTIMIZER_SLOTS = {"sgd": 1, "rmsprop": 2, "adam": 2, "adamw": 2}


@dataclass(frozen=True, slots=True)
class Cost:
    """Analytic cost of a layer or a network.

    `activation_bytes` follows torch's autograd: convolution, dense, normalisation and
    pooling keep their input, ReLU and its kin their output or input (see
    `evonas.architecture.activation`), max pooling an int64 index an element besides. A
    tensor that two layers keep is counted once, which only the graph can know: a single
    layer's cost therefore holds only what is the layer's own (masks, indices, tensors
    inside a block), and `Architecture.cost` adds the tensors between layers. It is what
    torch keeps in the end if something is learned before every layer; where nothing is,
    torch keeps less.
    """

    #: trainable elements (running statistics of batch norm are not trained)
    parameters: int = 0
    #: multiplications with addition, one sample, forward; convolutions, dense and
    #: recurrent layers only, as `torch.utils.flop_counter` counts them (halved)
    multiply_adds: int = 0
    #: bytes, one sample: float32 tensors kept from the forward for the backward pass
    activation_bytes: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.parameters + other.parameters,
            self.multiply_adds + other.multiply_adds,
            self.activation_bytes + other.activation_bytes,
        )


def training_memory_bytes(cost: Cost, batch_size: int, optimizer: str = "sgd") -> int:
    """Bytes that a training step needs: weights, gradients, optimizer, activations.

    Workspace of the kernels and the framework itself (hundreds of MB on a GPU) come on
    top.

    Args:
        cost: of the whole network.
        batch_size: samples a step.
        optimizer: a name in `OPTIMIZER_SLOTS`.
    """
    if optimizer not in OPTIMIZER_SLOTS:
        raise ConfigError(
            f"optimizer: expected one of {', '.join(OPTIMIZER_SLOTS)}, "
            f"got {optimizer!r}"
        )
    if batch_size < 1:
        raise ConfigError(f"batch_size: expected 1 or more, got {batch_size}")
    copies = 2 + OPTIMIZER_SLOTS[optimizer]
    return cost.parameters * FLOAT_BYTES * copies + cost.activation_bytes * batch_size

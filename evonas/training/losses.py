"""What a training makes small."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

from evonas.errors import ConfigError
from evonas.tasks import load_reference
from evonas.tasks.metrics import Kind

#: (outputs of the network, targets of the batch) → scalar
Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def default_loss(
    kind: Kind,
    label_smoothing: float = 0.0,
    class_weights: torch.Tensor | None = None,
) -> Loss:
    """Cross-entropy of classes, or the mean squared error of standardised values.

    Args:
        kind: what is predicted.
        label_smoothing: share of the target mass spread evenly over all classes.
        class_weights: what a sample of each class counts, (classes,); the loss of a
            batch is the mean by these weights. None: all count 1.
    """
    if kind == "regression":
        return F.mse_loss
    return CrossEntropy(label_smoothing, class_weights)


@dataclass(frozen=True, eq=False, slots=True)
class CrossEntropy:
    """Cross-entropy of classes, the mean by what their samples count.

    Attributes:
        label_smoothing: share of the target mass spread evenly over all classes.
        class_weights: what a sample of each class counts, (classes,); None: all 1.
    """

    label_smoothing: float = 0.0
    class_weights: torch.Tensor | None = None

    def __call__(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """The loss of a batch: (batch, classes) and (batch,) → scalar."""
        return F.cross_entropy(
            outputs, targets, self.class_weights, label_smoothing=self.label_smoothing
        )


def mass(loss: Loss, targets: torch.Tensor) -> torch.Tensor | int:
    """What a batch counts in the mean over several: its samples, or their weights."""
    weights = loss.class_weights if isinstance(loss, CrossEntropy) else None
    return len(targets) if weights is None else weights[targets].sum()


def user_loss(reference: str) -> Loss:
    """A user's own loss, by `package.module:Name`.

    Raises:
        ConfigError: there is none of that name, or it cannot be called.
    """
    found = load_reference(reference, "loss")
    if isinstance(found, type) and issubclass(found, nn.Module):
        found = found()
    if not callable(found):
        raise ConfigError(
            f"loss: expected {reference!r} to be a function (outputs, targets) → "
            f"scalar tensor or a torch loss class, got {type(found).__name__}"
        )
    loss: Loss = found
    return loss

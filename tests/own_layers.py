"""Layer kinds as a user would write them, right and wrong ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from evonas.architecture import Cost, LayerKind, Parameter, Shape
from evonas.network import Call

TEMPERATURE = 2.0


def soften(x: torch.Tensor) -> torch.Tensor:
    """A function that the gate below uses."""
    return F.softplus(x) / math.sqrt(TEMPERATURE)


class Gate(nn.Module):
    """A learned gain of each channel, kept positive."""

    def __init__(self, channels: int, start: float = 1.0) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.full((channels,), start))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Channels times gains."""
        return x * soften(self.gain).view((-1,) + (1,) * (x.dim() - 2))


class NumpyGate(Gate):
    """A gate that cannot leave evonas, since it needs NumPy."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Channels times a constant."""
        return x * float(np.float32(0.5))


class Counting(nn.Module):
    """A layer whose outputs depend on how many were made before."""

    made = 0

    def __init__(self) -> None:
        super().__init__()
        self.number = Counting.made
        Counting.made += 1

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Shifted by the number."""
        return x + self.number


class Looking(nn.Module):
    """A layer that finds a constant by a way that no copying sees."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Times the constant."""
        return x * float(globals()["TEMPERATURE"])


class GateKind(LayerKind):
    """A kind of a user's own, as it should be."""

    parameters: ClassVar = {"start": Parameter(float, 1.0, doc="first gain")}

    def output_shape(self, params: object, inputs: Sequence[Shape]) -> Shape:
        """The input's."""
        return inputs[0]

    def cost(self, params: object, inputs: Sequence[Shape]) -> Cost:
        """A gain a channel."""
        return Cost(inputs[0][0])

    def build(self, params: dict[str, float], inputs: Sequence[Shape]) -> object:
        """The gate."""
        return Call(Gate, {"channels": inputs[0][0], "start": params["start"]})


class ModuleGateKind(GateKind):
    """Gives a module, which can be trained but not be written as source."""

    def build(self, params: dict[str, float], inputs: Sequence[Shape]) -> object:
        """The module itself."""
        return Gate(inputs[0][0], params["start"])


class NumpyGateKind(GateKind):
    """Gives a call of a class that needs more than torch."""

    def build(self, params: dict[str, float], inputs: Sequence[Shape]) -> object:
        """The gate that needs NumPy."""
        return Call(NumpyGate, {"channels": inputs[0][0]})


class MiscountedKind(GateKind):
    """Declares fewer parameters than its module has."""

    def cost(self, params: object, inputs: Sequence[Shape]) -> Cost:
        """Wrong."""
        return Cost(0)


class MisshapenKind(GateKind):
    """Declares another shape than its module gives."""

    def output_shape(self, params: object, inputs: Sequence[Shape]) -> Shape:
        """Wrong."""
        return (inputs[0][0], 1)


class NothingKind(GateKind):
    """Builds nothing."""

    def build(self, params: dict[str, float], inputs: Sequence[Shape]) -> object:
        """Wrong."""
        return None


class UnbuiltKind(LayerKind):
    """Has no build method."""

    def output_shape(self, params: object, inputs: Sequence[Shape]) -> Shape:
        """The input's."""
        return inputs[0]

    def cost(self, params: object, inputs: Sequence[Shape]) -> Cost:
        """Nothing."""
        return Cost()


class CountingKind(UnbuiltKind):
    """Builds what depends on its past."""

    def build(self, params: object, inputs: Sequence[Shape]) -> object:
        """Another one each time; the first two are made here."""
        Counting.made = max(Counting.made, 2)
        return Call(Counting)


class LookingKind(UnbuiltKind):
    """Builds what cannot be followed."""

    def build(self, params: object, inputs: Sequence[Shape]) -> object:
        """The layer."""
        return Call(Looking)

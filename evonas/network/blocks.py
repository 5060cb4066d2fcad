"""Composite modules: the kinds of the catalogue that are no single torch module.

They use torch and the standard library only, since their source is copied into exports.
All take and give channels-first batches: (N, C), (N, C, L), (N, C, H, W) or
(N, C, D, H, W).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional


class SeparableConv(nn.Module):
    """A convolution of each channel by itself, then a mix of the channels (1x1).

    Args:
        inputs: channels that come in.
        outputs: channels that go out.
        kernel: side of the depthwise kernel, odd; the sides stay ("same" padding).
        stride: of the depthwise convolution.
        dilation: of the depthwise convolution.
        bias: whether the mix adds a bias.
        conv: class of both convolutions, by which the rank is chosen.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int,
        stride: int = 1,
        dilation: int = 1,
        bias: bool = True,
        conv: type[nn.Module] = nn.Conv2d,
    ) -> None:
        super().__init__()
        self.depthwise = conv(
            inputs,
            inputs,
            kernel,
            stride=stride,
            padding=dilation * (kernel - 1) // 2,
            dilation=dilation,
            groups=inputs,
            bias=False,
        )
        self.pointwise = conv(inputs, outputs, 1, bias=bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Filter, then mix."""
        x = self.depthwise(x)
        x = self.pointwise(x)
        return x


class FactorisedConv(nn.Module):
    """A 1xk convolution followed by a kx1 convolution (Szegedy et al. 2016).

    Args:
        inputs: channels that come in.
        outputs: channels that go out, of both convolutions.
        kernel: long side of the kernels, odd; the sides stay ("same" padding).
        stride: along the width in the first, along the height in the second.
        bias: whether the second adds a bias.
    """

    def __init__(
        self, inputs: int, outputs: int, kernel: int, stride: int = 1, bias: bool = True
    ) -> None:
        super().__init__()
        padding = (kernel - 1) // 2
        self.row = nn.Conv2d(
            inputs,
            outputs,
            (1, kernel),
            stride=(1, stride),
            padding=(0, padding),
            bias=False,
        )
        self.column = nn.Conv2d(
            outputs,
            outputs,
            (kernel, 1),
            stride=(stride, 1),
            padding=(padding, 0),
            bias=bias,
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Rows, then columns."""
        x = self.row(x)
        x = self.column(x)
        return x


class SqueezeExcitation(nn.Module):
    """Scales each channel by a gate read from all channels (Hu et al. 2018).

    Args:
        channels: that come in and go out.
        reduced: channels between the two dense layers of the gate.
        activation: class of the activation between them.
    """

    def __init__(
        self, channels: int, reduced: int, activation: type[nn.Module] = nn.ReLU
    ) -> None:
        super().__init__()
        self.gate = nn.Sequential(
            nn.Linear(channels, reduced),
            activation(),
            nn.Linear(reduced, channels),
            nn.Sigmoid(),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Every channel times its gate."""
        gates = self.gate(x.flatten(2).mean(2))
        x = x * gates.view(gates.shape + (1,) * (x.dim() - 2))
        return x


class MBConv(nn.Module):
    """The inverted bottleneck of MobileNetV2 and EfficientNet (Tan and Le 2019).

    Args:
        inputs: channels that come in.
        outputs: channels that go out.
        kernel: side of the depthwise kernel, odd.
        stride: of the depthwise convolution.
        expansion: channels inside, as a multiple of `inputs`.
        reduced: channels inside the squeeze-excitation; 0: there is none.
        activation: class of all activations but the gate's.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int,
        stride: int = 1,
        expansion: int = 4,
        reduced: int = 0,
        activation: type[nn.Module] = nn.SiLU,
    ) -> None:
        super().__init__()
        inside = inputs * expansion
        parts: list[nn.Module] = []
        if expansion > 1:
            expand = nn.Conv2d(inputs, inside, 1, bias=False)
            parts += [expand, nn.BatchNorm2d(inside), activation()]
        depthwise = nn.Conv2d(
            inside,
            inside,
            kernel,
            stride=stride,
            padding=(kernel - 1) // 2,
            groups=inside,
            bias=False,
        )
        parts += [depthwise, nn.BatchNorm2d(inside), activation()]
        if reduced:
            parts.append(SqueezeExcitation(inside, reduced, activation))
        project = nn.Conv2d(inside, outputs, 1, bias=False)
        parts += [project, nn.BatchNorm2d(outputs)]
        self.path = nn.Sequential(*parts)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The bottleneck's path, plus the input where both have one shape."""
        x = x + self.path(x) if self.residual else self.path(x)
        return x


class LayerNormChannels(nn.Module):
    """Layer normalisation over the channels at each position of a map.

    Args:
        channels: that come in and go out; each has its own gain and offset.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Normalised maps; torch normalises the last axis, so the channels go there."""
        x = self.norm(x.movedim(1, -1))
        return x.movedim(-1, 1)


class SmallAveragePool3d(nn.Module):
    """Average pooling of volumes that are smaller than the window.

    `nn.AvgPool3d` refuses those even where padding would make them large enough.

    Args:
        kernel: side of the window, odd; `kernel // 2` is padded, and not counted.
        stride: step of the window.
    """

    def __init__(self, kernel: int, stride: int) -> None:
        super().__init__()
        self.kernel = kernel
        self.stride = stride

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The mean of each window over what is not padding."""
        return self._mean(x) / self._mean(torch.ones_like(x[:1, :1]))

    def _mean(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.pad(x, (self.kernel // 2,) * 6)
        return functional.avg_pool3d(x, self.kernel, self.stride)


class GlobalAveragePool(nn.Module):
    """The mean of each channel over all positions: (N, C, ...) to (N, C)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """One vector a sample."""
        return x.flatten(2).mean(2)


class GlobalMaxPool(nn.Module):
    """The maximum of each channel over all positions: (N, C, ...) to (N, C)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """One vector a sample."""
        return x.flatten(2).amax(2)


class TokenEmbedding(nn.Module):
    """A learned vector for each token: (N, L) whole numbers to (N, dimension, L).

    Args:
        vocabulary: number of tokens; they count from 0.
        dimension: length of the vectors.
    """

    def __init__(self, vocabulary: int, dimension: int) -> None:
        super().__init__()
        self.table = nn.Embedding(vocabulary, dimension)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """The vectors as channels over the positions."""
        tokens = self.table(tokens)
        return tokens.transpose(1, 2)


class Recurrent(nn.Module):
    """An LSTM or GRU over the positions of (N, C, L).

    Args:
        cell: `nn.LSTM` or `nn.GRU`.
        inputs: channels that come in.
        units: hidden units of each direction.
        bidirectional: read backwards as well and join both directions' units.
        sequence: give all hidden states (N, units, L); else only the last (N, units).
    """

    def __init__(
        self,
        cell: type[nn.Module],
        inputs: int,
        units: int,
        bidirectional: bool = False,
        sequence: bool = True,
    ) -> None:
        super().__init__()
        self.cell = cell(inputs, units, batch_first=True, bidirectional=bidirectional)
        self.sequence = sequence

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Hidden states as channels, or the last hidden state of each direction."""
        states, last = self.cell(x.transpose(1, 2))
        if self.sequence:
            x = states.transpose(1, 2)
        else:
            hidden = last[0] if isinstance(last, tuple) else last  # LSTM: and the cell
            x = hidden.transpose(0, 1).flatten(1)
        return x


class Sum(nn.Module):
    """The sum of inputs of one shape."""

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        """Added from left to right."""
        total = inputs[0]
        for other in inputs[1:]:
            total = total + other
        return total


class Concat(nn.Module):
    """The channels of inputs of one size, in order."""

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        """All channels side by side."""
        return torch.cat(inputs, dim=1)


class SizeMatchedSum(nn.Module):
    """The sum of inputs of different shapes, each first brought to one.

    Larger maps are max-pooled to `size` (Miikkulainen et al. 2017), or averaged to
    vectors where `size` is empty; inputs with fewer channels than the most are
    projected to that many.

    Args:
        channels: of each input.
        size: of the result's maps, without channels; empty: the result is a vector.
    """

    def __init__(self, channels: Sequence[int], size: Sequence[int] = ()) -> None:
        super().__init__()
        self.size = tuple(size)
        most = max(channels)
        self.projections = nn.ModuleList(
            nn.Identity() if count == most else _projection(count, most, len(size))
            for count in channels
        )

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        """Resize, project and add, from left to right."""
        matched: list[torch.Tensor] = [
            project(match_size(x, self.size))
            for project, x in zip(self.projections, inputs, strict=True)
        ]
        total = matched[0]
        for other in matched[1:]:
            total = total + other
        return total


class SizeMatchedConcat(nn.Module):
    """The channels of inputs of different sizes, each first brought to the smallest.

    Larger maps are max-pooled to `size` (Miikkulainen et al. 2017), or averaged to
    vectors where `size` is empty.

    Args:
        size: of the result's maps, without channels; empty: the result is a vector.
    """

    def __init__(self, size: Sequence[int] = ()) -> None:
        super().__init__()
        self.size = tuple(size)

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        """Resize, then put all channels side by side."""
        return torch.cat([match_size(x, self.size) for x in inputs], dim=1)


def match_size(x: torch.Tensor, size: tuple[int, ...]) -> torch.Tensor:
    """Maps brought to a size that is nowhere larger; to vectors for the empty size."""
    if x.shape[2:] == size:
        return x
    if not size:
        return x.flatten(2).mean(2)
    pools = (
        functional.adaptive_max_pool1d,
        functional.adaptive_max_pool2d,
        functional.adaptive_max_pool3d,
    )
    x = pools[len(size) - 1](x, size)
    return x


def _projection(inputs: int, outputs: int, rank: int) -> nn.Module:
    """A dense mix of the channels at each position, without bias; rank 0: vectors."""
    if rank == 0:
        return nn.Linear(inputs, outputs, bias=False)
    conv = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[rank - 1]
    return conv(inputs, outputs, 1, bias=False)

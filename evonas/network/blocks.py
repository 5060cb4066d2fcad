"""Composite modules: the kinds of the catalogue that are no single torch module.

They use torch and the standard library only, since their source is copied into exports.
All take and give channels-first batches: (N, C), (N, C, L), (N, C, H, W) or
(N, C, D, H, W).
"""

from __future__ import annotations

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


class DenseBlock(nn.Module):
    """Layers that each add channels to all that came before (Huang et al. 2017).

    Args:
        inputs: channels that come in; all of them come out, too.
        layers: how many; each is batch norm, activation and a convolution.
        growth: channels that each layer adds.
        kernel: side of the kernels, odd; the sides stay ("same" padding).
        activation: class of the activations.
        norm: class of the batch norms, by which the rank is chosen.
        conv: class of the convolutions, or `nn.Linear` for vectors (kernel 1).
    """

    def __init__(
        self,
        inputs: int,
        layers: int,
        growth: int,
        kernel: int = 3,
        activation: type[nn.Module] = nn.ReLU,
        norm: type[nn.Module] = nn.BatchNorm2d,
        conv: type[nn.Module] = nn.Conv2d,
    ) -> None:
        super().__init__()
        window = {} if conv is nn.Linear else _same(kernel)
        self.layers = nn.ModuleList()
        for channels in range(inputs, inputs + layers * growth, growth):
            add = conv(channels, growth, bias=False, **window)
            self.layers.append(nn.Sequential(norm(channels), activation(), add))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The input's channels, then those of each layer."""
        for layer in self.layers:
            x = torch.cat([x, layer(x)], dim=1)
        return x


def _same(kernel: int) -> dict[str, int]:
    """Arguments of a convolution that keeps the sides."""
    return {"kernel_size": kernel, "padding": (kernel - 1) // 2}


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


class AttentionPool(nn.Module):
    """A weighted mean of the positions: (N, C, ...) to (N, C).

    Args:
        channels: that come in and go out.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.score = nn.Conv1d(channels, 1, 1, bias=False)
        nn.init.zeros_(self.score.weight)  # equal weights to begin with

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """One vector a sample; the weights of its positions add up to 1."""
        x = x.flatten(2)
        weights = self.score(x).softmax(2)
        x = torch.bmm(x, weights.transpose(1, 2))
        return x.squeeze(2)


class Zero(nn.Module):
    """Its input times 0: zeros, with zeros as gradient."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Zeros of the same shape."""
        return x * 0.0


class Truncate(nn.Module):
    """The first channels of a map or a vector.

    Args:
        channels: that are left.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels = channels

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """A view of the first channels."""
        return x[:, : self.channels]


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

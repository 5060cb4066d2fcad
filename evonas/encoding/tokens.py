"""Tokens: what a node of a graph says of its layers, in buckets.

A DeepNEAT node is a layer with what belongs to it: normalisation, activation, dropout.
Its token keeps what tells such nodes apart and forgets the exact numbers, so that
networks that were never seen have tokens that were.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from math import ceil, log2
from typing import Final, NamedTuple

from evonas.architecture import Layer, Value

#: parameters that say how wide a layer's output is, of whatever kind
_WIDTHS = ("filters", "units", "dimension", "growth")
#: width of the layer that gives the network's result: the task's, not the network's
OUTPUTS: Final = -1
#: kind of a layer that must not be told
HIDDEN: Final = "hidden"
#: dropout rates are told apart in steps of this
DROPOUT_STEP = 0.2

#: layers that belong to the one before them → which part of its token they are
FITTINGS: Mapping[str, str] = {
    "batch_norm": "normalisation",
    "layer_norm": "normalisation",
    "activation": "activation",
    "dropout": "dropout",
}


class Token(NamedTuple):
    """A node in buckets.

    Attributes:
        op: kind of its first layer, as the catalogue names it.
        width: channels or units, log2 and rounded; `OUTPUTS`: as many as the task has
            outputs; None: the layer has no width of its own.
        kernel: side of the window; 0: none.
        stride: step of the window; 0: none.
        activation: function; "": none.
        normalisation: kind of layer; "": none.
        dropout: rate in steps of `DROPOUT_STEP`, rounded up; 0: none.
    """

    op: str
    width: int | None = None
    kernel: int = 0
    stride: int = 0
    activation: str = ""
    normalisation: str = ""
    dropout: int = 0

    @property
    def text(self) -> str:
        """For people and as a part of features: `conv w5 k3 s1 batch_norm relu d2`."""
        words = [self.op]
        if self.width is not None:
            words.append("out" if self.width == OUTPUTS else f"w{self.width}")
        words += [f"k{self.kernel}"] if self.kernel else []
        words += [f"s{self.stride}"] if self.stride else []
        words += [one for one in (self.normalisation, self.activation) if one]
        words += [f"d{self.dropout}"] if self.dropout else []
        return " ".join(words)

    def without(self, hidden: Collection[str]) -> Token:
        """The token with nothing of some kinds of layers but that a layer is there.

        Args:
            hidden: kinds that must not be told.
        """
        if not hidden:
            return self
        if self.op in hidden:
            return Token(HIDDEN)
        return self._replace(
            activation="" if "activation" in hidden else self.activation,
            normalisation="" if self.normalisation in hidden else self.normalisation,
            dropout=0 if "dropout" in hidden else self.dropout,
        )


def width_of(layer: Layer) -> int | None:
    """Channels or units that a layer says its output has; None: it says none.

    Args:
        layer: with all its parameters.
    """
    for name in _WIDTHS:
        found = _whole(layer, name)
        if found:
            return found
    return None


def parts_of(layer: Layer) -> tuple[str, ...]:
    """The parts of a token that a layer at the head of a node fills by itself.

    Args:
        layer: with all its parameters.
    """
    own = FITTINGS.get(layer.op)
    if own is not None:
        return (own,)
    return ("activation",) if "activation" in layer.params else ()


#: tokens that were made before, and how many are remembered: a search proposes
#: thousands of networks of the same few hundred nodes
_known: dict[tuple[object, ...], Token] = {}
_KNOWN_TOKENS = 50_000


def token_of(layers: Sequence[Layer], gives_result: bool = False) -> Token:
    """The token of a node.

    Args:
        layers: its first one, and the fittings that follow.
        gives_result: whether the first one's width is the number of the task's outputs.
    """
    # values of one parameter are of one type, so that equal ones mean the same
    key = (gives_result, *[(one.op, *one.params.values()) for one in layers])
    found = _known.get(key)
    if found is None:
        if len(_known) >= _KNOWN_TOKENS:
            _known.clear()
        found = _known[key] = _made(layers, gives_result)
    return found


def _made(layers: Sequence[Layer], gives_result: bool) -> Token:
    first = layers[0]
    width = width_of(first)
    bucket = None if width is None else round(log2(width))
    kernel = _whole(first, "kernel")
    stride = _whole(first, "stride") or kernel  # of pools, 0 is the side
    parts: dict[str, Value] = {"activation": first.params.get("activation", "")}
    for layer in layers:
        if layer.op == "activation":
            parts["activation"] = layer.params["function"]
        elif layer.op == "dropout":
            parts["dropout"] = layer.params["rate"]
        elif layer.op in FITTINGS:
            parts["normalisation"] = layer.op
    rate = float(parts.get("dropout", 0.0))
    return Token(
        first.op,
        OUTPUTS if gives_result and width is not None else bucket,
        kernel,
        stride,
        str(parts["activation"]),
        str(parts.get("normalisation", "")),
        ceil(rate / DROPOUT_STEP - 1e-9),  # 0.6 is three steps, whatever the last bit
    )


def _whole(layer: Layer, name: str) -> int:
    """A parameter that counts something; 0: the kind has none of that name."""
    value = layer.params.get(name, 0)
    # a user's own kind may give the name another meaning
    return value if type(value) is int and value > 0 else 0

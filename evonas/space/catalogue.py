"""What a space can hold for each modality: blocks, recipe fields and their defaults.

The ranges are those of Miikkulainen et al. 2017 (arXiv 1703.00548, table 1) brought
down to what a laptop trains: 8 to 64 filters instead of 32 to 256, dropout to 0.5, and
learning rates that a training of a few epochs can use. Every key, with its meaning, is
in `docs/space.md`.
"""

from __future__ import annotations

from collections.abc import Mapping

from evonas.errors import ConfigError
from evonas.space.domains import Choice, Domain, Ordinal
from evonas.space.ranges import FloatRange, IntegerRange

Fields = Mapping[str, Domain]

MODALITIES = ("image", "series", "text", "table")

_YES_NO = Choice((True, False))
_NO = Choice((False,))
_ACTIVATION = Choice(("relu", "elu", "swish"))
_DROPOUT = FloatRange(0.0, 0.5)
_INIT_SCALE = FloatRange(0.5, 2.0)
_FILTERS = IntegerRange(8, 64, 8)
_ONE = Choice((1,))


def _convolution(kernels: tuple[int, ...], **more: Domain) -> Fields:
    return {
        "filters": _FILTERS,
        "kernel": Ordinal(kernels),
        "stride": _ONE,
        **more,
        "batch_norm": _YES_NO,
        "activation": _ACTIVATION,
        "max_pool": _YES_NO,
        "dropout": _DROPOUT,
        "init_scale": _INIT_SCALE,
    }


_CONV = _convolution((1, 3, 5), dilation=_ONE, groups=_ONE)
_SEPARABLE_CONV = _convolution((3, 5), dilation=_ONE)
_FACTORISED_CONV = _convolution((3, 5, 7))
_MBCONV: Fields = {
    "filters": _FILTERS,
    "kernel": Ordinal((3, 5)),
    "stride": _ONE,
    "expansion": Ordinal((1, 2, 4)),
    "squeeze_ratio": Ordinal((0, 0.25)),
    "activation": _ACTIVATION,
    "max_pool": _YES_NO,
    "dropout": _DROPOUT,
}
_DENSE_BLOCK: Fields = {
    "layers": Ordinal((2, 3, 4)),
    "growth": Ordinal((4, 8, 12, 16)),
    "kernel": Ordinal((3, 5)),
    "activation": _ACTIVATION,
    "max_pool": _YES_NO,
    "dropout": _DROPOUT,
}
_SQUEEZE_EXCITATION: Fields = {"ratio": Ordinal((0.125, 0.25, 0.5))}
_POOL: Fields = {
    "function": Choice(("max", "average")),
    "kernel": Ordinal((3, 5)),
    "stride": Ordinal((1, 2)),
}
_RECURRENT: Fields = {
    "units": IntegerRange(8, 64, 8),
    "bidirectional": _YES_NO,
    "dropout": _DROPOUT,
}
_DENSE: Fields = {
    "units": IntegerRange(16, 256, log=True),
    "batch_norm": _YES_NO,
    "activation": _ACTIVATION,
    "dropout": _DROPOUT,
    "init_scale": _INIT_SCALE,
}

#: A vector has no neighbours and no sides: no kernel, no pooling.
_DENSE_BLOCK_OF_VECTORS: Fields = {
    "layers": Ordinal((2, 3, 4)),
    "growth": Ordinal((4, 8, 16, 32)),
    "activation": _ACTIVATION,
    "dropout": _DROPOUT,
}

# Along one side a wide window costs little, and what belongs together may lie far
# apart: a beat and the next, a noun and its verb.
_DILATIONS = Ordinal((1, 2, 4))
_SEQUENCE_BLOCKS: Mapping[str, Fields] = {
    "conv": _convolution((1, 3, 5, 9), dilation=_DILATIONS, groups=_ONE),
    "separable_conv": _convolution((3, 5, 9), dilation=_DILATIONS),
    "dense_block": _DENSE_BLOCK,
    "gru": _RECURRENT,
    "lstm": _RECURRENT,
    "squeeze_excitation": _SQUEEZE_EXCITATION,
    "pool": _POOL,
}

#: Modality → block → field → default domain.
BLOCKS: Mapping[str, Mapping[str, Fields]] = {
    "image": {
        "conv": _CONV,
        "separable_conv": _SEPARABLE_CONV,
        "factorised_conv": _FACTORISED_CONV,
        "mbconv": _MBCONV,
        "dense_block": _DENSE_BLOCK,
        "squeeze_excitation": _SQUEEZE_EXCITATION,
        "pool": _POOL,
    },
    "series": _SEQUENCE_BLOCKS,
    "text": _SEQUENCE_BLOCKS,
    "table": {"dense": _DENSE, "dense_block": _DENSE_BLOCK_OF_VECTORS},
}

_SEQUENCE_DEFAULTS = (
    *("conv", "separable_conv", "dense_block"),
    *("gru", "lstm", "squeeze_excitation"),
)

#: Blocks that are on where the user says nothing.
DEFAULT_BLOCKS: Mapping[str, tuple[str, ...]] = {
    "image": ("conv", "separable_conv", "mbconv"),
    "series": _SEQUENCE_DEFAULTS,
    "text": _SEQUENCE_DEFAULTS,
    "table": ("dense", "dense_block"),
}

#: How several inputs of a node are joined where the user says nothing.
DEFAULT_MERGES: Mapping[str, tuple[str, ...]] = {
    "image": ("sum", "concat"),
    "series": ("sum", "concat", "gated_sum"),
    "text": ("sum", "concat", "gated_sum"),
    "table": ("sum", "concat", "gated_sum"),
}

#: How maps become a vector where the user says nothing. Texts are filled up with
#: padding, which attention can pass over and an average cannot.
DEFAULT_HEADS: Mapping[str, str] = {
    "image": "global_pool",
    "series": "global_pool",
    "text": "attention_pool",
    "table": "global_pool",
}

#: Blocks that only two-dimensional maps can pass.
TWO_DIMENSIONAL = ("factorised_conv", "mbconv")

_RECIPE: Fields = {
    "optimizer": Choice(("sgd", "adamw")),
    "learning_rate": FloatRange(1e-3, 0.1, log=True),
    "momentum": FloatRange(0.68, 0.99),
    "nesterov": _YES_NO,
    "weight_decay": FloatRange(1e-6, 1e-2, log=True),
    "schedule": Choice(("cosine", "one_cycle")),
    "warmup_epochs": Choice((0.0,)),
    "batch_size": Ordinal((32, 64, 128)),
    "label_smoothing": FloatRange(0.0, 0.1),
    "weight_average": Choice((0.0,)),
}
_IMAGE_RECIPE: Fields = {
    "horizontal_flip": Ordinal((0.0, 0.5)),
    "shift": FloatRange(0.0, 0.2),
    "scaling": FloatRange(0.0, 0.3),
    "cutout": FloatRange(0.0, 0.4),
    "crop": Choice((1.0,)),
    "erasing": Choice((0.0,)),
}
_COLOUR_RECIPE: Fields = {
    "hue_shift": FloatRange(0.0, 45.0),
    "saturation_value_shift": FloatRange(0.0, 0.5),
    "saturation_value_scale": FloatRange(0.0, 0.5),
    "variance_normalisation": Choice((True,)),
}

_RANKS = {"image": (3, 4), "series": (2,), "text": (1,), "table": (1,)}
_SHAPES = {
    "image": "(channels, height, width) or (channels, depth, height, width)",
    "series": "(channels, length)",
    "text": "(tokens,)",
    "table": "(features,)",
}


def check_modality(modality: str, input_shape: tuple[int, ...]) -> None:
    """Refuse an unknown modality, or an input shape that is not the modality's."""
    if modality not in MODALITIES:
        raise ConfigError(
            f"modality: expected one of {', '.join(MODALITIES)}, got {modality!r}"
        )
    if len(input_shape) not in _RANKS[modality] or min(input_shape) < 1:
        raise ConfigError(
            f"input shape: expected {_SHAPES[modality]} for {modality}, "
            f"got {tuple(input_shape)}"
        )


def known_blocks(modality: str, input_shape: tuple[int, ...]) -> Mapping[str, Fields]:
    """Every block that inputs of this shape can pass, with its default domains."""
    return {
        block: domains
        for block, domains in BLOCKS[modality].items()
        if block not in TWO_DIMENSIONAL or len(input_shape) == 3
    }


def recipe_domains(modality: str, input_shape: tuple[int, ...]) -> Fields:
    """The recipe fields that mean something here, with their default domains."""
    if modality != "image" or len(input_shape) != 3:
        return _RECIPE
    if input_shape[0] != 3:
        return {**_RECIPE, **_IMAGE_RECIPE}
    return {**_RECIPE, **_IMAGE_RECIPE, **_COLOUR_RECIPE}

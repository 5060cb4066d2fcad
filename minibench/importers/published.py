"""ResNet-34 and Inception-v3 as architectures of ours.

For ImageNet's 1,000 classes, with the parameters that torchvision's have. Inception-v3
is the network that answers, without the auxiliary head that its training uses.
"""

from __future__ import annotations

from collections.abc import Sequence

from evonas.architecture import Architecture
from evonas.cells.draft import Draft, Stock, stock

#: of ImageNet's challenges
CLASSES = 1000

_RELU, _NORM, _MEAN = Stock("activation"), Stock("batch_norm"), Stock("global_pool")
_POOL_3 = Stock("max_pool", kernel=3, stride=2)
_POOL_3_SAME = Stock("max_pool", kernel=3, stride=2, padding="same")
_AROUND = Stock("average_pool", kernel=3, stride=1, padding="same")
_CONCAT, _DROPOUT = Stock("concat"), Stock("dropout", rate=0.5)


def resnet34(classes: int = CLASSES) -> Architecture:
    """ResNet-34 (He et al. 2015, arXiv 1512.03385), shortcuts of kind B.

    Args:
        classes: that it tells apart.
    """
    draft = Draft()
    value = _convolved(draft, "stem", 0, 64, 7, stride=2)
    value = draft.add(_POOL_3_SAME, "stem/pool", value)
    inputs = 64
    for stage, (blocks, filters) in enumerate(
        zip((3, 4, 6, 3), (64, 128, 256, 512), strict=True)
    ):
        for block in range(blocks):
            stride = 2 if stage and not block else 1
            name = f"s{stage}b{block}"
            value = _residual(draft, name, value, inputs, filters, stride)
            inputs = filters
    return _head(draft, value, classes)


def _residual(
    draft: Draft, name: str, value: int, inputs: int, filters: int, stride: int
) -> int:
    """Two 3x3 convolutions beside the shortcut."""
    way = _convolved(draft, f"{name}/a", value, filters, 3, stride=stride)
    way = _convolved(draft, f"{name}/b", way, filters, 3, active=False)
    short = value
    if inputs != filters:
        short = _convolved(
            draft, f"{name}/short", value, filters, 1, stride=stride, active=False
        )
    return draft.add(_RELU, f"{name}/relu", draft.sum(f"{name}/sum", (way, short)))


def inception_v3(classes: int = CLASSES) -> Architecture:
    """Inception-v3 (Szegedy et al. 2015, arXiv 1512.00567), without auxiliary head.

    Args:
        classes: that it tells apart.
    """
    draft = Draft()
    value = _convolved(draft, "stem/a", 0, 32, 3, stride=2, padding="valid")
    value = _convolved(draft, "stem/b", value, 32, 3, padding="valid")
    value = _convolved(draft, "stem/c", value, 64, 3)
    value = draft.add(_POOL_3, "stem/pool1", value)
    value = _convolved(draft, "stem/d", value, 80, 1)
    value = _convolved(draft, "stem/e", value, 192, 3, padding="valid")
    value = draft.add(_POOL_3, "stem/pool2", value)
    for name, filters in (("a0", 32), ("a1", 64), ("a2", 64)):
        value = _inception_a(draft, name, value, filters)
    value = _reduction_b(draft, "b", value)
    for name, filters in (("c0", 128), ("c1", 160), ("c2", 160), ("c3", 192)):
        value = _inception_c(draft, name, value, filters)
    value = _reduction_d(draft, "d", value)
    for name in ("e0", "e1"):
        value = _inception_e(draft, name, value)
    return _head(draft, value, classes, dropout=True)


def _inception_a(draft: Draft, name: str, value: int, pooled: int) -> int:
    """5x5, twice 3x3 and pooling; the third module of the 35x35 maps."""
    one = _convolved(draft, f"{name}/one", value, 64, 1)
    five = _convolved(draft, f"{name}/five1", value, 48, 1)
    five = _convolved(draft, f"{name}/five2", five, 64, 5)
    three = _convolved(draft, f"{name}/three1", value, 64, 1)
    three = _convolved(draft, f"{name}/three2", three, 96, 3)
    three = _convolved(draft, f"{name}/three3", three, 96, 3)
    return _joined(draft, name, (one, five, three, _pooled(draft, name, value, pooled)))


def _reduction_b(draft: Draft, name: str, value: int) -> int:
    """From 35x35 to 17x17."""
    three = _convolved(draft, f"{name}/three", value, 384, 3, 2, "valid")
    twice = _convolved(draft, f"{name}/twice1", value, 64, 1)
    twice = _convolved(draft, f"{name}/twice2", twice, 96, 3)
    twice = _convolved(draft, f"{name}/twice3", twice, 96, 3, 2, "valid")
    return _joined(
        draft, name, (three, twice, draft.add(_POOL_3, f"{name}/pool", value))
    )


def _inception_c(draft: Draft, name: str, value: int, inner: int) -> int:
    """1x7 and 7x1 windows on 17x17 maps."""
    one = _convolved(draft, f"{name}/one", value, 192, 1)
    seven = _convolved(draft, f"{name}/seven1", value, inner, 1)
    seven = _sided(draft, f"{name}/seven2", seven, inner, 7, "width")
    seven = _sided(draft, f"{name}/seven3", seven, 192, 7, "height")
    twice = _convolved(draft, f"{name}/twice1", value, inner, 1)
    for number, (filters, along) in enumerate(
        ((inner, "height"), (inner, "width"), (inner, "height"), (192, "width")), 2
    ):
        twice = _sided(draft, f"{name}/twice{number}", twice, filters, 7, along)
    return _joined(draft, name, (one, seven, twice, _pooled(draft, name, value, 192)))


def _reduction_d(draft: Draft, name: str, value: int) -> int:
    """From 17x17 to 8x8."""
    three = _convolved(draft, f"{name}/three1", value, 192, 1)
    three = _convolved(draft, f"{name}/three2", three, 320, 3, 2, "valid")
    seven = _convolved(draft, f"{name}/seven1", value, 192, 1)
    seven = _sided(draft, f"{name}/seven2", seven, 192, 7, "width")
    seven = _sided(draft, f"{name}/seven3", seven, 192, 7, "height")
    seven = _convolved(draft, f"{name}/seven4", seven, 192, 3, 2, "valid")
    return _joined(
        draft, name, (three, seven, draft.add(_POOL_3, f"{name}/pool", value))
    )


def _inception_e(draft: Draft, name: str, value: int) -> int:
    """1x3 and 3x1 windows side by side on 8x8 maps."""
    one = _convolved(draft, f"{name}/one", value, 320, 1)
    three = _convolved(draft, f"{name}/three1", value, 384, 1)
    twice = _convolved(draft, f"{name}/twice1", value, 448, 1)
    twice = _convolved(draft, f"{name}/twice2", twice, 384, 3)
    sides = [
        _sided(draft, f"{name}/{part}/{along}", source, 384, 3, along)
        for part, source in (("three", three), ("twice", twice))
        for along in ("width", "height")
    ]
    return _joined(draft, name, (one, *sides, _pooled(draft, name, value, 192)))


def _pooled(draft: Draft, name: str, value: int, filters: int) -> int:
    value = draft.add(_AROUND, f"{name}/mean", value)
    return _convolved(draft, f"{name}/pooled", value, filters, 1)


def _joined(draft: Draft, name: str, sources: Sequence[int]) -> int:
    return draft.merge(_CONCAT, f"{name}/concat", sources)


def _convolved(
    draft: Draft,
    name: str,
    value: int,
    filters: int,
    kernel: int,
    stride: int = 1,
    padding: str = "same",
    active: bool = True,
) -> int:
    """Convolution, batch norm and, where active, ReLU."""
    conv = stock(
        "conv",
        filters=filters,
        kernel=kernel,
        stride=stride,
        padding=padding,
        bias=False,
    )
    value = draft.add(_NORM, f"{name}/norm", draft.add(conv, f"{name}/conv", value))
    return draft.add(_RELU, f"{name}/relu", value) if active else value


def _sided(
    draft: Draft, name: str, value: int, filters: int, kernel: int, along: str
) -> int:
    """A window along one side, batch norm, ReLU."""
    conv = stock(
        "asymmetric_conv", filters=filters, kernel=kernel, along=along, bias=False
    )
    value = draft.add(_NORM, f"{name}/norm", draft.add(conv, f"{name}/conv", value))
    return draft.add(_RELU, f"{name}/relu", value)


def _head(
    draft: Draft, value: int, classes: int, dropout: bool = False
) -> Architecture:
    value = draft.add(_MEAN, "head/pool", value)
    if dropout:
        value = draft.add(_DROPOUT, "head/dropout", value)
    dense = stock("dense", units=classes)
    return draft.finish(draft.add(dense, "head/dense", value))

"""ProbeNets: the paper's printed costs, and a network for every modality."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evonas.errors import ConfigError
from evonas.tasks import Task
from evonas.tasks.task import Modality
from minibench.probenets import PROBENETS, probe_resolution, probenet

#: Scheidegger et al. 2018, arXiv 1803.09588: millions of multiply-adds with 10 and with
#: 100 classes, thousands of weights with either; the operations are cut off
PRINTED = {
    "regular": (0.81, 0.86, 11, 57.5),
    "narrow": (0.09, 0.10, 2, 13),
    "wide": (10.34, 10.52, 114, 299),
    "shallow": (0.24, 0.42, 21, 205),
    "shallow_normalized": (0.06, 0.10, 5, 51),
    "deep": (1.40, 1.41, 100, 112),
    "deep_normalized": (19.76, 19.81, 1576, 1622),
}


def task(shape: tuple[int, ...], outputs: int, modality: Modality = "image") -> Task:
    """Twenty samples of nothing, channels first."""
    rng = np.random.default_rng(0)
    if modality == "text":
        x = rng.integers(0, 50, (40, *shape)).astype(np.int64)
    elif modality == "image":
        x = rng.integers(0, 255, (2 * outputs, *shape[1:], shape[0]), dtype=np.uint8)
    else:
        x = rng.normal(size=(40, *shape)).astype(np.float32)
    y = np.arange(len(x)) % outputs
    return Task.from_arrays(x, y, x, y, modality=modality)


@pytest.mark.parametrize("name", PROBENETS)
@pytest.mark.parametrize(("place", "classes"), [(0, 10), (1, 100)])
def test_costs_are_the_printed_ones(name: str, place: int, classes: int) -> None:
    """On colour images of 32 by 32; weights to about one in a hundred."""
    made = task((3, 32, 32), classes)
    cost = probenet(name, made).cost(made.input_shape)
    millions, thousands = PRINTED[name][place], PRINTED[name][2 + place]
    assert math.floor(cost.multiply_adds / 1e4) / 100 == millions
    half_a_digit = 0.5 if thousands < 57 else 0.0
    assert abs(cost.parameters / 1e3 - thousands) <= half_a_digit + 0.01 * thousands


@pytest.mark.parametrize("name", PROBENETS)
@pytest.mark.parametrize(
    ("modality", "shape"),
    [
        ("image", (1, 8, 8)),
        ("image", (1, 1, 5)),
        ("series", (2, 140)),
        ("series", (1, 3)),
        ("text", (12,)),
        ("table", (1,)),
    ],
)
def test_every_sample_has_a_probenet(
    name: str, modality: Modality, shape: tuple[int, ...]
) -> None:
    """However small; its output is one number a class."""
    made = task(shape, 4, modality)
    shapes = probenet(name, made).shapes(made.input_shape)
    assert (4,) in shapes[-2:]


def test_large_images_are_shown_smaller() -> None:
    """As large as the paper's; nothing is enlarged."""
    assert probe_resolution(task((3, 64, 48), 2)) == 0.5
    assert probe_resolution(task((1, 8, 8), 2)) == 1.0
    assert probe_resolution(task((2, 140), 2, "series")) == 1.0


def test_an_unknown_name_is_refused() -> None:
    """With the known ones."""
    with pytest.raises(ConfigError, match=r"one of regular, narrow.*got 'length'"):
        probenet("length", task((3, 32, 32), 10))

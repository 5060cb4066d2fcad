"""The published networks: their parameters, their shapes, that torch builds them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from evonas.architecture import Architecture
from evonas.errors import ConfigError
from evonas.network import build
from minibench.importers import inception_v3, read_source, resnet34


@pytest.mark.parametrize(
    ("network", "side", "parameters", "giga"),
    [(resnet34, 224, 21_797_672, 3.66), (inception_v3, 299, 23_834_568, 5.71)],
)
def test_parameters_and_operations_are_torchvisions(
    network: Callable[[], Architecture], side: int, parameters: int, giga: float
) -> None:
    """Its documentation tells parameters and 10^9 multiply-adds of either network.

    Of Inception-v3 it counts 27,161,264 with the auxiliary head, which has 3,326,696.
    """
    cost = network().cost((3, side, side))
    assert cost.parameters == parameters
    assert round(cost.multiply_adds / 1e9, 2) == giga


@pytest.mark.parametrize("network", [resnet34, inception_v3])
def test_torch_builds_what_is_counted(
    network: Callable[[int], Architecture],
) -> None:
    """With as many parameters, and a score for each class."""
    architecture, shape = network(3), (3, 75, 75)
    module = build(architecture, shape, 0).eval()
    count = sum(one.numel() for one in module.parameters() if one.requires_grad)
    assert count == architecture.cost(shape).parameters
    with torch.no_grad():
        assert module(torch.zeros(1, *shape)).shape == (1, 3)


def test_accuracies_are_facts_with_their_source() -> None:
    """Each of a record says where it can be read; nothing is claimed of the recipe."""
    told = {}
    for problem, record in read_source("published"):
        assert problem.key == "imagenet@ilsvrc2012"
        assert record.recipe is None
        assert record.strategy == "published"
        assert "arXiv:1512" in record.provenance.source
        told[record.run] = record.metrics["validation_accuracy"]
    assert told == {
        "resnet-34 torchvision IMAGENET1K_V1": 0.73314,
        "inception-v3 torchvision IMAGENET1K_V1": 0.77294,
        "inception-v3 paper": 0.788,
    }
    with pytest.raises(ConfigError, match="import published: expected no path"):
        read_source("published", "resnet.json")

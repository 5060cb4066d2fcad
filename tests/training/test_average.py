"""The moving average of weights."""

from __future__ import annotations

import torch
from small_networks import blobs, convolutional, request

from evonas.network import build
from evonas.training import TrainingEvaluator, TrainingSettings
from evonas.training.average import WeightAverage


def test_the_average_follows_the_weights() -> None:
    """By the decay, which starts small; running statistics are averaged as well."""
    network = build(convolutional(), (1, 8, 8), 0)
    average = WeightAverage(network, 0.9)
    start = {name: tensor.clone() for name, tensor in average.named().items()}
    assert "layer_2.running_var" in start
    with torch.no_grad():
        for tensor in network.state_dict().values():
            if tensor.is_floating_point():
                tensor.add_(1)
    average.update()
    for name, tensor in average.named().items():
        assert torch.allclose(tensor, start[name] + 0.9, atol=1e-5), name
    for _ in range(200):
        average.update()
    assert torch.allclose(
        average.named()["layer_1.weight"], start["layer_1.weight"] + 1
    )


def test_the_average_is_the_networks_weights_for_a_while() -> None:
    """And afterwards it trains on with its own."""
    network = build(convolutional(), (1, 8, 8), 0)
    average = WeightAverage(network, 0.5)
    own = network.layer_1.weight.detach().clone()
    with torch.no_grad():
        network.layer_1.weight.add_(1)
    with average.applied():
        assert torch.equal(network.layer_1.weight, own)
    assert torch.equal(network.layer_1.weight, own + 1)
    assert torch.equal(average.named()["layer_1.weight"], own)


def test_a_recipe_with_an_average_is_measured_by_it() -> None:
    """Other metrics, from the same steps: the training losses agree."""
    evaluator = TrainingEvaluator(blobs(), TrainingSettings(device="cpu"))
    plain, averaged = (
        evaluator.evaluate(request(epochs=2, weight_average=decay))
        for decay in (0.0, 0.95)
    )
    losses = [
        [point["training_loss"] for point in one.curve] for one in (plain, averaged)
    ]
    assert losses[0] == losses[1]
    assert plain.metrics["validation_loss"] != averaged.metrics["validation_loss"]

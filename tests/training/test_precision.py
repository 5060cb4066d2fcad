"""Numbers of fewer bits, and graphs of kernels."""

from __future__ import annotations

import pytest
import torch
from small_networks import blobs, branching, convolutional, request

from evonas.errors import ConfigError
from evonas.training import TrainingEvaluator, TrainingSettings
from evonas.training.precision import Precision

NO_GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
CPU = torch.device("cpu")


def _evaluator(device: str = "cpu", **settings: object) -> TrainingEvaluator:
    return TrainingEvaluator(
        blobs(240), TrainingSettings(**{"device": device, **settings})
    )


def test_a_cpu_computes_in_fp32_by_itself() -> None:
    """Autocast is no part of its forward pass then."""
    assert Precision("auto", CPU).dtype is None
    assert Precision("bf16", CPU).dtype is torch.bfloat16
    assert Precision("bf16", CPU).scaler() is None
    assert Precision("fp16", CPU).scaler() is not None
    with pytest.raises(ConfigError, match="precision: expected one of auto, fp32"):
        TrainingSettings(precision="fp8")  # type: ignore[arg-type]


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_a_network_of_few_bits_learns_nearly_the_same(precision: str) -> None:
    """Weights stay fp32; the loss is computed in fp32."""
    asked = request(branching(), epochs=4, learning_rate=0.01)
    exact, rough = (
        _evaluator(precision=name).evaluate(asked) for name in ("fp32", precision)
    )
    assert rough.ok, rough.error
    assert exact.curve != rough.curve
    accuracy = rough.metrics["validation_accuracy"]
    assert accuracy == pytest.approx(exact.metrics["validation_accuracy"], abs=0.15)


@NO_GPU
@pytest.mark.parametrize("precision", ["fp32", "bf16", "fp16"])
def test_every_precision_learns_on_a_gpu(precision: str) -> None:
    """As a CPU does."""
    asked = request(branching(), epochs=15, learning_rate=0.02)
    record = _evaluator("cuda", precision=precision).evaluate(asked)
    assert record.ok, record.error
    assert record.metrics["validation_accuracy"] > 0.8


@NO_GPU
def test_a_graphed_training_is_an_ungraphed_one() -> None:
    """Same losses, epoch by epoch, also with batch norm and every optimizer."""
    for optimizer in ("sgd", "adamw"):
        asked = request(convolutional(), epochs=3, optimizer=optimizer)
        plain, graphed = (
            _evaluator("cuda", precision="fp32", cuda_graphs=graphs).evaluate(asked)
            for graphs in (False, True)
        )
        assert graphed.ok, graphed.error
        for one, other in zip(plain.curve, graphed.curve, strict=True):
            assert other["training_loss"] == pytest.approx(
                one["training_loss"], rel=1e-3
            )

"""Trainings that go on from where they stood."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from small_networks import blobs, convolutional, layer, request

from evonas.architecture import Architecture
from evonas.errors import DataError
from evonas.evaluation import Fidelity, Record, Request
from evonas.network import load_state, save
from evonas.training import TrainingEvaluator, TrainingSettings
from evonas.training.state import read_training

AUGMENTED = {"shift": 0.2, "scaling": 0.1, "horizontal_flip": 0.5}


def _evaluator(directory: Path, **settings: Any) -> TrainingEvaluator:
    return TrainingEvaluator(
        blobs(),
        TrainingSettings(device="cpu", weights_directory=directory, **settings),
    )


def _asked(number: int, epochs: float, more: dict[str, Any], **recipe: Any) -> Request:
    return request(
        convolutional(dropout=0.3),
        epochs,
        number=number,
        more={"keep_weights": True, **more},
        **AUGMENTED,
        **recipe,
    )


def _stored(directory: Path, record: Record) -> dict[str, torch.Tensor]:
    return load_state(directory / f"{record.weights}.safetensors")[0]


@pytest.mark.parametrize(
    "recipe",
    [
        {"schedule": "trapezoid", "optimizer": "sgd", "warmup_epochs": 0.5},
        {"schedule": "trapezoid", "optimizer": "adamw", "weight_average": 0.9},
        {"schedule": "trapezoid", "optimizer": "rmsprop", "learning_rate": 0.01},
        {"schedule": "constant", "optimizer": "adam", "batch_size": 7},
    ],
    ids=lambda recipe: f"{recipe['schedule']}-{recipe['optimizer']}",
)
def test_going_on_equals_a_training_that_was_never_stopped(
    tmp_path: Path, recipe: dict[str, Any]
) -> None:
    """Bit for bit: weights, curve and metrics, through two stops."""
    straight = _evaluator(tmp_path).evaluate(_asked(1, 6, {}, **recipe))
    assert straight.ok, straight.error
    last = None
    for number, epochs in ((2, 1.5), (3, 2), (4, 6)):
        # Another process in between: nothing but the file is left.
        more = {} if last is None else {"resume": last.weights}
        last = _evaluator(tmp_path).evaluate(_asked(number, epochs, more, **recipe))
        assert last.ok, last.error
        assert last.notes == ()
    assert last is not None
    assert last.metrics == straight.metrics
    assert last.curve == straight.curve
    expected = _stored(tmp_path, straight)
    for name, tensor in _stored(tmp_path, last).items():
        assert torch.equal(tensor, expected[name]), name


@pytest.mark.parametrize("schedule", ["cosine", "one_cycle"])
def test_other_schedules_go_on_along_the_longer_one(
    tmp_path: Path, schedule: str
) -> None:
    """From the same step: all epochs count, and the curve has each of them."""
    evaluator = _evaluator(tmp_path)
    first = evaluator.evaluate(_asked(1, 2, {}, schedule=schedule))
    more = {"resume": first.weights}
    second = evaluator.evaluate(_asked(2, 3, more, schedule=schedule))
    assert [point["epoch"] for point in second.curve] == pytest.approx([1, 2, 3])
    assert second.curve[:2] == first.curve
    assert second.seconds >= 0


def test_a_larger_share_of_the_data_counts_samples_seen_before(tmp_path: Path) -> None:
    """Two epochs of a half are one epoch of the whole."""
    evaluator = _evaluator(tmp_path)
    asked = _asked(1, 2, {})
    first = evaluator.evaluate(replace(asked, fidelity=Fidelity(2, 0.5)))
    more = {"resume": first.weights}
    second = evaluator.evaluate(_asked(2, 3, more))
    assert second.ok, second.error
    marks = [point["epoch"] for point in second.curve]
    assert marks == pytest.approx([0.5, 1, 2, 3], abs=0.1)


def test_wider_layers_and_larger_maps_go_on_from_the_smaller(tmp_path: Path) -> None:
    """The first measurement of the wider network is what the narrow one had learned."""
    evaluator = _evaluator(tmp_path)
    asked = _asked(1, 4, {}, schedule="constant", learning_rate=0.02)
    small = evaluator.evaluate(replace(asked, fidelity=Fidelity(4, 1, 0.5, 0.5)))
    assert small.ok, small.error
    narrow = _stored(tmp_path, small)["layer_1.weight"]
    assert narrow.shape[0] == 3
    more = {"resume": small.weights}
    wide = evaluator.evaluate(replace(asked, request_id=2, **more))
    assert wide.ok, wide.error
    assert _stored(tmp_path, wide)["layer_1.weight"].shape[0] == 6
    assert torch.equal(_stored(tmp_path, wide)["layer_1.weight"][:3], narrow)
    grown = evaluator.evaluate(
        replace(asked, request_id=3, **more, fidelity=Fidelity(8))
    )
    assert len(grown.curve) == 8
    assert grown.curve[4]["training_loss"] < small.curve[0]["training_loss"]


def test_cost_is_the_candidates_own_at_any_width(tmp_path: Path) -> None:
    """Objectives compare candidates, not what a low fidelity makes of them."""
    evaluator = _evaluator(tmp_path)
    whole = evaluator.evaluate(request())
    half = evaluator.evaluate(replace(request(), fidelity=Fidelity(1, 1, 1, 0.5)))
    assert whole.cost == half.cost
    assert whole.metrics != half.metrics


def test_a_stored_training_that_is_gone_begins_anew_and_says_so(
    tmp_path: Path,
) -> None:
    """Whoever makes room may remove it; with the same seed the result is the same."""
    evaluator = _evaluator(tmp_path)
    straight = evaluator.evaluate(_asked(1, 2, {}, schedule="trapezoid"))
    asked = _asked(2, 2, {"resume": "9-gone"}, schedule="trapezoid")
    anew = evaluator.evaluate(asked)
    assert anew.metrics == straight.metrics
    assert anew.notes == ("the stored training 9-gone is gone: trained from the start",)


def test_a_stored_training_of_a_later_version_is_told(tmp_path: Path) -> None:
    """By its format."""
    path = tmp_path / "w.safetensors"
    save({"layer_1.weight": torch.ones(1)}, path, {"extra/training": '{"format": 99}'})
    with pytest.raises(DataError, match="stored training of format 1, got 99"):
        read_training(path, "training")


def test_evaluate_only_has_nothing_to_go_on_from(tmp_path: Path) -> None:
    """Its file holds the weights alone."""
    record = _evaluator(tmp_path).evaluate(_asked(1, 1, {}, procedure="evaluate_only"))
    path = tmp_path / f"{record.weights}.safetensors"
    assert read_training(path, "training") is None


def test_resolution_needs_sides() -> None:
    """A table has none."""
    evaluator = TrainingEvaluator(blobs(), TrainingSettings(device="cpu"))
    flat = Architecture.chain([layer("flatten"), layer("dense", units=3)])
    half = replace(request(flat), fidelity=Fidelity(1, 1, 0.5))
    assert evaluator.evaluate(half).ok

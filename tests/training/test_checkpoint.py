"""Final trainings that were killed go on from their last epoch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from small_networks import blobs, convolutional, request

from evonas.evaluation import Request
from evonas.network import load_state
from evonas.storage import WeightsStore
from evonas.training import TrainingEvaluator, TrainingSettings
from evonas.training.measuring import Measure


class Killed(BaseException):
    """What ends a process is no exception that anything catches."""


def _evaluator(directory: Path, **settings: Any) -> TrainingEvaluator:
    return TrainingEvaluator(
        blobs(),
        TrainingSettings(device="cpu", weights_directory=directory, **settings),
    )


def _asked(seed: int = 11, **recipe: Any) -> Request:
    return request(
        convolutional(dropout=0.3),
        5,
        number=-1,
        seed=seed,
        shift=0.2,
        weight_average=0.9,
        more={"purpose": "final", "keep_weights": True},
        **recipe,
    )


def _kill_at(monkeypatch: pytest.MonkeyPatch, measurement: int) -> list[int]:
    """Die in the middle of a measurement; gives how often was measured so far."""
    counted = [0]
    measure = Measure.__call__

    def die(self: Measure, *arguments: Any) -> dict[str, float]:
        counted[0] += 1
        if counted[0] == measurement:
            raise Killed
        return measure(self, *arguments)

    monkeypatch.setattr(Measure, "__call__", die)
    return counted


@pytest.mark.parametrize("schedule", ["cosine", "trapezoid"])
def test_a_killed_final_training_ends_like_one_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, schedule: str
) -> None:
    """Bit for bit, and it does not repeat the epochs that were done."""
    alone = _evaluator(tmp_path / "a").evaluate(_asked(schedule=schedule))
    assert alone.ok, alone.error
    counted = _kill_at(monkeypatch, 4)
    with pytest.raises(Killed):
        _evaluator(tmp_path / "b").evaluate(_asked(schedule=schedule))
    again = _evaluator(tmp_path / "b").evaluate(_asked(schedule=schedule))
    assert counted[0] == 4 + 2 + 1  # epochs four and five, and the test data
    assert (again.metrics, again.curve) == (alone.metrics, alone.curve)
    files = [tmp_path / part / f"{alone.weights}.safetensors" for part in "ab"]
    expected = load_state(files[0])[0]
    for name, tensor in load_state(files[1])[0].items():
        assert torch.equal(tensor, expected[name])
    assert [file.name for file in (tmp_path / "b").iterdir()] == [files[1].name]


@pytest.mark.parametrize("other", ["seed", "recipe", "damaged"])
def test_another_trainings_checkpoint_is_not_gone_on_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    """It begins anew, and the result is its own."""
    asked, settings = _asked(), {}
    if other == "seed":
        asked = _asked(seed=12)
    elif other == "recipe":
        settings = {"final_recipe": {"learning_rate": 0.01}}
    alone = _evaluator(tmp_path / "a", **settings).evaluate(asked)
    counted = _kill_at(monkeypatch, 4)
    with pytest.raises(Killed):
        _evaluator(tmp_path / "b").evaluate(_asked())
    (checkpoint,) = (tmp_path / "b").iterdir()
    if other == "damaged":
        checkpoint.write_bytes(checkpoint.read_bytes()[:100])
    again = _evaluator(tmp_path / "b", **settings).evaluate(asked)
    assert counted[0] == 4 + 5 + 1
    assert again.metrics == alone.metrics


def test_the_store_of_weights_leaves_checkpoints_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It tidies up between two sessions."""
    _kill_at(monkeypatch, 3)
    with pytest.raises(Killed):
        _evaluator(tmp_path).evaluate(_asked())
    before = list(tmp_path.iterdir())
    assert len(before) == 1
    store = WeightsStore(tmp_path, 0)
    store.keep_only([])
    store.enforce_quota([])
    store.remove_unfinished()
    assert list(tmp_path.iterdir()) == before


def test_a_final_training_has_its_own_recipe(tmp_path: Path) -> None:
    """The stored weights say with which one they were trained."""
    evaluator = _evaluator(tmp_path, final_recipe={"label_smoothing": 0.1})
    record = evaluator.evaluate(_asked())
    plain = _evaluator(tmp_path / "plain").evaluate(_asked())
    assert record.candidate_key == plain.candidate_key
    assert record.curve != plain.curve
    _, metadata = load_state(tmp_path / f"{record.weights}.safetensors")
    assert '"label_smoothing": 0.1' in metadata["recipe"]

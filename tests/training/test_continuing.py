"""Requests that go on with a stored training, or that only measure it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from architecture_strategies import renumbered
from small_networks import blobs, convolutional, request

from evonas.evaluation import Fidelity, Outcome, Record, Request
from evonas.network import load_state, save
from evonas.training import TrainingEvaluator, TrainingSettings
from evonas.training.trainer import Training


def _evaluator(directory: Path, **settings: Any) -> TrainingEvaluator:
    return TrainingEvaluator(
        blobs(),
        TrainingSettings(device="cpu", weights_directory=directory, **settings),
    )


def _asked(number: int, fidelity: Fidelity, more: dict[str, Any], **recipe: Any) -> Any:
    asked = request(
        convolutional(dropout=0.3),
        number=number,
        more={"keep_weights": True, **more},
        **recipe,
    )
    return replace(asked, fidelity=fidelity)


def _after(found: Record) -> dict[str, Any]:
    return {"resume": found.weights, "resumed": found.fidelity}


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of all steps that are taken."""
    taken: list[int] = []
    step = Training._take_step

    def note(self: Training) -> torch.Tensor:
        taken.append(self.step)
        return step(self)

    monkeypatch.setattr(Training, "_take_step", note)
    return taken


@pytest.mark.parametrize(
    ("fidelity", "recipe"),
    [
        (Fidelity(2), {"schedule": "constant"}),
        (Fidelity(2), {"schedule": "trapezoid", "weight_average": 0.9}),
        (Fidelity(2, 0.5, 0.5, 0.5), {"schedule": "cosine"}),
        (Fidelity(1), {"procedure": "evaluate_only"}),
    ],
    ids=["constant", "averaged", "smaller", "untrained"],
)
def test_what_a_search_trained_is_tested_as_it_is(
    tmp_path: Path, fidelity: Fidelity, recipe: dict[str, Any], steps: list[int]
) -> None:
    """Nothing is trained; the recipe of final trainings has no part in it."""
    own = {"final_recipe": {"variance_normalisation": False, "label_smoothing": 0.1}}
    evaluator = _evaluator(tmp_path, **own)
    found = evaluator.evaluate(_asked(1, fidelity, {}, **recipe))
    assert found.ok, found.error
    steps.clear()
    more = {"purpose": "final", **_after(found)}
    last = evaluator.evaluate(_asked(-1, fidelity, more, **recipe))
    assert last.ok, last.error
    assert (last.curve, last.notes, steps) == ((), (), [])
    assert "test_accuracy" in last.metrics
    assert found.metrics.items() <= last.metrics.items()
    first, second = (
        load_state(tmp_path / f"{one.weights}.safetensors") for one in (found, last)
    )
    assert first[1] == second[1]
    assert all(torch.equal(first[0][name], second[0][name]) for name in first[0])
    assert first[0].keys() == second[0].keys()


def test_its_copy_can_be_gone_on_with_like_the_first(tmp_path: Path) -> None:
    """Bit for bit."""
    evaluator, recipe = _evaluator(tmp_path), {"schedule": "trapezoid"}
    found = evaluator.evaluate(_asked(1, Fidelity(2), {}, **recipe))
    copy = evaluator.evaluate(_asked(2, Fidelity(2), _after(found), **recipe))
    longer = [
        evaluator.evaluate(_asked(number, Fidelity(4), _after(one), **recipe))
        for number, one in ((3, found), (4, copy))
    ]
    assert longer[0].ok, longer[0].error
    assert longer[0].metrics == longer[1].metrics
    assert longer[0].curve == longer[1].curve


def test_only_what_is_missing_is_trained(tmp_path: Path, steps: list[int]) -> None:
    """With a trapezoid its fall is taken again, at the end of the longer training."""
    evaluator = _evaluator(tmp_path)
    for schedule, first in (("constant", 12), ("trapezoid", 10)):
        found = evaluator.evaluate(_asked(1, Fidelity(2), {}, schedule=schedule))
        steps.clear()
        asked = _asked(2, Fidelity(3), _after(found), schedule=schedule)
        evaluator.evaluate(asked)
        assert steps == list(range(first, 18))
        assert asked.effort == 1


def test_a_candidate_that_is_never_trained_is_measured_at_any_fidelity(
    tmp_path: Path,
) -> None:
    """Wider, too: what it inherited grows."""
    evaluator, recipe = _evaluator(tmp_path), {"procedure": "evaluate_only"}
    found = evaluator.evaluate(_asked(1, Fidelity(1, width=0.5), {}, **recipe))
    longer = evaluator.evaluate(
        _asked(2, Fidelity(3, width=0.5), _after(found), **recipe)
    )
    assert longer.metrics == found.metrics
    wider = evaluator.evaluate(_asked(3, Fidelity(3), _after(found), **recipe))
    assert wider.ok, wider.error
    narrow, wide = (
        load_state(tmp_path / f"{one.weights}.safetensors")[0]["layer_1.weight"]
        for one in (found, wider)
    )
    assert torch.equal(wide[: len(narrow)], narrow)


def _wrong(
    kind: str, evaluator: TrainingEvaluator, first: Record, path: Path
) -> tuple[TrainingEvaluator, Request, str]:
    """Who is asked, what, and the beginning of what is said."""
    asked = _asked(2, Fidelity(3), _after(first))
    if kind == "candidate":
        other = _asked(2, Fidelity(3), _after(first), learning_rate=0.001)
        return evaluator, other, "the stored training of candidate"
    if kind == "shorter":
        shorter = replace(asked, fidelity=Fidelity(1))
        return evaluator, shorter, "at least the fidelity of the stored training"
    if kind == "resumed":
        other = replace(asked, resumed=Fidelity(1))
        return evaluator, other, "a training to Fidelity(epochs=1"
    if kind == "data":
        other_split = _evaluator(path.parent, split_seed=3)
        return other_split, asked, "the stored training of candidate"
    weights, metadata = load_state(path)
    plain = {k: v for k, v in metadata.items() if not k.startswith("extra/")}
    save(weights, path, plain)
    return evaluator, asked, "a stored training, got weights only"


@pytest.mark.parametrize(
    "kind", ["candidate", "shorter", "resumed", "data", "weights only"]
)
def test_what_cannot_be_gone_on_with_is_told(tmp_path: Path, kind: str) -> None:
    """With the file's name and what to do."""
    evaluator = _evaluator(tmp_path)
    first = evaluator.evaluate(_asked(1, Fidelity(2), {}))
    path = tmp_path / f"{first.weights}.safetensors"
    evaluator, asked, message = _wrong(kind, evaluator, first, path)
    record = evaluator.evaluate(asked)
    assert record.outcome is Outcome.CRASHED
    assert f"{path}: expected {message}" in record.error


def test_an_equal_network_in_another_order_is_told(tmp_path: Path) -> None:
    """Its key is the same, but weights belong to places."""
    first = _evaluator(tmp_path).evaluate(_asked(1, Fidelity(1), {}))
    asked = _asked(2, Fidelity(2), _after(first))
    architecture = asked.candidate.architecture
    other = replace(asked.candidate, design=renumbered(architecture, 4))
    assert other.key() == asked.candidate.key()
    record = _evaluator(tmp_path).evaluate(replace(asked, candidate=other))
    assert "an equal architecture in another order; ask with" in record.error

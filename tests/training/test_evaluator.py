"""Tests of the training evaluator."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from contracts.evaluator_contract import EvaluatorContract
from small_networks import (
    blobs,
    branching,
    convolutional,
    dense,
    layer,
    plane,
    request,
    sequences,
)

from evonas.architecture import Architecture, Layer, training_memory_bytes
from evonas.errors import ConfigError
from evonas.evaluation import Evaluator, EvaluatorHandle, Outcome, Request
from evonas.network import build, load_into
from evonas.tasks import METRICS, Task
from evonas.training import TrainingEvaluator, TrainingSettings, from_settings
from evonas.training.attempt import is_out_of_memory
from evonas.training.evaluator import find_device


def _evaluator(task: Task | None = None, **settings: Any) -> TrainingEvaluator:
    return TrainingEvaluator(
        task or blobs(), TrainingSettings(**{"device": "cpu", **settings})
    )


class TestTrainingEvaluator(EvaluatorContract):
    """The contract of evaluators, with dropout and augmentation at work."""

    @pytest.fixture
    def evaluator(self) -> Evaluator:
        """On a small task."""
        return _evaluator(latency=True)

    @pytest.fixture
    def good(self) -> Request:
        """A short training."""
        return request(convolutional(dropout=0.3), epochs=2, shift=0.2, scaling=0.1)

    @pytest.fixture
    def bad(self) -> Request:
        """A training that diverges."""
        return request(branching(), epochs=20, learning_rate=999, schedule="constant")


def test_a_record_holds_costs_and_a_curve() -> None:
    """The analytic costs, and one entry an epoch that ends in the final metrics."""
    asked = request(branching(), epochs=2.5, optimizer="adam", learning_rate=0.01)
    record = _evaluator().evaluate(asked)
    cost = asked.candidate.architecture.cost((1, 8, 8))
    assert record.cost == {
        "parameters": cost.parameters,
        "multiply_adds": cost.multiply_adds,
        "training_memory_bytes": training_memory_bytes(cost, 8, "adam"),
    }
    assert [point["epoch"] for point in record.curve] == pytest.approx([1, 2, 2.5])
    last = dict(record.curve[-1])
    del last["epoch"], last["training_loss"]
    assert last == record.metrics
    assert set(last) == {"validation_loss", "validation_accuracy"}


def test_a_small_network_learns_a_small_task() -> None:
    """And the test metrics of a final evaluation agree."""
    asked = request(
        branching(), epochs=15, learning_rate=0.02, more={"purpose": "final"}
    )
    record = _evaluator(blobs(240)).evaluate(asked)
    assert record.metrics["validation_accuracy"] > 0.9
    assert record.metrics["test_accuracy"] > 0.9


@pytest.mark.parametrize("purpose", ["search", "audit", "final", "retrain"])
def test_test_arrays_are_read_for_a_final_evaluation_only(purpose: str) -> None:
    """A test set of nonsense goes unnoticed until then, and the record says so."""
    task = blobs()
    nonsense = replace(task, x_test=np.zeros((4, 1, 1), np.uint8))
    record = _evaluator(nonsense).evaluate(request(more={"purpose": purpose}))
    assert record.ok == (purpose != "final")
    assert record.tested == (purpose == "final")


def test_a_record_does_not_depend_on_what_ran_before() -> None:
    """Neither on other trainings, nor on torch's global generator or threads."""
    asked = request(convolutional(dropout=0.4), epochs=2, shift=0.1)
    torch.manual_seed(1)
    first = _evaluator().evaluate(asked)
    evaluator = _evaluator()
    evaluator.evaluate(request(branching(), seed=99))
    torch.manual_seed(2)
    again = evaluator.evaluate(asked)
    assert (first.metrics, first.curve) == (again.metrics, again.curve)


def test_torchs_global_state_stays_as_it_was() -> None:
    """A user's own random numbers and threads are not touched."""
    before = torch.get_rng_state(), torch.get_num_threads()
    _evaluator(threads=before[1] + 1).evaluate(request(convolutional(dropout=0.4)))
    assert torch.equal(torch.get_rng_state(), before[0])
    assert torch.get_num_threads() == before[1]


def test_evaluate_only_measures_the_initial_weights() -> None:
    """No curve, but metrics."""
    record = _evaluator().evaluate(request(procedure="evaluate_only"))
    assert record.ok
    assert record.curve == ()
    assert "validation_accuracy" in record.metrics


@pytest.mark.parametrize(
    ("architecture", "reason"),
    [
        (convolutional(outputs=4), r"gives \(4,\) for an input of \(1, 8, 8\)"),
        (Architecture.chain([layer("conv", filters=2)]), r"needs \(3,\)"),
        (
            Architecture.chain([layer("max_pool", kernel=9), layer("dense", units=3)]),
            "max_pool",
        ),
    ],
)
def test_what_cannot_be_built_is_invalid(
    architecture: Architecture, reason: str
) -> None:
    """The record says why; nothing was trained."""
    record = _evaluator().evaluate(request(architecture))
    assert record.outcome is Outcome.INVALID
    assert record.curve == ()
    assert re.search(reason, record.error)


def test_a_network_without_weights_is_invalid() -> None:
    """Averages of three channels are three outputs, but nothing to train."""
    pooling = Architecture.chain([layer("global_pool")])
    record = _evaluator(blobs(channels=3)).evaluate(request(pooling))
    assert record.outcome is Outcome.INVALID
    assert "no weights" in record.error


def test_divergence_is_an_outcome_with_what_was_learned_so_far() -> None:
    """Cost and curve are kept, metrics are not."""
    asked = request(branching(), epochs=20, learning_rate=999, schedule="constant")
    record = _evaluator().evaluate(asked)
    assert record.outcome is Outcome.DIVERGED
    assert "training loss became" in record.error
    assert record.cost["parameters"] > 0
    assert record.metrics == {}


def test_a_passed_time_limit_is_an_outcome() -> None:
    """The limit counts from the start of the evaluation."""
    record = _evaluator(time_limit_seconds=0.05).evaluate(request(epochs=10_000))
    assert record.outcome is Outcome.TIMED_OUT
    assert record.seconds < 5


def test_limits_of_a_search_do_not_hold_for_a_final_training() -> None:
    """It trains longer on purpose, and its network passed them before."""
    evaluator = _evaluator(time_limit_seconds=1e-6, latency_limit_seconds=1e-9)
    assert evaluator.evaluate(request(more={"purpose": "final"})).ok


def test_running_out_of_memory_is_an_outcome() -> None:
    """Here the host's, in a loss that wants an exbibyte."""
    evaluator = _evaluator(loss="own_learning:greedy_loss")
    record = evaluator.evaluate(request())
    assert record.outcome is Outcome.OUT_OF_MEMORY, record.error


def test_running_out_of_memory_is_recognised_by_any_name() -> None:
    """Python's, a device's and its libraries', the host allocator's; nothing else."""
    assert is_out_of_memory(MemoryError())
    assert is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory"))
    assert is_out_of_memory(RuntimeError("DefaultCPUAllocator: can't allocate memory"))
    assert is_out_of_memory(RuntimeError("CUDA error: out of memory\nCUDA kernel"))
    for status in ("CUBLAS_STATUS_ALLOC_FAILED", "CUDNN_STATUS_ALLOC_FAILED"):
        assert is_out_of_memory(RuntimeError(f"CUDA error: {status} when calling"))
    assert not is_out_of_memory(RuntimeError("mat1 and mat2 shapes"))
    assert not is_out_of_memory(RuntimeError("CUBLAS_STATUS_EXECUTION_FAILED"))
    assert not is_out_of_memory(ValueError("can't allocate memory"))


def test_an_exception_is_an_outcome_with_its_traceback() -> None:
    """A user's metric that fails ends one record, not the run."""
    evaluator = _evaluator(metrics=("own_learning:not_a_number",))
    record = evaluator.evaluate(request())
    assert record.outcome is Outcome.CRASHED
    assert "Traceback" in record.error
    assert "metric 'not_a_number' gave nan" in record.error


def test_a_users_loss_and_metrics_are_used() -> None:
    """The validation loss is the user's as well."""
    evaluator = _evaluator(
        loss="own_learning:squared_margin",
        metrics=("own_learning:worst_class", "matthews"),
    )
    record = evaluator.evaluate(request(more={"purpose": "final"}))
    assert {"validation_worst_class", "test_worst_class", "test_matthews"} <= set(
        record.metrics
    )
    assert 0 < record.metrics["validation_loss"] < 10


def test_a_users_loss_that_is_no_number_diverges() -> None:
    """As any other."""
    record = _evaluator(loss="own_learning:nan_loss").evaluate(request())
    assert record.outcome is Outcome.DIVERGED


def test_latency_is_a_metric_where_it_is_asked_for() -> None:
    """A limit below it makes the network invalid before any training."""
    assert "latency_seconds" not in _evaluator().evaluate(request()).metrics
    timed = _evaluator(latency=True).evaluate(request())
    assert 0 < timed.metrics["latency_seconds"] < 1
    refused = _evaluator(latency_limit_seconds=1e-9).evaluate(request(epochs=50))
    assert refused.outcome is Outcome.INVALID
    assert "the limit is 1e-09 s" in refused.error
    assert refused.curve == ()


def test_a_regression_is_measured_in_its_own_unit() -> None:
    """Targets near 1,000 that vary by a few are predicted to a fraction of that."""
    asked = request(dense(1), epochs=40, learning_rate=0.02, more={"purpose": "final"})
    record = _evaluator(plane(), metrics=("r2",)).evaluate(asked)
    assert record.metrics["test_rmse"] < 0.4
    assert record.metrics["validation_r2"] > 0.8


@pytest.mark.parametrize(
    "body",
    [
        [layer("gru", units=6, sequence=False)],
        [layer("dense_block", layers=2, growth=3), layer("attention_pool")],
    ],
    ids=["gru", "attention"],
)
def test_series_of_tokens_can_be_learned(body: list[Layer]) -> None:
    """Whatever the layout of a task."""
    layers = [
        layer("embedding", vocabulary=2, dimension=4),
        *body,
        layer("dense", units=2),
    ]
    record = _evaluator(sequences()).evaluate(
        request(Architecture.chain(layers), epochs=2)
    )
    assert record.ok, record.error


def test_kept_weights_give_the_reported_metrics(tmp_path: Path) -> None:
    """The reference names request and candidate; nobody else's file has it."""
    evaluator = _evaluator(weights_directory=tmp_path / "weights")
    asked = request(epochs=2, more={"keep_weights": True})
    record = evaluator.evaluate(asked)
    assert record.weights == f"7-{asked.candidate.key()[:12]}"
    path = tmp_path / "weights" / f"{record.weights}.safetensors"
    network = build(asked.candidate.architecture, (1, 8, 8), 0)
    metadata = load_into(network, path)
    assert json.loads(metadata["task"]) == "blobs"
    splits = evaluator.task.split(0, 0.2)
    raw = torch.from_numpy(evaluator.task.x_train[splits.validation])
    with torch.no_grad():
        outputs = network.eval()(evaluator.data.prepare(raw)).numpy()
    truth = evaluator.task.y_train[splits.validation]
    found = METRICS["accuracy"](outputs, truth)
    assert found == record.metrics["validation_accuracy"]


def test_weights_are_handed_on_by_marking(tmp_path: Path) -> None:
    """A child that only measures has its parent's metrics."""
    evaluator = _evaluator(weights_directory=tmp_path)
    parent = evaluator.evaluate(request(epochs=2, more={"keep_weights": True}))
    child = evaluator.evaluate(
        request(
            number=8,
            seed=5,
            procedure="evaluate_only",
            more={"inherit": (parent.weights,)},
        )
    )
    alone = evaluator.evaluate(request(seed=5, procedure="evaluate_only"))
    assert child.metrics == parent.metrics != alone.metrics


def test_missing_weights_of_an_ancestor_are_told(tmp_path: Path) -> None:
    """That says nothing against the candidate: it is trained from new weights."""
    evaluator = _evaluator(weights_directory=tmp_path)
    record = evaluator.evaluate(request(more={"inherit": ("3-abc",)}))
    assert record.outcome is Outcome.OK
    assert record.metrics == evaluator.evaluate(request()).metrics
    assert any("weights 3-abc of an ancestor are gone" in n for n in record.notes)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"keep_weights": True}, "request 7 wants its weights kept.*no weights_dir"),
        ({"inherit": ("1-a",)}, "request 7 inherits weights.*no weights_directory"),
        ({"resume": "1-a"}, "request 7 goes on from a stored training.*no weights_d"),
        ({"read": ("stem",)}, r"read=\['stem'\].*does not offer"),
    ],
)
def test_a_request_beyond_the_evaluator_is_refused(
    more: dict[str, Any], message: str
) -> None:
    """Ignoring it would give a wrong record."""
    with pytest.raises(ConfigError, match=message):
        _evaluator().evaluate(request(more=more))


def test_the_split_of_the_tasks_section_is_used() -> None:
    """Through the handle that crosses processes."""
    settings = {
        "task": {"name": "own_learning:stripes", "validation_share": 0.3},
        "device": "cpu",
    }
    evaluator = from_settings(settings)
    assert evaluator.settings.validation_share == 0.3
    handle = EvaluatorHandle("evonas.training.evaluator:from_settings", settings)
    record = handle.evaluate(request(branching(2)))
    assert record.ok, record.error


def test_unknown_settings_are_refused() -> None:
    """Of the evaluator, or of its task."""
    with pytest.raises(ConfigError, match="unknown key 'treads'"):
        from_settings({"task": {"name": "digits"}, "treads": 2})
    with pytest.raises(ConfigError, match=r"task\.nam: unknown key"):
        from_settings({"task": {"nam": "digits"}})
    with pytest.raises(ConfigError, match="metrics: expected one of"):
        _evaluator(metrics=("nonsense",))
    with pytest.raises(ConfigError, match="'rmse' is for regression, but blobs is a"):
        _evaluator(metrics=("rmse",))


def test_devices_are_found_by_name() -> None:
    """One that is not there is told with those that are."""
    assert find_device("cpu") == torch.device("cpu")
    expected = "cuda" if torch.cuda.is_available() else "cpu"
    assert find_device("auto").type == expected
    with pytest.raises(
        ConfigError, match=r"expected auto or one of cpu.*got 'cuda:99'"
    ):
        find_device("cuda:99")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_gpu_learns_what_a_cpu_learns() -> None:
    """The same code, near enough the same accuracy."""
    asked = request(branching(), epochs=15, learning_rate=0.02)
    records = [
        _evaluator(blobs(240), device=device).evaluate(asked)
        for device in ("cpu", "cuda")
    ]
    accuracies = [record.metrics["validation_accuracy"] for record in records]
    assert accuracies[0] == pytest.approx(accuracies[1], abs=0.1)

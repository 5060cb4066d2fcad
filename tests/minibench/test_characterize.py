"""ProbeNet numbers: trained on few samples, and what they are averaged from."""

from __future__ import annotations

import pytest

from evonas.errors import ConfigError, DataError
from evonas.evaluation import Evaluator, Outcome, Record, Request
from evonas.tasks import Task, TaskSettings, open_task
from evonas.training import TrainingEvaluator, TrainingSettings
from minibench.characterize import ProbeSettings, probe, trainings


@pytest.fixture(scope="module")
def digits() -> Task:
    """Handwritten digits."""
    return open_task(TaskSettings(name="digits"))


class Told(Evaluator):
    """Gives what it is told to, and keeps what it was asked."""

    def __init__(self, *curves: tuple[float, ...]) -> None:
        self.curves = list(curves)
        self.asked: list[Request] = []

    def evaluate(self, request: Request) -> Record:
        """The next curve; an empty one: the training diverged."""
        self.asked.append(request)
        curve = self.curves.pop(0)
        if not curve:
            return Record.failed(request, Outcome.DIVERGED, "the loss became NaN")
        points = tuple({"validation_accuracy": value} for value in curve)
        key = request.candidate.key()
        return Record(
            request.request_id,
            key,
            request.fidelity,
            Outcome.OK,
            metrics=points[-1],
            curve=points,
        )


def test_a_probe_is_really_trained(digits: Task) -> None:
    """Twice the same, and better than by chance."""
    evaluator = TrainingEvaluator(digits, TrainingSettings())
    settings = ProbeSettings(epochs=2, samples=400)
    first, second = (probe(digits, evaluator, ["wide"], settings) for _ in range(2))
    assert first == second
    assert [one.name for one in first] == ["probenet.wide"]
    assert 0.3 < first[0].value <= 1.0


def test_the_best_epoch_counts_and_seeds_are_averaged(digits: Task) -> None:
    """The DCN is the number of the deep normalized one."""
    told = Told((0.2, 0.8, 0.5), (0.4, 0.6, 0.6))
    seen: list[Record] = []
    settings = ProbeSettings(epochs=3, samples=10**9, seeds=2)
    found = probe(digits, told, settings=settings, progress=seen.append)
    assert {one.name: one.value for one in found} == {
        "probenet.deep_normalized": 0.7,
        "dcn": 0.7,
    }
    assert [request.seed for request in told.asked] == [0, 1]
    assert told.asked[0].fidelity.data_share == 1.0
    assert len(seen) == trainings(["deep_normalized"], settings) == 2


def test_numbers_of_other_settings_are_other_numbers(digits: Task) -> None:
    """So that nobody compares them."""
    found = {
        probe(digits, Told((0.5,)), settings=settings)[0].what
        for settings in (ProbeSettings(), ProbeSettings(epochs=3))
    }
    assert len(found) == 2


def test_a_failed_training_is_told(digits: Task) -> None:
    """There is no number that could stand for it."""
    with pytest.raises(DataError, match=r"deep_normalized on digits.*diverged.*NaN"):
        probe(digits, Told(()))


def test_impossible_settings_are_refused() -> None:
    """By name."""
    with pytest.raises(ConfigError, match="seeds: expected 1 or more, got 0"):
        ProbeSettings(seeds=0)

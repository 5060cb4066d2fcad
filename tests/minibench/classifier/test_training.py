"""Training: which problems can be learned of, and that it is repeatable."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from bench_networks import problem, records

from evonas.encoding import Encoding
from evonas.errors import ConfigError, DataError
from minibench.classifier import BACKGROUND, BEST, Classifiers, Sample, samples_of
from minibench.classifier.evaluation import tell_apart
from minibench.classifier.training import Chosen, Method, choose, train


def some(name: str, runs: int = 3, networks: int = 8) -> list[Sample]:
    """The samples of a problem."""
    return samples_of(problem(name), records(name, runs, networks))


def test_training_again_gives_the_same(
    chosen: Chosen, classifiers: Classifiers
) -> None:
    """In every bit, whatever the order of the problems was."""
    again = choose(sorted(chosen.samples, key=lambda one: one.problem, reverse=True))
    assert train(again, Method(Encoding())).to_json() == classifiers.to_json()


def test_luck_warrants_nothing(chosen: Chosen, classifiers: Classifiers) -> None:
    """Best networks by lot are not known on another problem; and hardly one refused."""
    rng = np.random.default_rng(1)
    samples = []
    for key in chosen.judged:
        own = chosen.of(key)
        labels = rng.permutation([one.label for one in own])
        samples += [
            replace(one, label=str(label))
            for one, label in zip(own, labels, strict=True)
        ]
    lottery = Classifiers.fit(samples, Method(Encoding(1, 0))).threshold
    assert lottery is not None
    assert not lottery.warranted
    assert lottery.by_share.background < 0.3
    learned = classifiers.threshold
    assert learned is not None
    assert learned.area.value > lottery.area.value + 0.1
    assert learned.false_rejection == 0.05


def test_problems_with_too_little_are_left_out() -> None:
    """By name, with what they lack; the others are classes."""
    lone = some("rings", runs=1, networks=16)
    few = [one for one in some("waves") if one.label == BACKGROUND]
    few += [one for one in some("waves") if one.label == BEST][:4]
    found = choose([*some("dots"), *some("lines"), *lone, *few])
    assert found.judged == ("dots@v1", "lines@v1")
    assert list(found.left_out) == ["rings@v1", "waves@v1"]
    assert found.left_out["rings@v1"] == (
        "expected 5 networks of 2 runs in its best, two or more of them beside the "
        "largest run's, got 8 of 1 and 0 beside"
    )
    assert "got 4 of" in found.left_out["waves@v1"]
    assert {one.problem for one in found.samples} == set(found.judged)


def test_a_problem_without_background_is_a_class_all_the_same() -> None:
    """It is only not told how good a network is there."""
    alone = [one for one in some("rings") if one.label == BEST]
    found = choose([*some("dots"), *some("lines"), *alone])
    assert found.judged == ("dots@v1", "lines@v1")
    assert "rings@v1" in {one.problem for one in found.samples}
    assert found.left_out["rings@v1"].endswith("got 0 of 0 and 0 beside")
    made = train(found, Method(Encoding(1, 0)))
    assert made.problems.classes == ("dots@v1", "lines@v1", "rings@v1")
    assert set(made.best) == set(found.judged)
    assert made.left_out == found.left_out


def test_the_best_of_one_run_alone_cannot_be_held_out() -> None:
    """They would be known by their run."""
    samples = some("dots")
    runs = sorted({one.group for one in samples})
    torn = [
        one
        for one in some("dots", networks=20)
        if (one.label == BEST) == (one.group == runs[0])
    ]
    assert {one.label for one in torn} == {BEST, BACKGROUND}
    found = choose([*some("lines"), *some("rings"), *torn])
    assert "of 1 and 0 beside" in found.left_out["dots@v1"]


def test_one_problem_is_not_enough() -> None:
    """With the reasons of the others."""
    with pytest.raises(
        DataError, match="expected two or more problems with 5 networks"
    ):
        choose(some("dots"))
    with pytest.raises(DataError, match=r"got 1 \(lines@v1: expected 5 networks of 2"):
        choose([*some("dots"), *some("lines", runs=1)])
    with pytest.raises(DataError, match="got 0; add searches of more seeds"):
        choose([])


def test_only_kinds_of_classifiers_that_there_are() -> None:
    """By name."""
    with pytest.raises(ConfigError, match="model: expected one of linear, graph, got"):
        Method(Encoding(), "tree")


def test_two_runs_are_enough() -> None:
    """One is held out; probabilities are then fitted on networks of the other one."""
    found = choose([*some("dots", runs=2), *some("lines", runs=2)])
    assert not found.left_out
    method = Method(Encoding(1, 0))
    assert set(train(found, method).best) == {"dots@v1", "lines@v1"}
    (told, *_) = tell_apart(found, {"": method})
    assert told.mean > 0.9

"""Evaluation: on runs that were held out, against baselines."""

from __future__ import annotations

import json

import numpy as np
import pytest

from evonas.encoding import Encoding
from minibench.classifier import BEST, evaluation
from minibench.classifier.evaluation import (
    blinded,
    cross_validate,
    majority,
    own_runs,
    transfer,
)
from minibench.classifier.measures import Told
from minibench.classifier.report import evaluate
from minibench.classifier.training import Chosen, Method, RecipeUse, train

PLAIN = Method(Encoding())
FIT = PLAIN.fit_problems


def test_what_only_tells_the_run_is_of_no_use() -> None:
    """With a run in several parts, it would be known by heart."""
    labels = [name for name in "ab" for _ in range(30)]
    groups = [f"{name}{at % 3}" for at, name in enumerate(labels)]
    networks = [{f"0 {group}": 1.0, "0 same": 1.0} for group in groups]
    held = cross_validate(FIT, networks, labels, groups)
    assert held.matrix()[0, 1] <= 0.5
    mixed = [f"{at % 5}" for at in range(60)]
    assert cross_validate(FIT, networks, labels, mixed).matrix()[0, 1] == 1.0


def test_the_majority_knows_nothing() -> None:
    """Half of every pair."""
    labels = [*"a" * 12, *"b" * 6, *"c" * 6]
    groups = [str(at % 3) for at in range(len(labels))]
    held = majority(labels, groups)
    assert held.accuracy() == pytest.approx(1 / 3)
    assert Told.of("m", held, dict.fromkeys("abc", "image")).mean == pytest.approx(0.5)


def test_the_best_of_one_problem_are_known_by_another_one(chosen: Chosen) -> None:
    """Good networks are deeper everywhere here; a row teaches, a column is ordered."""
    method = Method(Encoding(1, 1))
    held = own_runs(chosen, method)
    found = transfer(chosen, method, held, train(chosen, method))
    assert found is not None
    assert found.problems == chosen.judged
    assert found.areas.shape == (4, 4)
    assert found.own > 0.85
    assert found.own == pytest.approx(np.mean([held[k].area(BEST) for k in held]))
    assert 0.6 < found.others < found.own
    assert found.accuracies.mean() > 0.8
    few = Chosen(chosen.samples, chosen.judged[:1], {})
    alone = train(few, method)
    assert alone.threshold is None
    assert transfer(few, method, held, alone) is None
    report = evaluate(few, method, alone)
    assert report.ordered == ()
    assert report.to_json()["threshold"] is None


def test_the_report_compares_with_baselines(
    chosen: Chosen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every level where that is asked for, and without the layers that betray."""
    monkeypatch.setattr(evaluation, "MAX_LEVEL", 2)
    few = [one for one in chosen.samples if one.problem != "rings@v1"]
    chosen = Chosen(tuple(few), ("dots@v1", "waves@v1"), {})
    method = Method(Encoding(2, 1))
    report = evaluate(chosen, method, train(chosen, method), sweep=True)
    told = {one.name: one for one in report.told}
    assert list(told) == [
        "classifier",
        "with the recipe",
        "modality hidden",
        "bag of layers",
        "folding 1",
        "folding 2",
        "majority",
    ]
    assert told["classifier"].mean > 0.9 > told["majority"].mean
    assert told["folding 2"].matrix == pytest.approx(
        told["classifier"].matrix, nan_ok=True
    )
    assert told["modality hidden"].mean < told["classifier"].mean
    assert set(told["classifier"].within) == {"image"}
    assert "lstm" in report.hidden["modality hidden"]
    data = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert data["classes"]["dots@v1"] == {"networks": 12, "runs": 3}
    assert data["told"][0]["pairwise_accuracy"][0][0] is None
    assert data["told"][2]["hidden"] == list(report.hidden["modality hidden"])
    assert report.transfer is not None
    assert data["transfer"]["mean_area_own"] == pytest.approx(report.transfer.own)
    assert [one["by"] for one in data["best_against_background"]] == [
        "classifier",
        "without the recipe",
        "bag of layers",
        "modality hidden",
        "folding 1",
        "folding 2",
    ]
    assert data["threshold"]["warranted"] is True  # each is surely known


@pytest.mark.parametrize(
    ("use", "told", "ordered"),
    [
        ("best", "with the recipe", "without the recipe"),
        ("all", "without the recipe", "without the recipe"),
        ("none", "with the recipe", "with the recipe"),
    ],
)
def test_what_the_recipe_is_worth_is_told(
    chosen: Chosen, use: RecipeUse, told: str, ordered: str
) -> None:
    """Whichever classifiers read it, there is one that does and one that does not."""
    few = [one for one in chosen.samples if one.problem in ("dots@v1", "lines@v1")]
    chosen = Chosen(tuple(few), ("dots@v1", "lines@v1"), {})
    method = Method(Encoding(1, 0), recipe=use)
    report = evaluate(chosen, method, train(chosen, method))
    assert [one.name for one in report.told][:2] == ["classifier", told]
    assert [one.name for one in report.ordered][:2] == ["classifier", ordered]


def test_nothing_is_hidden_where_nothing_betrays(chosen: Chosen) -> None:
    """All networks are of one modality and strategy."""
    images = [one for one in chosen.samples if one.modality == "image"]
    assert blinded(Chosen(tuple(images), (), {}), PLAIN) == {}

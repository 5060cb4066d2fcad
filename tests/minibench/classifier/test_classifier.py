"""Classifiers: judged with, written, read back, and nothing else is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evonas.architecture import Architecture
from evonas.candidate import Recipe
from evonas.encoding import Encoding
from evonas.errors import ConfigError, DataError
from minibench import strict
from minibench.classifier import BEST, KINDS, Classifiers, Decision, Judgement
from minibench.classifier.samples import records_digest
from minibench.classifier.training import Chosen, Method

GOLDEN = Path(__file__).parents[2] / "golden"


def test_networks_are_judged_by_their_style(
    chosen: Chosen, classifiers: Classifiers
) -> None:
    """Problems by the best networks, the best by problem; probabilities all."""
    right = good = 0
    for one in chosen.samples:
        found = classifiers.judge(one.architecture, one.shape)
        assert sum(found.problems.values()) == pytest.approx(1.0)
        assert set(found.best) == set(found.problems)
        if one.label == BEST:
            right += max(found.problems, key=found.problems.__getitem__) == one.problem
        good += (found.best[one.problem] > 0.5) == (one.label == BEST)
    assert right >= 0.9 * len(chosen.best)
    assert good >= 0.9 * len(chosen.samples)


def test_a_strange_network_is_noticed(chosen: Chosen, classifiers: Classifiers) -> None:
    """None of its groups is in the database."""
    known = chosen.best[0]
    assert classifiers.judge(known.architecture, known.shape).unseen < 0.5
    found = classifiers.judge_encoded({"0 input": 1.0, "0 magic": 3.0})
    assert found.unseen == 0.75


def test_the_recipe_is_judged(chosen: Chosen) -> None:
    """Where it alone tells the best; one that is not known says nothing."""
    good, bad = Recipe(learning_rate=0.01), Recipe(learning_rate=0.001)
    samples = [
        replace(one, recipe=good if (one.label == BEST) == (at % 10 > 0) else bad)
        for at, one in enumerate(chosen.samples)
    ]
    made = Classifiers.fit(samples, Method(Encoding(2, 0)))
    for one in samples[::8]:
        judged = {
            recipe: made.judge(one.architecture, one.shape, recipe)
            for recipe in (good, bad, None)
        }
        for key in made.best:
            least, middle, most = (judged[one].best[key] for one in (bad, None, good))
            assert least < middle < most
        assert judged[good].problems == judged[bad].problems == judged[None].problems
    everywhere = Classifiers.fit(samples, Method(Encoding(2, 0), recipe="all"))
    one = samples[0]
    first = everywhere.judge(one.architecture, one.shape, good)
    assert first.problems != everywhere.judge(one.architecture, one.shape, bad).problems


def test_what_is_below_the_threshold_is_refused(
    chosen: Chosen, classifiers: Classifiers
) -> None:
    """By the weights of whoever searches; where nobody can say, nothing is."""
    assert classifiers.threshold is not None
    value = classifiers.threshold.value
    best = [one for one in chosen.best if one.problem == "dots@v1"]
    others = [one for one in chosen.of("dots@v1") if one.label != BEST]
    refused = {}
    for name, samples in (("best", best), ("others", others)):
        judged = [classifiers.judge(one.architecture, one.shape) for one in samples]
        refused[name] = np.mean(
            [classifiers.refuses(one, {"dots@v1": 1.0}) for one in judged]
        )
        for one in judged:
            decision = classifiers.decide(one, {"dots@v1": 2.0, "cats@v1": 5.0})
            p = one.best["dots@v1"]
            assert decision.probability == pytest.approx(p)
            assert decision.accepted == (p >= value)
            assert decision.confidence == pytest.approx(p if p >= value else 1 - p)
            own = one.relevant
            assert own is not None
            assert classifiers.refuses(one) == (own < value)
    assert refused["best"] < 0.1
    assert refused["others"] > 0.5
    weights = {"dots@v1": 1.0}
    among = classifiers.value_among(judged, weights)
    assert among is not None
    refusals = [classifiers.refuses(one, weights, among) for one in judged]
    assert np.mean(refusals) == pytest.approx(classifiers.threshold.share, abs=0.1)
    assert classifiers.refuses(judged[0], weights, 1.0)
    assert not classifiers.refuses(judged[0], weights, 0.0)
    assert classifiers.value_among(judged) != among
    assert classifiers.value_among(judged, {}) is None
    assert classifiers.decide(judged[0], {}) == Decision(True, None, 1.0)
    without = replace(classifiers, threshold=None)
    worst = Judgement({"dots@v1": 1.0}, {"dots@v1": 0.0}, 0.0)
    assert classifiers.refuses(worst)
    assert without.decide(worst) == Decision(True, 0.0, 0.0)
    assert without.value_among(judged) is None


def test_the_nearest_known_network_is_named(
    chosen: Chosen, classifiers: Classifiers
) -> None:
    """A known one is nearest to itself; of some problems, if they alone count."""
    for one in chosen.best[::6]:
        found = classifiers.nearest(one.architecture, one.shape, one.recipe)
        assert found is not None
        assert found.similarity == pytest.approx(1.0, abs=1e-3)
        (same,) = [s for s in chosen.best if found.record in s.records]
        assert same.problem == found.problem
        features = [
            classifiers.encoding.features(s.architecture, s.shape) for s in (same, one)
        ]
        assert features[0] == features[1]
        other = classifiers.nearest(one.architecture, one.shape, None, ["waves@v1"])
        assert other is not None
        assert other.problem == "waves@v1"
        assert other.similarity <= found.similarity
    assert classifiers.nearest(one.architecture, one.shape, None, ()) is None
    strange = replace(classifiers, known=None)
    assert strange.nearest(one.architecture, one.shape) is None


@pytest.mark.parametrize("model", KINDS)
def test_files_of_the_first_format_are_read(model: str) -> None:
    """They judge as they did, whatever the recipe; they refuse nothing."""
    found = Classifiers.read(GOLDEN / f"classifier-format-1-{model}.json")
    said = json.loads((GOLDEN / "classifier-format-1-said.json").read_text())
    network = Architecture.from_json(said["architecture"])
    for recipe in (None, Recipe()):
        judged = found.judge(network, tuple(said["shape"]), recipe)
        expected = said["said"][model]
        assert judged.problems == pytest.approx(expected["problems"])
        assert judged.best == pytest.approx(expected["best"])
        assert judged.unseen == pytest.approx(expected["unseen"])
        assert not found.refuses(judged)
    assert found.threshold is None
    assert found.nearest(network, tuple(said["shape"])) is None
    again = Classifiers.from_json(found.to_json())
    assert again.judge(network, tuple(said["shape"])) == judged


def test_what_was_written_judges_the_same(
    chosen: Chosen, classifiers: Classifiers, tmp_path: Path
) -> None:
    """With the digest of its records, and nothing but data in the file."""
    path = tmp_path / "classifier.json"
    classifiers.write(path)
    again = Classifiers.read(path)
    assert again.to_json() == classifiers.to_json()
    assert again.digest == records_digest(chosen.samples)
    assert again.count == sum(len(one.records) for one in chosen.samples)
    assert {"evonas", "scikit-learn"} <= set(again.versions)
    for one in chosen.samples[::10]:
        first = classifiers.judge(one.architecture, one.shape)
        assert again.judge(one.architecture, one.shape) == first
    assert json.loads(path.read_text())["format"] == 2


def test_hidden_layers_are_kept_in_the_file(classifiers: Classifiers) -> None:
    """The encoding is a part of what was fitted."""
    other = replace(classifiers, encoding=Encoding(2, 1, False, ("conv",)))
    assert Classifiers.from_json(other.to_json()).encoding == other.encoding


def changed(*keys: Any) -> Callable[[Any], None]:
    """Set the value at a path of keys to the last one."""

    def change(data: Any) -> None:
        for key in keys[:-2]:
            data = data[key]
        data[keys[-2]] = keys[-1]

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (changed("format", 3), "format: expected 1 or 2, got 3; it is from another"),
        (changed("format", True), "format: expected 1 or 2, got True"),
        (changed("kind", "model"), "kind: expected 'minibench classifier'"),
        (changed("model", "tree"), "model: expected one of linear, graph, got 'tree'"),
        (changed("model", "graph"), "problems: expected the keys words, classes"),
        (changed("more", 1), "expected the keys format, kind"),
        (lambda data: data.pop("best"), "expected the key 'best', got none"),
        (changed("encoding", "folding", 7), "encoding: folding: expected a level"),
        (changed("encoding", "rounds", 1.5), "encoding: rounds: expected a whole"),
        (changed("encoding", "statistics", 1), "statistics: expected true or false"),
        (changed("encoding", "hidden", [3]), r"hidden\[0\]: expected a text, got 3"),
        (changed("records", "digest", "x" * 32), "digest: expected 32 hex digits"),
        (changed("records", "count", -1), "count: expected a whole number"),
        (changed("problems", None), "problems: expected an object, got None"),
        (
            changed("problems", "model", "classes", ["a", "b", "c", "d"]),
            "problems: model: classes: expected the key of a problem",
        ),
        (changed("problems", "model", "slopes", 0), "slopes: expected a list of 6"),
        (changed("best", []), r"best: expected an object, got \[\]"),
        (changed("best", "strange", {}), "best: expected the key of a problem"),
        (changed("left_out", "dots@v1", 1), "left_out: dots@v1: expected a text"),
        (changed("with", {"evonas": 1}), "with: expected an object of programs"),
        (lambda data: data.pop("threshold"), "expected the key 'threshold', got none"),
        (
            lambda data: data["threshold"]["held_out"].pop("dots@v1"),
            "threshold: held_out: expected the 4 problems of `best`, got 3",
        ),
        (
            changed("known", "networks", 0, "problem", "cats@v1"),
            "known: networks: expected problems that are among the classes, got cats",
        ),
    ],
)
def test_other_files_are_refused(
    classifiers: Classifiers,
    tmp_path: Path,
    change: Callable[[Any], None],
    message: str,
) -> None:
    """With the file and the place in it."""
    data = json.loads(json.dumps(classifiers.to_json()))
    change(data)
    path = tmp_path / "c.json"
    path.write_text(json.dumps(data))
    with pytest.raises(DataError, match=f"c.json: .*{message}|c.json: {message}"):
        Classifiers.read(path)


def test_classifiers_of_other_things_are_refused(classifiers: Classifiers) -> None:
    """The best must be told from the background, of a problem that is a class."""
    data = classifiers.to_json()
    wrong = {**data, "best": {"dots@v1": data["problems"]}}
    with pytest.raises(DataError, match="expected background and best, got 'dots@v1'"):
        Classifiers.from_json(wrong)
    strange = {**data, "best": {"cats@v1": data["best"]["dots@v1"]}}
    with pytest.raises(DataError, match="among the classes, got cats@v1"):
        Classifiers.from_json(strange)


def test_files_that_cannot_be_are_named(
    classifiers: Classifiers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Absent, unwritable, no JSON, or too large ever to be read."""
    with pytest.raises(
        ConfigError, match=r"none\.json: expected a classifier, got: No"
    ):
        Classifiers.read(tmp_path / "none.json")
    with pytest.raises(DataError, match="expected to write the classifier here, got N"):
        classifiers.write(tmp_path / "none" / "c.json")
    (tmp_path / "c.json").write_text("{")
    with pytest.raises(DataError, match=r"c\.json: expected one JSON value"):
        Classifiers.read(tmp_path / "c.json")
    monkeypatch.setattr(strict, "MAX_BYTES", 1_000)
    with pytest.raises(DataError, match="expected a classifier of at most 1,000 bytes"):
        classifiers.write(tmp_path / "large.json")
    assert not (tmp_path / "large.json").exists()

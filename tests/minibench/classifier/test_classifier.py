"""Classifiers: judged with, written, read back, and nothing else is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evonas.encoding import Encoding
from evonas.errors import ConfigError, DataError
from minibench import strict
from minibench.classifier import BEST, Classifiers, Judgement
from minibench.classifier.samples import records_digest
from minibench.classifier.training import Chosen


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


def test_relevance_weighs_the_problems() -> None:
    """Those without a classifier of their best do not count."""
    found = Judgement({"a": 0.6, "b": 0.2, "c": 0.2}, {"a": 0.5, "b": 0.1}, 0.0)
    assert found.relevant == pytest.approx((0.6 * 0.5 + 0.2 * 0.1) / 0.8)
    assert Judgement({"a": 1.0}, {}, 0.0).relevant is None


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
    assert json.loads(path.read_text())["format"] == 1


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
        (changed("format", 2), "format: expected 1, got 2; it is from another version"),
        (changed("format", True), "format: expected 1, got True"),
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

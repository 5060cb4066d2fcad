"""Problems: JSON there and back, what is plausible, and everything that is none."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from bench_records import PROBLEM, characterisations, problems
from hypothesis import given
from hypothesis import strategies as st

from evonas.errors import ConflictError, DataError
from minibench import Characterisation, Problem
from minibench.canonical import canonical


@given(problems)
def test_a_problem_comes_back_from_its_json(one: Problem) -> None:
    """Equal, and with the same text."""
    back = Problem.from_json(json.loads(canonical(one.to_json())))
    assert back == one
    assert canonical(back.to_json()) == canonical(one.to_json())


@given(st.lists(characterisations, max_size=4, unique_by=lambda one: one.what))
def test_characterisations_are_a_set(entries: list[Characterisation]) -> None:
    """In whichever order they come, the problem is the same."""
    there = replace(PROBLEM, characterisation=tuple(entries))
    assert there == replace(PROBLEM, characterisation=tuple(reversed(entries)))
    assert there.characterised(*entries) == there


def test_numbers_made_with_other_settings_stand_beside_each_other() -> None:
    """Only one of the same settings is replaced."""
    ten, five = ({"epochs": epochs} for epochs in (10, 5))
    one = PROBLEM.characterised(
        Characterisation("dcn", 0.9, ten), Characterisation("dcn", 0.8, five)
    ).characterised(Characterisation("dcn", 0.91, ten))
    assert [(entry.value, entry.settings["epochs"]) for entry in one.characterisation]
    assert {entry.value for entry in one.characterisation} == {0.91, 0.8}


@pytest.mark.parametrize(
    ("metric", "value", "plausible"),
    [
        ("validation_accuracy", 1.0, True),
        ("validation_accuracy", 1.7, False),
        ("test_accuracy", -0.1, False),
        ("validation_matthews", -0.5, True),
        ("validation_rmse", -0.5, False),
        ("validation_loss", 1e9, True),
        ("validation_r2", 1.01, False),
    ],
)
def test_what_a_metric_cannot_be_is_implausible(
    metric: str, value: float, plausible: bool
) -> None:
    """Its own range holds for every metric that is known."""
    low, high = PROBLEM.range_of(metric)
    assert (low <= value <= high) is plausible


def test_a_problem_may_say_more_of_its_own_metric() -> None:
    """Nobody has an accuracy below a half on two classes by chance."""
    narrow = replace(PROBLEM, plausible=(0.4, None))
    assert narrow.range_of("validation_accuracy") == (0.4, 1.0)
    assert narrow.range_of("test_accuracy") == (0.4, 1.0)
    assert narrow.range_of("validation_balanced_accuracy") == (0.0, 1.0)


def test_one_key_is_one_problem() -> None:
    """Another metric under the same key is named; new facts are no conflict."""
    PROBLEM.check_same(PROBLEM.characterised(Characterisation("dcn", 0.5)))
    with pytest.raises(ConflictError, match=r"dots@v1: metric: .* needs another name"):
        PROBLEM.check_same(replace(PROBLEM, metric="matthews"))


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("format", 9, r"p: format: expected 1, got 9; it is from a newer version"),
        ("name", "../etc", r"p: expected the key of a problem, .* got '../etc@v1'"),
        ("name", "Dots", r"p: expected the key of a problem"),
        ("version", "", r"p: expected the key of a problem"),
        ("modality", "smell", r"p: modality: expected one of image, .* got 'smell'"),
        ("input_shape", [], r"p: input_shape: expected one to four"),
        ("kind", [], r"p: kind: expected one of classification, regression, got \[\]"),
        ("outputs", 0, r"p: outputs: expected 1 or more, got 0"),
        ("metric", "a/b", r"p: metric: expected small letters"),
        ("direction", "up", r"p: direction: expected one of maximise, minimise"),
        ("plausible", [1, 0], r"p: plausible: expected the least value first"),
        ("plausible", [1], r"p: plausible: expected \[least, greatest\]"),
        ("plausible", [float("nan"), 1], r"p: plausible: expected a finite number"),
        ("characterisation", {}, r"p: characterisation: expected a list"),
        (
            "characterisation",
            [{}],
            r"p: characterisation\[0\]: expected the key 'name'",
        ),
        (
            "characterisation",
            [{"name": "dcn", "value": "a", "settings": {}}],
            r"p: characterisation\[0\].*value: expected a finite number, got 'a'",
        ),
        (
            "characterisation",
            [{"name": "dcn", "value": n, "settings": {"a": 1}} for n in (1, 2)],
            r"p: characterisation: expected one 'dcn' with the settings \{'a': 1\}",
        ),
        ("colour", 1, r"p: expected the keys .* got 'colour'"),
    ],
)
def test_what_is_no_problem_is_named_with_its_place(
    key: str, value: Any, message: str
) -> None:
    """File, line and key, what was expected and what was found."""
    data = {**PROBLEM.to_json(), key: value}
    with pytest.raises(DataError, match=message):
        Problem.from_json(data, "p")

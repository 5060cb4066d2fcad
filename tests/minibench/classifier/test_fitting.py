"""Fitting: scikit-learn fits, and NumPy says the same afterwards."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from evonas.errors import DataError
from minibench.classifier.fitting import calibration_folds, fit, fit_pair, folds


def drawn(seed: int) -> tuple[NDArray[np.float64], list[str], list[str]]:
    """Networks of three classes, which overlap, of three runs each."""
    rng = np.random.default_rng(seed)
    labels = [name for name in "abc" for _ in range(12)]
    groups = [f"{name}{at % 3}" for at, name in enumerate(labels)]
    centres = {name: rng.normal(size=7) for name in "abc"}
    x = np.array([rng.normal(centres[name], 1.0) for name in labels])
    return x, labels, groups


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 10**6))
def test_numpy_says_what_scikit_learn_says(seed: int) -> None:
    """Every pair's probability, of networks it has seen and others."""
    x, labels, groups = drawn(seed)
    y, whence = np.array(labels), np.array(groups)
    others = np.concatenate([x, np.random.default_rng(1).normal(size=(9, 7))])
    model = fit(x, labels, groups)
    assert model.classes == ("a", "b", "c")
    found = model.pairs(others)
    for at, (one, other) in enumerate(combinations("abc", 2)):
        rows = (y == one) | (y == other)
        own = fit_pair(x[rows], y[rows] == one, list(whence[rows]))
        expected = own.predict_proba(others)[:, list(own.classes_).index(True)]
        assert found[:, at] == pytest.approx(expected, abs=1e-9)


def test_two_classes_are_scikit_learn_s_own_probabilities() -> None:
    """Nothing is to be joined."""
    x, labels, groups = drawn(3)
    y = np.array(["best" if one == "a" else "background" for one in labels])
    runs = [f"run {group[1]}" for group in groups]
    model = fit(x, list(y), runs)
    own = fit_pair(x, y == "background", runs)
    assert model.classes == ("background", "best")
    assert model.probabilities(x)[:, 0] == pytest.approx(
        own.predict_proba(x)[:, 1], abs=1e-9
    )


@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.integers(0, 4)), min_size=8, max_size=40
    )
)
def test_no_group_is_split(drawn: list[tuple[str, int]]) -> None:
    """Each network is held out once, with all of its group; all classes are kept."""
    labels = [label for label, _ in drawn]
    groups = [f"{group}" for _, group in drawn]
    try:
        found = folds(labels, groups)
    except DataError:
        return
    held = [at for _, part in found for at in part]
    assert sorted(held) == list(range(len(drawn)))
    for kept, part in found:
        assert not {groups[at] for at in kept} & {groups[at] for at in part}
        assert {labels[at] for at in kept} == set(labels)


@given(st.lists(st.lists(st.integers(1, 30), min_size=3, max_size=8), min_size=2))
def test_of_three_runs_two_are_always_kept(sizes: list[list[int]]) -> None:
    """However many networks they have: one is held out, another one calibrates."""
    labels, groups = [], []
    for at, own in enumerate(sizes):
        for run, size in enumerate(own):
            labels += [f"class {at}"] * size
            groups += [f"{at}/{run}"] * size
    for kept, held in folds(labels, groups):
        assert len({labels[at] for at in held}) == len(sizes)
        runs = {(labels[at], groups[at]) for at in kept}
        for label in set(labels):
            assert sum(one == label for one, _ in runs) >= 2
        folds([labels[at] for at in kept], [groups[at] for at in kept])


def test_a_class_of_one_run_cannot_be_held_out() -> None:
    """Which class it is, and what to do."""
    with pytest.raises(DataError, match="b: expected networks of 2 runs or more"):
        folds(["a", "a", "b", "b"], ["1", "2", "3", "3"])


def test_where_one_run_is_left_networks_are_held_out() -> None:
    """Of a class with a single one, nothing can be calibrated."""
    found = calibration_folds([*"aaabbb"], ["1", "1", "2", "3", "3", "3"])
    assert sorted(at for _, held in found for at in held) == list(range(6))
    assert all({"aaabbb"[at] for at in kept} == {"a", "b"} for kept, _ in found)
    by_run = calibration_folds([*"aabb"], [*"1212"])
    assert [list(held) for _, held in by_run] == [[0, 2], [1, 3]]
    with pytest.raises(DataError, match="got 1; add another search"):
        fit(np.zeros((3, 2)), ["a", "a", "b"], ["1", "2", "3"])

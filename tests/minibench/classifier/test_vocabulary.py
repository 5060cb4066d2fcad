"""Vocabularies: features as vectors, with what is not known in sight."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas.errors import DataError
from minibench.classifier import Vocabulary
from minibench.classifier.vocabulary import Prepared

NETWORKS = [
    {"0 conv": 2.0, "0 pool": 1.0, "1 ab": 1.0, "graph depth": 3.0},
    {"0 conv": 1.0, "0 pool": 1.0, "graph depth": 1.0, "graph same": 2.0},
    {"0 dense": 1.0, "graph depth": 2.0, "graph same": 2.0},
]
_features = st.dictionaries(
    st.sampled_from(("0 conv", "0 pool", "0 new", "1 ab", "graph depth", "graph new")),
    st.floats(0, 1e6),
)


def test_a_label_of_one_network_alone_is_left_out() -> None:
    """Statistics are not: those that are absent are 0."""
    found = Vocabulary.fit(NETWORKS)
    assert found.labels == ("0 conv", "0 pool")
    assert found.statistics == ("graph depth", "graph same")
    assert found.means == pytest.approx([2.0, 4 / 3])
    assert Vocabulary.fit(NETWORKS, most=1).labels == ("0 conv",)


def test_labels_have_length_one_with_the_unknown_ones() -> None:
    """Counts as logarithms, statistics in deviations."""
    found = Vocabulary.fit(NETWORKS)
    known = found.vector({"0 conv": 1.0, "0 pool": 1.0, "graph depth": 2.0})
    assert known[:2] == pytest.approx([0.5**0.5] * 2)
    assert known[2] == pytest.approx(0.0)
    half = found.vector({"0 conv": 1.0, "1 new": 1.0})
    assert half[:2] == pytest.approx([0.5**0.5, 0.0])
    assert found.unseen({"0 conv": 3.0, "0 new": 1.0, "1 new": 9.0}) == 0.25
    assert found.unseen({"graph depth": 1.0}) == 0.0
    assert found.vectors([]).shape == (0, 4)


@given(_features)
def test_vectors_are_bounded(features: dict[str, float]) -> None:
    """However far a network is from those that are known."""
    vector = Vocabulary.fit(NETWORKS).vector(features)
    assert np.linalg.norm(vector[:2]) <= 1 + 1e-9
    assert np.linalg.norm(vector[2:]) <= 4 + 1e-9


def test_recipes_are_read_where_that_is_asked_for() -> None:
    """One that is not known is in the middle; what is always the same is not read."""
    told = [
        {**one, "recipe rate": float(at), "recipe same": 1.0}
        for at, one in enumerate(NETWORKS)
    ]
    found = Vocabulary.fit([*told, NETWORKS[0]], recipe=True)
    assert found.recipe.names == ("recipe rate",)
    assert len(found) == len(Vocabulary.fit([*told, NETWORKS[0]])) + 1
    ends = [float(found.vector(one)[-1]) for one in (*told, NETWORKS[1])]
    assert ends == pytest.approx([-(1.5**0.5), 0.0, 1.5**0.5, 0.0])
    assert Vocabulary.fit(told).vector(told[0]) == pytest.approx(
        Vocabulary.fit(NETWORKS).vector(NETWORKS[0])
    )
    again = Vocabulary.from_json(found.to_json())
    assert (again.vector(told[0]) == found.vector(told[0])).all()


@given(_features)
def test_features_may_be_prepared(features: dict[str, float]) -> None:
    """For several vocabularies, which then say the same as each would alone."""
    prepared = Prepared(features)
    for networks in (NETWORKS, NETWORKS[:2]):
        found = Vocabulary.fit(networks)
        assert (found.vector(prepared) == found.vector(features)).all()
    assert prepared == features


def test_the_json_form_can_be_read_back() -> None:
    """Bit by bit."""
    found = Vocabulary.fit(NETWORKS)
    again = Vocabulary.from_json(found.to_json())
    assert again.to_json() == found.to_json()
    assert (again.vector(NETWORKS[0]) == found.vector(NETWORKS[0])).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": ["b", "a"]}, "labels: expected sorted names, each once"),
        ({"labels": ["a", "a"]}, "labels: expected sorted names, each once"),
        ({"labels": ["graph depth"]}, "labels: expected names without 'graph'"),
        ({"labels": ["0 a\n"]}, r"labels\[0\]: expected a text in one line"),
        ({"labels": ["a" * 1_001]}, r"labels\[0\]: expected at most 1,000 letters"),
        ({"labels": ["a"] * 4_001}, "labels: expected at most 4,000 entries"),
        ({"statistics": ["depth", "x"]}, "statistics: expected names with 'graph'"),
        ({"means": [1.0]}, "means: expected a list of 2 entries, got 1"),
        ({"means": [1.0, "2"]}, r"means\[1\]: expected a finite number, got '2'"),
        ({"means": {"a": 1}}, "means: expected a list of 2 entries, got {'a'"),
        ({"deviations": [1.0, 0.0]}, "deviations: expected numbers above 0, got 0"),
        ({"deviation": 1}, "got 'deviation'; did you mean 'deviations'"),
    ],
)
def test_others_are_refused(changes: dict[str, Any], message: str) -> None:
    """With the place of the fault."""
    data = {**Vocabulary.fit(NETWORKS).to_json(), **changes}
    with pytest.raises(
        DataError, match=f"file: {message}" if ":" in message else message
    ):
        Vocabulary.from_json(data, "file")

"""Known networks: which one is most like another one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from bench_records import PROBLEM, record

from evonas.candidate import Recipe
from evonas.encoding import Encoding
from evonas.errors import DataError
from minibench.classifier import Sample, known, samples_of
from minibench.classifier.known import Known

ENCODING = Encoding(1, 1)
SHAPE = (1, 8, 8)


def samples() -> list[Sample]:
    """Three networks, each with two recipes."""
    return samples_of(
        PROBLEM,
        [
            record(0.1 * rate, filters=filters, recipe=Recipe(learning_rate=rate))
            for filters in (2, 8, 32)
            for rate in (0.1, 0.001)
        ],
        best=6,
    )


FOUND = Known.fit(ENCODING, samples())


def test_every_known_network_is_nearest_to_itself() -> None:
    """With its own recipe, of one network's."""
    for one in samples():
        assert one.recipe is not None
        fields = one.recipe.to_json()
        near = FOUND.nearest(ENCODING.features(one.architecture, SHAPE, fields))
        assert near is not None
        assert (near.record, near.problem) == (one.records[0], PROBLEM.key)
        assert near.similarity == pytest.approx(1.0, abs=1e-3)


def test_others_are_less_like_one() -> None:
    """And nothing is like what has nothing that is known."""
    one = samples()[0]
    features = ENCODING.features(one.architecture, SHAPE)
    near = FOUND.nearest(features)
    assert near is not None
    assert 0.5 < near.similarity < 0.999
    strange = FOUND.nearest({"0 magic": 1.0})
    assert strange is not None
    assert strange.similarity < near.similarity


def test_the_first_of_each_problem_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the file stays small, whatever the database is."""
    monkeypatch.setattr(known, "NETWORKS", 2)
    own = samples()
    both = [*own, *[replace(one, problem="lines@v1") for one in own]]
    found = Known.fit(ENCODING, both)
    assert [one.record for one in found.networks] == [
        one.records[0] for one in (*own[:2], *own[:2])
    ]
    features = ENCODING.features(own[5].architecture, SHAPE)
    near = found.nearest(features, {"lines@v1"})
    assert near is not None
    assert near.problem == "lines@v1"
    assert found.nearest(features, {"cats@v1"}) is None


def test_the_json_form_can_be_read_back() -> None:
    """Bit by bit."""
    again = Known.from_json(FOUND.to_json())
    assert again.networks == FOUND.networks
    assert again.to_json() == FOUND.to_json()


NETWORK = FOUND.to_json()["networks"][0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"record": "abc"}, "record: expected the id of a record"),
        ({"problem": "dots"}, "problem: expected the key of a problem"),
        ({"places": [1, 1]}, "places: expected ascending numbers below"),
        ({"places": [10**6]}, "places: expected ascending numbers below"),
        ({"places": [-1]}, r"places\[0\]: expected a whole number"),
        ({"values": [1.0]}, "values: expected a list of"),
        ({"more": 1}, "expected the keys record, problem"),
    ],
)
def test_others_are_refused(changes: dict[str, Any], message: str) -> None:
    """With the place of the fault."""
    data = FOUND.to_json()
    data["networks"][0] = {**NETWORK, **changes}
    with pytest.raises(DataError, match=rf"file: networks\[0\]: {message}"):
        Known.from_json(data, "file")

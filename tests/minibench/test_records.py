"""Records: JSON there and back, ids, and everything that is no record."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from architecture_strategies import renumbered
from bench_records import PROBLEM, SHAPE, record, records, review, reviews
from hypothesis import given, settings
from hypothesis import strategies as st

from evonas.candidate import Recipe
from evonas.errors import ConflictError, DataError
from evonas.evaluation import Fidelity
from minibench import BenchCost, BenchRecord, Review, State
from minibench.canonical import canonical


def as_read(data: Any) -> Any:
    """What a reader of JSON would get."""
    return json.loads(canonical(data))


@settings(max_examples=60)
@given(records())
def test_a_record_comes_back_from_its_json(one: BenchRecord) -> None:
    """Equal in every field, with the same id, whole or naming its architecture."""
    back = BenchRecord.from_json(as_read(one.to_json()))
    assert back == one
    assert back.id == one.id
    assert canonical(back.to_json()) == canonical(one.to_json())
    named = as_read(one.to_json(reference=True))
    known = {one.architecture_id: one.architecture}
    assert BenchRecord.from_json(named, lookup=known.__getitem__) == one


@settings(max_examples=20)
@given(records(), st.lists(reviews, max_size=3))
def test_reviews_change_no_id_and_their_order_means_nothing(
    one: BenchRecord, added: list[Review]
) -> None:
    """The id is made of the measurement; a history is sorted, and a set."""
    there = one.reviewed(*added)
    back = one.reviewed(*reversed(added), *added)
    assert there.id == back.id == one.id
    assert there == back


def test_every_field_but_the_reviews_changes_the_id() -> None:
    """Nothing that tells measurements apart is left out."""
    one = record()
    changes: dict[str, Any] = {
        "problem": "dots@v2",
        "architecture": record(filters=7).architecture,
        "input_shape": (1, 9, 9),
        "recipe": None,
        "fidelity": Fidelity(2.0, resolution=0.5),
        "metrics": {"validation_accuracy": 0.51},
        "cost": replace(one.cost, seconds=2.0),
        "curve": (),
        "seed": 2,
        "strategy": "other",
        "run": "second",
        "provenance": replace(one.provenance, licence="MIT"),
    }
    ids = {one.id, *(replace(one, **{name: new}).id for name, new in changes.items())}
    assert len(ids) == 1 + len(changes)


def test_an_id_is_what_it_was_when_the_first_record_was_written() -> None:
    """Ids last: whatever joins recipe, fidelity or record must not change them."""
    assert record().id == "448555790fe99996ada1e215b7cc7d3a"


def test_equal_numbers_of_any_type_give_one_id() -> None:
    """Whole numbers, NumPy's and a negative zero are what they are worth."""
    plain = record(metrics={"validation_accuracy": 1.0, "test_loss": 0.0})
    other = record(
        metrics={"validation_accuracy": np.float64(1), "test_loss": -0.0},
        recipe=Recipe(weight_decay=Recipe().weight_decay, warmup_epochs=0, crop=1),
        fidelity=Fidelity(2),
    )
    assert other == plain
    assert other.id == plain.id


def test_networks_that_are_numbered_otherwise_share_the_fingerprint() -> None:
    """Their ids differ, since the content does."""
    one = record()
    other = replace(one, architecture=renumbered(one.architecture, 3))
    assert other.id != one.id
    assert other.fingerprint == one.fingerprint


def test_the_last_review_gives_the_state() -> None:
    """A record that nobody has reviewed is provisional."""
    one = record()
    assert (one.state, one.reason) == (State.PROVISIONAL, "")
    one = one.reviewed(review(State.REJECTED, day=2), review(State.APPROVED, day=1))
    assert (one.state, one.reason) == (State.REJECTED, "cannot be right")


def test_its_candidate_is_what_a_search_would_ask_for() -> None:
    """Without a known recipe there is none."""
    one = record()
    assert one.candidate is not None
    assert one.candidate.architecture is one.architecture
    assert replace(one, recipe=None).candidate is None
    assert one.value(PROBLEM) == 0.5


def test_costs_are_worked_out_from_the_shapes() -> None:
    """As `Architecture.cost` counts."""
    one = record()
    assert BenchCost.of(one.architecture, SHAPE, 1.5) == one.cost


WHEN = "2026-11-22T10:15:00Z"
DEEP: Any = []
for _ in range(50):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("format", 2, r"format: expected 1, got 2; it is from a newer version"),
        ("format", "1", r"format: expected 1, got '1'; it is no problem or record"),
        ("colour", 1, r"expected the keys .*, got 'colour'"),
        ("metric", {}, r"got 'metric'; did you mean 'metrics'\?"),
        ("id", "0" * 32, r"id: expected \w{32}, which its content gives, got '0000"),
        ("problem", "../dots@v1", r"problem: expected the key of a problem, name@ver"),
        ("problem", "dots", r"problem: expected the key of a problem"),
        ("architecture", {"layers": []}, r"architecture: expected an object with form"),
        ("architecture", "0" * 32, r"architecture: expected an object"),
        (
            "architecture",
            {"format": 1, "layers": [["os:system", {}]], "edges": []},
            r"architecture: expected layers of the kinds that evonas has, got 'os:sys",
        ),
        ("input_shape", [1, 0], r"input_shape: expected one to four positive whole"),
        ("recipe", {"lr": 1}, r"line 3: recipe: unknown field 'lr'"),
        ("recipe", {"momentum": 2}, r"recipe.momentum: expected a number from 0"),
        ("recipe", {"momentum": []}, r"recipe.momentum: expected a number, a word"),
        ("recipe", {"momentum": "a"}, r"recipe.momentum: expected a number from 0"),
        ("recipe", {"nesterov": 1}, r"recipe.nesterov: expected true or false, got 1"),
        ("recipe", {"batch_size": 1.5}, r"recipe.batch_size: expected a whole number"),
        ("recipe", {"momentum": DEEP}, r"recipe.momentum: expected a number, a word"),
        ("recipe", 3, r"recipe: expected an object or null, got 3"),
        ("fidelity", {}, r"fidelity: expected the key 'epochs', got none"),
        ("fidelity", {"epochs": -1}, r"fidelity: expected epochs of 0 or more"),
        ("fidelity", {"epochs": 1, "width": 2}, r"fidelity.width: expected a share"),
        ("metrics", {"a": float("nan")}, r"metrics.a: expected a finite number, got n"),
        ("metrics", {"a": float("inf")}, r"metrics.a: expected a finite number, got i"),
        ("metrics", {"a": 10**400}, r"metrics.a: expected a finite number, got 1000"),
        ("metrics", {"a": True}, r"metrics.a: expected a finite number, got True"),
        ("metrics", {"a b": 1}, r"metrics: expected names of letters, digits"),
        ("metrics", [1], r"metrics: expected an object of at most 1,000 names"),
        ("curve", [{"a": "1"}], r"curve\[0\].a: expected a finite number, got '1'"),
        ("curve", {}, r"curve: expected a list, got \{\}"),
        ("cost", {"parameters": 1}, r"cost: expected the key 'multiply_adds', got no"),
        (
            "cost",
            {"parameters": 2**63, "multiply_adds": 1, "seconds": 1},
            r"cost: parameters: expected a whole number from 0 to 2\^63 - 1, got 922",
        ),
        (
            "cost",
            {"parameters": 1, "multiply_adds": 1, "seconds": -1},
            r"cost: seconds: expected 0 or more, got -1",
        ),
        ("seed", -1, r"seed: expected a whole number from 0 to 2\^63 - 1, got -1"),
        ("strategy", "a\nb", r"strategy: expected a text in one line .*, got '\\n'"),
        ("strategy", "", r"strategy: expected a text, got an empty one"),
        ("run", "x" * 401, r"run: expected at most 400 letters, got 401"),
        ("run", "\ud800", r"run: expected a text in one line .*, got '\\ud800' at l"),
        ("provenance", {"who": "a"}, r"provenance: expected the key 'when', got none"),
        ("reviews", [{}], r"reviews\[0\]: expected the key 'when', got none"),
        (
            "reviews",
            [{"when": WHEN, "who": "a", "state": "good", "reason": ""}],
            r"reviews\[0\]: state: expected one of provisional, approved, quarantined",
        ),
        (
            "reviews",
            [{"when": WHEN, "who": "a", "state": "rejected", "reason": " "}],
            r"reviews\[0\]: reason: expected why it is rejected, got none",
        ),
        (
            "reviews",
            [{"when": "2026-02-30", "who": "a", "state": "approved", "reason": ""}],
            r"reviews\[0\]: when: expected a time like 2026-11-22T10:15:00Z",
        ),
        (
            "reviews",
            [{"when": "2026-02", "who": "a", "state": "approved", "reason": ""}],
            r"reviews\[0\]: when: expected a time to the second",
        ),
    ],
)
def test_what_is_no_record_is_named_with_its_place(
    key: str, value: Any, message: str
) -> None:
    """File, line and key, what was expected and what was found."""
    data = {**record().to_json(), key: value}
    with pytest.raises(DataError if key != "id" else ConflictError, match=message):
        BenchRecord.from_json(data, "dots.jsonl, line 3")


@pytest.mark.parametrize("name", ["who", "source", "licence"])
def test_a_provenance_is_never_left_empty(name: str) -> None:
    """What is not known is said."""
    data = record().to_json()
    data["provenance"] = {**data["provenance"], name: ""}
    with pytest.raises(DataError, match=f"r: provenance: {name}: .* write `unknown`"):
        BenchRecord.from_json(data, "r")


def test_a_record_that_names_an_unknown_architecture_is_refused() -> None:
    """Text forms have the architectures before the records."""
    data = record().to_json(reference=True)
    with pytest.raises(DataError, match="that stands before its records, got"):
        BenchRecord.from_json(data, "r", lookup={}.__getitem__)


@given(record=records())
def test_another_training_of_the_same_network_is_a_record_like_any(
    record: BenchRecord,
) -> None:
    """Its id is the one that it would have had; the network's is not worked out."""
    changes: dict[str, Any] = {"seed": 5, "run": "again", "metrics": {"loss": 0.5}}
    assert record.again(**changes).id == replace(record, **changes).id
    assert record.again(**changes).architecture_id == record.architecture_id

"""Records that stand in for trainings: which one, and what of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bench_records import PROBLEM, SHAPE, record, review
from small_networks import convolutional

from evonas.architecture import Architecture
from evonas.candidate import Candidate, Recipe
from evonas.errors import EvonasWarning
from evonas.evaluation import Fidelity, Outcome, Request
from minibench import Batch, BenchRecord, State
from minibench.database import Database
from minibench.reuse import Reuse

METRICS = {"validation_accuracy"}
TRUSTED = (State.APPROVED,)


def request(**changes: Any) -> Request:
    """What asks for a training like that of `record`."""
    fields: dict[str, Any] = {
        "request_id": 7,
        "candidate": Candidate(convolutional(filters=6), Recipe()),
        "fidelity": Fidelity(2.0),
        "seed": 5,
    }
    return Request(**{**fields, **changes})


def approved(accuracy: float = 0.5, **changes: Any) -> BenchRecord:
    """A record that somebody trusts."""
    return record(accuracy, **changes).reviewed(review())


def reuse(database: Database, **changes: Any) -> Reuse:
    """For searches on the problem."""
    fields: dict[str, Any] = {"states": TRUSTED, "metrics": METRICS}
    return Reuse(database, PROBLEM.key, SHAPE, **{**fields, **changes})


def filled(url: str, *records: BenchRecord) -> Database:
    """A database with these records."""
    database = Database.create(url)[0]
    other = replace(PROBLEM, version="v2")
    database.add(Batch((PROBLEM, other), records))
    return database


def test_an_equal_candidate_is_known(url: str) -> None:
    """With its metrics, curve, costs, seconds and origin, in a file or on a server."""
    one = approved()
    with filled(url, one, approved(filters=7)) as database:
        found = reuse(database)(request())
    assert found is not None
    asked = request()
    assert (found.request_id, found.candidate_key) == (7, asked.candidate.key())
    assert (found.outcome, found.fidelity) == (Outcome.OK, Fidelity(2.0))
    assert found.metrics == {"validation_accuracy": 0.5}
    assert found.curve == ({"epoch": 1, "validation_accuracy": 0.25},)
    assert found.cost["parameters"] == one.cost.parameters
    assert found.cost["training_memory_bytes"] > 0
    assert (found.seconds, found.worker, found.weights) == (1.5, "database", None)
    assert found.reused == one.id
    assert found.notes == (
        f"not trained: record {one.id} of run first (Ada, 2026-11-22T10:15:00Z)",
    )


def test_layers_may_be_numbered_otherwise(url: str) -> None:
    """Architectures are equal up to isomorphism."""
    drawn = convolutional(filters=6)
    order = list(reversed(range(len(drawn.layers))))
    edges = [
        replace(edge, source=order.index(edge.source), target=order.index(edge.target))
        for edge in drawn.edges
    ]
    turned = Architecture(tuple(drawn.layers[n] for n in order), tuple(edges))
    assert turned != drawn
    with filled(url, approved(architecture=turned)) as database:
        assert reuse(database)(request()) is not None


@pytest.mark.parametrize(
    "change",
    [
        {"recipe": Recipe(learning_rate=0.051)},
        {"recipe": Recipe(erasing=0.5)},
        {"recipe": None},
        {"fidelity": Fidelity(3.0)},
        {"fidelity": Fidelity(2.0, data_share=0.5)},
        {"fidelity": Fidelity(2.0, width=0.5)},
        {"problem": "dots@v2"},
        {"metrics": {"validation_loss": 0.1}},
        {"metrics": {"test_accuracy": 0.5}},
        {"input_shape": (1, 9, 9)},
    ],
)
def test_what_differs_is_not_known(tmp_path: Path, change: dict[str, Any]) -> None:
    """Another or no known recipe, fidelity, version of the data, shape, metric."""
    if shape := change.get("input_shape"):
        cost = record().cost.of(record().architecture, shape, 1.0)
        change = {**change, "cost": cost}
    with filled(str(tmp_path / "d"), approved(**change)) as database:
        assert reuse(database)(request()) is None


def test_whole_numbers_and_floats_are_equal(tmp_path: Path) -> None:
    """As they are in a recipe and a fidelity that somebody wrote by hand."""
    recipe = Recipe(weight_decay=0, learning_rate=1)
    with filled(str(tmp_path / "d"), approved(recipe=recipe)) as database:
        candidate = Candidate(convolutional(filters=6), recipe)
        assert reuse(database)(request(candidate=candidate, fidelity=Fidelity(2)))


def test_states_are_opt_in(tmp_path: Path) -> None:
    """Nobody's word is taken that was not asked for; a rejected one's never."""
    rejected = record(0.3).reviewed(review(State.REJECTED))
    with filled(str(tmp_path / "d"), record(0.2), rejected) as database:
        assert reuse(database)(request()) is None
        found = reuse(database, states=(State.PROVISIONAL, State.APPROVED))(request())
    assert found is not None
    assert found.metrics == {"validation_accuracy": 0.2}


def test_of_several_records_the_choice_is_fixed(tmp_path: Path) -> None:
    """The equal seed; else an approved one; else the lowest id."""
    ones = [approved(0.1 * n, seed=n) for n in range(4)]
    provisional = [record(0.9, seed=n) for n in range(10, 14)]
    lowest = min(ones, key=lambda one: one.id)
    with filled(str(tmp_path / "d"), *ones, *provisional) as database:
        both = (State.PROVISIONAL, State.APPROVED)
        known = reuse(database, states=both)
        for seed, expected in ((2, ones[2].id), (12, provisional[2].id), (99, None)):
            found = known(request(seed=seed))
            assert found is not None
            assert found.reused == (expected or lowest.id)
        unseeded = known(request(seed=0))
        assert unseeded is not None
        assert unseeded.reused == ones[0].id


def test_what_a_search_must_not_see_stays_out(tmp_path: Path) -> None:
    """Test metrics, and what another machine has measured."""
    metrics = {
        "validation_accuracy": 0.5,
        "validation_loss": 1.0,
        "test_accuracy": 0.4,
        "latency_seconds": 1e-3,
        "energy_joules": 3.0,
    }
    point = {"epoch": 1.0, "validation_accuracy": 0.2, "test_accuracy": 0.1}
    one = approved(metrics=metrics, curve=(point,))
    with filled(str(tmp_path / "d"), one) as database:
        found = reuse(database)(request())
        more = reuse(database, metrics={*METRICS, "validation_rmse"})(request())
    assert found is not None
    assert found.metrics == {"validation_accuracy": 0.5, "validation_loss": 1.0}
    assert found.curve == ({"epoch": 1.0, "validation_accuracy": 0.2},)
    assert more is None


def test_seconds_that_nobody_told_are_none(tmp_path: Path) -> None:
    """They count as nothing saved."""
    cost = replace(record().cost, seconds=None)
    with filled(str(tmp_path / "d"), approved(cost=cost)) as database:
        found = reuse(database)(request())
    assert found is not None
    assert found.seconds == 0.0


def test_records_that_may_stand_in_are_counted(url: str) -> None:
    """Of the problem, in the states; none of one that is not there."""
    ones = [approved(0.1), approved(0.2), record(0.3), approved(0.4, problem="dots@v2")]
    with filled(url, *ones) as database:
        assert reuse(database).count() == 2
        assert reuse(database, states=tuple(State)).count() == 3
        known = Reuse(database, "other@v1", SHAPE, states=TRUSTED, metrics=METRICS)
        assert known.count() == 0
        assert known(request()) is None


def test_a_database_that_is_gone_is_told_once(tmp_path: Path) -> None:
    """Then everything is evaluated."""
    path = tmp_path / "d"
    with filled(str(path), approved()) as database:
        known = reuse(database)
        assert known(request()) is not None
        path.write_bytes(b"garbage" * 9_999)
        with pytest.warns(EvonasWarning, match="damaged or something else.*trained"):
            assert known(request()) is None
        assert known(request()) is None

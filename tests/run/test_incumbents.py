"""The best networks, when they are trained for different lengths."""

from __future__ import annotations

import json

import pytest
from climbing import any_request
from hypothesis import given
from hypothesis import strategies as st

from evonas.evaluation import Fidelity, Outcome, Record, Request
from evonas.population import Objective
from evonas.run import Incumbents

ACCURACY = Objective("validation_accuracy")
PARAMETERS = Objective("parameters", "minimise")
REQUEST = any_request()

#: candidate, epochs, accuracy, parameters
Told = tuple[int, float, float, int]
histories = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.sampled_from((1.0, 3.0, 9.0)),
        st.floats(0, 1),
        st.integers(1, 5),
    ),
    max_size=25,
)


def told(number: int, one: Told) -> tuple[Request, Record]:
    """A request with its record."""
    candidate, epochs, accuracy, parameters = one
    return REQUEST, Record(
        number,
        f"candidate {candidate}",
        Fidelity(epochs),
        Outcome.OK,
        {"validation_accuracy": accuracy},
        cost={"parameters": parameters},
    )


def filled(history: list[Told], *objectives: Objective, size: int = 3) -> Incumbents:
    """After some records, of which a candidate has one at each fidelity."""
    incumbents = Incumbents(objectives, size)
    seen: set[tuple[int, float]] = set()
    for number, one in enumerate(history):
        if one[:2] not in seen:
            seen.add(one[:2])
            incumbents.update(*told(number, one))
    return incumbents


@given(histories)
def test_the_longest_trainings_come_first_then_the_best_values(
    history: list[Told],
) -> None:
    """Each candidate once, with its longest training; of equals the earlier one."""
    top = filled(history, ACCURACY, size=6).top
    keys = [
        (
            one.record.fidelity.epochs,
            one.record.value("validation_accuracy"),
            -one.record.request_id,
        )
        for one in top
    ]
    assert keys == sorted(keys, reverse=True)
    longest: dict[str, float] = {}
    for candidate, epochs, *_ in history:
        name = f"candidate {candidate}"
        longest[name] = max(epochs, longest.get(name, 0.0))
    assert longest == {
        one.record.candidate_key: one.record.fidelity.epochs for one in top
    }


@given(histories)
def test_the_front_is_that_of_the_longest_trainings(history: list[Told]) -> None:
    """Nobody on it is dominated by another one trained as long."""
    front = filled(history, ACCURACY, PARAMETERS).front
    if not history:
        assert front == []
        return
    longest = max(epochs for _, epochs, _, _ in history)
    assert {one.record.fidelity.epochs for one in front} == {longest}
    points = {(a, p) for _, e, a, p in history if e == longest}
    assert {
        (one.record.value("validation_accuracy"), one.record.value("parameters"))
        for one in front
    } <= points


@given(histories)
def test_the_state_goes_through_json(history: list[Told]) -> None:
    """And goes on as the first would have."""
    first = filled(history, ACCURACY, PARAMETERS)
    again = Incumbents((ACCURACY, PARAMETERS), 3)
    again.restore(json.loads(json.dumps(first.state())))
    assert again.state() == first.state()
    for number, one in enumerate([(1, 9.0, 0.5, 3), (7, 27.0, 0.1, 9)]):
        assert first.update(*told(90 + number, one)) == again.update(
            *told(90 + number, one)
        )
    assert again.state() == first.state()


def test_a_longer_training_of_the_best_takes_its_place_even_if_it_is_worse() -> None:
    """What a short training promised and a long one does not keep is gone."""
    incumbents = filled([(0, 1.0, 0.9, 1), (1, 1.0, 0.8, 1)], ACCURACY)
    assert incumbents.update(*told(2, (0, 3.0, 0.4, 1)))
    assert [one.record.request_id for one in incumbents.top] == [2, 1]
    assert not incumbents.update(*told(3, (1, 1.0, 0.99, 1)))
    assert incumbents.best is not None
    assert incumbents.best.record.value("validation_accuracy") == pytest.approx(0.4)


def test_an_audit_is_no_incumbent() -> None:
    """It measures what was stopped; the search goes on as if it had not been."""
    incumbents = Incumbents((ACCURACY,))
    request, record = told(0, (0, 9.0, 0.9, 1))
    audit = Request.from_json({**request.to_json(), "purpose": "audit"})
    assert not incumbents.update(audit, record)
    assert incumbents.best is None

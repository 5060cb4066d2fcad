"""Candidates that a config names."""

from __future__ import annotations

from typing import Any

import pytest
from cell_searching import cells, make
from searching import context, luck, play, record, reread, text, texts

from evonas.cells import NasBench201Cell
from evonas.errors import ConfigError


def drawn(count: int) -> list[dict[str, Any]]:
    """Some networks for the tests' table, as JSON."""
    asked = play(make("random", context(4)), count)
    return [request.candidate.to_json() for request in asked]


def test_each_is_asked_once_in_its_order() -> None:
    """Doubled ones too; what is known already is left out, and then it is done."""
    given = drawn(5)
    strategy = make("given", context(), candidates=[*given, given[0]])
    first = strategy.ask(2)
    again = make("given", context(9), candidates=[*given, given[0]])
    again.restore(reread(strategy.state()))
    assert text(again.state()) == text(strategy.state())
    strategy.tell(first[0], record(first[0], luck(first[0])))
    for one in (strategy, again):
        one.adopt(
            play(make("random", context(4)), 4)[3].candidate, record(first[0], 0.5)
        )
    rest = strategy.ask(10)
    assert texts(again.ask(10)) == texts(rest)
    asked = [*first, *rest]
    places = [given.index(one.candidate.to_json()) for one in asked]
    assert places == [0, 1, 2, 4]
    assert [one.request_id for one in asked] == [0, 1, 2, 3]
    assert strategy.done
    assert strategy.ask(1) == []


@pytest.mark.parametrize(
    ("candidates", "more", "complaint"),
    [
        ([], {}, "expected one candidate or more, got none"),
        ([{"cell": {"kind": "x"}, "recipe": {}}], {}, r"candidates\[0\]: expected the"),
        (
            [
                {
                    "cell": NasBench201Cell("333333").to_json(),
                    "recipe": {"learning_rate": 0.1},
                }
            ],
            {},
            r"expected a network for samples of shape \(7,\) and 3 outputs",
        ),
        (drawn(1), {"limits": {"parameters": 1}}, r"limits\.parameters: expected at"),
    ],
)
def test_what_cannot_be_trained_is_told(
    candidates: list[dict[str, Any]], more: dict[str, Any], complaint: str
) -> None:
    """Before anything is asked, by its place."""
    with pytest.raises(ConfigError, match=complaint):
        make("given", context(**more), candidates=candidates)


def test_a_network_for_other_outputs_is_refused() -> None:
    """Whatever the samples are."""
    import dataclasses

    problem = dataclasses.replace(
        context(), input_shape=(3, 8, 8), outputs=7, cells=cells().cells
    )
    cell = NasBench201Cell("333333")
    data = [{"cell": cell.to_json(), "recipe": cell.recipe()}]
    with pytest.raises(ConfigError, match=r"output has the shape \(10,\)"):
        make("given", problem, candidates=data)

"""The ledger: equal events get equal markings, all run long and after a restart."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from evonas.genome import INPUT, OUTPUT, InnovationLedger

events = st.lists(st.tuples(st.booleans(), st.integers(0, 9), st.integers(0, 9)))


def _played(
    ledger: InnovationLedger, history: list[tuple[bool, int, int]]
) -> list[int]:
    return [
        ledger.split(first, ()) if split else ledger.connection(first, second)
        for split, first, second in history
    ]


@given(events)
def test_equal_events_get_equal_markings(history: list[tuple[bool, int, int]]) -> None:
    """However often and in whichever generation they come again."""
    ledger = InnovationLedger()
    assert _played(ledger, history) == _played(ledger, history)


@given(events)
def test_different_events_get_different_markings(
    history: list[tuple[bool, int, int]],
) -> None:
    """Nodes and connections share one count, and the ends are never given away."""
    markings = _played(InnovationLedger(), history)
    different = {(s, a, 0 if s else b) for s, a, b in history}
    assert len(set(markings)) == len(different)
    assert not {INPUT, OUTPUT} & set(markings)


@given(events, events)
def test_a_restored_ledger_goes_on_as_if_never_saved(
    before: list[tuple[bool, int, int]], after: list[tuple[bool, int, int]]
) -> None:
    """Through JSON text."""
    ledger, again = InnovationLedger(), InnovationLedger()
    _played(ledger, before)
    again.restore(json.loads(json.dumps(ledger.state())))
    assert _played(again, after) == _played(ledger, after)


def test_splitting_a_connection_again_makes_another_node() -> None:
    """Within one genome; in a second genome the first split is the first again."""
    ledger = InnovationLedger()
    first = ledger.split(7)
    second = ledger.split(7, {first})
    assert second != first
    assert ledger.split(7) == first
    assert ledger.split(7, {first}) == second

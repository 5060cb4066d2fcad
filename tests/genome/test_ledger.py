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


#: how a run grows genomes: which nodes it connects, which connection it splits
growth = st.lists(
    st.tuples(st.booleans(), st.integers(0, 99), st.integers(0, 99)), max_size=20
)


def _grown(ledger: InnovationLedger, steps: list[tuple[bool, int, int]]) -> list[int]:
    nodes, connections = [INPUT, OUTPUT], [ledger.connection(INPUT, OUTPUT)]
    for split, first, second in steps:
        if split:
            taken = nodes if second % 2 else ()
            nodes.append(ledger.split(connections[first % len(connections)], taken))
        else:
            ends = nodes[first % len(nodes)], nodes[second % len(nodes)]
            connections.append(ledger.connection(*ends))
    return [*nodes[2:], *connections]


@given(growth, growth, st.data())
def test_genes_of_another_run_get_the_markings_of_the_same_events(
    here: list[tuple[bool, int, int]],
    there: list[tuple[bool, int, int]],
    data: st.DataObject,
) -> None:
    """And lead back again; what both knew keeps its marking, what is new gets one."""
    home, abroad = InnovationLedger(), InnovationLedger()
    own, foreign = _grown(home, here), _grown(abroad, there)
    some = data.draw(st.sets(st.sampled_from(foreign)))
    history = json.loads(json.dumps(abroad.history(some)))
    known = home.replay(history)
    assert some <= known.keys()
    assert len(set(known.values())) == len(known)
    back = abroad.replay(home.history(known.values()))
    assert all(back[known[marking]] == marking for marking in known)
    assert _grown(home, here) == own
    assert _grown(abroad, there) == foreign, "an own history happens only once"
    mixed = InnovationLedger()
    _grown(mixed, there)
    known = mixed.replay(home.history(own))
    assert [known[marking] for marking in own] == _grown(mixed, here)


@given(growth, growth)
def test_a_restored_ledger_remembers_its_history(
    before: list[tuple[bool, int, int]], after: list[tuple[bool, int, int]]
) -> None:
    """Also of what comes later."""
    ledger, again = InnovationLedger(), InnovationLedger()
    _grown(ledger, before)
    again.restore(json.loads(json.dumps(ledger.state())))
    markings = _grown(ledger, after)
    assert _grown(again, after) == markings
    assert again.history(markings) == ledger.history(markings)

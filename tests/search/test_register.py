"""The register of networks: numbers, results, what is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from searching import OUTPUTS, SHAPE, reread, space, text

from evonas.evaluation import Fidelity
from evonas.population import ENORMOUS
from evonas.search.breeding import GenePool
from evonas.search.drawing import Assembly, NetworkDrawing
from evonas.search.register import Register


@pytest.fixture(scope="module")
def assemblies() -> list[Assembly]:
    """Eight different networks."""
    pool = GenePool(space(), np.random.default_rng(0))
    drawing = NetworkDrawing(SHAPE, OUTPUTS)
    found: dict[str, Assembly] = {}
    while len(found) < 8:
        parts = pool.blueprint([1], minimal=False), {1: pool.module(minimal=False)}
        assembly = drawing.assemble(*parts, space())
        assert assembly is not None
        found.setdefault(assembly.candidate.key(), assembly)
    return list(found.values())


def filled(assemblies: list[Assembly], latest: int | None = None) -> Register:
    """A register with all of them queued."""
    register = Register(latest)
    for seed, assembly in enumerate(assemblies):
        register.queue(assembly, Fidelity(), seed, {"place": seed})
    return register


@settings(max_examples=30)
@given(st.integers(0, 8), st.sets(st.integers(0, 7)))
def test_withdrawn_networks_leave_no_gap_in_the_numbers(
    assemblies: list[Assembly], taken: int, unwanted: set[int]
) -> None:
    """Those behind move up; what was asked keeps its number."""
    register = filled(assemblies)
    asked = register.take(taken)
    keys = {assemblies[place].candidate.key() for place in unwanted}
    gone = register.withdraw(lambda tried: tried.key in keys)
    assert {tried.key for tried in gone} == keys - {r.candidate.key() for r in asked}
    rest = register.take(10)
    assert [r.request_id for r in (*asked, *rest)] == list(range(8 - len(gone)))
    assert register.count == register.pending == 8 - len(gone)
    assert [r.origin["place"] for r in rest] == [
        place for place in range(taken, 8) if place not in unwanted
    ]
    assert all(register.told(r.request_id, None) for r in (*asked, *rest))
    assert register.pending == 0


def test_a_result_is_taken_once_and_only_for_what_was_asked(
    assemblies: list[Assembly],
) -> None:
    """Unknown numbers and second results change nothing."""
    register = filled(assemblies)
    (request,) = register.take(1)
    assert register.told(request.request_id, (0.5,))
    before = text(register.state())
    assert not register.told(request.request_id, (0.5,))
    assert not register.told(99, (0.5,))
    assert text(register.state()) == before
    assert register.knows(request.candidate.key())


@settings(max_examples=30)
@given(st.lists(st.one_of(st.none(), st.floats(-9, 9)), max_size=8))
def test_a_failure_counts_as_the_worst_result_of_the_run(
    assemblies: list[Assembly], results: list[float | None]
) -> None:
    """Before anything succeeded as less than anything that can come."""
    register = filled(assemblies)
    for request, result in zip(register.take(8), results, strict=False):
        register.told(request.request_id, None if result is None else (result,))
    numbers = [result for result in results if result is not None]
    assert register.worst == min(numbers, default=-ENORMOUS)


def test_only_the_latest_results_are_kept_where_a_number_is_given(
    assemblies: list[Assembly],
) -> None:
    """The steady state judges by a window; what is known stays known."""
    register = filled(assemblies, latest=3)
    for request in register.take(8):
        register.told(request.request_id, (float(request.request_id),))
    assert [tried.gains for tried in register.tried] == [(5.0,), (6.0,), (7.0,)]
    assert all(register.knows(one.candidate.key()) for one in assemblies)


def test_an_adopted_network_is_out_of_the_queue_and_counts_for_its_parts(
    assemblies: list[Assembly],
) -> None:
    """A known result drawn again with other parts counts for those, once."""
    register = filled(assemblies)
    register.adopt(assemblies[2].candidate, (0.7,))
    assert register.queued == register.count == 7
    assert [tried.gains for tried in register.tried] == [(0.7,)]
    other = Assembly(
        assemblies[2].candidate, assemblies[3].blueprint, assemblies[3].modules
    )
    register.count_again(other)
    register.count_again(other)
    assert [tried.blueprint for tried in register.tried] == [
        assemblies[2].blueprint.genome_id,
        assemblies[3].blueprint.genome_id,
    ]
    assert {tried.key for tried in register.tried} == {assemblies[2].candidate.key()}


@settings(max_examples=30)
@given(st.integers(0, 8), st.integers(0, 8))
def test_a_register_goes_through_json(
    assemblies: list[Assembly], taken: int, told: int
) -> None:
    """Queued, asked, failed and successful networks alike."""
    register = filled(assemblies)
    for request in register.take(taken)[:told]:
        result = (0.25,) if request.request_id % 2 else None
        register.told(request.request_id, result)
    again = Register()
    again.restore(reread(register.state()))
    assert text(again.state()) == text(register.state())
    assert again.take(9) == register.take(9)
    assert again.pending_keys == register.pending_keys
    assert again.pending_parts == register.pending_parts

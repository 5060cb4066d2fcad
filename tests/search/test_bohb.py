"""BOHB's model; under its scheduler the contract holds it (`schedulers/`)."""

from __future__ import annotations

import numpy as np
import pytest
from cell_searching import WORTH, cell_of, cells, make, worth
from searching import play, record

from evonas.evaluation import Fidelity, Record, Request
from evonas.search import STRATEGIES
from evonas.search.bohb import kernel


def at(request: Request, **epochs: float) -> Record:
    """A record at 9 epochs that has passed lower fidelities, each with its value."""
    prefix = tuple(
        {
            "fidelity": Fidelity(float(name[1:])).to_json(),
            "metrics": {"validation_accuracy": value},
        }
        for name, value in epochs.items()
    )
    return record(request, epochs["e9"]).at(
        fidelity=Fidelity(9.0), prefix_metrics=prefix
    )


def test_its_name_is_the_model_under_hyperband() -> None:
    """Another scheduler would make another method of it."""
    assert STRATEGIES["bohb"].scheduler == "hyperband"


@pytest.mark.parametrize(("full", "wanted"), [(6, "3"), (40, "1")])
def test_the_model_is_of_the_highest_fidelity_with_enough_results(
    full: int, wanted: str
) -> None:
    """A few results there are not enough; enough of them count alone.

    What is good after one epoch is bad after nine here, and the other way round.
    """
    strategy = make("bohb", cells(1), random_share=0.0, draws=16, least_results=8)
    for number in range(80):
        (request,) = strategy.ask(1)
        first = cell_of(request).ops[0]
        early, late = float(first == "3"), float(first == "1")
        if number < full:
            back = at(request, e1=early, e9=late)
        else:
            back = record(request, early).at(fidelity=Fidelity(1.0))
        strategy.tell(request, back)
    assert strategy.progress()["fidelities"] == 2
    asked = strategy.ask(20)
    assert np.mean([cell_of(one).ops[0] == wanted for one in asked]) > 0.6


def test_a_share_of_the_candidates_is_drawn_at_random() -> None:
    """A third by default, whatever the model says."""
    asked = play(make("bohb", cells(2), draws=8), 120, result=worth)
    share = np.mean([one.origin["from"] == "draw" for one in asked[20:]])
    assert 0.2 < share < 0.5


def test_it_prefers_what_the_good_have_in_common() -> None:
    """Its candidates are better on average than draws are."""
    strategy = make("bohb", cells(3), random_share=0.0, draws=16)
    asked = play(strategy, 90, result=worth)
    mean = 6 * sum(WORTH.values()) / len(WORTH)
    assert np.mean(list(map(worth, asked[40:]))) > mean + 0.1


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("size", [2, 5])
def test_a_kernel_is_a_density_around_its_result(size: int, ordered: bool) -> None:
    """The narrower, the more of it is where the result is."""
    shares = []
    for width in (0.1, 0.5, 1.0):
        found = kernel(size, ordered, width)
        assert found.sum(axis=1) == pytest.approx(np.ones(size))
        assert (found.diagonal() == found.max(axis=1)).all()
        shares.append(found[0, 0])
    assert shares == sorted(shares, reverse=True)
    if not ordered:
        assert kernel(size, False, 1.0) == pytest.approx(
            np.full((size, size), 1 / size)
        )

"""Thresholds tuned by leaving one problem out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import pytest

from evonas.errors import DataError
from evonas.space import ConstraintSet
from evonas.space.text_form import from_values
from minibench.class_sets import Item, sets_of_candidates
from minibench.merge_tuning import Known, gridded, is_inside, tune

Networks = Sequence[frozenset[Item]]


def network(filters: int, kernel: int = 3, merge: str = "sum") -> frozenset[Item]:
    """One convolution and a way to join."""
    return frozenset(
        {
            ("blocks", "conv"),
            ("blocks.conv", "filters", filters),
            ("blocks.conv", "kernel", kernel),
            ("merges", merge),
        }
    )


def known(
    problems: Mapping[str, Networks], modality: str = "image"
) -> dict[str, Known]:
    """Problems that are equally near to each other."""
    return {
        key: Known(
            sets_of_candidates(key, best),
            best,
            [network(8, 5, "concat")],
            modality,
            {o: 1 / (len(problems) - 1) for o in problems if o != key},
        )
        for key, best in problems.items()
    }


#: 20 networks alike, and one with a rare width
COMMON = [network(16)] * 20
RARE = [*COMMON, network(32)]


def test_problems_alike_reject_nothing_and_leave_little() -> None:
    """What all use is a part of what anybody has."""
    found = tune(known({"a": COMMON, "b": COMMON}))
    assert found.holds
    for held in (*found.chosen.held.values(), *found.honest.values()):
        assert (held.values, held.networks) == (0, 0)
        # of filters, kernel and merges one value of two each
        assert held.left == pytest.approx(0.5)


def test_a_rare_value_costs_what_it_is_worth() -> None:
    """The narrowest set that rejects few enough drops it; a stricter one keeps it."""
    problems = known({"a": RARE, "b": RARE})
    loose, strict = tune(problems, 0.05), tune(problems, 0.0001)
    assert loose.chosen.thresholds.tail >= 0.05
    assert loose.chosen.mean("values") == pytest.approx(1 / 21 / 4 + 0, abs=0.01)
    assert loose.chosen.mean("networks") == pytest.approx(1 / 21)
    assert strict.chosen.mean("values") == 0
    assert strict.chosen.mean("left") > loose.chosen.mean("left")


def test_where_nothing_holds_the_least_rejecting_is_chosen() -> None:
    """And it is said that it does not hold."""
    found = tune(known({"a": COMMON, "b": [network(64, 7)] * 20}), 0.01)
    assert not found.holds
    least = min(one.mean("values") for one in found.tried)
    assert found.chosen.mean("values") == least


def test_the_frontier_rejects_more_the_less_it_leaves() -> None:
    """Each row is better in one of them than the row before."""
    found = tune(known({"a": RARE, "b": [*COMMON, network(24, 5)], "c": COMMON}))
    rows = found.frontier()
    for one, other in pairwise(rows):
        assert one.mean("left") >= other.mean("left")
        assert one.mean("values") < other.mean("values")
    assert found.to_json()["tried"]


def test_a_problem_alone_in_its_modality_is_skipped() -> None:
    """By name and reason."""
    text = Known(sets_of_candidates("t", COMMON), COMMON, [], "text", {})
    found = tune({**known({"a": COMMON, "b": COMMON}), "t": text})
    assert found.skipped == {"t": "no other problem of the modality text"}
    with pytest.raises(DataError, match=r"two or more problems .* got none"):
        tune({"t": text})


def test_numbers_count_as_the_point_of_the_grid_that_they_belong_to() -> None:
    """44 filters are 48; words stay."""
    assert gridded(network(44)) == network(48)


@pytest.mark.parametrize(
    ("item", "inside"),
    [
        (("blocks", "conv"), True),
        (("blocks", "pool"), False),
        (("blocks.pool", "kernel", 3), False),
        (("blocks.conv", "filters", 16), True),
        (("blocks.conv", "filters", 64), False),
        (("blocks.conv", "stride", 2), True),
        (("merges", "sum"), True),
        (("merges", "concat"), False),
        (("recipe", "optimizer", "sgd"), True),
        (("recipe", "batch_size", 64), False),
    ],
)
def test_a_thing_is_inside_where_the_set_allows_it(item: Item, inside: bool) -> None:
    """What it does not name may be anything, but for blocks."""
    made = ConstraintSet(
        blocks={"conv": {"filters": from_values([8, 16])}},
        merges=from_values(["sum"]),
        recipe={"batch_size": from_values([32])},
    )
    assert is_inside(made, item) is inside
    if item[0] != "merges":
        assert is_inside(ConstraintSet(), item)

"""What candidates have in common."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from evonas.genome import nasbench201_space
from minibench.advice.profiles import Profiles

SPACE = nasbench201_space()


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20)
def test_cells_have_in_common_what_their_choices_do(seed: int) -> None:
    """Alone and in pairs; equal ones are equal, whoever is asked for first."""
    rng = np.random.default_rng(seed)
    one, other = (SPACE.values(SPACE.draw(rng)) for _ in range(2))
    profiles, again = Profiles(), Profiles()
    first, second = profiles.of_cell(one, None), profiles.of_cell(other, None)
    again.of_cell(other, None)
    equal = sum(one[name] == other[name] for name in one)
    assert len(first) == len(second) == 6 + 15
    assert len(first & second) == equal + equal * (equal - 1) // 2
    assert profiles.of_cell(dict(one), None) == first
    assert len(again.of_cell(one, None) & again.of_cell(other, None)) == len(
        first & second
    )


def common(*values: float, place: str = "blocks.conv", name: str = "filters") -> int:
    """Tokens that all of these numbers share at a place."""
    profiles = Profiles()
    found = [profiles.of_network([(place, name, one)], None) for one in values]
    return len(frozenset.intersection(*found))


def test_near_numbers_have_more_in_common_than_far_ones() -> None:
    """Of widths, shares and rates alike; order and repetition do not matter."""
    for name, values in (
        ("filters", [8, 16, 32, 64, 128]),
        ("dropout", [0.1, 0.2, 0.3, 0.4, 0.5]),
        ("learning_rate", [1e-4, 1e-3, 1e-2, 1e-1]),
    ):
        far = [common(values[-1], one, name=name) for one in values]
        assert all(one < other for one, other in pairwise(far)), name
    profiles = Profiles()
    items = [("blocks", "conv"), ("blocks.conv", "kernel", 3)]
    assert profiles.of_network([*items, *items], None) == profiles.of_network(
        items[::-1], None
    )


def test_words_and_flags_are_shared_or_not() -> None:
    """A flag is no number; zero has reached nothing."""
    assert common(True, False, name="batch_norm") == 0
    assert common(True, True, name="batch_norm") == 1
    assert common(0.0, 0.5, name="dropout") == 0


def test_labels_of_a_classifiers_graph_count_and_its_statistics_do_not() -> None:
    """Graph networks have none, and are passed over."""
    profiles = Profiles()
    plain = profiles.of_network([("blocks", "conv")], None)
    more = profiles.of_network([("blocks", "conv")], {"a label": 2.0})
    assert plain < more
    assert len(more - plain) == 1
    assert profiles.of_network([("blocks", "conv")], object()) == plain


def test_graphs_have_in_common_what_reads_what() -> None:
    """What only passes values on is no vertex; a cell without a graph has none."""
    values = {"op": "a"}
    edges = ((0, 1), (1, 2), (2, 3))
    profiles = Profiles()
    plain = profiles.of_cell(values, None)
    straight = profiles.of_cell(values, (("input", "conv", "pool", "output"), edges))
    passing = profiles.of_cell(
        values,
        (("input", "conv", "skip", "pool", "output"), (*edges, (3, 4))),
    )
    other = profiles.of_cell(values, (("input", "pool", "conv", "output"), edges))
    assert plain < straight
    assert passing == straight
    assert len(other & straight) > len(plain)
    assert other != straight

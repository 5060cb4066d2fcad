"""Domains that prefer some of their values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from evonas.architecture.layer import Value
from evonas.errors import ConfigError
from evonas.space import Choice, Domain, FloatRange, Ordinal
from evonas.space.weighted import Leaning, Preferring, Weighted, drawn

KERNELS = Ordinal((1, 3, 5, 7))
WORDS = Choice(("relu", "elu", "tanh"))
seeds = st.integers(0, 2**32 - 1)
chances = st.lists(st.floats(0, 100), min_size=1, max_size=6).filter(
    lambda found: sum(found) > 0
)


def follows(found: Sequence[Value], shares: dict[Value, float]) -> bool:
    """Whether draws have these shares, by a chi-square test at one in a thousand."""
    counts = Counter(found)
    assert set(counts) <= {value for value, share in shares.items() if share > 0}
    wanted = {value: share for value, share in shares.items() if share > 0}
    expected = np.array(list(wanted.values())) / sum(wanted.values()) * len(found)
    seen = [counts[value] for value in wanted]
    return len(seen) == 1 or bool(chisquare(seen, expected).pvalue > 0.001)


@given(chances, seeds)
def test_what_has_no_chance_is_never_drawn(found: list[float], seed: int) -> None:
    """And one number of the generator is used, whatever comes."""
    rng, other = np.random.default_rng(seed), np.random.default_rng(seed)
    assert found[drawn(found, rng)] > 0
    other.random()
    assert rng.bit_generator.state == other.bit_generator.state


@pytest.mark.parametrize(
    "weights",
    [
        {1: 0.1, 3: 0.6, 5: 0.3},
        {1: 2.0, 3: 2.0, 5: 1.0, 7: 5.0},
        {7: 1.0},
        {9: 1.0},  # none of its values: all are alike
    ],
)
def test_draws_follow_the_weights(weights: dict[Value, float]) -> None:
    """Values without one are not drawn; where none has any, all are alike."""
    rng = np.random.default_rng(1)
    found = [Weighted(KERNELS, weights).draw(rng) for _ in range(4000)]
    known = {value: weights.get(value, 0.0) for value in (1, 3, 5, 7)}
    if not sum(known.values()):
        known = dict.fromkeys(known, 1.0)
    assert follows(found, known)


def test_mutations_follow_the_weights_of_what_else_there_is() -> None:
    """Of numbers in order, of those within two places."""
    rng = np.random.default_rng(1)
    words = Weighted(WORDS, {"relu": 0.5, "elu": 0.3, "tanh": 0.1})
    found = [words.mutate("relu", rng) for _ in range(3000)]
    assert follows(found, {"elu": 0.3, "tanh": 0.1})
    kernels = Weighted(KERNELS, {1: 0.4, 3: 0.4, 5: 0.1, 7: 0.1})
    found = [kernels.mutate(1, rng) for _ in range(3000)]
    assert follows(found, {3: 0.4, 5: 0.1})
    # from outside, and where nothing else has a weight
    assert follows([kernels.mutate(9, rng) for _ in range(3000)], kernels.weights)  # type: ignore[arg-type]
    alone = Weighted(WORDS, {"relu": 1.0})
    found = [alone.mutate("relu", rng) for _ in range(3000)]
    assert follows(found, {"elu": 1.0, "tanh": 1.0})


@given(
    st.sampled_from([KERNELS, WORDS, Choice((True, False)), Choice((3,))]),
    st.lists(st.floats(0, 10), min_size=4, max_size=4),
    seeds,
)
def test_draws_and_mutations_stay_in_the_domain(
    domain: Domain, numbers: list[float], seed: int
) -> None:
    """And a mutation is another value, where there is one."""
    rng = np.random.default_rng(seed)
    values = domain.values() or ()
    leaning = Weighted(domain, dict(zip(values, numbers, strict=False)))
    for _ in range(5):
        value = leaning.draw(rng)
        assert domain.contains(value)
        other = leaning.mutate(value, rng)
        assert domain.contains(other)
        assert (other != value) == (len(values) > 1)


@given(seeds)
@settings(max_examples=20)
def test_preferring_reaches_all_of_the_outer_domain(seed: int) -> None:
    """By draws and by mutations, also where the inner one is a single value."""
    rng = np.random.default_rng(seed)
    for inner in (Ordinal((3, 5)), Choice((3,)), Weighted(KERNELS, {3: 1.0})):
        leaning = Preferring(KERNELS, inner, 0.4)
        assert {leaning.draw(rng) for _ in range(300)} == {1, 3, 5, 7}
        assert {leaning.mutate(5, rng) for _ in range(300)} >= {1, 3, 7}
        assert 3 not in {leaning.mutate(3, rng) for _ in range(100)}


def test_so_many_draws_are_of_the_whole_domain() -> None:
    """The rest is of the inner one, by its weights."""
    rng = np.random.default_rng(2)
    inner = Weighted(Ordinal((3, 5)), {3: 0.75, 5: 0.25})
    found = [Preferring(KERNELS, inner, 0.4).draw(rng) for _ in range(4000)]
    assert follows(found, {1: 0.1, 3: 0.1 + 0.45, 5: 0.1 + 0.15, 7: 0.1})
    always = Preferring(KERNELS, inner, 0.0)
    assert {always.draw(rng) for _ in range(200)} == {3, 5}


@pytest.mark.parametrize(
    "leaning",
    [
        Weighted(KERNELS, {3: 1.0}),
        Preferring(KERNELS, Ordinal((3, 5)), 0.4),
        Weighted(WORDS, {"elu": 1.0}),
        Preferring(FloatRange(0.1, 0.9), FloatRange(0.2, 0.4), 0.5),
    ],
)
def test_all_else_is_the_domains(leaning: Leaning) -> None:
    """Values, distances, order, text: only chances differ."""
    base = leaning.base
    assert leaning.values() == base.values()
    assert leaning.extremes() == base.extremes()
    assert leaning.spread(3) == base.spread(3)
    assert leaning.to_json() == base.to_json()
    assert leaning.ordered == base.ordered
    assert leaning.constant == base.constant
    first, last = base.extremes()[0], base.extremes()[-1]
    assert leaning.distance(first, last) == base.distance(first, last)
    assert leaning.contains(first)
    assert not leaning.contains("nothing of it")
    assert hash(leaning) == hash(leaning)


def test_order_is_a_matter_of_numbers() -> None:
    """Words have none."""
    assert KERNELS.ordered
    assert FloatRange(0.1, 0.2).ordered
    assert not WORDS.ordered


@pytest.mark.parametrize(
    ("domain", "weights", "complaint"),
    [
        (FloatRange(0.1, 0.2), {0.1: 1.0}, "expected listed values to weigh, got"),
        (KERNELS, {3: -1.0}, "expected a weight of 0 or more for 3, got -1.0"),
        (KERNELS, {3: float("nan")}, "a weight of 0 or more for 3, got nan"),
        (KERNELS, {3: float("inf")}, "a weight of 0 or more for 3, got inf"),
        (KERNELS, {3: True}, "a weight of 0 or more for 3, got True"),
        (KERNELS, {3: "often"}, "a weight of 0 or more for 3, got 'often'"),
    ],
)
def test_what_is_no_weight_is_told(
    domain: Domain, weights: dict[Value, float], complaint: str
) -> None:
    """With the value that it is of."""
    with pytest.raises(ConfigError, match=complaint):
        Weighted(domain, weights)

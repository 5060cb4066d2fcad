"""A Gaussian process that begins at what the sources say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, rankdata

from minibench.advice.own_model import OwnModel, Seen

profiles = st.frozensets(st.integers(0, 9), min_size=1, max_size=5)
numbers = st.floats(-4, 4)


@st.composite
def candidates(draw: st.DrawFn, count: int, sources: int) -> list[Seen]:
    """Candidates that share tokens."""
    odds = st.tuples(*[numbers] * sources)
    return [Seen(draw(profiles), draw(odds)) for _ in range(count)]


def dense(
    belief: list[float], trained: list[Seen], fitness: list[float], seen: Seen
) -> float:
    """The same by the book: Rasmussen and Williams, equations 2.25 and 2.26."""
    tokens = sorted(set().union(*(one.profile for one in [*trained, seen])))

    def column(one: Seen) -> list[float]:
        trust = [0.3 * min(2.0, max(-2.0, odd / 3.0)) for odd in one.odds]
        own = [(t in one.profile) / len(one.profile) ** 0.5 for t in tokens]
        return [*own, *trust, 2.0]

    def prior(one: Seen) -> float:
        trust = [min(2.0, max(-2.0, odd / 3.0)) for odd in one.odds]
        return sum(a * b for a, b in zip(trust, belief, strict=True))

    known = np.array([column(one) for one in trained])
    new = np.array(column(seen))
    scores = norm.ppf((rankdata(fitness) - 0.5) / len(fitness))
    inner = np.linalg.solve(known @ known.T + 0.5 * np.eye(len(trained)), known @ new)
    mean = prior(seen) + inner @ (scores - [prior(one) for one in trained])
    variance = new @ new - inner @ (known @ new)
    return float(norm.cdf((mean - norm.ppf(0.9)) / np.sqrt(variance + 0.5)))


@given(st.data(), st.integers(1, 8), st.integers(0, 3))
@settings(max_examples=40, deadline=None)
def test_it_is_the_process_of_the_book(
    data: st.DataObject, count: int, sources: int
) -> None:
    """Whatever the candidates have in common."""
    *trained, seen = data.draw(candidates(count + 1, sources))
    fitness = data.draw(st.lists(numbers, min_size=count, max_size=count))
    belief = data.draw(st.lists(st.floats(0, 1), min_size=sources, max_size=sources))
    model = OwnModel(belief, trained, fitness)
    assert model.promise(seen) == pytest.approx(
        dense(belief, trained, fitness, seen), abs=1e-9
    )


@given(st.data(), st.permutations(range(6)))
@settings(max_examples=30, deadline=None)
def test_the_order_of_the_trainings_does_not_matter(
    data: st.DataObject, order: list[int]
) -> None:
    """But for the last digits."""
    *trained, seen = data.draw(candidates(7, 2))
    fitness = data.draw(st.lists(numbers, min_size=6, max_size=6))
    one = OwnModel([0.5, 0.5], trained, fitness).promise(seen)
    other = OwnModel(
        [0.5, 0.5], [trained[n] for n in order], [fitness[n] for n in order]
    ).promise(seen)
    assert one == pytest.approx(other, abs=1e-9)


@given(profiles)
def test_with_no_training_it_says_what_the_sources_say(profile: frozenset[int]) -> None:
    """The more they promise, the more it does; without belief nothing is told apart."""
    model = OwnModel([0.7, 0.3])
    alike = OwnModel([0.0, 0.0])
    plus, minus = Seen(profile, (1.0, 0.0)), Seen(profile, (-1.0, 0.0))
    assert alike.promise(plus) == pytest.approx(alike.promise(minus))
    assert model.promise(plus) > model.promise(minus)


def test_a_source_that_misleads_is_unlearned() -> None:
    """Its favourites turn out to be the worst, and so do others that it likes."""
    rng = np.random.default_rng(0)
    odds = rng.normal(0, 3, 60)
    trained = [Seen(frozenset({n}), (float(one),)) for n, one in enumerate(odds)]
    liked, disliked = (Seen(frozenset({999}), (one,)) for one in (4.0, -4.0))
    before = OwnModel([1.0])
    assert before.promise(liked) > before.promise(disliked)
    misled = OwnModel([1.0], trained, list(-odds))
    assert misled.promise(liked) < misled.promise(disliked)
    right = OwnModel([1.0], trained, list(odds))
    assert right.promise(liked) > 3 * right.promise(disliked)


def test_what_is_like_good_ones_is_promising() -> None:
    """Failures, and any scale of fitness, do no harm."""
    good, bad = frozenset({1, 2}), frozenset({3, 4})
    trained = [Seen(good), Seen(good), Seen(bad), Seen(bad)]
    model = OwnModel([], trained, [1e9, 2e9, -1e9, -np.inf])
    assert model.promise(Seen(good)) > model.promise(Seen(frozenset({9})))
    assert model.promise(Seen(frozenset({9}))) > model.promise(Seen(bad))
    again = OwnModel([], trained, [0.8, 0.9, 0.5, -np.inf])
    assert again.promise(Seen(good)) == model.promise(Seen(good))

"""Samples: which of a problem's records are its best, and which its background."""

from __future__ import annotations

from dataclasses import replace

from bench_networks import bench, problem, records
from bench_records import PROBLEM, record

from evonas.architecture import Architecture, Layer
from evonas.candidate import Recipe
from evonas.evaluation import Fidelity
from minibench.classifier import BACKGROUND, BEST, Sample, samples_of
from minibench.classifier.samples import betraying, records_digest


def labels(samples: list[Sample]) -> list[tuple[float, str]]:
    """Values with labels, in their order."""
    return [(round(one.value, 3), one.label) for one in samples]


def test_the_better_half_is_the_best() -> None:
    """By the direction of the metric; what has no value is passed over."""
    found = [record(value / 10, filters=4 + value) for value in range(5)]
    found.append(record(filters=30, metrics={"validation_loss": 1.0}))
    assert labels(samples_of(PROBLEM, found)) == [
        (0.4, BEST),
        (0.3, BEST),
        (0.2, BACKGROUND),
        (0.1, BACKGROUND),
        (0.0, BACKGROUND),
    ]
    errors = replace(PROBLEM, direction="minimise")
    assert labels(samples_of(errors, found))[:2] == [(0.0, BEST), (0.1, BEST)]
    assert samples_of(PROBLEM, []) == []


def test_as_many_as_are_asked_for() -> None:
    """And an even draw of as many others, the same every time."""
    found = [record(value / 100, filters=4 + value) for value in range(40)]
    chosen = samples_of(PROBLEM, found, best=5)
    assert labels(chosen)[:5] == [((39 - at) / 100, BEST) for at in range(5)]
    others = [one for one in chosen if one.label == BACKGROUND]
    assert len(others) == 5
    assert min(one.value for one in others) < 0.2
    assert samples_of(PROBLEM, found[::-1], best=5) == chosen
    assert len(samples_of(PROBLEM, found, best=50)) == 40


def test_trainings_of_one_network_are_one_sample() -> None:
    """With their mean; in another run it is another one."""
    same = [record(0.2, seed=1), record(0.4, seed=2), record(0.9, run="second")]
    found = samples_of(PROBLEM, same)
    assert [round(one.value, 3) for one in found] == [0.9, 0.3]
    assert found[1].records == tuple(sorted((same[0].id, same[1].id)))
    assert {one.group for one in found} == {"dots@v1 first", "dots@v1 second"}


def test_another_recipe_makes_another_sample() -> None:
    """It may be as good as another network; one that is not known is one of its own."""
    rates = [record(0.1 * n, recipe=Recipe(learning_rate=0.01 * n)) for n in (1, 2)]
    unknown = record(0.3, recipe=None)
    found = samples_of(PROBLEM, [*rates, rates[0].again(seed=7), unknown])
    assert [one.recipe for one in found] == [None, rates[1].recipe, rates[0].recipe]
    assert [len(one.records) for one in found] == [1, 1, 2]


def test_only_one_fidelity_is_compared() -> None:
    """That of most networks; of several, the longest. Finals would all be best."""
    short = [record(n / 10, filters=4 + n) for n in range(3)]
    final = record(0.9, filters=4, fidelity=Fidelity(50.0))
    assert len(samples_of(PROBLEM, [*short, final])) == 3
    long = [record(n / 10, filters=4 + n, fidelity=Fidelity(9.0)) for n in range(3)]
    found = samples_of(PROBLEM, [*short, *long])
    assert {one for sample in found for one in sample.records} == {r.id for r in long}


def test_networks_of_a_table_are_on_their_own() -> None:
    """They do not descend from each other; all trainings of one are one sample."""
    tabled = [record(0.1 * n, filters=4 + n, strategy="table") for n in range(4)]
    found = samples_of(PROBLEM, [*tabled, tabled[0].again(run="second")])
    assert len({one.group for one in found}) == len(found) == 4
    assert [len(one.records) for one in found] == [1, 1, 1, 2]
    rates = [one.again(recipe=Recipe(learning_rate=0.5)) for one in tabled]
    both = samples_of(PROBLEM, [*tabled, *rates])
    # with another recipe it is the same network, which must not be known by heart
    assert (len({one.group for one in both}), len(both)) == (4, 8)


def test_layers_that_betray_are_those_that_only_some_have() -> None:
    """Of the modalities here, or of the strategies."""
    samples = [one for key, value in bench().items() for one in samples_of(key, value)]
    by_modality = betraying(samples, lambda one: one.modality)
    assert {"conv", "batch_norm", "lstm"} <= set(by_modality)
    assert not {"activation", "dense", "sum", "input"} & set(by_modality)
    assert betraying(samples, lambda one: one.strategy) == ()
    tabled = samples_of(
        problem("waves"), records("waves", strategy="table")
    ) + samples_of(problem("dots"), records("dots"))
    assert "lstm" in betraying(tabled, lambda one: one.strategy)


def test_what_hardly_any_network_has_betrays_nothing() -> None:
    """It could be there by chance."""
    (one,) = samples_of(PROBLEM, [record(0.1)])
    rare = Architecture.chain([Layer("zero"), *one.architecture.layers[1:-1]])
    samples = [one] * 30 + [replace(one, modality="text")] * 30
    assert betraying(samples, lambda one: one.modality) == ()
    strange = [*samples, replace(one, architecture=rare)]
    assert betraying(strange, lambda one: one.modality) == ()
    assert betraying([*samples, *[strange[-1]] * 3], lambda one: one.modality) == (
        "zero",
    )


def test_the_digest_names_the_records() -> None:
    """In whatever order they come."""
    samples = samples_of(PROBLEM, [record(n / 10, filters=4 + n) for n in range(4)])
    assert records_digest(samples) == records_digest(samples[::-1])
    assert records_digest(samples) != records_digest(samples[1:])

"""From the best networks of problems to a constraint set."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from bench_records import PROBLEM, record
from hypothesis import given
from hypothesis import strategies as st
from strategies import Setting, seeds, settings_of_spaces

from evonas.architecture import Shape
from evonas.candidate import Recipe
from evonas.errors import ConfigError, DataError
from evonas.genome import InnovationLedger, random_blueprint, random_module
from evonas.genome.assembly import assemble
from evonas.space import Space, default_space
from minibench import BenchCost, BenchRecord
from minibench.class_sets import ClassSets, Support, class_sets, overlap
from minibench.constraints import (
    Thresholds,
    constraint_set,
    merged_problems,
    without_tails,
)

IMAGES: Shape = (1, 8, 8)


def drawn(
    space: Space, shape: Shape, count: int, rng: np.random.Generator
) -> list[BenchRecord]:
    """Records of random networks of a space."""
    found = []
    for number in range(count):
        ledger = InnovationLedger()
        modules = {name: random_module(space, ledger, rng, name) for name in (1, 2)}
        blueprint = random_blueprint(space, ledger, rng, 9, (1, 2))
        candidate = assemble(blueprint, modules, space, shape, 3)
        cost = BenchCost.of(candidate.architecture, shape)
        found.append(
            record(
                0.5 + number / 1000,
                architecture=candidate.architecture,
                recipe=candidate.recipe,
                input_shape=shape,
                cost=cost,
            )
        )
    return found


def simple(key: str, **items: float) -> ClassSets:
    """Sets of 100 networks by hand: `conv=0.5` for a block."""
    found = {
        ("blocks", name): Support(round(share * 100), [f"{name}-record"])
        for name, share in items.items()
    }
    return ClassSets(key, 100, found)


@given(settings_of_spaces(), seeds)
def test_everything_that_is_used_enough_is_allowed(setting: Setting, seed: int) -> None:
    """Without thresholds every network lies inside what was made of all of them."""
    space, rng = setting.space, np.random.default_rng(seed)
    if any(":" in block for block in space.blocks):
        return
    records = drawn(space, setting.input_shape, 3, rng)
    classes = class_sets(PROBLEM, records)
    made = constraint_set(
        [classes], {PROBLEM.key: 1.0}, thresholds=Thresholds(share=0.0, tail=0.0)
    )
    for item in classes.items:
        if item[0] == "blocks":
            assert made.blocks is not None
            assert item[1] in made.blocks
        elif item[0] == "merges":
            assert made.allows_merge(str(item[1]))
        elif isinstance(item[2], str | bool):
            place = str(item[0]).removeprefix("blocks.")
            if place == "recipe":
                assert made.allows_recipe({str(item[1]): item[2]})
            else:
                assert made.allows(place, {str(item[1]): item[2]})


@pytest.mark.parametrize("modality", ["image", "series", "text", "table"])
def test_a_set_of_a_modality_narrows_its_space(modality: str) -> None:
    """What is left is part of the whole, and never empty."""
    shapes: dict[str, Shape] = {"image": (1, 8, 8), "series": (2, 30), "table": (9,)}
    shape = shapes.get(modality, (12,))
    space = default_space(modality, shape, vocabulary=20 if modality == "text" else 0)
    records = drawn(space, shape, 20, np.random.default_rng(5))
    classes = class_sets(PROBLEM, records[:8], records[8:])
    narrowed = constraint_set([classes], {PROBLEM.key: 1.0}).apply(space)
    assert set(narrowed.blocks) <= set(space.blocks)
    for block, fields in narrowed.blocks.items():
        for name, domain in fields.items():
            for value in domain.extremes():
                assert space.blocks[block][name].contains(value)
    rng = np.random.default_rng(1)
    assert drawn(narrowed, shape, 3, rng)


def test_what_nobody_searched_says_nothing() -> None:
    """A field with one value in all networks is left out; with two it counts."""
    best = [record(0.9), record(0.8, filters=8)]
    classes = class_sets(PROBLEM, best)
    assert ("blocks.conv", "filters", 6) in classes.items
    assert not classes.values("blocks.conv", "stride")
    assert not classes.values("recipe", "optimizer")
    other = record(0.1, recipe=Recipe(optimizer="sgd" if _adam() else "adamw"))
    known = class_sets(PROBLEM, best, [other])
    assert len(known.values("recipe", "optimizer")) == 1


def _adam() -> bool:
    return Recipe().optimizer == "adamw"


def test_what_hardly_any_of_the_best_uses_is_dropped() -> None:
    """Words by their share, most frequent first."""
    one = simple("a@1", conv=0.3, pool=0.01, mbconv=0.9)
    made = constraint_set([one], {"a@1": 1.0})
    assert list(made.blocks or ()) == ["mbconv", "conv"]
    wide = constraint_set([one], {"a@1": 1.0}, thresholds=Thresholds(share=0.01))
    assert "pool" in (wide.blocks or ())


def test_sets_are_united_with_where_everything_is_from() -> None:
    """A thing that one of the problems uses enough is in; both are named."""
    one, other = simple("a@1", conv=0.5), simple("b@1", conv=0.1, pool=0.5)
    made = constraint_set([one, other], {"a@1": 0.75, "b@1": 0.25}, "soft")
    assert list(made.blocks or ()) == ["conv", "pool"]
    assert made.mode == "soft"
    items: dict[str, Any] = made.provenance["items"]["blocks"]
    assert items["conv"] == {
        "a@1": {"share": 0.5, "records": ["conv-record"]},
        "b@1": {"share": 0.1, "records": ["conv-record"]},
    }
    assert set(items["pool"]) == {"b@1"}
    assert made.provenance["problems"]["a@1"] == {"weight": 0.75, "networks": 100}


@given(
    st.dictionaries(st.integers(0, 50), st.floats(0.01, 10), min_size=1),
    st.floats(0, 0.5),
)
def test_only_the_outer_tails_are_cut(weights: dict[int, float], tail: float) -> None:
    """What is left stands together; no more than the share is gone at either end."""
    left = without_tails(dict(weights), tail)
    assert left
    everything = sorted(weights)
    first = everything.index(left[0])  # type: ignore[arg-type]
    assert left == everything[first : first + len(left)]
    most = tail * sum(weights.values()) + 1e-9
    assert sum(weights[point] for point in everything[:first]) <= most
    assert sum(weights[point] for point in everything[first + len(left) :]) <= most
    if tail == 0:
        assert left == everything


def test_probable_problems_are_merged_and_those_that_are_much_the_same() -> None:
    """By the posterior, or by the overlap with one of them."""
    classes = {
        "a@1": simple("a@1", conv=0.5, pool=0.5),
        "b@1": simple("b@1", conv=0.5, pool=0.5),
        "c@1": simple("c@1", lstm=0.5),
        "d@1": simple("d@1", lstm=0.5, conv=0.5),
    }
    posterior = {"a@1": 0.7, "b@1": 0.02, "c@1": 0.03, "d@1": 0.25}
    assert overlap(classes["a@1"], classes["d@1"], 0.05) == pytest.approx(1 / 3)
    found = merged_problems(classes, posterior, Thresholds(overlap=0.6))
    assert set(found) == {"a@1", "b@1", "d@1"}
    assert sum(found.values()) == pytest.approx(1.0)
    assert found["a@1"] == max(found.values())
    alone = merged_problems(classes, posterior, Thresholds(overlap=2.0))
    assert set(alone) == {"a@1", "d@1"}
    unsure = merged_problems(classes, posterior, Thresholds(posterior=0.9, overlap=2.0))
    assert set(unsure) == {"a@1"}
    with pytest.raises(ConfigError, match="probability above 0 of one of a@1, b@1"):
        merged_problems(classes, {})


def test_numbers_are_regrouped_and_linearised() -> None:
    """Widths become lists on the grid, real numbers ranges."""
    records = [
        record(0.9 - n / 100, filters=filters, recipe=Recipe(learning_rate=rate))
        for n, (filters, rate) in enumerate([(6, 0.011), (7, 0.02), (13, 0.09)])
    ]
    made = constraint_set([class_sets(PROBLEM, records)], {PROBLEM.key: 1.0})
    assert made.blocks is not None
    assert made.blocks["conv"]["filters"].to_json() == [6, 8, 12]
    rate = made.recipe["learning_rate"].to_json()
    assert rate == {"low": 0.01, "high": 0.1, "log": True}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"share": 1.5}, "share: expected a number from 0 to 1, got 1.5"),
        ({"posterior": -1}, "posterior: expected a number from 0 to 1"),
        ({"tail": 0.6}, "tail: expected a number from 0 to 0.5"),
        ({"overlap": -0.1}, "overlap: expected 0 or more"),
    ],
)
def test_thresholds_are_shares(changes: dict[str, float], message: str) -> None:
    """Others are refused."""
    with pytest.raises(ConfigError, match=message):
        replace(Thresholds(), **changes)


def test_without_records_there_are_no_sets() -> None:
    """It says what to do."""
    with pytest.raises(DataError, match="expected records with validation_accuracy"):
        class_sets(PROBLEM, [])

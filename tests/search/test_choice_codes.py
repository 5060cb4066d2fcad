"""Choices as codes."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from searching import OUTPUTS, SHAPE, space

from evonas.genome import NetworkGenomes, fcnet_space, nasbench201_space
from evonas.search.choice_codes import ABSENT, MOST, ChoiceCodes
from evonas.space import Choice, ConstraintSet, FloatRange

seeds = st.integers(0, 2**32 - 1)

LAYERS = NetworkGenomes(space(), SHAPE, OUTPUTS)


@given(seeds, st.sampled_from((LAYERS, fcnet_space(), nasbench201_space())))
@settings(max_examples=30)
def test_a_built_genome_has_the_codes_that_were_chosen(seed: int, genomes: object):
    """Those that were not asked for are absent; networks may get connections more."""
    rng = np.random.default_rng(seed)
    codes = ChoiceCodes(genomes)  # type: ignore[arg-type]
    chosen: dict[int, int] = {}

    def choose(place: int) -> int:
        chosen[place] = int(rng.integers(codes.sizes[place]))
        return chosen[place]

    for place, code in enumerate(codes.encode(codes.build(choose))):
        if ">" not in codes.names[place]:
            assert code == chosen.get(place, ABSENT)


@given(seeds)
@settings(max_examples=20)
def test_a_value_between_two_places_counts_as_the_nearer_one(seed: int) -> None:
    """Drawn from the space, values are anywhere."""
    codes = ChoiceCodes(LAYERS)
    genome = LAYERS.draw(np.random.default_rng(seed))
    values = LAYERS.values(genome)
    for place, code in enumerate(codes.encode(genome)):
        name = codes.names[place]
        assert (code == ABSENT) == (name not in values)
        domain = LAYERS.choices[name]
        if isinstance(domain, FloatRange) and name in values:
            spread = domain.spread(MOST)
            nearest = min(domain.distance(values[name], one) for one in spread)
            assert domain.distance(values[name], spread[code]) == nearest


def test_choices_of_one_value_have_no_code() -> None:
    """They are filled in."""
    one = NetworkGenomes(space(merges="sum"), SHAPE, OUTPUTS)
    codes = ChoiceCodes(one)
    assert not any(name.endswith("/merge") for name in codes.names)
    assert one.decode(codes.build(lambda place: 0))


@given(seeds)
@settings(max_examples=20)
def test_a_narrowed_space_is_all_that_is_built(seed: int) -> None:
    """The codes keep their meaning; those that are out are not allowed."""
    codes = ChoiceCodes(LAYERS)
    narrow = ConstraintSet(
        blocks={"dense": {"activation": Choice(("relu",))}},
        recipe={"learning_rate": FloatRange(0.011, 0.0112)},
    )
    codes.narrow(LAYERS.narrowed(narrow))
    activations = codes.names.index("module_0/1/dense/activation")
    assert codes.allowed(activations).tolist() == [True, False, False]
    # The range that is left lies between two places.
    assert codes.allowed(codes.names.index("recipe/learning_rate")).all()
    rng = np.random.default_rng(seed)

    def choose(place: int) -> int:
        allowed = np.flatnonzero(codes.allowed(place))
        return int(allowed[rng.integers(len(allowed))])

    genome = codes.build(choose)
    values = LAYERS.values(genome)
    assert 0.011 <= float(values["recipe/learning_rate"]) <= 0.0112
    blocks = {value for name, value in values.items() if name.endswith("/block")}
    assert blocks == {"dense"}
    assert {v for n, v in values.items() if n.endswith("/activation")} == {"relu"}

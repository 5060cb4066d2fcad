"""The genome space of networks of layers."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from strategies import Setting, seeds, settings_of_spaces

from evonas.errors import ArchitectureError
from evonas.genome import NetworkGenomes
from evonas.space import Choice, ConstraintSet, space_from_json

SHAPE = (7,)


def genomes_of(setting: Setting) -> NetworkGenomes:
    """The space's genomes for three outputs."""
    return NetworkGenomes(setting.space, setting.input_shape, 3)


def table_genomes(**keys: object) -> NetworkGenomes:
    """Over the default space of a table."""
    return NetworkGenomes(space_from_json(keys, "table", SHAPE), SHAPE, 3)


@given(settings_of_spaces(), seeds)
@settings(max_examples=25)
def test_any_chain_of_mutations_gives_a_valid_genome(
    setting: Setting, seed: int
) -> None:
    """It differs from its parent, goes through JSON, and lies in the space."""
    space, rng = genomes_of(setting), np.random.default_rng(seed)
    genome = space.draw(rng)
    for _ in range(6):
        child = space.mutate(genome, rng)
        assert child != genome
        genome = child
    assert space.from_json(json.loads(json.dumps(space.to_json(genome)))) == genome
    assert space.conform(genome, rng) is genome
    try:
        candidate = space.decode(genome)
    except ArchitectureError:  # a map too small for its strides, say
        return
    found = space.genome_of(candidate)
    assert found is None or space.decode(found).key() == candidate.key()
    assert np.isfinite(space.vector(genome)).all()


@given(seeds)
@settings(max_examples=10)
def test_a_child_shares_the_markings_of_what_it_shares(seed: int) -> None:
    """New parts have markings that its parent has not: weights go where they belong."""
    space, rng = table_genomes(), np.random.default_rng(seed)
    genome = space.draw(rng)
    for _ in range(10):
        child = space.mutate(genome, rng)
        for name, module in child.modules.items():
            parent = genome.modules[name]
            for marking in module.markings - parent.markings:
                assert marking > genome.latest
        genome = child


def test_a_child_of_two_has_one_blueprint_and_modules_of_both() -> None:
    """And decodes."""
    space, rng = table_genomes(), np.random.default_rng(3)
    first, second = space.draw(rng), space.draw(rng)
    child = space.crossover(first, second, rng)
    assert child.blueprint in (first.blueprint, second.blueprint)
    known = [*first.modules.values(), *second.modules.values()]
    assert all(module in known for module in child.modules.values())
    space.decode(child)


def test_vectors_are_of_one_length() -> None:
    """Whatever the network."""
    space, rng = table_genomes(), np.random.default_rng(0)
    lengths = {len(space.vector(space.draw(rng))) for _ in range(8)}
    assert len(lengths) == 1


def test_its_neighbours_are_too_many_to_list() -> None:
    """Whoever needs them is told; its choices are tested beside their file."""
    space = table_genomes()
    genome = space.draw(np.random.default_rng(0))
    assert space.neighbours(genome) is None
    assert space.values(genome).keys() <= space.choices.keys()
    assert space.graph(genome)[0][0] == "input"


def test_limits_and_constraints_hold() -> None:
    """A network above a limit is refused; a narrowed space gives only what is left."""
    space, rng = table_genomes(limits={"parameters": 10}), np.random.default_rng(0)
    reason = space.refusal(space.decode(space.draw(rng)))
    assert reason.startswith("above space.limits.parameters: expected at most 10, got")
    relu = ConstraintSet(blocks={"dense": {"activation": Choice(("relu",))}})
    narrow = table_genomes().narrowed(relu)
    genome = narrow.conform(table_genomes().draw(rng), rng)
    for one in (genome, narrow.draw(rng), narrow.mutate(genome, rng)):
        for module in one.modules.values():
            for node in module.nodes:
                assert node.fields.get("activation", "relu") == "relu"


def test_other_json_is_refused() -> None:
    """By what is missing."""
    with pytest.raises(ArchitectureError, match="network genome: expected the keys"):
        table_genomes().from_json({"blueprint": {}})

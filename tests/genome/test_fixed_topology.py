"""HPO mode: the numbers of one network."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from searching import PLAIN_RECIPE, TINY
from strategies import Setting, seeds, settings_of_spaces

from evonas.architecture import Architecture
from evonas.candidate import Candidate
from evonas.cells import FcnetCell, NasBench201Cell
from evonas.errors import ArchitectureError, ConfigError
from evonas.genome import FixedTopology, NetworkGenomes, fcnet_space, nasbench201_space
from evonas.space import ConstraintSet, space_from_json
from evonas.space.text_form import domain_from_json

SHAPE = (7,)


def genomes(**keys: object) -> NetworkGenomes:
    """Over the default space of a table."""
    return NetworkGenomes(space_from_json(keys, "table", SHAPE), SHAPE, 3)


def held(seed: int = 0, **keys: object) -> tuple[FixedTopology, Candidate]:
    """A topology that is drawn, and its network."""
    space = genomes(**keys)
    candidate = space.decode(space.draw(np.random.default_rng(seed)))
    return space.holding_topology(candidate), candidate


def structure(architecture: Architecture) -> list[object]:
    """Kinds of layers with what they read; a dropout of 0 is no layer."""
    kept = [
        at
        for at in architecture.order()
        if architecture.layers[at].op not in ("dropout",)
    ]
    return sorted(architecture.layers[at].op for at in kept)


@given(settings_of_spaces(), seeds)
@settings(max_examples=20)
def test_only_numbers_and_recipe_change(setting: Setting, seed: int) -> None:
    """Draws, mutations and children have the graph, the blocks and the words held."""
    space, rng = (
        NetworkGenomes(setting.space, setting.input_shape, 3),
        np.random.default_rng(seed),
    )
    try:
        fixed = space.holding_topology(space.decode(space.draw(rng)))
    except ArchitectureError:
        return
    first, second = fixed.draw(rng), fixed.draw(rng)
    child = fixed.crossover(first, fixed.mutate(second, rng), rng)
    for one in (second, child, fixed.from_values(fixed.values(child))):
        assert one.blueprint.connections == first.blueprint.connections
        assert one.modules.keys() == first.modules.keys()
        for name, module in one.modules.items():
            other = first.modules[name]
            assert module.connections == other.connections
            for node, same in zip(module.nodes, other.nodes, strict=True):
                assert (node.block, node.merge) == (same.block, same.merge)
                assert node.fields.get("activation") == same.fields.get("activation")
        assert fixed.from_json(json.loads(json.dumps(fixed.to_json(one)))) == one
        assert fixed.conform(one, rng) is one
    assert fixed.mutate(first, rng) != first


def test_the_network_itself_is_one_of_its_own_numbers() -> None:
    """It is told exactly, and so is what was drawn of them."""
    fixed, candidate = held()
    genome = fixed.genome_of(candidate)
    assert genome is not None
    assert fixed.decode(genome).key() == candidate.key()
    drawn = fixed.decode(fixed.draw(np.random.default_rng(1)))
    assert structure(drawn.architecture) == structure(candidate.architecture)
    assert fixed.genome_of(drawn) is not None


def test_of_another_topology_the_recipe_is_taken() -> None:
    """And told."""
    fixed, _ = held()
    _, other = held(5)
    found = fixed.translate(other)
    assert found is not None
    assert "network: another topology, whose recipe alone is taken" in found.changes
    assert fixed.decode(found.genome).recipe == other.recipe


def test_choices_that_hang_together_are_of_neighbouring_blocks() -> None:
    """Those of the recipe hang together by themselves."""
    fixed, _ = held()
    near = fixed.near("recipe/learning_rate")
    assert near
    assert all(name.startswith("recipe/") for name in near)
    block = next(name for name in fixed.choices if name.startswith("module_"))
    assert all(name.startswith(block[:9]) for name in fixed.near(block))


def test_a_constraint_set_narrows_numbers_and_leaves_the_network() -> None:
    """The choices stay the same."""
    fixed, _ = held()
    rate = domain_from_json([0.01, 0.02])
    narrow = fixed.narrowed(ConstraintSet(recipe={"learning_rate": rate}))
    assert narrow.choices.keys() == fixed.choices.keys()
    drawn = narrow.draw(np.random.default_rng(0))
    assert narrow.decode(drawn).recipe.learning_rate in (0.01, 0.02)
    assert narrow.holding_topology(narrow.decode(drawn)) is narrow


def test_where_nothing_is_left_to_vary_it_is_said() -> None:
    """One size and one recipe; a table of operations alone; a network of no block."""
    one_size = {**TINY["blocks"]["dense"], "units": 16}
    keys = {**TINY, "blocks": {"dense": one_size, "dense_block": False}}
    with pytest.raises(ConfigError, match="topology: expected a field of a block"):
        held(**{**keys, "recipe": PLAIN_RECIPE})
    cell = Candidate.of(NasBench201Cell("333333"))
    with pytest.raises(ConfigError, match="no operation and no edge, got nasbench201"):
        nasbench201_space().holding_topology(cell)
    with pytest.raises(ConfigError, match="expected a network with a block of the"):
        genomes().holding_topology(cell)
    with pytest.raises(ConfigError, match="expected a network like one of fcnet"):
        fcnet_space().holding_topology(cell)


def test_of_fcnet_everything_is_a_number() -> None:
    """Its graph is the same in all."""
    space = fcnet_space().holding_topology(Candidate.of(FcnetCell("000000000")))
    assert not any(domain.constant for domain in space.choices.values())

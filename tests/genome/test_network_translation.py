"""Networks of any origin as blueprints with modules."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import Setting, seeds, settings_of_spaces
from unmarked import unmarked

from evonas.architecture import Architecture, Layer
from evonas.candidate import Candidate, Recipe
from evonas.cells import NasBench101Cell, NasBench201Cell
from evonas.errors import ArchitectureError
from evonas.genome import (
    InnovationLedger,
    NetworkGenome,
    NetworkGenomes,
    Target,
    translate_network,
)
from evonas.space import default_space
from minibench.importers.published import inception_v3, resnet34

IMAGE = (1, 28, 28)


def images(species: int = 3) -> NetworkGenomes:
    """Over the default space of small images."""
    return NetworkGenomes(default_space("image", IMAGE), IMAGE, 10, species=species)


def conv(filters: int = 16, **more: int) -> list[Layer]:
    """A convolution with its activation."""
    return [Layer("conv", {"filters": filters, **more}), Layer("activation", {})]


def network(*layers: Sequence[Layer]) -> Candidate:
    """A chain with a head."""
    head = [Layer("global_pool"), Layer("dense", {"units": 3})]
    return Candidate(Architecture.chain([*chain(*layers), *head]))


def blocks(genome: NetworkGenome) -> list[str]:
    """The blocks of all of its modules, in the order of the network's nodes."""
    return [
        node.block
        for place in genome.blueprint.order
        for node in genome.modules[
            genome.blueprint.node_by_marking[place].species
        ].nodes
    ]


@given(settings_of_spaces(), seeds)
@settings(max_examples=60)
def test_what_the_space_has_assembled_is_told_exactly(
    setting: Setting, seed: int
) -> None:
    """Without its markings: genomes within the sizes that decode to it again."""
    genomes = NetworkGenomes(setting.space, setting.input_shape, 3)
    try:
        candidate = genomes.decode(genomes.draw(np.random.default_rng(seed)))
    except ArchitectureError:  # a map too small for its strides, say
        return
    target = Target(setting.space, setting.input_shape, 3)
    found = translate_network(unmarked(candidate), target, InnovationLedger())
    assert found is not None
    assert found.exact
    assert found.distance == 0
    genome = NetworkGenome(*found.genome)
    assert genomes.decode(genome).key() == candidate.key()
    assert len(genome.blueprint.nodes) <= setting.space.blueprint_nodes
    for module in genome.modules.values():
        assert len(module.nodes) <= setting.space.module_nodes


@given(settings_of_spaces("image"), settings_of_spaces(), seeds)
@settings(max_examples=30)
def test_networks_of_another_space_become_ones_of_this(
    foreign: Setting, setting: Setting, seed: int
) -> None:
    """For samples of another shape: in the space, within its sizes, and they build."""
    theirs = NetworkGenomes(foreign.space, foreign.input_shape, 5)
    ours = NetworkGenomes(setting.space, setting.input_shape, 3)
    rng = np.random.default_rng(seed)
    try:
        candidate = theirs.decode(theirs.draw(rng))
    except ArchitectureError:
        return
    found = ours.translate(unmarked(candidate))
    if found is None:
        return
    assert 0 <= found.distance <= 1
    assert ours.conform(found.genome, rng) is found.genome
    assert len(found.genome.modules) <= 3
    assert len(found.genome.blueprint.nodes) <= setting.space.blueprint_nodes
    made = ours.decode(found.genome).architecture
    assert made.shapes(setting.input_shape)[made.order()[-1]] == (3,)


@given(st.text("01234", min_size=5, max_size=5), st.sampled_from("23"))
@settings(max_examples=10)
def test_large_networks_lose_their_repetitions_first(others: str, last: str) -> None:
    """Fifteen cells of NAS-Bench-201 in sixteen blocks at most."""
    # a convolution from the input to the output, so that it computes something
    cell = NasBench201Cell(others[:3] + last + others[3:])
    found = images().translate(Candidate.of(cell))
    assert found is not None
    assert found.changes
    assert 0 < len(blocks(found.genome)) <= 16
    candidate = images().decode(found.genome)
    assert candidate.architecture.shapes(IMAGE)


def test_equal_pieces_are_one_module() -> None:
    """That the blueprint names several times; a stride that was repaired is none."""
    piece = [*conv(16), *conv(32, kernel=5, stride=2)]
    found = images().translate(network(*[piece] * 4))
    assert found is not None
    assert len(found.genome.modules) == 1
    assert len(found.genome.blueprint.nodes) == 2
    assert blocks(found.genome) == ["conv"] * 8


def test_equal_structures_have_equal_markings() -> None:
    """Also of networks that were translated one after the other."""
    ledger = InnovationLedger()
    target = Target(default_space("image", IMAGE), IMAGE, 10)
    found = [
        translate_network(network(conv(filters), conv(24)), target, ledger)
        for filters in (16, 48)
    ]
    first, second = (one.genome[1][0] for one in found if one is not None)
    assert first.connections == second.connections
    assert [one.marking for one in first.nodes] == [one.marking for one in second.nodes]
    assert first != second


def test_what_the_space_does_not_have_is_told() -> None:
    """The nearest block, the nearest value, or nothing."""
    odd = [Layer("lstm", {"units": 8}), Layer("flatten")]
    recipe = Recipe(optimizer="rmsprop", batch_size=4096)
    given_one = Candidate(
        Architecture.chain(
            [*conv(500), Layer("dropout"), *odd, Layer("dense", {"units": 3})]
        ),
        recipe,
    )
    found = images().translate(given_one)
    assert found is not None
    assert blocks(found.genome) == ["conv"]
    (node,) = found.genome.modules[0].nodes
    assert node.fields["filters"] == 64
    assert "lstm: left out" in found.changes
    assert "recipe.batch_size: 4096 is 128 here" in found.changes
    assert 0 < found.distance < 1


def test_a_network_of_nothing_that_the_space_has_is_none() -> None:
    """No block, no genome."""
    images_only = NetworkGenomes(default_space("table", (7,)), (7,), 3)
    assert images_only.translate(network(conv())) is None


@pytest.mark.parametrize("published", [resnet34, inception_v3])
def test_published_networks_become_small_ones(published: object) -> None:
    """With branches where they have some, and within the space."""
    given_one = Candidate(published(10))  # type: ignore[operator]
    found = images().translate(given_one)
    assert found is not None
    assert 1 < len(blocks(found.genome)) <= 16
    assert images().refusal(images().decode(found.genome)) == ""


def test_a_cell_of_nas_bench_101_keeps_its_branches() -> None:
    """A merge of the cell is one of the module."""
    cell = NasBench101Cell("111100010100010000101", "00000")
    found = images().translate(Candidate.of(cell))
    assert found is not None
    modules = found.genome.modules.values()
    assert any(len(sources) > 1 for one in modules for sources in one.inputs.values())

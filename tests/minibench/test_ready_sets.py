"""The sets that come along: what they say, and that every space takes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from evonas.architecture import Architecture
from evonas.errors import ConfigError
from evonas.genome.block_reading import read_blocks, read_merges
from evonas.space import ConstraintSet, Space, default_space, space_from_json
from evonas.space.catalogue import BLOCKS
from minibench.advice.editing import READY, given_set
from minibench.class_sets import class_sets
from minibench.constraints import Thresholds, constraint_set
from minibench.importers.published import inception_v3, resnet34
from minibench.reviews import State
from minibench.shipped import RECORDS
from minibench.text_form import read_text

SHAPES: dict[str, tuple[int, ...]] = {
    "image": (3, 32, 32),
    "series": (2, 100),
    "text": (40,),
    "table": (20,),
}
NETWORKS = {"ResNet-34": resnet34(), "Inception-v3": inception_v3()}
#: fields that tell the kind of a block; the others are sizes
KINDS = ("kernel", "function")


def ready(name: str) -> ConstraintSet:
    """A hard one."""
    return given_set(name, "hard", 0.1)


def default(modality: str) -> Space:
    """What is searched where a user says nothing."""
    words = 100 if modality == "text" else 0
    return default_space(modality, SHAPES[modality], vocabulary=words)


def widest(modality: str) -> Space:
    """Every block is on."""
    section = {"blocks": dict.fromkeys(BLOCKS[modality], True)}
    words = 100 if modality == "text" else 0
    return space_from_json(section, modality, SHAPES[modality], vocabulary=words)


@pytest.mark.parametrize("modality", SHAPES)
def test_full_takes_all_convolutions_and_recurrent_layers_of_a_space(
    modality: str,
) -> None:
    """Whatever a modality has; squeeze-and-excitation is not on the source's list."""
    left = ready("full").apply(widest(modality))
    assert set(left.blocks) == set(BLOCKS[modality]) - {"squeeze_excitation"}
    assert left.recipe == widest(modality).recipe
    if modality != "table":
        assert set(left.blocks["pool"]["function"].values() or ()) == {"max", "average"}


def test_full_groups_fewer_than_seven_layers() -> None:
    """Of a dense block, which is the one that groups them."""
    wide = space_from_json(
        {"blocks": {"dense_block": {"layers": [2, 6, 7, 12]}}}, "image", (3, 32, 32)
    )
    assert ready("full").apply(wide).blocks["dense_block"]["layers"].values() == (2, 6)


@pytest.mark.parametrize("modality", ["image", "series", "text"])
def test_limited_leaves_convolutions_of_a_default_space(modality: str) -> None:
    """Of what is on by default, the two networks have nothing else."""
    left = ready("limited").apply(default(modality))
    assert set(left.blocks) == {"conv"}
    assert set(left.merges.values() or ()) == {"sum", "concat"}


def test_limited_leaves_everything_of_it_where_all_blocks_are_on() -> None:
    """Images: convolutions, windows along one side, pooling."""
    left = ready("limited").apply(widest("image"))
    assert set(left.blocks) == {"conv", "factorised_conv", "pool"}


def test_limited_leaves_nothing_of_a_table() -> None:
    """It says so; a soft one prefers nothing instead."""
    space = default("table")
    with pytest.raises(ConfigError, match=r"allows none of the space's blocks.*dense"):
        ready("limited").apply(space)
    left = given_set("limited", "soft", 0.1).apply(space)
    assert set(left.blocks) == set(space.blocks)


@pytest.mark.parametrize("name", NETWORKS)
def test_both_networks_lie_inside_the_limited_set(name: str) -> None:
    """Every block and every way to join, one by one."""
    limited, network = ready("limited"), NETWORKS[name]
    for read in read_blocks(network):
        assert limited.allows(read.block, read.fields), read
    assert all(map(limited.allows_merge, read_merges(network)))


def test_the_limited_set_has_nothing_that_neither_network_has() -> None:
    """Blocks, windows, ways to pool and to join."""
    limited = ready("limited")
    used = {
        (read.block, name, value)
        for network in NETWORKS.values()
        for read in read_blocks(network)
        for name, value in read.fields.items()
    }
    assert limited.blocks is not None
    for block, fields in limited.blocks.items():
        assert block in {item[0] for item in used}
        for name, domain in fields.items():
            for value in domain.values() or ():
                assert (block, name, value) in used


def test_the_limited_set_is_made_of_the_published_records() -> None:
    """The same comes of them again, and its provenance names them."""
    text = read_text(RECORDS / "imagenet@ilsvrc2012.jsonl")
    (problem,), records = text.problems, list(text.records)
    assert {one.state for one in records} == {State.PROVISIONAL}
    records.sort(key=lambda one: -one.metrics[problem.ranked_by])
    classes = class_sets(problem, records)
    made = constraint_set(
        [classes], {problem.key: 1.0}, "hard", Thresholds(share=0.0, tail=0.0)
    )
    limited = ready("limited")
    assert made.blocks is not None
    assert limited.blocks == {
        block: {name: domain for name, domain in fields.items() if name in KINDS}
        for block, fields in made.blocks.items()
    }
    assert limited.merges == made.merges
    assert limited.provenance["items"] == {
        place: items
        for place, items in made.provenance["items"].items()
        if place in ("blocks", "merges") or place.rpartition(".")[2] in KINDS
    }


def test_an_unknown_name_is_a_file(tmp_path: Path) -> None:
    """Which is looked for."""
    assert READY == ("full", "limited")
    with pytest.raises(ConfigError, match="no-such"):
        given_set(str(tmp_path / "no-such.yaml"), "hard", 0.1)


def test_the_networks_are_the_published_ones() -> None:
    """What the set was held against."""
    layers = {name: len(_convolutions(one)) for name, one in NETWORKS.items()}
    # 36 with the shortcuts; 94 of Inception-v3 without its auxiliary head
    assert layers == {"ResNet-34": 36, "Inception-v3": 94}


def _convolutions(network: Architecture) -> list[str]:
    return [one.op for one in network.layers if one.op in ("conv", "asymmetric_conv")]

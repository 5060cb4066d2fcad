"""The catalogue agrees with the recipe and the blocks that other rooms know."""

from __future__ import annotations

from dataclasses import fields
from typing import get_args

import pytest
from strategies import SHAPES

from evonas.architecture import CATALOGUE
from evonas.candidate import Recipe
from evonas.errors import ConfigError
from evonas.genome.blocks import BLOCKS as DECODED
from evonas.space import default_space
from evonas.space.catalogue import (
    BLOCKS,
    DEFAULT_BLOCKS,
    DEFAULT_HEADS,
    DEFAULT_MERGES,
    MODALITIES,
    check_modality,
    known_blocks,
    recipe_domains,
)
from evonas.space.space import MERGES, Head


def test_every_recipe_field_can_be_searched_but_the_procedure() -> None:
    """Colour images know all of `Recipe`; a new field there must be added here."""
    known = set(recipe_domains("image", (3, 8, 8)))
    assert known == {field.name for field in fields(Recipe)} - {"procedure"}


def test_augmentation_is_only_offered_where_it_means_something() -> None:
    """Grey images have no hue; series and tables no shift."""
    assert "hue_shift" not in recipe_domains("image", (1, 8, 8))
    assert "shift" in recipe_domains("image", (1, 8, 8))
    assert "shift" not in recipe_domains("series", (1, 8))


def test_every_block_has_a_decoder() -> None:
    """What the space can hold and what a genome can decode are the same blocks."""
    offered = {block for blocks in BLOCKS.values() for block in blocks}
    assert offered == set(DECODED)


@pytest.mark.parametrize("modality", MODALITIES)
def test_the_default_blocks_are_known(modality: str) -> None:
    """And every modality has at least one for every shape."""
    assert set(DEFAULT_BLOCKS[modality]) <= set(BLOCKS[modality])
    for shape in SHAPES[modality]:
        assert set(DEFAULT_BLOCKS[modality]) & set(known_blocks(modality, shape))


@pytest.mark.parametrize("modality", MODALITIES)
def test_the_default_merges_are_known(modality: str) -> None:
    """Each is a layer kind that reads several inputs."""
    assert set(DEFAULT_MERGES[modality]) <= set(MERGES)
    assert all(CATALOGUE[merge].arity == "many" for merge in MERGES)


def test_every_head_is_a_layer_kind_that_needs_no_parameters() -> None:
    """Assembly adds it by its name alone."""
    for head in get_args(Head):
        assert CATALOGUE[head].output_shape(CATALOGUE[head].check({}), [(3, 1)]) == (3,)
    assert set(DEFAULT_HEADS) == set(MODALITIES)
    assert set(DEFAULT_HEADS.values()) <= set(get_args(Head))


def test_images_are_searched_as_before() -> None:
    """A seed of an earlier version draws the same networks."""
    assert DEFAULT_BLOCKS["image"] == ("conv", "separable_conv", "mbconv")
    assert DEFAULT_MERGES["image"] == ("sum", "concat")
    assert default_space("image", (1, 8, 8)).head == "global_pool"


def test_volumes_have_no_two_dimensional_blocks() -> None:
    """An image with depth cannot pass an inverted bottleneck."""
    assert "mbconv" not in known_blocks("image", (1, 4, 8, 8))


@pytest.mark.parametrize(
    ("modality", "shape", "message"),
    [
        ("sound", (1, 8), "modality: expected one of image, series"),
        ("image", (8, 8), r"input shape: expected \(channels, height, width\)"),
        ("table", (3, 8), r"input shape: expected \(features,\)"),
        ("series", (3, 0), r"input shape: expected \(channels, length\)"),
    ],
)
def test_a_shape_that_is_not_the_modalitys_is_refused(
    modality: str, shape: tuple[int, ...], message: str
) -> None:
    """The message shows the shape that is meant."""
    with pytest.raises(ConfigError, match=message):
        check_modality(modality, shape)

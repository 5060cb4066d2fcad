"""`docs/space.md` tells every key with the default that it has."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from evonas.space import (
    Domain,
    FloatRange,
    Limits,
    domain_from_json,
    space_from_json,
)
from evonas.space.catalogue import BLOCKS, DEFAULT_BLOCKS, recipe_domains
from evonas.space.space import KEYS

PAGE = Path(__file__).parents[2] / "docs" / "space.md"


def _rows() -> list[list[str]]:
    lines = PAGE.read_text().splitlines()
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in lines
        if line.startswith("|")
    ]


def _is(cell: str, domain: Domain) -> bool:
    text = yaml.safe_load(cell.strip("`"))
    return domain_from_json(text, real=isinstance(domain, FloatRange)) == domain


def test_every_key_has_a_row() -> None:
    """Those of the section and those of `limits`."""
    named = {row[0].strip("` ") for row in _rows()}
    limits = {f"limits.{name}" for name in Limits().to_json()}
    assert set(KEYS) - {"limits"} | limits <= named


def test_every_recipe_field_has_a_row_with_its_default() -> None:
    """A changed default must be changed there too."""
    rows = {row[0].strip("` "): row[1] for row in _rows()}
    for name, domain in recipe_domains("image", (3, 8, 8)).items():
        assert _is(rows[name], domain), name


@pytest.mark.parametrize("modality", BLOCKS)
def test_every_field_of_every_block_has_a_row_with_its_default(modality: str) -> None:
    """Whichever row of that field holds the default of this block."""
    cells: dict[str, list[str]] = {}
    for row in _rows():
        if len(row) == 4:
            cells.setdefault(row[0].strip("` "), []).append(row[2])
    for block, domains in BLOCKS[modality].items():
        for name, domain in domains.items():
            assert any(_is(cell, domain) for cell in cells[name]), (block, name)


@pytest.mark.parametrize("modality", BLOCKS)
def test_the_page_tells_which_blocks_are_on(modality: str) -> None:
    """In bold, in the row of the modality."""
    row = next(row for row in _rows() if modality in row[0].split(", "))
    told = {name.strip(" *"): "**" in name for name in row[1].split(",")}
    assert told == {b: b in DEFAULT_BLOCKS[modality] for b in BLOCKS[modality]}


def test_the_example_of_the_page_is_a_valid_section() -> None:
    """What a reader copies works."""
    example = PAGE.read_text().split("```yaml\n")[1].split("```")[0]
    space = space_from_json(yaml.safe_load(example)["space"], "image", (1, 8, 8))
    assert "factorised_conv" in space.blocks
    assert "mbconv" not in space.blocks

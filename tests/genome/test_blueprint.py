"""Blueprints point at species, carry a recipe, and survive their JSON form."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import SPECIES, Lineage, blueprint_genomes, lineages

from evonas.errors import ArchitectureError
from evonas.genome import BlueprintGenome

GOLDEN = Path(__file__).parents[1] / "golden" / "genomes-format-1.json"


@given(st.data(), lineages())
def test_the_json_form_round_trips(data: st.DataObject, lineage: Lineage) -> None:
    """Through text, recipe included."""
    genome = data.draw(blueprint_genomes(lineage))
    text = json.dumps(genome.to_json())
    assert BlueprintGenome.from_json(json.loads(text)) == genome
    assert genome.species <= set(SPECIES)
    assert hash(genome) == hash(BlueprintGenome.from_json(json.loads(text)))


def test_a_blueprint_of_format_1_is_read_for_ever() -> None:
    """The golden file was written by the first version."""
    data = json.loads(GOLDEN.read_text())["blueprint"]
    genome = BlueprintGenome.from_json(data)
    assert genome.to_json() == data
    assert genome.species == {1, 3}


def test_a_blueprint_without_a_recipe_is_told() -> None:
    """The key is missing, not guessed."""
    data = json.loads(GOLDEN.read_text())["blueprint"]
    del data["recipe"]
    with pytest.raises(ArchitectureError, match=r"blueprint genome: .*'recipe'"):
        BlueprintGenome.from_json(data)
    with pytest.raises(ArchitectureError, match="blueprint genome: expected JSON of"):
        BlueprintGenome.from_json({})

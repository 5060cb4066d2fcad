"""Modules survive their JSON form, and damaged JSON is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import Lineage, lineages, module_genomes

from evonas.errors import ArchitectureError
from evonas.genome import ModuleGenome

GOLDEN = Path(__file__).parents[1] / "golden" / "genomes-format-1.json"


@given(st.data(), lineages())
def test_the_json_form_round_trips(data: st.DataObject, lineage: Lineage) -> None:
    """Through text, to an equal genome with an equal text."""
    genome = data.draw(module_genomes(lineage))
    text = json.dumps(genome.to_json())
    again = ModuleGenome.from_json(json.loads(text))
    assert again == genome
    assert json.dumps(again.to_json()) == text


def test_a_module_of_format_1_is_read_for_ever() -> None:
    """The golden file was written by the first version."""
    data = json.loads(GOLDEN.read_text())["module"]
    genome = ModuleGenome.from_json(data)
    assert genome.to_json() == data
    assert [gene.block for gene in genome.nodes] == ["conv", "mbconv"]
    assert [gene.enabled for gene in genome.connections].count(False) == 1


GOOD: dict[str, Any] = {
    "format": 1,
    "id": 1,
    "nodes": [[2, "conv", "sum", {}]],
    "connections": [[3, 0, 2, True], [4, 2, 1, True]],
    "merge": "sum",
    "parents": [],
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 2}, "module genome: expected JSON of format 1, got 2"),
        ({"nodes": [[2]]}, "module genome: expected the keys and types"),
        ({"nodes": 3}, "module genome: expected the keys and types"),
        ({"connections": [[3, 0]]}, "module genome: expected the keys and types"),
        ({"connections": [[3, 0, 2, True]]}, "genome 1: expected every node on"),
        ({"parents": None}, "module genome: expected the keys and types"),
    ],
)
def test_damaged_json_is_told(change: dict[str, Any], message: str) -> None:
    """Never a bare KeyError or TypeError."""
    assert ModuleGenome.from_json(GOOD).to_json() == GOOD
    with pytest.raises(ArchitectureError, match=message):
        ModuleGenome.from_json({**GOOD, **change})


@pytest.mark.parametrize("data", [None, [], {}, {"format": 1}])
def test_json_of_something_else_is_told(data: Any) -> None:
    """Whatever was handed in."""
    with pytest.raises(ArchitectureError, match="module genome: expected"):
        ModuleGenome.from_json(data)

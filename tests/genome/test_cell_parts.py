"""Modules and blueprints of cells as data."""

from __future__ import annotations

import json

import pytest

from evonas.errors import ArchitectureError
from evonas.genome import CellBlueprint, CellModule

MODULE = CellModule(genome_id=3, values={"op_01": "none", "n": 2}, parents=(1, 2))
BLUEPRINT = CellBlueprint(genome_id=4, values={"op_01": "none"}, places=(7, 5, 7))


def test_parts_go_through_json() -> None:
    """The order of values and of places too."""
    for part in (MODULE, BLUEPRINT):
        again = type(part).from_json(json.loads(json.dumps(part.to_json())))
        assert again == part
        assert list(again.values) == list(part.values)


def test_a_blueprint_names_species() -> None:
    """Each once, however many places name it."""
    assert BLUEPRINT.species == {5, 7}


def test_empty_parts_are_refused() -> None:
    """A module says something, and a blueprint has a place for one."""
    with pytest.raises(ArchitectureError, match="expected a choice or more, got none"):
        CellModule(genome_id=1, values={})
    with pytest.raises(ArchitectureError, match="expected a place, got none"):
        CellBlueprint(genome_id=1, values={"op_01": "none"}, places=())


@pytest.mark.parametrize("data", [{}, {"format": 2}, {"format": 1, "id": 1}, 5])
@pytest.mark.parametrize("kind", [CellModule, CellBlueprint])
def test_other_json_is_refused(
    kind: type[CellModule | CellBlueprint], data: object
) -> None:
    """By what it is of."""
    with pytest.raises(ArchitectureError, match=r"cell (module|blueprint): expected"):
        kind.from_json(data)  # type: ignore[arg-type]

"""Cells from JSON of anywhere."""

from __future__ import annotations

import pytest

from evonas.cells import KINDS, cell_from_json
from evonas.errors import ArchitectureError


@pytest.mark.parametrize("data", [None, [], {}, {"kind": "magic"}, {"kind": ["a"]}])
def test_what_names_no_kind_is_refused(data: object) -> None:
    """With the kinds there are."""
    with pytest.raises(ArchitectureError, match="a kind of nasbench101"):
        cell_from_json(data)


@pytest.mark.parametrize("kind", KINDS)
def test_missing_keys_are_refused(kind: str) -> None:
    """By name."""
    with pytest.raises(ArchitectureError, match="expected the keys and types"):
        cell_from_json({"kind": kind})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [None, 3, [], {}])
def test_values_of_wrong_types_are_refused(kind: str, value: object) -> None:
    """Whatever they are."""
    names = ("ops", "classes", "adjacency", "digits", "features", "link")
    with pytest.raises(ArchitectureError, match="expected"):
        cell_from_json({"kind": kind, **dict.fromkeys(names, value)})

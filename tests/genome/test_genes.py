"""Genes are values: frozen, equal by content, usable in sets."""

from __future__ import annotations

import pytest

from evonas.genome import BlueprintNode, Connection, NodeGene


def test_fields_cannot_be_changed_from_outside() -> None:
    """Neither through the gene nor through the mapping it was made from."""
    given = {"filters": 8}
    gene = NodeGene(2, "conv", "sum", given)
    given["filters"] = 16
    assert gene.fields["filters"] == 8
    with pytest.raises(TypeError, match="does not support item assignment"):
        gene.fields["filters"] = 16


def test_equal_genes_are_one_in_a_set() -> None:
    """Content decides, not identity."""
    genes = {NodeGene(2, "conv", "sum", {"filters": 8}) for _ in range(2)}
    assert len(genes) == 1
    assert len({Connection(2, 0, 1), Connection(2, 0, 1, enabled=False)}) == 2


def test_the_json_form_is_a_short_list() -> None:
    """Journals and snapshots hold many of them."""
    gene = NodeGene(2, "conv", "sum", {"filters": 8})
    assert gene.to_json() == [2, "conv", "sum", {"filters": 8}]
    assert BlueprintNode(2, 5, "concat").to_json() == [2, 5, "concat"]
    assert Connection(3, 0, 2).to_json() == [3, 0, 2, True]

"""Dense, flatten and embedding."""

from __future__ import annotations

import pytest

from evonas.architecture import CATALOGUE, Cost
from evonas.errors import ArchitectureError

DENSE, FLATTEN, EMBEDDING = (CATALOGUE[op] for op in ("dense", "flatten", "embedding"))


def test_dense_reads_every_feature() -> None:
    """A weight a pair, a bias a unit."""
    params = DENSE.check({"units": 7})
    assert DENSE.output_shape(params, [(5,)]) == (7,)
    assert DENSE.cost(params, [(5,)]) == Cost(7 * 5 + 7, 7 * 5)


def test_dense_on_a_sequence_is_applied_at_each_position() -> None:
    """The same weights at every position."""
    params = DENSE.check({"units": 7, "bias": False})
    assert DENSE.output_shape(params, [(5, 11)]) == (7, 11)
    assert DENSE.cost(params, [(5, 11)]) == Cost(7 * 5, 7 * 5 * 11)


def test_dense_refuses_maps() -> None:
    """A picture must be flattened or pooled first."""
    with pytest.raises(ArchitectureError, match=r"\(features,\) or .*got \(5, 4, 4\)"):
        DENSE.output_shape(DENSE.check({"units": 7}), [(5, 4, 4)])


def test_flatten_multiplies_all_sides() -> None:
    """Of any rank, a vector too."""
    for shape in ((6,), (2, 3), (1, 2, 3), (1, 1, 2, 3)):
        assert FLATTEN.output_shape({}, [shape]) == (6,)


def test_an_embedding_is_a_table() -> None:
    """Tokens to (dimension, length); looking up multiplies nothing."""
    params = EMBEDDING.check({"vocabulary": 100, "dimension": 8})
    assert EMBEDDING.output_shape(params, [(12,)]) == (8, 12)
    cost = EMBEDDING.cost(params, [(12,)])
    assert (cost.parameters, cost.multiply_adds) == (800, 0)
    with pytest.raises(ArchitectureError, match=r"\(features,\), got \(3, 12\)"):
        EMBEDDING.output_shape(params, [(3, 12)])

"""Composite modules, whose source leaves evonas."""

from __future__ import annotations

import ast
import inspect
import sys

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from evonas.network import blocks, preprocess, standalone
from evonas.network.blocks import SizeMatchedSum, TokenEmbedding, match_size


@pytest.mark.parametrize("module", [blocks, preprocess, standalone])
def test_what_is_copied_into_exports_imports_torch_and_the_standard_library_only(
    module: object,
) -> None:
    """Anything else would not be there where an export is used."""
    roots = set()
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Import):
            roots |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            roots.add(str(node.module).partition(".")[0])
    assert roots - set(sys.stdlib_module_names) == {"torch"}


@given(st.integers(1, 9), st.integers(1, 9))
def test_matching_sizes_never_loses_the_maximum(side: int, goal: int) -> None:
    """Every element is in some window, whether or not the sizes divide."""
    side, goal = max(side, goal), min(side, goal)
    x = torch.arange(float(side)).view(1, 1, side).flip(2)
    matched = match_size(x, (goal,))
    assert matched.shape == (1, 1, goal)
    assert matched.max() == side - 1
    assert matched[0, 0, -1] >= 0


def test_maps_of_the_right_size_pass_as_they_are() -> None:
    """No copy is made and no gradient bent."""
    x = torch.randn(2, 3, 4, 4)
    assert match_size(x, (4, 4)) is x


def test_a_matched_sum_has_a_projection_for_each_input_that_needs_one() -> None:
    """The weights' names tell which."""
    names = list(SizeMatchedSum((8, 4, 6), size=(2, 2)).state_dict())
    assert names == ["projections.1.weight", "projections.2.weight"]


def test_embedded_tokens_are_channels_first() -> None:
    """The vector of token t at position l is the channels at l."""
    module = TokenEmbedding(5, 3)
    tokens = torch.tensor([[4, 0]])
    assert torch.equal(module(tokens)[0, :, 0], module.table.weight[4])

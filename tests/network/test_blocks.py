"""Composite modules, whose source leaves evonas."""

from __future__ import annotations

import ast
import inspect
import sys

import pytest
import torch

from evonas.network import blocks, merges, preprocess, standalone
from evonas.network.blocks import AttentionPool, DenseBlock, TokenEmbedding


@pytest.mark.parametrize("module", [blocks, merges, preprocess, standalone])
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


def test_embedded_tokens_are_channels_first() -> None:
    """The vector of token t at position l is the channels at l."""
    module = TokenEmbedding(5, 3)
    tokens = torch.tensor([[4, 0]])
    assert torch.equal(module(tokens)[0, :, 0], module.table.weight[4])


@pytest.mark.parametrize("sides", [(6,), (3, 4), (2, 2, 2)])
def test_attention_begins_as_the_average_of_all_positions(
    sides: tuple[int, ...],
) -> None:
    """Scores of 0 are equal weights, so that it can take the place of an average."""
    x = torch.randn(2, 5, *sides)
    torch.testing.assert_close(AttentionPool(5)(x), x.flatten(2).mean(2))


def test_attention_can_pass_over_the_padding_of_a_text() -> None:
    """Without a mask: its token has a vector, and vectors like it can weigh nothing."""
    table, pool = TokenEmbedding(4, 3), AttentionPool(3)
    with torch.no_grad():
        table.table.weight[0] = torch.tensor([9.0, 0.0, 0.0])
        table.table.weight[1:, 0] = 0.0
        pool.score.weight.copy_(torch.tensor([[[-9.0], [0.0], [0.0]]]))
        short = pool(table(torch.tensor([[2, 3, 1]])))
        padded = pool(table(torch.tensor([[2, 3, 1, 0, 0, 0, 0, 0]])))
    torch.testing.assert_close(padded, short)


def test_a_dense_block_hands_on_what_came_in_and_what_each_layer_added() -> None:
    """Each layer reads all before it: with blocked additions nothing else is left."""
    block = DenseBlock(2, 3, 4, norm=torch.nn.BatchNorm1d, conv=torch.nn.Conv1d).eval()
    x = torch.randn(5, 2, 7)
    with torch.no_grad():
        whole = block(x)
        assert whole.shape == (5, 14, 7)
        assert torch.equal(whole[:, :2], x)
        for at, layer in enumerate(block.layers):
            read = whole[:, : 2 + 4 * at]
            assert torch.equal(whole[:, 2 + 4 * at :][:, :4], layer(read))

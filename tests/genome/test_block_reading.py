"""Blocks are read back as they were decoded."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from strategies import SPECIES, Setting, seeds, settings_of_spaces

from evonas.architecture import Architecture, Layer
from evonas.genome import InnovationLedger, random_blueprint, random_module
from evonas.genome.assembly import assemble
from evonas.genome.block_reading import read_blocks, read_merges
from evonas.genome.blocks import decode_block
from minibench.importers.published import inception_v3, resnet34


@given(settings_of_spaces(), seeds, st.integers(1, 12))
def test_a_chain_is_read_as_its_blocks(setting: Setting, seed: int, depth: int) -> None:
    """What was read decodes to the layers that it was read from; a repair stays."""
    space, rng = setting.space, np.random.default_rng(seed)
    shape = start = setting.input_shape if space.modality != "text" else (4, 12)
    layers, wanted = [], []
    for _ in range(depth):
        block = space.draw_block(rng)
        if ":" in block:
            continue
        fields = space.draw_fields(block, rng)
        before = shape
        added, shape = decode_block(block, fields, shape)
        wanted.append((block, fields, before, added))
        layers.extend(added)
    if not layers or layers[-1].op == "dense":
        # a last dense layer would be the head, which is no block
        layers.append(Layer("identity"))
    architecture = Architecture.chain(layers)
    assert architecture.shapes(start)
    found = read_blocks(architecture)
    assert [one.block for one in found] == [block for block, *_ in wanted]
    for one, (block, fields, before, added) in zip(found, wanted, strict=True):
        assert set(one.fields) >= set(fields)
        assert decode_block(block, one.fields, before)[0] == added
        read = tuple(architecture.layers[place] for place in one.layers)
        assert read == added


@given(settings_of_spaces(), seeds)
def test_of_a_network_every_node_is_read(setting: Setting, seed: int) -> None:
    """As many blocks as its modules have nodes, stem and head apart; so merges."""
    space, rng = setting.space, np.random.default_rng(seed)
    ledger = InnovationLedger()
    modules = {name: random_module(space, ledger, rng, name) for name in SPECIES}
    blueprint = random_blueprint(space, ledger, rng, 9, SPECIES)
    candidate = assemble(blueprint, modules, space, setting.input_shape, 3)
    found = read_blocks(candidate.architecture)
    used = [modules[gene.species] for gene in blueprint.nodes]
    nodes = [gene for module in used for gene in module.nodes]
    own = [gene.block for gene in nodes if ":" not in gene.block]
    assert sorted(one.block for one in found) == sorted(own)
    layers = [layer.op for layer in candidate.architecture.layers]
    merges = [op for op in layers if op in ("sum", "concat", "gated_sum")]
    assert sorted(read_merges(candidate.architecture)) == sorted(merges)


def test_a_published_network_is_told_in_blocks() -> None:
    """After its stem, ResNet-34 has convolutions alone; Inception-v3 has more."""
    found = read_blocks(resnet34())
    kinds = [one.block for one in found]
    # 32 in its blocks, 3 in shortcuts
    assert kinds == ["conv"] * 35
    assert found[0].fields == {
        "filters": 64,
        "kernel": 3,
        "stride": 1,
        "dilation": 1,
        "groups": 1,
        "init_scale": 1.0,
        "batch_norm": True,
        "activation": "relu",
        "max_pool": False,
        "dropout": 0.0,
    }
    assert set(read_merges(resnet34())) == {"sum"}
    wider = read_blocks(inception_v3())
    assert {one.block for one in wider} == {"conv", "factorised_conv", "pool"}
    assert {one.fields["kernel"] for one in wider if one.block == "conv"} == {1, 3, 5}
    assert set(read_merges(inception_v3())) == {"concat"}

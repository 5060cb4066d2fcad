"""Assembly: blueprint and modules become a candidate that can be built."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import (
    SPECIES,
    Lineage,
    blueprint_genomes,
    lineages,
    module_genomes,
)

from evonas.candidate import Candidate, Recipe
from evonas.errors import ArchitectureError
from evonas.genome import (
    BlueprintGenome,
    BlueprintNode,
    Connection,
    ModuleGenome,
    NodeGene,
    assemble,
    within_limits,
)
from evonas.space import Limits, default_space, space_from_json

SHAPE = (1, 8, 8)
SPACE = default_space("image", SHAPE)
CONV = {
    "filters": 8,
    "kernel": 3,
    "stride": 1,
    "dilation": 1,
    "groups": 1,
    "batch_norm": False,
    "activation": "relu",
    "max_pool": False,
    "dropout": 0.0,
    "init_scale": 1.0,
}


def _module(*joined: tuple[int, int, int]) -> ModuleGenome:
    markings = {end for _, *ends in joined for end in ends} - {0, 1}
    return ModuleGenome(
        genome_id=1,
        nodes=tuple(NodeGene(marking, "conv", "concat", CONV) for marking in markings),
        connections=tuple(Connection(*gene) for gene in joined),
        merge="sum",
    )


def _blueprint(*joined: tuple[int, int, int]) -> BlueprintGenome:
    markings = {end for _, *ends in joined for end in ends} - {0, 1}
    return BlueprintGenome(
        genome_id=2,
        nodes=tuple(BlueprintNode(marking, 1, "sum") for marking in markings),
        connections=tuple(Connection(*gene) for gene in joined),
        merge="concat",
        recipe={"optimizer": "adamw", "batch_size": 32},
    )


CHAIN = ((3, 0, 2), (4, 2, 1))


@given(st.data(), lineages())
def test_every_genome_decodes_to_a_candidate_with_the_tasks_outputs(
    data: st.DataObject, lineage: Lineage
) -> None:
    """Shapes fit from end to end, markings are unique, the JSON form round-trips."""
    blueprint = data.draw(blueprint_genomes(lineage))
    modules = {
        species: data.draw(module_genomes(lineage, species))
        for species in blueprint.species
    }
    setting = lineage.setting
    candidate = assemble(blueprint, modules, setting.space, setting.input_shape, 5)
    assert candidate.architecture.shapes(setting.input_shape)[-1] == (5,)
    markings = Counter(layer.marking for layer in candidate.architecture.layers)
    del markings[""]
    assert set(markings.values()) == {1}
    again = Candidate.from_json(json.loads(json.dumps(candidate.to_json())))
    assert again.key() == candidate.key()
    assert within_limits(candidate, setting.space, setting.input_shape) == ""
    assert candidate.recipe.to_json().items() >= blueprint.recipe.items()


@given(st.data(), lineages())
def test_disabled_genes_do_not_matter(data: st.DataObject, lineage: Lineage) -> None:
    """A genome without its disabled connections decodes to the same candidate."""
    blueprint = data.draw(blueprint_genomes(lineage))
    modules = {species: data.draw(module_genomes(lineage)) for species in SPECIES}
    pruned = {
        species: replace(
            module, connections=tuple(g for g in module.connections if g.enabled)
        )
        for species, module in modules.items()
    }
    setting = lineage.setting
    keys = {
        assemble(blueprint, drawn, setting.space, setting.input_shape, 3).key()
        for drawn in (modules, pruned)
    }
    assert len(keys) == 1


def test_layers_are_marked_by_where_they_come_from() -> None:
    """Blueprint node, module node, part; stem and head by name."""
    space = space_from_json({"stem_filters": 4}, "image", SHAPE)
    candidate = assemble(_blueprint(*CHAIN), {1: _module(*CHAIN)}, space, SHAPE, 10)
    assert [layer.marking for layer in candidate.architecture.layers] == [
        "",
        "stem/conv",
        "stem/batch_norm",
        "stem/activation",
        "b2/m2/conv",
        "b2/m2/activation",
        "head/global_pool",
        "head/dense",
        "",
    ]


def test_each_node_of_a_species_gets_its_own_copy_of_the_one_module() -> None:
    """Repeated motifs: three nodes, three convolutions with different markings."""
    blueprint = _blueprint((3, 0, 2), (5, 2, 7), (6, 7, 8), (4, 8, 1))
    candidate = assemble(blueprint, {1: _module(*CHAIN)}, SPACE, SHAPE, 10)
    convolutions = [x for x in candidate.architecture.layers if x.op == "conv"]
    assert [x.marking for x in convolutions] == [
        "b2/m2/conv",
        "b7/m2/conv",
        "b8/m2/conv",
    ]


def test_several_inputs_are_joined_by_the_readers_merge() -> None:
    """Module and blueprint nodes, and both outputs, each have their own."""
    module = _module((3, 0, 2), (4, 2, 1), (5, 0, 6), (7, 2, 6), (8, 6, 1))
    blueprint = _blueprint((3, 0, 2), (4, 2, 1), (5, 0, 6), (7, 2, 6), (8, 6, 1))
    assert _merges(blueprint, module) == {
        "b2/m6/merge": "concat",
        "b2/out": "sum",
        "b6/merge": "sum",
        "b6/m6/merge": "concat",
        "b6/out": "sum",
        "merge": "concat",
    }
    merges = _merges(replace(blueprint, merge="sum"), replace(module, merge="concat"))
    assert (merges["b2/out"], merges["merge"]) == ("concat", "sum")


def _merges(blueprint: BlueprintGenome, module: ModuleGenome) -> dict[str, str]:
    """Marking → op of every merge of the network."""
    layers = assemble(blueprint, {1: module}, SPACE, SHAPE, 10).architecture.layers
    return {x.marking: x.op for x in layers if x.op in ("sum", "concat")}


def test_head_and_recipe_are_the_spaces_and_the_blueprints() -> None:
    """Flatten where the space says so; recipe fields over their defaults."""
    space = space_from_json({"head": "flatten"}, "image", SHAPE)
    candidate = assemble(_blueprint(*CHAIN), {1: _module(*CHAIN)}, space, SHAPE, 10)
    assert candidate.architecture.layers[-3].op == "flatten"
    assert candidate.recipe == Recipe(optimizer="adamw", batch_size=32)


def test_a_gate_lets_only_the_oldest_input_pass_at_first() -> None:
    """Inputs are read in the order of their markings: INPUT, then the nodes by age."""
    module = replace(
        _module((3, 0, 2), (4, 2, 1), (5, 0, 6), (7, 2, 6), (8, 6, 1)),
        merge="gated_sum",
    )
    layers = assemble(_blueprint(*CHAIN), {1: module}, SPACE, SHAPE, 10).architecture
    (gate,) = [at for at, x in enumerate(layers.layers) if x.op == "gated_sum"]
    assert layers.layers[gate].params == {"gate_init": 0.0}
    first, second = layers.inputs_of(gate)
    assert layers.layers[first].marking.startswith("b2/m2/")
    assert layers.layers[second].marking.startswith("b2/m6/")


@pytest.mark.parametrize("head", ["attention_pool", "global_pool", "flatten"])
def test_every_head_makes_a_vector_of_a_series(head: str) -> None:
    """And a table's vector needs none."""
    space = space_from_json({"head": head}, "series", (2, 9))
    candidate = assemble(_blueprint(*CHAIN), {1: _module(*CHAIN)}, space, (2, 9), 4)
    layers = candidate.architecture.layers
    assert (layers[-3].op, layers[-3].marking) == (head, f"head/{head}")
    assert candidate.architecture.shapes((2, 9))[-1] == (4,)


def test_text_starts_with_an_embedding() -> None:
    """Of the space's size, over the task's vocabulary."""
    space = space_from_json({"embedding_dimension": 6}, "text", (9,), vocabulary=50)
    candidate = assemble(_blueprint(*CHAIN), {1: _module(*CHAIN)}, space, (9,), 2)
    embedding = candidate.architecture.layers[1]
    assert embedding.op == "embedding"
    assert dict(embedding.params) == {"vocabulary": 50, "dimension": 6}


def test_a_species_without_a_module_is_told() -> None:
    """With the species that are missing."""
    with pytest.raises(ArchitectureError, match=r"blueprint 2: .* none for \[1\]"):
        assemble(_blueprint(*CHAIN), {4: _module(*CHAIN)}, SPACE, SHAPE, 10)


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (
            Limits(parameters=169),
            r"space.limits.parameters: expected at most 169, got 170",
        ),
        (Limits(parameters=170), ""),
        (
            Limits(multiply_adds=100),
            "space.limits.multiply_adds: expected at most 100,",
        ),
        (
            Limits(memory_bytes=1e3),
            "space.limits.memory_bytes: expected at most 1 kB, got ",
        ),
        (Limits(memory_bytes=1e9, multiply_adds=1e6), ""),
    ],
)
def test_limits_are_checked_before_anything_is_trained(
    limits: Limits, reason: str
) -> None:
    """A convolution of 80 and a dense layer of 90 parameters against each limit."""
    candidate = assemble(_blueprint(*CHAIN), {1: _module(*CHAIN)}, SPACE, SHAPE, 10)
    found = within_limits(candidate, replace(SPACE, limits=limits), SHAPE)
    assert found.startswith(reason)
    assert bool(found) == bool(reason)

"""Assembly: a blueprint with one module for each of its species becomes a candidate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evonas.architecture import (
    Architecture,
    Edge,
    Layer,
    Shape,
    Value,
    amount,
    kind_of,
    training_memory_bytes,
)
from evonas.candidate import Candidate, Recipe
from evonas.errors import ArchitectureError
from evonas.genome.blocks import decode_block
from evonas.genome.blueprint import BlueprintGenome
from evonas.genome.genes import INPUT, OUTPUT
from evonas.genome.module import ModuleGenome
from evonas.space import Limits, Space


def assemble(
    blueprint: BlueprintGenome,
    modules: Mapping[int, ModuleGenome],
    space: Space,
    input_shape: Shape,
    outputs: int,
) -> Candidate:
    """The candidate of a blueprint whose species are filled by these modules.

    Every node that names a species gets that species' one module, which makes repeated
    motifs. Stem and head come from the space and do not evolve. Layers are marked by
    where they come from: `b5/m12/conv` is the convolution of module node 12 at
    blueprint node 5.

    Args:
        blueprint: names species and holds the recipe.
        modules: species → the module drawn for it.
        space: gives stem and head.
        input_shape: of one sample, channels first.
        outputs: values that the network gives for a sample.
    """
    missing = blueprint.species - modules.keys()
    if missing:
        raise ArchitectureError(
            f"blueprint {blueprint.genome_id}: expected a module for every species it "
            f"names, got none for {sorted(missing)}"
        )
    draft = _Draft(input_shape)
    value = draft.stem(space)
    built = {INPUT: value}
    for marking in blueprint.order:
        name = f"b{marking}"
        gene = blueprint.node_by_marking[marking]
        read = [built[source] for source in blueprint.inputs[marking]]
        value = draft.joined(gene.merge, read, f"{name}/merge")
        built[marking] = draft.module(modules[gene.species], value, name)
    read = [built[source] for source in blueprint.inputs[OUTPUT]]
    draft.head(space, draft.joined(blueprint.merge, read, "merge"), outputs)
    architecture = Architecture(tuple(draft.layers), tuple(draft.edges))
    return Candidate(architecture, Recipe.from_json(blueprint.recipe))


def within_limits(candidate: Candidate, space: Space, input_shape: Shape) -> str:
    """Why a candidate must not be trained; empty where it may be.

    Everything that can be computed is checked here: parameters, multiply-adds, memory.
    Latency cannot be computed; whoever has the device measures it.
    """
    return excess(candidate, space.limits, input_shape)


def excess(candidate: Candidate, limits: Limits, input_shape: Shape) -> str:
    """The first of some limits that a candidate exceeds; empty where it keeps them."""
    recipe = candidate.recipe
    cost = candidate.architecture.cost(input_shape)
    memory = training_memory_bytes(cost, recipe.batch_size, recipe.optimizer)
    for name, found, limit in (
        ("parameters", cost.parameters, limits.parameters),
        ("multiply_adds", cost.multiply_adds, limits.multiply_adds),
        ("memory_bytes", memory, limits.memory_bytes),
    ):
        if limit is not None and found > limit:
            words = [f"{value:,}" for value in (limit, found)]
            if name == "memory_bytes":
                words = [amount(value) for value in (limit, found)]
            return f"space.limits.{name}: expected at most {words[0]}, got {words[1]}"
    return ""


def stem_shape(space: Space, input_shape: Shape) -> Shape:
    """The shape that comes out of a space's stem.

    Args:
        space: gives the stem.
        input_shape: of one sample.
    """
    draft = _Draft(input_shape)
    return draft.shape(draft.stem(space))


class _Draft:
    """An architecture while it grows: layers by position, the shape after each."""

    def __init__(self, input_shape: Shape) -> None:
        self.layers = [Layer("input")]
        self.edges: list[Edge] = []
        self._shapes = [input_shape]

    def stem(self, space: Space) -> int:
        """What stands before everything that evolves."""
        value = 0
        if space.modality == "text":
            value = self._added(
                "embedding",
                "stem/embedding",
                vocabulary=space.vocabulary,
                dimension=space.embedding_dimension,
            )
        if space.stem_filters:
            fields: dict[str, Value] = {
                "filters": space.stem_filters,
                "kernel": 3,
                "stride": space.stem_stride,
                "dilation": 1,
                "groups": 1,
                "batch_norm": True,
                "activation": "relu",
                "dropout": 0.0,
                "init_scale": 1.0,
            }
            value = self._block("conv", fields, value, "stem")
        return value

    def shape(self, value: int) -> Shape:
        """That comes out of the layer at a position."""
        return self._shapes[value]

    def module(self, genome: ModuleGenome, value: int, name: str) -> int:
        """The layers of a module that reads the layer at position `value`."""
        built = {INPUT: value}
        for marking in genome.order:
            gene = genome.node_by_marking[marking]
            part = f"{name}/m{marking}"
            read = [built[source] for source in genome.inputs[marking]]
            joined = self.joined(gene.merge, read, f"{part}/merge")
            built[marking] = self._block(gene.block, gene.fields, joined, part)
        read = [built[source] for source in genome.inputs[OUTPUT]]
        return self.joined(genome.merge, read, f"{name}/out")

    def head(self, space: Space, value: int, outputs: int) -> None:
        """What turns the last map into the network's result."""
        if len(self._shapes[value]) > 1:
            value = self._added(space.head, f"head/{space.head}", value)
        value = self._added("dense", "head/dense", value, units=outputs)
        self._added("output", "", value)

    def joined(self, merge: str, read: Sequence[int], marking: str) -> int:
        """One layer's position for several inputs; a single one needs no merge."""
        if len(read) == 1:
            return read[0]
        kind = kind_of(merge)
        complete = kind.check({})
        shapes = [self._shapes[position] for position in read]
        self._shapes.append(kind.output_shape(complete, shapes))
        self._append(Layer(merge, complete, marking), read)
        return len(self.layers) - 1

    def _block(
        self, block: str, fields: Mapping[str, Value], value: int, name: str
    ) -> int:
        layers, shape = decode_block(block, fields, self._shapes[value])
        for layer in layers:
            self._append(Layer(layer.op, layer.params, f"{name}/{layer.op}"), [value])
            value = len(self.layers) - 1
            # Only the last shape of a block is read: nothing branches inside one.
            self._shapes.append(shape)
        return value

    def _added(self, op: str, marking: str, value: int = 0, **params: Value) -> int:
        kind = kind_of(op)
        complete = kind.check(params)
        self._shapes.append(kind.output_shape(complete, [self._shapes[value]]))
        self._append(Layer(op, complete, marking), [value])
        return len(self.layers) - 1

    def _append(self, layer: Layer, read: Sequence[int]) -> None:
        self.layers.append(layer)
        target = len(self.layers) - 1
        self.edges += [Edge(source, target, slot) for slot, source in enumerate(read)]

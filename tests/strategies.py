"""Hypothesis strategies for spaces and genomes, shared by the tests of several rooms.

Genomes are made the way a search makes them: a first genome, then a chain of mutations.
Hypothesis draws the seed and the length of the chain, so a failure shrinks to a short
chain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import ClassVar

import numpy as np
from hypothesis import strategies as st

from evonas.architecture import Cost, LayerKind, Parameter, Shape, Value
from evonas.genome import (
    BlueprintGenome,
    InnovationLedger,
    ModuleGenome,
    MutationRates,
    initial_blueprint,
    initial_module,
    mutate_blueprint,
    mutate_module,
)
from evonas.space import Domain, FloatRange, IntegerRange, Space, space_from_json
from evonas.space.text_form import from_values

#: Module species that drawn blueprints name.
SPECIES = (1, 2, 3)

#: One sample's shape for every modality, with what stands in for a vocabulary.
SHAPES: Mapping[str, tuple[Shape, ...]] = {
    "image": ((1, 8, 8), (3, 16, 12), (2, 1, 1), (1, 5, 4, 6)),
    "series": ((3, 20), (1, 1)),
    "text": ((12,),),
    "table": ((7,), (1,)),
}

seeds = st.integers(0, 2**32 - 1)


class Repeat(LayerKind):
    """A layer kind of a user's own, `strategies:Repeat`: each channel several times."""

    name = "strategies:Repeat"
    parameters: ClassVar[Mapping[str, Parameter]] = MappingProxyType(
        {
            "times": Parameter(int, low=1, high=8, doc="copies of each channel"),
            "scale": Parameter(float, 1.0, doc="factor on the values"),
        }
    )

    def output_shape(
        self, params: Mapping[str, Value], inputs: Sequence[Shape]
    ) -> Shape:
        """More channels, the same sides."""
        return (inputs[0][0] * int(params["times"]), *inputs[0][1:])

    def cost(self, params: Mapping[str, Value], inputs: Sequence[Shape]) -> Cost:
        """Nothing to learn, nothing to multiply."""
        return Cost(0, 0, 0)


@dataclass(frozen=True)
class Setting:
    """A space with the shape of the samples that it is for."""

    space: Space
    input_shape: Shape


@dataclass(frozen=True)
class Lineage:
    """What the genomes of one run share, so that their markings mean the same."""

    setting: Setting
    rng: np.random.Generator
    ledger: InnovationLedger = field(default_factory=InnovationLedger)

    @property
    def space(self) -> Space:
        """The space that is drawn from."""
        return self.setting.space

    def module(self, mutations: int, rates: MutationRates, new_id: int) -> ModuleGenome:
        """A module after a chain of mutations."""
        genome = initial_module(self.space, self.ledger, self.rng, new_id)
        for _ in range(mutations):
            genome = mutate_module(
                genome, self.space, self.ledger, self.rng, rates, new_id
            )
        return genome

    def blueprint(
        self, mutations: int, rates: MutationRates, new_id: int
    ) -> BlueprintGenome:
        """A blueprint after a chain of mutations."""
        genome = initial_blueprint(self.space, self.ledger, self.rng, new_id, SPECIES)
        for _ in range(mutations):
            genome = mutate_blueprint(
                genome, self.space, self.ledger, self.rng, rates, new_id, SPECIES
            )
        return genome


@st.composite
def domains(draw: st.DrawFn) -> Domain:
    """Every kind of domain, constants included."""
    kind = draw(st.sampled_from(("words", "flags", "numbers", "integers", "reals")))
    if kind == "words":
        return from_values(draw(st.lists(st.text(max_size=5), min_size=1, unique=True)))
    if kind == "flags":
        return from_values(draw(st.sampled_from(((True,), (True, False)))))
    if kind == "numbers":
        number = st.one_of(st.integers(-50, 50), st.floats(-50, 50).map(abs))
        return from_values(draw(st.lists(number, min_size=1, max_size=8, unique=True)))
    log = draw(st.booleans())
    low = draw(st.integers(1 if log else -100, 100))
    if kind == "integers":
        step = draw(st.integers(1, 9))
        return IntegerRange(low, low + draw(st.integers(step, 300)), step, log)
    low_real = draw(st.floats(1e-6 if log else -1e3, 1e3))
    return FloatRange(low_real, low_real + draw(st.floats(1e-3, 1e3)), log)


@st.composite
def settings_of_spaces(draw: st.DrawFn, modality: str | None = None) -> Setting:
    """A space of any modality, with sizes and merges that vary."""
    chosen = modality or draw(st.sampled_from(tuple(SHAPES)))
    shape = draw(st.sampled_from(SHAPES[chosen]))
    data: dict[str, object] = {
        "module_nodes": draw(st.integers(1, 6)),
        "blueprint_nodes": draw(st.integers(1, 5)),
        "merges": draw(st.sampled_from(("sum", "concat", ["sum", "gated_sum"]))),
        "head": draw(st.sampled_from(("global_pool", "attention_pool", "flatten"))),
    }
    if chosen in ("image", "series"):
        data["stem_filters"] = draw(st.sampled_from((0, 4)))
        data["blocks"] = draw(
            st.sampled_from(
                (
                    {},
                    {"squeeze_excitation": True, "pool": True, "dense_block": True},
                    {
                        "conv": {
                            "stride": [1, 2, 3],
                            "dilation": [1, 2, 3],
                            "groups": [1, 2, 3, 8],
                            "activation": ["relu", "none"],
                        },
                        "strategies:Repeat": {"times": [1, 2]},
                    },
                )
            )
        )
    vocabulary = 20 if chosen == "text" else 0
    return Setting(space_from_json(data, chosen, shape, vocabulary=vocabulary), shape)


@st.composite
def lineages(draw: st.DrawFn, modality: str | None = None) -> Lineage:
    """A space with a generator and an empty ledger."""
    setting = draw(settings_of_spaces(modality))
    return Lineage(setting, np.random.default_rng(draw(seeds)))


#: Rates from gentle to wild, so that chains reach large and small graphs.
rates = st.builds(
    MutationRates,
    add_node=st.sampled_from((0.0, 0.2, 0.9)),
    remove_node=st.sampled_from((0.0, 0.05, 0.5)),
    add_connection=st.sampled_from((0.0, 0.2, 0.9)),
    remove_connection=st.sampled_from((0.0, 0.05, 0.5)),
    retype=st.sampled_from((0.0, 0.2)),
    field=st.sampled_from((0.0, 0.15, 0.8)),
)

mutation_counts = st.integers(0, 25)


@st.composite
def module_genomes(draw: st.DrawFn, lineage: Lineage, new_id: int = 1) -> ModuleGenome:
    """A module of a lineage."""
    return lineage.module(draw(mutation_counts), draw(rates), new_id)


@st.composite
def blueprint_genomes(
    draw: st.DrawFn, lineage: Lineage, new_id: int = 1
) -> BlueprintGenome:
    """A blueprint of a lineage."""
    return lineage.blueprint(draw(mutation_counts), draw(rates), new_id)

"""Drawing: what is refused, counted, and said in the end."""

from __future__ import annotations

import numpy as np
import pytest
from searching import OUTPUTS, SHAPE, context, space

from evonas.errors import ConfigError, SpaceExhaustedError
from evonas.genome import BlueprintGenome, ModuleGenome
from evonas.search.breeding import GenePool
from evonas.search.drawing import NetworkDrawing
from evonas.search.parts import Parts


def parts(seed: int = 0) -> Parts:
    """A minimal blueprint and its one module."""
    pool = GenePool(space(), np.random.default_rng(seed))
    module = pool.module(minimal=True)
    return pool.blueprint([1], minimal=True), {1: module}


def test_an_assembly_names_its_parts() -> None:
    """Each module once, also when it fills two species' places."""
    blueprint, modules = parts()
    pool = GenePool(space(), np.random.default_rng(0))
    wide: BlueprintGenome = pool.blueprint([1, 2], minimal=False)
    module: ModuleGenome = modules[1]
    assembly = NetworkDrawing(SHAPE, OUTPUTS).assemble(
        wide, {1: module, 2: module}, context().space
    )
    assert assembly is not None
    tried = assembly.tried((0.5,))
    assert tried.parts == (wide.genome_id, module.genome_id)
    assert (tried.key, tried.gains) == (assembly.candidate.key(), (0.5,))
    assert blueprint.genome_id != module.genome_id


def test_a_network_above_a_limit_is_counted_by_the_limit() -> None:
    """So the message at the end names what to raise."""
    drawing = NetworkDrawing(SHAPE, OUTPUTS)
    for limit in ("parameters", "multiply_adds", "memory_bytes"):
        assert drawing.assemble(*parts(), space(limits={limit: 1})) is None
        assert drawing.rejected[f"above space.limits.{limit}"] == 1


def test_a_network_that_cannot_be_built_is_counted() -> None:
    """A module is missing, as it cannot be in a search."""
    drawing = NetworkDrawing(SHAPE, OUTPUTS)
    blueprint, _ = parts()
    assert drawing.assemble(blueprint, {}, space()) is None
    assert dict(drawing.rejected) == {"cannot be built": 1}


def test_giving_up_blames_the_space_only_while_nothing_ever_fitted() -> None:
    """The same search later is exhausted: that is no mistake of the user's."""
    drawing = NetworkDrawing(SHAPE, OUTPUTS)
    drawing.rejected["above space.limits.parameters"] = 7
    error = drawing.gave_up("codeepneat", "7 draws", first=True)
    with pytest.raises(ConfigError, match=r"7 above space\.limits\.parameters\. Raise"):
        raise error
    error = drawing.gave_up("codeepneat", "7 draws", first=False)
    with pytest.raises(SpaceExhaustedError, match="codeepneat: expected a new network"):
        raise error
    drawing.rejected["asked before"] = 1
    error = drawing.gave_up("random search", "7 draws", first=True)
    with pytest.raises(SpaceExhaustedError, match="of 8 rejected draws"):
        raise error

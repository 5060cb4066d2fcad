"""What CoDeepNEAT's parts are of, by what is searched: networks of layers, or cells."""

from __future__ import annotations

from typing import Any

import numpy as np

from evonas.errors import ConfigError
from evonas.search.breeding import GenePool
from evonas.search.cell_breeding import CellPool
from evonas.search.codeepneat_settings import (
    CellCoDeepNEATSettings,
    CoDeepNEATSettings,
)
from evonas.search.drawing import CellDrawing, Drawing, NetworkDrawing
from evonas.search.parts import PartPool
from evonas.search.strategy import StrategyContext


def make_parts(
    settings: CoDeepNEATSettings | CellCoDeepNEATSettings,
    context: StrategyContext,
    rng: np.random.Generator,
) -> tuple[PartPool[Any], Drawing[Any]]:
    """What makes the parts, and what makes candidates of them.

    Args:
        settings: of the strategy.
        context: of the search.
        rng: the strategy's one generator.

    Raises:
        ConfigError: the settings are those of the other kind.
    """
    if context.cells is None:
        if not isinstance(settings, CoDeepNEATSettings):
            raise ConfigError(
                "codeepneat: expected CoDeepNEATSettings over networks of layers, "
                f"got {type(settings).__name__}"
            )
        pool = GenePool(context.space, rng, context.judge)
        return pool, NetworkDrawing(context.input_shape, context.outputs)
    if not isinstance(settings, CellCoDeepNEATSettings):
        raise ConfigError(
            "codeepneat: expected CellCoDeepNEATSettings over the cells of a "
            f"table, got {type(settings).__name__}"
        )
    return CellPool(context.cells, rng, settings.largest), CellDrawing()

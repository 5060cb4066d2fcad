"""Searches on virtual clusters: how many workers are worth it, before renting them.

Session, strategy and journal are the real ones; workers and time are made up. The
manager's own seconds, as measured, pass on the virtual clock.

- `make_workers_evaluator`: what the simulated workers give back.
- `simulate`: a search on a `cluster.virtual.ClusterModel`, and its `Figures`.
- `modes_of`, `with_mode`: generation-synchronous and asynchronous, where both exist.
"""

from evonas.simulate.conduct import (
    make_workers_evaluator,
    modes_of,
    simulate,
    with_mode,
)
from evonas.simulate.evaluators import Timing
from evonas.simulate.figures import Figures, Utilisation

__all__ = [
    "Figures",
    "Timing",
    "Utilisation",
    "make_workers_evaluator",
    "modes_of",
    "simulate",
    "with_mode",
]

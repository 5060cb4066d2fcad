"""Which problems of a database resemble a data set, before anything was searched.

By the ProbeNet number: problems whose data are about as hard, and whose samples are of
the same modality (Istrate et al., TAPAS, arXiv 1806.00250, take those of the smallest
|ΔDCN|). Numbers are compared only between equal settings.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from evonas.errors import DataError
from minibench.problems import Characterisation, Problem

#: of the number whose distance counts
NAME = "dcn"
#: difference of the number at which a problem weighs e times less
SCALE = 0.1


def resembling(
    problem: Problem,
    numbers: Sequence[Characterisation],
    known: Mapping[str, Problem],
) -> dict[str, float]:
    """Key of a problem → how probably its best networks suit; they sum to 1.

    Args:
        problem: the task; never its own neighbour.
        numbers: its characterisation.
        known: the database's problems, by key.

    Raises:
        DataError: none is of the modality and characterised with equal settings.
    """
    own = {one.what: one.value for one in numbers if one.name == NAME}
    if not own:
        raise DataError(
            f"{problem.key}: expected its {NAME}, got none; `minibench characterize` "
            "makes it"
        )
    distances = {
        key: abs(one.value - own[one.what])
        for key, other in known.items()
        if other.name != problem.name and other.modality == problem.modality
        for one in other.characterisation
        if one.what in own
    }
    if not distances:
        raise DataError(
            f"{problem.key}: expected another problem of the modality "
            f"{problem.modality} with a {NAME} of equal settings, got none; "
            "characterise the problems of the database alike, or name them"
        )
    weights = {key: math.exp(-far / SCALE) for key, far in distances.items()}
    total = sum(weights.values())
    return {key: weight / total for key, weight in weights.items()}

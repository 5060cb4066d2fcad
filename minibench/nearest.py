"""Which problems of a database resemble a data set, before anything was searched.

By the ProbeNet number: problems whose data are about as hard, and whose samples are of
the same modality (Istrate et al., TAPAS, arXiv 1806.00250, take those of the smallest
|ΔDCN|). Numbers are compared only between equal settings.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evonas.errors import DataError
from minibench.problems import Characterisation, Problem

#: of the number whose distance counts
NAME = "dcn"
#: difference of the number at which a problem weighs e times less
SCALE = 0.1
#: of the distance by descriptors, in factors of e summed over what is compared. They
#: say little of whose best networks suit, so that they make little difference
BROAD_SCALE = 10.0


@dataclass(frozen=True, slots=True)
class Resemblance:
    """How near a problem is to a task, and why.

    Attributes:
        weight: how much it counts; those of all problems sum to 1.
        why: in words.
    """

    weight: float
    why: str


def resemblances(task: Problem, known: Mapping[str, Problem]) -> dict[str, Resemblance]:
    """Key of a problem of the task's modality → how near it is; {}: there is none.

    By |ΔDCN| among those that are characterised like the task, if any are; else by
    descriptors: samples' size, outputs, what is predicted, number of samples.

    Args:
        task: with its characterisation, if it has one; it may be among the known, and
            then nothing is nearer.
        known: the problems that may count, by key.
    """
    same = {key: one for key, one in known.items() if one.modality == task.modality}
    own = {one.what: one.value for one in task.characterisation if one.name == NAME}
    distances = {
        key: abs(one.value - own[one.what])
        for key, other in same.items()
        for one in other.characterisation
        if one.what in own
    }
    scale, name = SCALE, "|ΔDCN|"
    if not distances:
        distances = {key: _broad_distance(task, other) for key, other in same.items()}
        scale, name = BROAD_SCALE, "by descriptors"
    weights = {key: math.exp(-far / scale) for key, far in distances.items()}
    total = sum(weights.values())
    return {
        key: Resemblance(weight / total, f"{name} {distances[key]:.3g}")
        for key, weight in weights.items()
    }


def _broad_distance(task: Problem, other: Problem) -> float:
    """Factors of e between two problems, summed over what is known of both."""
    far = abs(math.log(math.prod(task.input_shape) / math.prod(other.input_shape)))
    far += abs(math.log(task.outputs / other.outputs))
    far += task.kind != other.kind
    sizes = [
        [one.value for one in problem.characterisation if one.name == "samples"]
        for problem in (task, other)
    ]
    if all(sizes):
        far += abs(math.log(max(1.0, sizes[0][0]) / max(1.0, sizes[1][0]))) / 2
    return far


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

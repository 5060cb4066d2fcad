"""The report of a training: how good the classifiers are, and against what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minibench.classifier.evaluation import (
    bag_of_layers,
    blinded,
    levels,
    tell_apart,
    transfer,
)
from minibench.classifier.measures import Told, Transfer
from minibench.classifier.training import Chosen, Method

#: the method that is asked about
OWN = "classifier"
BAG = "bag of layers"


@dataclass(frozen=True)
class Report:
    """How good classifiers are, on runs that they have not seen.

    Attributes:
        classes: key of a problem → how many networks its best are, in how many runs.
        told: how well the problems are told apart: by the method itself, without the
            layers that betray, at every level where that was asked for, and by the
            baselines.
        hidden: name of an entry of `told` → the layers that were hidden from it.
        transfer: how well best and background are; None: not to be said.
        left_out: key of a problem → why it is no class, or its best not told.
    """

    classes: Mapping[str, tuple[int, int]]
    told: tuple[Told, ...]
    hidden: Mapping[str, tuple[str, ...]]
    transfer: Transfer | None
    left_out: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form; what has no value is null."""
        names = list(self.classes)
        return {
            "classes": {
                key: {"networks": networks, "runs": runs}
                for key, (networks, runs) in self.classes.items()
            },
            "told": [
                {
                    "by": one.name,
                    "mean_pairwise_accuracy": one.mean,
                    "within_modality": dict(one.within),
                    "accuracy": one.accuracy,
                    "log_loss": one.log_loss,
                    "hidden": list(self.hidden.get(one.name, ())),
                    "pairwise_accuracy": _rows(one.matrix),
                }
                for one in self.told
            ],
            "problems": names,
            "transfer": None
            if self.transfer is None
            else {
                "problems": list(self.transfer.problems),
                "area": _rows(self.transfer.areas),
                "accuracy": self.transfer.accuracies.tolist(),
                "mean_area_own": self.transfer.own,
                "mean_area_others": self.transfer.others,
            },
            "left_out": dict(self.left_out),
        }


def evaluate(chosen: Chosen, method: Method, sweep: bool = False) -> Report:
    """Cross-validate a method, with no run split, against baselines.

    Args:
        chosen: the samples.
        method: how classifiers are fitted.
        sweep: every level of folding besides.
    """
    blind = blinded(chosen, method)
    methods = {OWN: method, **blind, BAG: bag_of_layers()}
    if sweep:
        methods |= levels(method)
    best = chosen.best
    classes = {}
    for key in sorted({one.problem for one in best}):
        own = [one for one in best if one.problem == key]
        classes[key] = len(own), len({one.group for one in own})
    return Report(
        classes,
        tuple(tell_apart(chosen, methods)),
        {name: one.encoding.hidden for name, one in blind.items()},
        transfer(chosen, method),
        chosen.left_out,
    )


def _rows(matrix: NDArray[np.float64]) -> list[list[float | None]]:
    return [
        [None if np.isnan(value) else float(value) for value in row] for row in matrix
    ]

"""The report of a training: how good the classifiers are, and against what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minibench.classifier.classifier import Classifiers
from minibench.classifier.evaluation import (
    bag_of_layers,
    blinded,
    in_order,
    levels,
    ordered,
    own_runs,
    tell_apart,
    transfer,
)
from minibench.classifier.measures import Ordered, Told, Transfer
from minibench.classifier.threshold import Threshold
from minibench.classifier.training import Chosen, Method

#: the method that is asked about
OWN = "classifier"
BAG = "bag of layers"
WITH, WITHOUT = "with the recipe", "without the recipe"


@dataclass(frozen=True)
class Report:
    """How good classifiers are, on runs and problems that they have not seen.

    Attributes:
        classes: key of a problem → how many networks its best are, in how many runs.
        told: how well the problems are told apart: by the method itself, without the
            layers that betray, at every level where that was asked for, and by the
            baselines.
        hidden: name of an entry of `told` → the layers that were hidden from it.
        ordered: how well best and background are: by the method itself, with and
            without the recipe, by the baseline that counts layers, and, where every
            level was asked for, by the other entries of `told`; empty: not to be said.
        transfer: by which problem's classifier; None: not to be said.
        threshold: of the classifiers, with how it does; None: they have none.
        left_out: key of a problem → why it is no class, or its best not told.
    """

    classes: Mapping[str, tuple[int, int]]
    told: tuple[Told, ...]
    hidden: Mapping[str, tuple[str, ...]]
    ordered: tuple[Ordered, ...]
    transfer: Transfer | None
    threshold: Threshold | None
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
            "best_against_background": [
                {
                    "by": one.name,
                    "mean_area_own": one.own,
                    "mean_area_held_out": one.held_out.to_json(),
                }
                for one in self.ordered
            ],
            "threshold": None if self.threshold is None else self.threshold.to_json(),
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


def evaluate(
    chosen: Chosen, method: Method, classifiers: Classifiers, sweep: bool = False
) -> Report:
    """Cross-validate a method, with no run split, against baselines.

    Args:
        chosen: the samples.
        method: how classifiers are fitted.
        classifiers: that were fitted by it on these samples.
        sweep: every level of folding besides.
    """
    blind = blinded(chosen, method)
    bag = {BAG: bag_of_layers()}
    if method.recipe == "all":
        methods = {OWN: method, WITHOUT: replace(method, recipe="best"), **blind, **bag}
    else:
        methods = {OWN: method, WITH: replace(method, recipe="all"), **blind, **bag}
    if method.recipe == "none":
        others = {WITH: replace(method, recipe="best"), **bag}
    else:
        others = {WITHOUT: replace(method, recipe="none"), **bag}
    if sweep:
        methods |= levels(method)
        others |= {**blind, **levels(method)}
    held = own_runs(chosen, method)
    own = ordered(OWN, held, classifiers)
    best = chosen.best
    classes = {}
    for key in sorted({one.problem for one in best}):
        runs = {one.group for one in best if one.problem == key}
        classes[key] = sum(one.problem == key for one in best), len(runs)
    return Report(
        classes,
        tuple(tell_apart(chosen, methods)),
        {name: one.encoding.hidden for name, one in blind.items()},
        () if own is None else (own, *in_order(chosen, others)),
        transfer(chosen, method, held, classifiers),
        classifiers.threshold,
        chosen.left_out,
    )


def _rows(matrix: NDArray[np.float64]) -> list[list[float | None]]:
    return [
        [None if np.isnan(value) else float(value) for value in row] for row in matrix
    ]

"""How good classifiers are, on runs and problems that they have not seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from evonas.encoding import MAX_LEVEL, Encoding
from minibench.classifier import fitting
from minibench.classifier.classifier import Classifiers
from minibench.classifier.kinds import Classifier
from minibench.classifier.measures import Held, Ordered, Told, Transfer
from minibench.classifier.pairwise import pair_count
from minibench.classifier.samples import BEST, Sample, betraying
from minibench.classifier.training import Chosen, Method, train

#: of networks, their labels and groups
Fit = Callable[[Sequence[Any], Sequence[str], Sequence[str]], Classifier]


def cross_validate(
    fit: Fit,
    networks: Sequence[Any],
    labels: Sequence[str],
    groups: Sequence[str],
) -> Held:
    """Judge every network by a classifier that was fitted without its group.

    Args:
        fit: makes a classifier.
        networks: encoded.
        labels: class of each.
        groups: what each comes from.

    Raises:
        DataError: a class is in too few groups.
    """
    classes = sorted(set(labels))
    pairs = np.empty((len(labels), pair_count(len(classes))))
    probabilities = np.empty((len(labels), len(classes)))
    parts = np.empty(len(labels), dtype=np.intp)
    for part, (kept, held) in enumerate(fitting.folds(labels, groups)):
        fitted = fit(
            [networks[at] for at in kept],
            [labels[at] for at in kept],
            [groups[at] for at in kept],
        )
        said = fitted.said([networks[at] for at in held])
        pairs[held], probabilities[held] = said
        parts[held] = part
    truth = np.array([classes.index(label) for label in labels])
    return Held(tuple(classes), truth, pairs, probabilities, parts)


def majority(labels: Sequence[str], groups: Sequence[str]) -> Held:
    """The baseline that says the class of which it has seen most.

    Args:
        labels: class of each network.
        groups: what each comes from.
    """
    classes = sorted(set(labels))
    truth = np.array([classes.index(label) for label in labels])
    both = list(combinations(range(len(classes)), 2))
    pairs = np.empty((len(labels), len(both)))
    probabilities = np.empty((len(labels), len(classes)))
    parts = np.empty(len(labels), dtype=np.intp)
    for part, (kept, held) in enumerate(fitting.folds(labels, groups)):
        parts[held] = part
        counts = np.bincount(truth[kept], minlength=len(classes))
        pairs[held] = [(np.sign(counts[i] - counts[j]) + 1) / 2 for i, j in both]
        probabilities[held] = counts / counts.sum()
    return Held(tuple(classes), truth, pairs, probabilities, parts)


def tell_apart(chosen: Chosen, methods: Mapping[str, Method]) -> list[Told]:
    """How well each method tells the problems' best networks apart; then majority.

    Args:
        chosen: the samples.
        methods: name → how classifiers are fitted.
    """
    best = chosen.best
    labels = [one.problem for one in best]
    groups = [one.group for one in best]
    modality_of = {one.problem: one.modality for one in best}
    found = [
        Told.of(
            name,
            cross_validate(method.fit_problems, method.encode(best), labels, groups),
            modality_of,
        )
        for name, method in methods.items()
    ]
    return [*found, Told.of("majority", majority(labels, groups), modality_of)]


def bag_of_layers() -> Method:
    """The baseline that counts nodes and knows nothing of the graph."""
    return Method(Encoding(folding=1, rounds=0, statistics=False), recipe="none")


def levels(method: Method) -> dict[str, Method]:
    """The method at every level of folding.

    Args:
        method: its other settings.
    """
    return {
        f"folding {level}": replace(
            method, encoding=replace(method.encoding, folding=level)
        )
        for level in range(1, MAX_LEVEL + 1)
    }


def blinded(chosen: Chosen, method: Method) -> dict[str, Method]:
    """The method without the layers by which modality or strategy is known.

    Args:
        chosen: the samples; where all are of one modality or strategy, it is not
            there.
        method: its other settings.
    """
    ways: dict[str, Callable[[Sample], str]] = {
        "modality": lambda one: one.modality,
        "strategy": lambda one: one.strategy,
    }
    found = {}
    for what, by in ways.items():
        hidden = betraying(chosen.best, by)
        if hidden:
            hidden = (*method.encoding.hidden, *hidden)
            found[f"{what} hidden"] = replace(
                method, encoding=replace(method.encoding, hidden=hidden)
            )
    return found


def own_runs(chosen: Chosen, method: Method) -> dict[str, Held]:
    """What is said of each problem's best and background while a run is held out.

    Args:
        chosen: the samples.
        method: how classifiers are fitted.
    """
    found = {}
    for key in chosen.judged:
        own = chosen.of(key)
        labels = [one.label for one in own]
        groups = [one.group for one in own]
        networks = method.encode(own)
        found[key] = cross_validate(method.fit_best, networks, labels, groups)
    return found


def in_order(chosen: Chosen, methods: Mapping[str, Method]) -> list[Ordered]:
    """How well each method knows best networks from the background.

    Args:
        chosen: the samples, of two problems or more with a background.
        methods: name → how classifiers are fitted.
    """
    found = []
    for name, method in methods.items():
        held = own_runs(chosen, method)
        found.append(ordered(name, held, train(chosen, method)))
    return [one for one in found if one is not None]


def ordered(
    name: str, held: Mapping[str, Held], classifiers: Classifiers
) -> Ordered | None:
    """Sum up how well the best are known.

    Args:
        name: of the method.
        held: what was said of each problem's networks while a run was held out.
        classifiers: fitted by the method.

    Returns:
        None where they have no threshold, so that no problem was held out.
    """
    if classifiers.threshold is None:
        return None
    areas = [one.area(BEST) for one in held.values()]
    return Ordered(name, float(np.mean(areas)), classifiers.threshold.area)


def transfer(
    chosen: Chosen, method: Method, held: Mapping[str, Held], classifiers: Classifiers
) -> Transfer | None:
    """Each problem's classifier of its best, used on every problem.

    Args:
        chosen: the samples.
        method: how classifiers are fitted.
        held: what was said of each problem's own networks while a run was held out.
        classifiers: fitted by the method.

    Returns:
        None where fewer than two problems have such a classifier.
    """
    keys = chosen.judged
    if len(keys) < 2:
        return None
    areas = np.empty((len(keys), len(keys)))
    for column, other in enumerate(keys):
        own = chosen.of(other)
        networks = method.encode(own)
        truth = np.array([one.label == BEST for one in own])
        for row, key in enumerate(keys):
            fitted = classifiers.best[key]
            values = fitted.said(networks)[1][:, fitted.classes.index(BEST)]
            areas[row, column] = roc_auc_score(truth, values)
        areas[column, column] = held[other].area(BEST)
    accuracies = np.array([held[key].accuracy() for key in keys])
    return Transfer(keys, areas, accuracies)

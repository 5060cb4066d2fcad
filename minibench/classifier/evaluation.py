"""How good classifiers are, on runs that they have not seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from evonas.encoding import MAX_LEVEL, Encoding
from minibench.classifier import fitting
from minibench.classifier.measures import Held, Told, Transfer
from minibench.classifier.pairwise import pair_count
from minibench.classifier.samples import BEST, Sample, betraying
from minibench.classifier.training import Chosen, Method


def cross_validate(
    method: Method,
    networks: Sequence[Any],
    labels: Sequence[str],
    groups: Sequence[str],
) -> Held:
    """Judge every network by a classifier that was fitted without its group.

    Args:
        method: how classifiers are fitted.
        networks: encoded by it.
        labels: class of each.
        groups: what each comes from.

    Raises:
        DataError: a class is in too few groups.
    """
    classes = sorted(set(labels))
    pairs = np.empty((len(labels), pair_count(len(classes))))
    probabilities = np.empty((len(labels), len(classes)))
    for kept, held in fitting.folds(labels, groups):
        fitted = method.fit(
            [networks[at] for at in kept],
            [labels[at] for at in kept],
            [groups[at] for at in kept],
        )
        said = fitted.said([networks[at] for at in held])
        pairs[held], probabilities[held] = said
    truth = np.array([classes.index(label) for label in labels])
    return Held(tuple(classes), truth, pairs, probabilities)


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
    for kept, held in fitting.folds(labels, groups):
        counts = np.bincount(truth[kept], minlength=len(classes))
        pairs[held] = [(np.sign(counts[i] - counts[j]) + 1) / 2 for i, j in both]
        probabilities[held] = counts / counts.sum()
    return Held(tuple(classes), truth, pairs, probabilities)


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
            cross_validate(method, method.encode(best), labels, groups),
            modality_of,
        )
        for name, method in methods.items()
    ]
    return [*found, Told.of("majority", majority(labels, groups), modality_of)]


def bag_of_layers() -> Method:
    """The baseline that counts nodes and knows nothing of the graph."""
    return Method(Encoding(folding=1, rounds=0, statistics=False))


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


def transfer(chosen: Chosen, method: Method) -> Transfer | None:
    """Each problem's classifier of its best, used on every problem.

    Args:
        chosen: the samples.
        method: how classifiers are fitted.

    Returns:
        None where fewer than two problems have such a classifier.
    """
    keys = chosen.judged
    if len(keys) < 2:
        return None
    own = {key: chosen.of(key) for key in keys}
    networks = {key: method.encode(samples) for key, samples in own.items()}
    areas = np.empty((len(keys), len(keys)))
    accuracies = np.empty(len(keys))
    for row, key in enumerate(keys):
        labels = [one.label for one in own[key]]
        groups = [one.group for one in own[key]]
        fitted = method.fit(networks[key], labels, groups)
        for column, other in enumerate(keys):
            if other == key:
                held = cross_validate(method, networks[key], labels, groups)
                place = held.classes.index(BEST)
                values = held.probabilities[:, place]
                accuracies[row] = held.accuracy()
            else:
                place = fitted.classes.index(BEST)
                values = fitted.said(networks[other])[1][:, place]
            truth = np.array([one.label == BEST for one in own[other]])
            areas[row, column] = roc_auc_score(truth, values)
    return Transfer(keys, areas, accuracies)

"""How good classifiers are, on runs that they have not seen.

Everything is counted as *balanced* accuracy, the mean of the classes' own, so that a
class with many networks weighs no more than another one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from evonas.encoding import MAX_LEVEL, Encoding, Features
from minibench.classifier import fitting
from minibench.classifier.samples import BEST, Sample, betraying
from minibench.classifier.training import Chosen, features_of, fit_classifier

#: the least probability that the logarithmic loss counts
_LEAST = 1e-9


@dataclass(frozen=True)
class Held:
    """What was said of networks while their runs were held out.

    Attributes:
        classes: names, sorted.
        truth: position of each network's class.
        pairs: (networks, pairs) probability of each pair's first class.
        probabilities: (networks, classes).
    """

    classes: tuple[str, ...]
    truth: NDArray[np.intp]
    pairs: NDArray[np.float64]
    probabilities: NDArray[np.float64]

    def matrix(self) -> NDArray[np.float64]:
        """Balanced accuracy of every two classes' own model; NaN on the diagonal."""
        count = len(self.classes)
        found = np.full((count, count), np.nan)
        for at, (one, other) in enumerate(combinations(range(count), 2)):
            first = self.pairs[self.truth == one, at]
            second = self.pairs[self.truth == other, at]
            value = (np.mean(_said(first)) + np.mean(1.0 - _said(second))) / 2
            found[one, other] = found[other, one] = value
        return found

    def accuracy(self) -> float:
        """Balanced accuracy of the most probable class among all."""
        said = self.probabilities.argmax(axis=1)
        return float(
            np.mean([np.mean(said[self.truth == c] == c) for c in set(self.truth)])
        )

    def log_loss(self) -> float:
        """Mean of -ln of the true class's probability."""
        own = self.probabilities[np.arange(len(self.truth)), self.truth]
        return float(-np.log(np.maximum(own, _LEAST)).mean())


def _said(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 for the first class, 0 for the second, half of each where both are equal."""
    return (np.sign(probabilities - 0.5) + 1) / 2


def cross_validate(
    networks: Sequence[Features], labels: Sequence[str], groups: Sequence[str]
) -> Held:
    """Judge every network by a classifier that was fitted without its group.

    Args:
        networks: their features.
        labels: class of each.
        groups: what each comes from.

    Raises:
        DataError: a class is in too few groups.
    """
    classes = sorted(set(labels))
    count = len(classes)
    pairs = np.empty((len(labels), count * (count - 1) // 2))
    probabilities = np.empty((len(labels), count))
    for kept, held in fitting.folds(labels, groups):
        fitted = fit_classifier(
            [networks[at] for at in kept],
            [labels[at] for at in kept],
            [groups[at] for at in kept],
        )
        x = fitted.vocabulary.vectors([networks[at] for at in held])
        pairs[held] = fitted.model.pairs(x)
        probabilities[held] = fitted.model.probabilities(x)
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


def area(values: NDArray[np.float64], positive: NDArray[np.bool_]) -> float:
    """Area under the ROC curve: how often a positive one has the larger value.

    Args:
        values: of the samples; equal ones count half.
        positive: whether each is.
    """
    above, below = values[positive][:, None], values[~positive][None, :]
    return float(((np.sign(above - below) + 1) / 2).mean())


@dataclass(frozen=True)
class Told:
    """How well the classes of some networks are told apart.

    Attributes:
        name: of what tells them: an encoding, or a baseline.
        mean: of the pairs' balanced accuracies.
        within: modality → the mean over pairs of problems that both have it.
        accuracy: balanced, among all classes at once.
        log_loss: of the probabilities.
        matrix: of the pairs; NaN on the diagonal.
    """

    name: str
    mean: float
    within: Mapping[str, float]
    accuracy: float
    log_loss: float
    matrix: NDArray[np.float64]

    @classmethod
    def of(cls, name: str, held: Held, modality_of: Mapping[str, str]) -> Told:
        """Sum up what was said of networks.

        Args:
            name: of what has said it.
            held: what was said.
            modality_of: class → modality.
        """
        matrix = held.matrix()
        both = list(combinations(range(len(held.classes)), 2))
        within: dict[str, list[float]] = {}
        for one, other in both:
            modality = modality_of[held.classes[one]]
            if modality == modality_of[held.classes[other]]:
                within.setdefault(modality, []).append(matrix[one, other])
        return cls(
            name,
            float(np.mean([matrix[pair] for pair in both])),
            {key: float(np.mean(values)) for key, values in sorted(within.items())},
            held.accuracy(),
            held.log_loss(),
            matrix,
        )


def tell_apart(chosen: Chosen, encodings: Mapping[str, Encoding]) -> list[Told]:
    """How well each encoding tells the problems' best networks apart; then majority.

    Args:
        chosen: the samples.
        encodings: name → how features are made.
    """
    best = chosen.best
    labels = [one.problem for one in best]
    groups = [one.group for one in best]
    modality_of = {one.problem: one.modality for one in best}
    found = [
        Told.of(
            name,
            cross_validate(features_of(best, encoding), labels, groups),
            modality_of,
        )
        for name, encoding in encodings.items()
    ]
    return [*found, Told.of("majority", majority(labels, groups), modality_of)]


def bag_of_layers() -> Encoding:
    """The baseline that counts nodes and knows nothing of the graph."""
    return Encoding(folding=1, rounds=0, statistics=False)


def levels(encoding: Encoding) -> dict[str, Encoding]:
    """The encoding at every level of folding.

    Args:
        encoding: its other settings.
    """
    return {
        f"folding {level}": Encoding(
            level, encoding.rounds, encoding.statistics, encoding.hidden
        )
        for level in range(1, MAX_LEVEL + 1)
    }


def blinded(chosen: Chosen, encoding: Encoding) -> dict[str, Encoding]:
    """The encoding without the layers by which modality or strategy is known.

    Args:
        chosen: the samples; where all are of one modality or strategy, it is not
            there.
        encoding: its other settings.
    """
    ways: dict[str, Callable[[Sample], str]] = {
        "modality": lambda one: one.modality,
        "strategy": lambda one: one.strategy,
    }
    found = {}
    for what, by in ways.items():
        hidden = betraying(chosen.best, by)
        if hidden:
            found[f"{what} hidden"] = Encoding(
                encoding.folding,
                encoding.rounds,
                encoding.statistics,
                (*encoding.hidden, *hidden),
            )
    return found


@dataclass(frozen=True)
class Transfer:
    """How well the best of one problem are known by what another one has taught.

    Attributes:
        problems: keys: of the rows, where the classifier comes from, and of the
            columns, whose networks it has ordered.
        areas: area under the ROC curve, best against background: 0.5 is chance, 1 a
            perfect order. On the diagonal, a problem's own runs were held out.
        accuracies: of the diagonal, balanced.
    """

    problems: tuple[str, ...]
    areas: NDArray[np.float64]
    accuracies: NDArray[np.float64]

    @property
    def own(self) -> float:
        """Mean of the diagonal."""
        return float(np.diag(self.areas).mean())

    @property
    def others(self) -> float:
        """Mean of all the rest."""
        off = ~np.eye(len(self.problems), dtype=bool)
        return float(self.areas[off].mean())


def transfer(chosen: Chosen, encoding: Encoding) -> Transfer | None:
    """Each problem's classifier of its best, used on every problem.

    Args:
        chosen: the samples.
        encoding: how features are made.

    Returns:
        None where fewer than two problems have such a classifier.
    """
    keys = chosen.judged
    if len(keys) < 2:
        return None
    own = {key: chosen.of(key) for key in keys}
    features = {key: features_of(samples, encoding) for key, samples in own.items()}
    areas = np.empty((len(keys), len(keys)))
    accuracies = np.empty(len(keys))
    for row, key in enumerate(keys):
        labels = [one.label for one in own[key]]
        groups = [one.group for one in own[key]]
        fitted = fit_classifier(features[key], labels, groups)
        for column, other in enumerate(keys):
            if other == key:
                held = cross_validate(features[key], labels, groups)
                place = held.classes.index(BEST)
                values = held.probabilities[:, place]
                accuracies[row] = held.accuracy()
            else:
                place = fitted.classes.index(BEST)
                x = fitted.vocabulary.vectors(features[other])
                values = fitted.model.probabilities(x)[:, place]
            truth = np.array([one.label == BEST for one in own[other]])
            areas[row, column] = area(values, truth)
    return Transfer(keys, areas, accuracies)

"""Measures of classifiers, from what they have said of networks.

Everything is counted as *balanced* accuracy, the mean of the classes' own, so that a
class with many networks weighs no more than another one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from minibench.classifier.threshold import Interval

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
        parts: which networks were held out together.
    """

    classes: tuple[str, ...]
    truth: NDArray[np.intp]
    pairs: NDArray[np.float64]
    probabilities: NDArray[np.float64]
    parts: NDArray[np.intp]

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

    def area(self, name: str) -> float:
        """Area under the ROC curve of one class against the others.

        Only networks that were held out together are compared: a run with many networks
        of a class leaves few to be learned of, so that over all runs whoever knows
        nothing would be below chance.

        Args:
            name: of the class.
        """
        place = self.classes.index(name)
        areas, pairs = [], []
        for part in range(self.parts.max() + 1):
            rows = self.parts == part
            own = self.truth[rows] == place
            count = int(own.sum()) * int((~own).sum())
            if count:
                pairs.append(count)
                areas.append(roc_auc_score(own, self.probabilities[rows, place]))
        return float(np.average(areas, weights=pairs))

    def log_loss(self) -> float:
        """Mean of -ln of the true class's probability."""
        own = self.probabilities[np.arange(len(self.truth)), self.truth]
        return float(-np.log(np.maximum(own, _LEAST)).mean())


def _said(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 for the first class, 0 for the second, half of each where both are equal."""
    return (np.sign(probabilities - 0.5) + 1) / 2


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


@dataclass(frozen=True)
class Ordered:
    """How well the best networks are known from the background.

    Attributes:
        name: of what orders them: an encoding, or a baseline.
        own: area under the ROC curve on a problem's runs that were held out, the mean
            over problems.
        held_out: on problems that were held out, by what the others have taught; the
            mean with its interval, see `Threshold.area`.
    """

    name: str
    own: float
    held_out: Interval


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

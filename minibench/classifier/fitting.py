"""Fitting of pairwise models, with scikit-learn; only whoever trains needs it."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sklearn.calibration import CalibratedClassifierCV
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import LinearSVC

from evonas.errors import DataError
from minibench.classifier.pairwise import PairwiseModel

#: groups of every class that are needed to hold one out
GROUPS = 2
#: of groups that are held out in turn
MAX_FOLDS = 5
#: weight of errors against that of the length of the weights
ERRORS = 1.0
_ITERATIONS = 20_000

Indices = NDArray[np.intp]


def folds(
    labels: Sequence[str], groups: Sequence[str]
) -> list[tuple[Indices, Indices]]:
    """Ways to hold groups out, none of which is ever split: (kept, held out).

    Each class has as equal a share of each part as its groups allow, and is in every
    part that is kept.

    Args:
        labels: class of each network.
        groups: what each comes from.

    Raises:
        DataError: a class is in too few groups.
    """
    of_class: dict[str, set[str]] = {label: set() for label in sorted(set(labels))}
    for label, group in zip(labels, groups, strict=True):
        of_class[label].add(group)
    fewest = min(of_class, key=lambda label: len(of_class[label]))
    count = min(MAX_FOLDS, len(of_class[fewest]))
    if count < GROUPS:
        raise DataError(
            f"{fewest}: expected networks of {GROUPS} runs or more, so that one "
            f"can be held out whole, got {len(of_class[fewest])}; add another search"
        )
    y, part_of = np.asarray(labels), _dealt(labels, groups, count)
    parts = np.array([part_of[group] for group in groups])
    found = []
    for part in range(count):
        kept, held = np.flatnonzero(parts != part), np.flatnonzero(parts == part)
        missing = sorted(of_class.keys() - set(y[kept]))
        if missing:
            raise DataError(
                f"{missing[0]}: expected its networks spread over runs, so that one "
                "can be held out, got nearly all from one; add another search"
            )
        found.append((kept, held))
    return found


def calibration_folds(
    labels: Sequence[str], groups: Sequence[str]
) -> list[tuple[Indices, Indices]]:
    """What probabilities are fitted on: as `folds`, where every class has two groups.

    Where one has a single group, networks are held out one by one: so it is while the
    other one of two is held out to see how good the classifier is.

    Args:
        labels: class of each network.
        groups: what each comes from.

    Raises:
        DataError: a class has one network alone.
    """
    of_class = {label: set[str]() for label in labels}
    for label, group in zip(labels, groups, strict=True):
        of_class[label].add(group)
    if min(map(len, of_class.values())) >= GROUPS:
        return folds(labels, groups)
    return folds(labels, [str(at) for at in range(len(labels))])


def _dealt(labels: Sequence[str], groups: Sequence[str], count: int) -> dict[str, int]:
    """Group → one of so many parts, each class's groups as evenly as may be.

    The large groups are dealt first, each to the part that has the fewest groups of its
    classes and, of several, the fewest networks.
    """
    classes: dict[str, set[str]] = {}
    for label, group in zip(labels, groups, strict=True):
        classes.setdefault(group, set()).add(label)
    sizes = Counter(groups)
    having = [Counter[str]() for _ in range(count)]
    networks = [0] * count
    found = {}
    for group in sorted(sizes, key=lambda one: (-sizes[one], one)):
        own = classes[group]
        part = min(
            range(count),
            key=lambda at: (sum(having[at][one] for one in own), networks[at]),
        )
        found[group] = part
        having[part].update(own)
        networks[part] += sizes[group]
    return found


def fit_pair(
    x: NDArray[np.float64],
    first: NDArray[np.bool_],
    groups: Sequence[str],
    errors: float = ERRORS,
) -> Any:
    """Scikit-learn's calibrated linear model of two classes.

    Args:
        x: a row a network.
        first: whether it is of the first class.
        groups: that are not split when the sigmoid is fitted, where there are two.
        errors: their weight against that of the length of the weights.
    """
    splits = calibration_folds(["first" if one else "second" for one in first], groups)
    # The generator only orders the passes over the samples.
    linear = LinearSVC(
        C=errors, class_weight="balanced", random_state=0, max_iter=_ITERATIONS
    )
    model = CalibratedClassifierCV(
        linear, method="sigmoid", ensemble=False, cv=[tuple(one) for one in splits]
    )
    with warnings.catch_warnings():
        # what it has after so many passes is good enough, and is calibrated
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(csr_array(x), first)


def fit(
    x: NDArray[np.float64],
    labels: Sequence[str],
    groups: Sequence[str],
    errors: float = ERRORS,
) -> PairwiseModel:
    """The model of some networks; its classes are sorted.

    Args:
        x: a row a network.
        labels: class of each, two or more in all.
        groups: what each comes from; no group is split when sigmoids are fitted.
        errors: their weight against that of the length of the weights.

    Raises:
        DataError: a class is in too few groups.
    """
    classes = sorted(set(labels))
    y, whence = np.asarray(labels), np.asarray(groups)
    weights, intercepts, slopes, offsets = [], [], [], []
    for one, other in combinations(classes, 2):
        chosen = (y == one) | (y == other)
        fitted = fit_pair(x[chosen], y[chosen] == one, list(whence[chosen]), errors)
        (own,) = fitted.calibrated_classifiers_
        weights.append(own.estimator.coef_[0])
        intercepts.append(own.estimator.intercept_[0])
        slopes.append(own.calibrators[0].a_)
        offsets.append(own.calibrators[0].b_)
    return PairwiseModel(
        tuple(classes),
        np.array(weights, dtype=np.float64),
        np.array(intercepts, dtype=np.float64),
        np.array(slopes, dtype=np.float64),
        np.array(offsets, dtype=np.float64),
    )

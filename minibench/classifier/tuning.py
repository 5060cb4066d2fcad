"""Tuning of the threshold: each problem is held out, as the one that is searched next.

Twice: as a probability, and as a share of the candidates that a search has.
Probabilities are higher on one problem than on another, shares are not. Only whoever
trains needs it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt
from statistics import fmean, stdev
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, t
from sklearn.metrics import roc_auc_score

from evonas.errors import ConfigError
from minibench.classifier.judgement import Judgement
from minibench.classifier.kinds import Classifier
from minibench.classifier.pairwise import couple
from minibench.classifier.samples import BEST
from minibench.classifier.threshold import HeldOut, Interval, Refused, Threshold

#: outside of an interval on either side
_TAIL = 0.025
#: of candidates that may be refused
_SHARES = np.arange(100) / 100

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Networks:
    """A problem's networks.

    Attributes:
        encoded: as the classifiers read them.
        labels: best or background.
    """

    encoded: Sequence[Any]
    labels: Sequence[str]


def tuned(
    problems: Classifier,
    best: Mapping[str, Classifier],
    networks: Mapping[str, Networks],
    rate: float,
) -> Threshold | None:
    """The threshold that refuses this share of a held-out problem's best.

    The classifiers of the others' best have never seen a problem's networks. How much
    these resemble the others' best is told by the classifier of problems without the
    models that the problem has a part in; one weight a problem, as a search has it.

    Args:
        problems: tells the problems' best apart.
        best: key → tells a problem's best from its background.
        networks: key, of those in `best` at least → the networks.
        rate: share of the best that may be refused, the mean over problems.

    Returns:
        None where fewer than two problems have a classifier of their best.
    """
    if not 0.0 <= rate < 1.0:
        raise ConfigError(
            f"false rejection: expected a share from 0 to below 1, got {rate:g}"
        )
    if len(best) < 2:
        return None
    good: dict[str, Array] = {}
    others: dict[str, Array] = {}
    for key in best:
        own = networks[key]
        is_best = np.array([label == BEST for label in own.labels])
        scores = _scores(problems, best, key, own, is_best)
        good[key], others[key] = scores[is_best], scores[~is_best]
    held_out = {}
    errors = {key: _error(good[key], others[key]) for key in best}
    for key in best:
        rest = [one for one in best if one != key]
        value = _value([good[one] for one in rest], rate)
        share = _share([(good[one], others[one]) for one in rest], rate)
        relative = np.quantile(np.concatenate([good[key], others[key]]), share)
        held_out[key] = HeldOut(
            _interval(*errors[key], float(norm.isf(_TAIL))),
            _refused(good[key], others[key], value),
            _refused(good[key], others[key], float(relative)),
        )
    return Threshold(
        _value(list(good.values()), rate),
        _share([(good[key], others[key]) for key in best], rate),
        rate,
        _mean(list(errors.values())),
        held_out,
    )


def _scores(
    problems: Classifier,
    best: Mapping[str, Classifier],
    key: str,
    own: Networks,
    is_best: NDArray[np.bool_],
) -> Array:
    """How probably each network of a problem is among the best, as the others say.

    Args:
        problems: tells the problems' best apart.
        best: tells each problem's best from its background.
        key: of the problem.
        own: its networks.
        is_best: which of them are.
    """
    weights = _weights(problems, key, np.flatnonzero(is_best), own.encoded)
    said = {
        other: one.said(own.encoded)[1][:, one.classes.index(BEST)]
        for other, one in best.items()
        if other != key
    }
    found = []
    for at in range(len(own.encoded)):
        by_problem = {other: float(values[at]) for other, values in said.items()}
        probability = Judgement({}, by_problem, 0.0).weighted(weights)
        # no weight at all is left only where numbers are too small: then all are equal
        found.append(fmean(by_problem.values()) if probability is None else probability)
    return np.array(found)


def _weights(
    problems: Classifier, key: str, rows: NDArray[np.intp], encoded: Sequence[Any]
) -> dict[str, float]:
    """How much some networks resemble the best of each other problem, on average."""
    classes = [name for name in problems.classes if name != key]
    if len(classes) == 1:
        return {classes[0]: 1.0}
    pairs, _ = problems.said([encoded[at] for at in rows])
    both = combinations(problems.classes, 2)
    kept = [at for at, pair in enumerate(both) if key not in pair]
    found = couple(pairs[:, kept], len(classes)).mean(axis=0)
    return dict(zip(classes, found.tolist(), strict=True))


def _value(good: Sequence[Array], rate: float) -> float:
    """The largest threshold that refuses at most this share of the best.

    Args:
        good: for each problem the probabilities of its best.
        rate: the share, as the mean over problems.
    """
    values = np.concatenate(good)
    shares = np.concatenate([np.full(len(one), 1.0 / len(one)) for one in good])
    order = np.argsort(values)
    values, shares = values[order], shares[order] / len(good)
    # what is below a value is refused; equal ones are not
    below = np.cumsum(shares) - shares
    below = below[np.searchsorted(values, values, side="left")]
    return float(values[below <= rate + 1e-12][-1])


def _share(networks: Sequence[tuple[Array, Array]], rate: float) -> float:
    """The largest share of candidates whose refusal takes at most this of the best.

    Args:
        networks: for each problem the probabilities of its best, and of the others.
        rate: share of the best, as the mean over problems.
    """
    lost = np.zeros(len(_SHARES))
    for good, others in networks:
        values = np.quantile(np.concatenate([good, others]), _SHARES)
        lost += (good[:, None] < values).mean(axis=0) / len(networks)
    return float(_SHARES[lost <= rate + 1e-12][-1])


def _refused(good: Array, others: Array, value: float) -> Refused:
    return Refused(float((good < value).mean()), float((others < value).mean()))


def _error(good: Array, others: Array) -> tuple[float, float]:
    """Area under the ROC curve with its error (Hanley and McNeil 1982)."""
    truth = np.repeat([1, 0], [len(good), len(others)])
    area = float(roc_auc_score(truth, np.concatenate([good, others])))
    # that two of the best are above one of the others, and one above two of them
    two, one = area / (2 - area), 2 * area**2 / (1 + area)
    variance = (
        area * (1 - area)
        + (len(good) - 1) * (two - area**2)
        + (len(others) - 1) * (one - area**2)
    ) / (len(good) * len(others))
    return area, sqrt(max(variance, 0.0))


def _mean(areas: Sequence[tuple[float, float]]) -> Interval:
    """The mean of some areas with its interval.

    A few that are alike by luck are no surer than each of them is.
    """
    values = [value for value, _ in areas]
    own = sqrt(fmean(error**2 for _, error in areas))
    error = max(stdev(values), own) / sqrt(len(areas))
    return _interval(fmean(values), error, float(t.isf(_TAIL, len(areas) - 1)))


def _interval(area: float, error: float, errors: float) -> Interval:
    """What is within so many errors of an area."""
    half = errors * error
    return Interval(area, max(0.0, area - half), min(1.0, area + half))

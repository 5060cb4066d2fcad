"""What a search's own trainings say of candidates to come, beside what is known before.

A Gaussian process over the normal scores of fitness (Rasmussen and Williams, Gaussian
Processes for Machine Learning, 2006, ch. 2 and 5.4.2): its mean begins at what the
sources say, their log-odds of being among the best, and the trainings correct it, by
what candidates have in common and by how far each source was right here. A source that
misleads is found out by the trainings.

The threshold is set by leaving each training out in turn: of the good ones no more than
a chosen share may be refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

Array = NDArray[np.float64]
#: what a candidate has in common with others
Profile = frozenset[int]

#: variance of what profiles explain, of what a source's log-odds do, of a common shift
#: and of the noise of a training, where normal scores have variance 1
_PROFILE, _SOURCE, _SHIFT, _NOISE = 1.0, 0.3**2, 4.0, 0.5
#: what the log-odds of all sources together are worth before any training
_BELIEF = 1.0
#: log-odds are divided by this, and cut at either side
_SCALE, _CUT = 3.0, 2.0


@dataclass(frozen=True)
class Trained:
    """A training as the model sees it.

    Attributes:
        profile: of the candidate.
        odds: log-odds of each source that it is among the best.
        fitness: -inf where it failed.
    """

    profile: Profile
    odds: tuple[float, ...]
    fitness: float


class OwnModel:
    """Predicts normal scores of fitness.

    Args:
        trained: at least one, in an order that does not depend on who was faster.
        good: share of the trainings that are good.
        false_rejection: share of the good ones that the threshold may refuse.
    """

    def __init__(
        self, trained: Sequence[Trained], good: float, false_rejection: float
    ) -> None:
        self._trained = tuple(trained)
        count = len(trained)
        fitness = np.array([one.fitness for one in trained])
        shares = (rankdata(fitness) - 0.5) / count
        scores: Array = ndtri(shares)
        self._odds = _cut([one.odds for one in trained])
        self._sources = max(1, self._odds.shape[1])
        profiles = [one.profile for one in trained]
        kernel = np.array([_overlaps(one, profiles) for one in profiles])
        kernel = _PROFILE * kernel + _SOURCE * self._odds @ self._odds.T + _SHIFT
        inverse: Array = np.linalg.inv(kernel + _NOISE * np.eye(count))
        self._weights: Array = inverse @ (scores - self._belief(self._odds))
        left_out = scores - self._weights / np.diag(inverse)
        best = left_out[shares > 1 - good]
        #: refused below it
        self.threshold = float(np.quantile(best, false_rejection))

    def score(self, profile: Profile, odds: Sequence[float]) -> float:
        """The normal score that a candidate is expected to have.

        Args:
            profile: of the candidate.
            odds: as of the trained ones.
        """
        own = _cut([odds])
        kernel = (
            _PROFILE * _overlaps(profile, [one.profile for one in self._trained])
            + _SOURCE * (self._odds @ own[0])
            + _SHIFT
        )
        return float(self._belief(own)[0] + kernel @ self._weights)

    def _belief(self, odds: Array) -> Array:
        found: Array = odds.sum(axis=1) * (_BELIEF / self._sources)
        return found


def _cut(odds: Sequence[Sequence[float]]) -> Array:
    found: Array = np.clip(np.array(odds, dtype=float) / _SCALE, -_CUT, _CUT)
    return found.reshape(len(odds), -1)


def _overlaps(profile: Profile, others: Sequence[Profile]) -> Array:
    """How much a profile has in common with others: cosine of sets, 0 to 1."""
    size = max(1, len(profile))
    return np.array(
        [
            len(profile & other) / (size * max(1, len(other))) ** 0.5
            for other in others
        ]
    )

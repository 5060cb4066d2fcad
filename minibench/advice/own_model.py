"""What a search's own trainings say of candidates to come, beside what is known before.

A Gaussian process over the normal scores of fitness (Rasmussen and Williams, Gaussian
Processes for Machine Learning, 2006, ch. 2): its mean begins at what the sources say,
their log-odds of being among the best, and the trainings correct it, by what candidates
have in common and by how far each source was right here. A source that misleads is
found out by the trainings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import rankdata

Array = NDArray[np.float64]
#: what a candidate has in common with others: numbers of tokens
Profile = frozenset[int]

#: variance of what profiles explain, of the trust in a source's log-odds, of a common
#: shift, and of the noise of a training, where normal scores have variance 1
_PROFILE, _TRUST, _SHIFT, _NOISE = 1.0, 0.3**2, 4.0, 0.5
#: normal score above which one in ten is
_BEST = float(ndtri(0.9))
#: of a probability
_DIGITS = 9
#: log-odds are divided by this, and cut at either side
_SCALE, _CUT = 3.0, 2.0


@dataclass(frozen=True)
class Seen:
    """A candidate as the model sees it.

    Attributes:
        profile: of the candidate.
        odds: of each source, its log-odds that the candidate is among the best.
    """

    profile: Profile
    odds: tuple[float, ...] = ()

    @property
    def trust(self) -> Array:
        """The log-odds as the model reads them, small numbers around 0."""
        found: Array = np.clip(np.array(self.odds) / _SCALE, -_CUT, _CUT)
        return found


class OwnModel:
    """Predicts how probably a candidate is among the best of a search.

    Args:
        belief: weight of each source's log-odds before any training.
        trained: in an order that does not depend on who was faster; none: the model
            says what the sources say.
        fitness: of each of them; -inf where it failed.
    """

    def __init__(
        self,
        belief: Sequence[float],
        trained: Sequence[Seen] = (),
        fitness: Sequence[float] = (),
    ) -> None:
        self._belief: Array = np.array(belief, dtype=float)
        #: token → its row in `_having`
        self._rows: dict[int, int] = {}
        if not trained:
            return
        self._rows, self._having = _incidence([one.profile for one in trained])
        count = len(trained)
        scores: Array = ndtri((rankdata(np.array(fitness)) - 0.5) / count)
        self._trust: Array = np.array([one.trust for one in trained]).reshape(count, -1)
        kernel = _PROFILE * self._having.T @ self._having
        kernel += _TRUST * self._trust @ self._trust.T + _SHIFT
        self._inverse: Array = np.asarray(
            np.linalg.inv(kernel + _NOISE * np.eye(count)), dtype=np.float64
        )
        self._weights: Array = self._inverse @ (scores - self._trust @ self._belief)

    def promise(self, seen: Seen) -> float:
        """Probability that a candidate would be among the best of what was trained.

        Args:
            seen: the candidate.
        """
        trust = seen.trust
        mean = float(trust @ self._belief)
        variance = _PROFILE + _TRUST * float(trust @ trust) + _SHIFT
        if self._rows:
            rows = [self._rows[one] for one in seen.profile if one in self._rows]
            shared = self._having[rows].sum(axis=0) / max(1, len(seen.profile)) ** 0.5
            kernel = _PROFILE * shared + _TRUST * (self._trust @ trust) + _SHIFT
            mean += float(kernel @ self._weights)
            variance -= float(kernel @ self._inverse @ kernel)
        # Rounded: two candidates that are alike to the model must not differ by how its
        # sums were done.
        return round(
            float(ndtr((mean - _BEST) / (max(variance, 0.0) + _NOISE) ** 0.5)), _DIGITS
        )


def _incidence(profiles: Sequence[Profile]) -> tuple[dict[int, int], Array]:
    """Token → row, and a column a profile: of length 1, 0 where it lacks the token."""
    tokens = sorted(set().union(*profiles))
    rows = {token: row for row, token in enumerate(tokens)}
    having = np.zeros((len(tokens), len(profiles)))
    for column, profile in enumerate(profiles):
        share = 1.0 / max(1, len(profile)) ** 0.5
        having[[rows[token] for token in profile], column] = share
    return rows, having

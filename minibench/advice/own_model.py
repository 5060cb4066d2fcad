"""What a search's own trainings say of candidates to come, beside what is known before.

A Gaussian process over the normal scores of fitness (Rasmussen and Williams, Gaussian
Processes for Machine Learning, 2006, ch. 2): its mean begins at what the sources say,
their log-odds of being among the best, and the trainings correct it, by what candidates
have in common and by how far each source was right here. A source that misleads is
found out by the trainings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

Array = NDArray[np.float64]
#: what a candidate has in common with others: numbers of tokens
Profile = frozenset[int]

#: variance of what profiles explain, of the trust in a source's log-odds, of a common
#: shift, and of the noise of a training, where normal scores have variance 1
_PROFILE, _TRUST, _SHIFT, _NOISE = 1.0, 0.3**2, 4.0, 0.5
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
    """Predicts normal scores of fitness.

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
        self._shift = 0.0
        #: token → what having it adds
        self._tokens: dict[int, float] = {}
        if trained:
            self._fit(trained, np.array(fitness))

    def score(self, seen: Seen) -> float:
        """The normal score that a candidate is expected to have.

        Args:
            seen: the candidate.
        """
        size = max(1, len(seen.profile)) ** 0.5
        tokens = self._tokens
        known = sum(tokens.get(one, 0.0) for one in seen.profile) / size
        return known + float(seen.trust @ self._belief) + self._shift

    def _fit(self, trained: Sequence[Seen], fitness: Array) -> None:
        count = len(trained)
        scores: Array = ndtri((rankdata(fitness) - 0.5) / count)
        trust = np.array([one.trust for one in trained]).reshape(count, -1)
        shared = _shared([one.profile for one in trained])
        kernel = _PROFILE * shared + _TRUST * trust @ trust.T + _SHIFT
        # by solving for the weights, everything that is learned is linear in tokens
        residues = scores - trust @ self._belief
        weights = np.linalg.solve(kernel + _NOISE * np.eye(count), residues)
        tokens: dict[int, float] = defaultdict(float)
        for one, weight in zip(trained, weights.tolist(), strict=True):
            part = _PROFILE * weight / max(1, len(one.profile)) ** 0.5
            for token in one.profile:
                tokens[token] += part
        self._tokens = dict(tokens)
        self._belief = self._belief + _TRUST * (trust.T @ weights)
        self._shift = _SHIFT * float(weights.sum())


def _shared(profiles: Sequence[Profile]) -> Array:
    """How much each two profiles have in common: cosine of sets, 0 to 1."""
    tokens = sorted(set().union(*profiles))
    place = {token: at for at, token in enumerate(tokens)}
    having = np.zeros((len(profiles), len(tokens)))
    for row, profile in enumerate(profiles):
        having[row, [place[token] for token in profile]] = 1.0
    sizes = np.sqrt(np.maximum(1.0, having.sum(axis=1)))
    having /= sizes[:, None]
    found: Array = having @ having.T
    return found

"""Judging candidates: by classifiers of earlier searches and by this one's trainings.

Each candidate is encoded once, however often it is judged.
"""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from evonas.architecture import Shape
from evonas.candidate import Candidate
from evonas.errors import ArchitectureError
from evonas.genome import GenomeSpace
from minibench.advice.own_model import OwnModel, Seen
from minibench.advice.profiles import Profiles
from minibench.advice.trainings import Training
from minibench.class_sets import items_of
from minibench.classifier import Classifiers, Judgement

#: candidates whose judgement is remembered
REMEMBERED = 50_000
#: candidates judged lately, among which a new one must be one of the most promising
WINDOW = 40
#: of these, without which nobody can be one
LEAST = 20
#: trainings from which on, and by which, the filter fades: what it learned from the
#: database is used up by then, and what is left to find lies elsewhere
FADING, FADED = 100, 200
#: probabilities are kept this far from 0 and 1, so that they have log-odds
_SURE = 1e-4

UNLIKELY = "unlikely to be among the best"
UNPROMISING = "less promising than others"


@dataclass
class Known:
    """What is known of a candidate for good.

    Attributes:
        judgement: by the classifiers; None: there are none.
        seen: as the search's own model sees it.
        nearest: id of the record that it resembles most; "": nobody has asked yet.
    """

    judgement: Judgement | None
    seen: Seen
    nearest: str | None = ""


class Judging:
    """Judges candidates.

    Args:
        classifiers: of earlier searches; None: there are none.
        warranted: whether they tell good networks of problems that they have not seen.
        shape: of one sample.
        genomes: the genomes of a table's cells, where those are searched.
        accept: share of the candidates that is let through as the most promising.
        remembered: what other searches of this process know already; it is shared.
    """

    def __init__(
        self,
        classifiers: Classifiers | None,
        warranted: bool,
        shape: Shape,
        genomes: GenomeSpace[Any] | None,
        accept: float,
        remembered: OrderedDict[str, Known],
        profiles: Profiles,
    ) -> None:
        self._classifiers = classifiers
        self._warranted = warranted
        self._shape = shape
        self._genomes = genomes
        self._accept = accept
        self._known = remembered
        self._profiles = profiles
        #: the candidate that was encoded last, and what came of it
        self._encoded: tuple[str, Any] = "", None
        self._asked = self._hits = 0
        self._weights: dict[str, float] = {}
        #: whether the search's own trainings have taught the model
        self._taught = False
        self._model = OwnModel([0.0] * len(self._sources))
        #: candidates judged lately, with their scores by the model of now
        self._lately: deque[tuple[Candidate, float]] = deque(maxlen=WINDOW)

    @property
    def _sources(self) -> list[str]:
        return [] if self._classifiers is None else sorted(self._classifiers.best)

    def known(self, candidate: Candidate) -> Known:
        """What is known of a candidate for good; it is encoded only once."""
        key = _identity(candidate)
        self._asked += 1
        found = self._known.get(key)
        if found is not None:
            self._hits += 1
            return found
        found = self._made(candidate)
        self._known[key] = found
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return found

    def _made(self, candidate: Candidate) -> Known:
        judgement = encoded = None
        if self._classifiers is not None:
            try:
                encoded = self._classifiers.encode(
                    candidate.architecture, self._shape, candidate.recipe
                )
                judgement = self._classifiers.judge_encoded(encoded)
                self._encoded = _identity(candidate), encoded
            except ArchitectureError:
                encoded = None  # of a shape that the task does not have
        if self._genomes is not None and candidate.cell is not None:
            profile = self._profiles.of_cell(
                self._genomes.values(candidate.cell), candidate.cell.graph()
            )
        else:
            items = items_of(candidate.architecture, candidate.recipe)
            profile = self._profiles.of_network(items, encoded)
        odds = () if judgement is None else _odds(judgement, self._sources)
        if judgement is None and self._sources:
            odds = (0.0,) * len(self._sources)
        return Known(judgement, Seen(profile, odds))

    def learn(self, weights: Mapping[str, float], trained: Sequence[Training]) -> None:
        """Judge by these from now on.

        Args:
            weights: problem → how much it counts.
            trained: the search's own trainings; none while there are too few.
        """
        self._weights = dict(weights)
        # All alike: whose best networks a task's own resemble says less of whose are
        # right about it than its trainings will. And sources that know nothing of
        # problems left out have to earn their trust.
        count = len(self._sources)
        believed = 1.0 / count if self._warranted and count else 0.0
        self._model = OwnModel(
            [believed] * count,
            [self.known(one.candidate).seen for one in trained],
            [one.fitness for one in trained],
        )
        self._taught = bool(trained)
        lately = [candidate for candidate, _ in self._lately]
        self._lately.clear()
        for candidate in lately:
            score = self._model.promise(self.known(candidate).seen)
            self._lately.append((candidate, score))

    def accepted(self, trained: int, loosened: int) -> float:
        """Share of the candidates that passes as the most promising.

        Args:
            trained: how many are: the more a search knows itself, the more it may try.
            loosened: times that the filter was loosened; each lets twice as many by.
        """
        share = min(1.0, self._accept * 2.0**loosened)
        faded = min(1.0, max(0.0, (trained - FADING) / (FADED - FADING)))
        return share + (1 - share) * faded

    def refused(self, candidate: Candidate, accept: float) -> tuple[str, float] | None:
        """By which rule a candidate is refused, and how sure that is; None: by none.

        Args:
            candidate: to be judged.
            accept: share of the candidates that passes.
        """
        if accept >= 1 or not (self._taught or self._warranted):
            return None
        found = self.known(candidate)
        if not self._taught and found.judgement is not None:
            assert self._classifiers is not None
            decision = self._classifiers.decide(found.judgement, self._weights)
            if not decision.accepted:
                return UNLIKELY, decision.confidence
        score = self._model.promise(found.seen)
        scores = [one for _, one in self._lately]
        self._lately.append((candidate, score))
        if len(scores) < LEAST:
            return UNPROMISING, 0.5
        worse = sum(one < score for one in scores) / len(scores)
        return None if worse >= 1 - accept else (UNPROMISING, 1 - worse)

    def posterior(self, elite: Sequence[Candidate]) -> dict[str, float] | None:
        """Whose best the elite resembles, the better the more it counts.

        Args:
            elite: the best first.

        Returns:
            Problem → probability; None: nobody can tell.
        """
        found: dict[str, float] = {}
        for rank, candidate in enumerate(elite):
            judgement = self.known(candidate).judgement
            if judgement is None:
                continue
            for key, share in judgement.problems.items():
                found[key] = found.get(key, 0.0) + (len(elite) - rank) * share
        total = sum(found.values())
        return {key: value / total for key, value in found.items()} if total else None

    def nearest(self, candidate: Candidate) -> str | None:
        """Id of the known best record that a candidate resembles most, if any does."""
        if self._classifiers is None:
            return None
        key = _identity(candidate)
        known = self._known.get(key) or self.known(candidate)
        if known.nearest != "":
            return known.nearest
        found = None
        if self._encoded[0] == key:  # as a rule: it was judged a moment ago
            found = self._classifiers.nearest_encoded(self._encoded[1])
        if found is None:
            with suppress(ArchitectureError):
                found = self._classifiers.nearest(
                    candidate.architecture, self._shape, candidate.recipe
                )
        known.nearest = None if found is None else found.record
        return known.nearest

    def cache(self) -> dict[str, Any]:
        """How often a candidate was asked for, and how often it was known already."""
        asked = self._asked
        rate = round(self._hits / asked, 4) if asked else None
        return {"asked": asked, "hits": self._hits, "rate": rate}

    def state(self) -> dict[str, Any]:
        """Plain JSON from which `restore` goes on, once it was let learn again."""
        return {
            "asked": self._asked,
            "hits": self._hits,
            "lately": [candidate.to_json() for candidate, _ in self._lately],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state written by `state`; `learn` has been called."""
        self._lately.clear()
        for data in state["lately"]:
            candidate = Candidate.from_json(data)
            score = self._model.promise(self.known(candidate).seen)
            self._lately.append((candidate, score))
        self._asked, self._hits = state["asked"], state["hits"]


def _identity(candidate: Candidate) -> str:
    """Equal for candidates of which the same is known.

    Isomorphic cells are one candidate, but their choices are not the same.
    """
    cell = candidate.cell
    return candidate.key() if cell is None else f"{candidate.key()} {cell!r}"


def _odds(judgement: Judgement, sources: Sequence[str]) -> tuple[float, ...]:
    """Each source's log-odds that a candidate is among the best."""
    sure = [min(max(judgement.best[one], _SURE), 1 - _SURE) for one in sources]
    return tuple(math.log(one / (1 - one)) for one in sure)

"""Samples: the networks of a database that classifiers are fitted on.

One network with one recipe is one sample: with another recipe it is as good as another
network, or as bad.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from evonas.architecture import Architecture, Shape
from evonas.candidate import Recipe
from evonas.evaluation import Fidelity
from minibench.canonical import digest
from minibench.problems import Problem
from minibench.records import BenchRecord

#: labels of a problem's networks
BEST, BACKGROUND = "best", "background"

#: share of networks above which they have a kind of layer, and below which they do not
_SHARE = 0.05

#: where nothing was searched: every network is on its own
_NO_SEARCH = ("table", "published")

#: fingerprint, recipe, and run of a search
_Network = tuple[str, Recipe | None, str]


@dataclass(frozen=True, slots=True)
class Sample:
    """One network of a problem.

    Attributes:
        problem: key of the problem.
        modality: of the problem.
        strategy: that proposed the network.
        group: networks of one group are not independent: a run of a search, or of a
            table a network alone.
        label: `BEST` or `BACKGROUND`.
        value: of the problem's metric, the mean of its trainings.
        architecture: of the network.
        shape: of one sample as it read it.
        recipe: that the network was trained by; None: not known.
        records: ids of its trainings, sorted.
    """

    problem: str
    modality: str
    strategy: str
    group: str
    label: str
    value: float
    architecture: Architecture
    shape: Shape
    recipe: Recipe | None
    records: tuple[str, ...]


def samples_of(
    problem: Problem, records: Iterable[BenchRecord], best: int | None = None
) -> list[Sample]:
    """The networks of a problem, the best first.

    Only trainings of one fidelity are compared: the one that most networks have had
    and, of several, the longest. Trainings of one network by one recipe are one sample,
    those of a run; and all of them where nothing was searched.

    Args:
        problem: of the records.
        records: those without the problem's metric are passed over.
        best: how many are its best; as many others, drawn evenly, are the background.
            None: the better half is, and the other half the background.
    """
    of_fidelity: dict[Fidelity, dict[_Network, list[BenchRecord]]] = {}
    for record in records:
        if record.value(problem) is not None:
            networks = of_fidelity.setdefault(record.fidelity, defaultdict(list))
            run = "" if record.strategy in _NO_SEARCH else record.run
            networks[record.fingerprint, record.recipe, run].append(record)
    if not of_fidelity:
        return []
    fidelity = max(
        of_fidelity,
        key=lambda one: (
            len(of_fidelity[one]),
            one.epochs,
            one.data_share,
            one.resolution,
            one.width,
        ),
    )
    made = [_sample(problem, same) for same in of_fidelity[fidelity].values()]
    made.sort(key=lambda one: (-problem.gain(one.value), one.records))
    count = len(made) // 2 if best is None else min(best, len(made))
    chosen, others = made[:count], made[count:]
    if best is not None:
        # ids are hashes, so that the smallest ones are an even draw, always the same
        drawn = set(sorted(one.records for one in others)[:best])
        others = [one for one in others if one.records in drawn]
    return [replace(one, label=BEST) for one in chosen] + others


def records_digest(samples: Iterable[Sample]) -> str:
    """One id for the records that some samples are made of.

    Args:
        samples: in any order.
    """
    ids = {one for sample in samples for one in sample.records}
    return digest("\n".join(sorted(ids)))


def betraying(
    samples: Sequence[Sample], by: Callable[[Sample], str]
) -> tuple[str, ...]:
    """Kinds of layers by which a modality or strategy is known, sorted.

    Such are those that some networks of one have, and hardly any of another one.

    Args:
        samples: of several problems.
        by: what must not be told: the modality or the strategy of a sample.
    """
    totals = Counter(by(one) for one in samples)
    having: dict[str, Counter[str]] = defaultdict(Counter)
    for one in samples:
        for op in {layer.op for layer in one.architecture.layers}:
            having[op][by(one)] += 1
    found = []
    for op, counts in having.items():
        shares = [counts[value] / total for value, total in totals.items()]
        if min(shares) < _SHARE <= max(shares):
            found.append(op)
    return tuple(sorted(found))


def _sample(problem: Problem, same: Sequence[BenchRecord]) -> Sample:
    """The sample of one network's trainings, in the background for now."""
    first = min(same, key=lambda record: record.id)
    values = [record.metrics[problem.ranked_by] for record in same]
    alone = first.strategy in _NO_SEARCH
    return Sample(
        problem.key,
        problem.modality,
        first.strategy,
        first.fingerprint if alone else f"{problem.key} {first.run}",
        BACKGROUND,
        fmean(values),
        first.architecture,
        first.input_shape,
        first.recipe,
        tuple(sorted(record.id for record in same)),
    )

"""Training: a database's networks become classifiers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal, cast, get_args

from evonas.encoding import Encoding
from evonas.errors import ConfigError, DataError
from minibench.classifier import fitting
from minibench.classifier.classifier import Classifiers
from minibench.classifier.kinds import (
    KINDS,
    Classifier,
    GraphClassifier,
    LinearClassifier,
)
from minibench.classifier.known import Known
from minibench.classifier.samples import (
    BACKGROUND,
    BEST,
    Sample,
    records_digest,
)
from minibench.classifier.threshold import FALSE_REJECTION
from minibench.classifier.tuning import Networks, tuned
from minibench.classifier.vocabulary import Vocabulary

#: runs that a problem must have: one is held out to see how good the classifier is
GROUPS = fitting.GROUPS
#: networks of each label that a problem must have
NETWORKS = 5
#: most labels of a vocabulary, so that ten problems make a file of a few megabytes
LABELS = 2_000
#: weight of errors where best and background are told apart: of a hundred networks as
#: many labels are found, and with 1 these were worth less on runs held out
_ERRORS = 0.1

RecipeUse = Literal["best", "all", "none"]


@dataclass(frozen=True)
class Chosen:
    """Which samples can be used for what.

    Attributes:
        samples: of the problems that are classes, the best and the background.
        judged: problems whose best can be told from their background.
        left_out: key of a problem → why it is no class, or cannot be judged.
    """

    samples: tuple[Sample, ...]
    judged: tuple[str, ...]
    left_out: Mapping[str, str]

    @property
    def best(self) -> list[Sample]:
        """The best of all problems: what the classifier of problems is fitted on."""
        return [one for one in self.samples if one.label == BEST]

    def of(self, problem: str) -> list[Sample]:
        """Best and background of a problem."""
        return [one for one in self.samples if one.problem == problem]


def choose(samples: Sequence[Sample]) -> Chosen:
    """The samples that classifiers can be fitted on.

    Raises:
        DataError: fewer than two problems have enough of them.
    """
    by_problem: dict[str, list[Sample]] = defaultdict(list)
    for one in samples:
        by_problem[one.problem].append(one)
    left_out: dict[str, str] = {}
    classes: list[str] = []
    judged: list[str] = []
    for key, own in sorted(by_problem.items()):
        best = [one for one in own if one.label == BEST]
        others = [one for one in own if one.label == BACKGROUND]
        reason = _lacking(best, "best")
        if not reason:
            classes.append(key)
            reason = _lacking(others, "background") or _unspread(own)
        if reason:
            left_out[key] = reason
        else:
            judged.append(key)
    if len(classes) < 2:
        reasons = "; ".join(f"{key}: {why}" for key, why in left_out.items())
        raise DataError(
            f"expected two or more problems with {NETWORKS} networks of {GROUPS} runs "
            f"among their best, got {len(classes)}{f' ({reasons})' if reasons else ''};"
            " add searches of more seeds, or approve their records"
        )
    used = [one for key in classes for one in by_problem[key]]
    return Chosen(tuple(used), tuple(judged), left_out)


def _lacking(samples: Sequence[Sample], what: str) -> str:
    groups = Counter(one.group for one in samples)
    # two are to be calibrated on, whichever run is held out
    others = len(samples) - max(groups.values(), default=0)
    if len(samples) >= NETWORKS and len(groups) >= GROUPS and others >= 2:
        return ""
    return (
        f"expected {NETWORKS} networks of {GROUPS} runs in its {what}, two or more of "
        f"them beside the largest run's, got {len(samples)} of {len(groups)} and "
        f"{others} beside"
    )


def _unspread(samples: Sequence[Sample]) -> str:
    """Why a problem's best cannot be told from its background with runs held out."""
    labels = [one.label for one in samples]
    groups = [one.group for one in samples]
    try:
        for kept, _ in fitting.folds(labels, groups):
            fitting.calibration_folds(
                [labels[at] for at in kept], [groups[at] for at in kept]
            )
    except DataError as error:
        return str(error)
    return ""


def recipe_use(word: str) -> RecipeUse:
    """The word, if it says which classifiers read the recipe.

    Args:
        word: from anywhere.
    """
    for one in get_args(RecipeUse):
        if word == one:
            return cast(RecipeUse, one)
    raise ConfigError(
        f"recipe: expected one of {', '.join(get_args(RecipeUse))}, got {word!r}"
    )


@dataclass(frozen=True, slots=True)
class Method:
    """A way to fit classifiers.

    Attributes:
        encoding: of networks.
        model: kind of the classifiers, a name in `KINDS`.
        recipe: which of them read the recipe: `best`, only those that tell a problem's
            best from its background, since recipes tell the problem by how it was
            searched and not by what is good for it; `all`; or `none`.
    """

    encoding: Encoding = field(default_factory=Encoding)
    model: str = LinearClassifier.name
    recipe: RecipeUse = "best"

    def __post_init__(self) -> None:
        recipe_use(self.recipe)
        if self.model not in KINDS:
            raise ConfigError(
                f"model: expected one of {', '.join(KINDS)}, got {self.model!r}"
            )

    def encode(self, samples: Sequence[Sample]) -> list[Any]:
        """What a classifier reads of some samples."""
        kind = KINDS[self.model]
        return [
            kind.encode(self.encoding, one.architecture, one.shape, one.recipe)
            for one in samples
        ]

    def fit_problems(
        self, networks: Sequence[Any], labels: Sequence[str], groups: Sequence[str]
    ) -> Classifier:
        """The classifier that tells the problems of some networks.

        Args:
            networks: encoded.
            labels: problem of each, two or more in all.
            groups: what each comes from; none is split when it is calibrated.

        Raises:
            DataError: a class is in too few groups.
        """
        return self._fit(networks, labels, groups, fitting.ERRORS, self.recipe == "all")

    def fit_best(
        self, networks: Sequence[Any], labels: Sequence[str], groups: Sequence[str]
    ) -> Classifier:
        """The classifier that tells a problem's best networks from its background.

        Args:
            networks: encoded, of the problem.
            labels: `BEST` or `BACKGROUND`.
            groups: what each comes from; none is split when it is calibrated.

        Raises:
            DataError: a class is in too few groups.
        """
        return self._fit(networks, labels, groups, _ERRORS, self.recipe != "none")

    def _fit(
        self,
        networks: Sequence[Any],
        labels: Sequence[str],
        groups: Sequence[str],
        errors: float,
        recipe: bool,
    ) -> Classifier:
        if self.model == GraphClassifier.name:
            # torch is for those who want it
            from minibench.classifier.graph_fitting import fit_network

            return GraphClassifier(fit_network(networks, labels, groups, recipe))
        vocabulary = Vocabulary.fit(networks, LABELS, recipe)
        model = fitting.fit(vocabulary.vectors(networks), labels, groups, errors)
        return LinearClassifier(vocabulary, model)


def train(
    chosen: Chosen, method: Method, false_rejection: float = FALSE_REJECTION
) -> Classifiers:
    """Fit the classifier of problems and those of the problems' best.

    Args:
        chosen: what they are fitted on.
        method: how.
        false_rejection: share of a held-out problem's best that the threshold may
            refuse.
    """
    encoded = method.encode(chosen.samples)
    known = dict(zip(map(id, chosen.samples), encoded, strict=True))
    best = chosen.best
    problems = method.fit_problems(
        [known[id(one)] for one in best],
        [one.problem for one in best],
        [one.group for one in best],
    )
    judges: dict[str, Classifier] = {}
    networks: dict[str, Networks] = {}
    for key in chosen.judged:
        own = chosen.of(key)
        labels = [one.label for one in own]
        networks[key] = Networks([known[id(one)] for one in own], labels)
        groups = [one.group for one in own]
        judges[key] = method.fit_best(networks[key].encoded, labels, groups)
    return Classifiers(
        method.encoding,
        problems,
        judges,
        records_digest(chosen.samples),
        len({record for one in chosen.samples for record in one.records}),
        chosen.left_out,
        _versions(method.model),
        tuned(problems, judges, networks, false_rejection),
        Known.fit(method.encoding, best),
    )


def _versions(model: str) -> dict[str, str]:
    """Of what a fit depends on; a program that is not installed is left out."""
    found = {}
    fitter = "torch" if model == GraphClassifier.name else "scikit-learn"
    for name in ("evonas", "numpy", fitter):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found

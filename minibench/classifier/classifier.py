"""Classifiers: whose best a network resembles, and whether it is as good."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evonas.architecture import Architecture, Shape
from evonas.architecture.wording import shown
from evonas.candidate import Recipe
from evonas.encoding import Encoding
from evonas.errors import ConfigError, DataError
from minibench import strict
from minibench.canonical import ID_DIGITS
from minibench.classifier.judgement import Decision, Judgement, Nearest
from minibench.classifier.kinds import KINDS, Classifier
from minibench.classifier.known import Known
from minibench.classifier.samples import BACKGROUND, BEST, Sample
from minibench.classifier.threshold import FALSE_REJECTION, Threshold
from minibench.files import write_file
from minibench.problems import check_key

if TYPE_CHECKING:  # scikit-learn is for those who fit
    from minibench.classifier.training import Method

#: of the file; 1 had no recipes, no threshold and no known networks
FORMAT = 2
_FORMATS = (1, FORMAT)
#: tells the file from others
KIND = "minibench classifier"

_KEYS = (
    "format",
    "kind",
    "model",
    "encoding",
    "records",
    "problems",
    "best",
    "left_out",
    "with",
    "threshold",
    "known",
)
_ENCODING = ("folding", "rounds", "statistics", "hidden")
_RECORDS = ("digest", "count")
_DIGEST = re.compile(f"[0-9a-f]{{{ID_DIGITS}}}")


@dataclass(frozen=True)
class Classifiers:
    """What was fitted on a database: one classifier of problems, one of each's best.

    Attributes:
        encoding: of networks; all classifiers are of one kind and read the same.
        problems: tells the best networks of the problems apart.
        best: key of a problem → tells its best networks from its background.
        digest: of the ids of the records that they were fitted on.
        count: of these records.
        left_out: key of a problem → why one of both could not be fitted.
        versions: program → version that has fitted them.
        threshold: below which a network is refused; None: nothing ever is, because
            fewer than two problems have a classifier of their best, or they were fitted
            by a version that had no thresholds.
        known: the problems' best networks; None: of such a version.
    """

    encoding: Encoding
    problems: Classifier
    best: Mapping[str, Classifier]
    digest: str
    count: int
    left_out: Mapping[str, str]
    versions: Mapping[str, str]
    threshold: Threshold | None = None
    known: Known | None = None

    @classmethod
    def fit(
        cls,
        samples: Sequence[Sample],
        method: Method | None = None,
        false_rejection: float = FALSE_REJECTION,
    ) -> Classifiers:
        """Fit classifiers on networks in memory; imports scikit-learn.

        Args:
            samples: of several problems, see `samples_of`; of each the best first.
            method: how they are fitted; None: linear ones, as `Method` has it.
            false_rejection: share of a held-out problem's best that the threshold may
                refuse.

        Raises:
            DataError: fewer than two problems have enough networks.
        """
        from minibench.classifier.training import Method, choose, train

        return train(choose(samples), method or Method(), false_rejection)

    def judge(
        self, architecture: Architecture, shape: Shape, recipe: Recipe | None = None
    ) -> Judgement:
        """What they say of a network.

        Args:
            architecture: of the network.
            shape: of one sample of its task, channels first.
            recipe: that it is to be trained by; None: it is not known, and speaks
                neither for the network nor against it.

        Raises:
            ArchitectureError: the network cannot be built for this shape.
        """
        return self.judge_encoded(self.encode(architecture, shape, recipe))

    def encode(
        self, architecture: Architecture, shape: Shape, recipe: Recipe | None = None
    ) -> Any:
        """What they read of a network, for `judge_encoded`; arguments as of `judge`."""
        return self.problems.encode(self.encoding, architecture, shape, recipe)

    def judge_encoded(self, network: Any) -> Judgement:
        """What they say of a network that is encoded already.

        Args:
            network: by `encode`.
        """
        return Judgement(
            self.problems.probabilities(network),
            {key: one.probabilities(network)[BEST] for key, one in self.best.items()},
            self.problems.unseen(network),
        )

    def value_among(
        self,
        candidates: Sequence[Judgement],
        weights: Mapping[str, float] | None = None,
    ) -> float | None:
        """The probability below which the threshold's share of some candidates is.

        Args:
            candidates: what is said of networks that a search could propose: some
                hundred drawn from its space, say. Those that it has bred already are no
                measure, since the best of them would be refused for being many.
            weights: as of `decide`.

        Returns:
            None where there is no threshold, or nobody can say of any.
        """
        found = [
            probability
            for one in candidates
            if (
                probability := one.weighted(
                    one.problems if weights is None else weights
                )
            )
            is not None
        ]
        if self.threshold is None or not found:
            return None
        return float(np.quantile(found, self.threshold.share))

    def decide(
        self,
        judgement: Judgement,
        weights: Mapping[str, float] | None = None,
        value: float | None = None,
    ) -> Decision:
        """Whether a network is worth its training.

        Args:
            judgement: of the network.
            weights: key → how relevant a problem is to the one that is searched: what
                `Judgement.problems` says of the search's best, on average, is what the
                threshold was tuned with. None: what the judgement itself says.
            value: what it is refused below, see `value_among`; None: the threshold's
                own, which holds less well where probabilities are higher or lower than
                on the problems of the database.
        """
        weights = judgement.problems if weights is None else weights
        found = judgement.weighted(weights)
        if found is None or self.threshold is None:
            return Decision(True, found, 1.0 if found is None else found)
        accepted = found >= (self.threshold.value if value is None else value)
        return Decision(accepted, found, found if accepted else 1.0 - found)

    def refuses(
        self,
        judgement: Judgement,
        weights: Mapping[str, float] | None = None,
        value: float | None = None,
    ) -> bool:
        """Whether a network is not worth its training; arguments as of `decide`."""
        return not self.decide(judgement, weights, value).accepted

    def nearest(
        self,
        architecture: Architecture,
        shape: Shape,
        recipe: Recipe | None = None,
        problems: Collection[str] | None = None,
    ) -> Nearest | None:
        """The known best network that is most like a network.

        It takes as long as a judgement, so ask for it where somebody wants to know.

        Args:
            architecture: of the network.
            shape: of one sample of its task, channels first.
            recipe: that it is to be trained by; None: not known.
            problems: keys of the problems whose best count; None: all.

        Returns:
            None where no network is known.
        """
        if self.known is None:
            return None
        fields = None if recipe is None else recipe.to_json()
        features = self.encoding.features(architecture, shape, fields)
        return self.known.nearest(features, problems)

    def nearest_encoded(self, network: Any) -> Nearest | None:
        """As `nearest`, of a network that linear classifiers have encoded.

        Args:
            network: by `encode`; what a graph network reads tells nothing here: None.
        """
        if self.known is None or not isinstance(network, dict):
            return None
        return self.known.nearest(network)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {
            "format": FORMAT,
            "kind": KIND,
            "model": self.problems.name,
            "encoding": self.encoding.to_json(),
            "records": {"digest": self.digest, "count": self.count},
            "problems": self.problems.to_json(),
            "best": {key: one.to_json() for key, one in self.best.items()},
            "left_out": dict(self.left_out),
            "with": dict(self.versions),
            "threshold": None if self.threshold is None else self.threshold.to_json(),
            "known": None if self.known is None else self.known.to_json(),
        }

    @classmethod
    def from_json(cls, data: Any, place: str = "classifier") -> Classifiers:
        """The inverse of `to_json`; DataError for anything else.

        Args:
            data: JSON values from anywhere.
            place: of them, for messages.
        """
        fields = strict.Fields(data, place, _KEYS)
        newer = _format(fields) > 1
        own = strict.Fields(fields.raw("records"), f"{place}: records", _RECORDS)
        digest = own.text("digest")
        if not _DIGEST.fullmatch(digest):
            raise DataError(
                f"{own.place}: digest: expected {ID_DIGITS} hex digits, got "
                f"{shown(digest)}"
            )
        model = KINDS.get(fields.text("model"))
        if model is None:
            raise DataError(
                f"{place}: model: expected one of {', '.join(KINDS)}, got "
                f"{shown(fields.raw('model'))}"
            )
        problems = model.from_json(fields.raw("problems"), f"{place}: problems")
        for key in problems.classes:
            check_key(key, f"{place}: problems: model: classes")
        best = {
            key: _read_best(model, one, f"{place}: best: {key}")
            for key, one in _by_key(fields, "best").items()
        }
        strangers = sorted(best.keys() - set(problems.classes))
        if strangers:
            raise DataError(
                f"{place}: best: expected problems that are among the classes, got "
                f"{strangers[0]}"
            )
        left_out = {
            key: strict.text(one, f"{place}: left_out: {key}")
            for key, one in _by_key(fields, "left_out").items()
        }
        versions = strict.plain(fields.raw("with"), f"{place}: with", 1)
        if not isinstance(versions, dict) or not all(
            isinstance(one, str) for one in versions.values()
        ):
            raise DataError(
                f"{place}: with: expected an object of programs and versions, got "
                f"{shown(versions)}"
            )
        return cls(
            _read_encoding(fields.raw("encoding"), f"{place}: encoding"),
            problems,
            best,
            digest,
            own.whole("count"),
            left_out,
            versions,
            _read_threshold(fields, set(best)) if newer else None,
            _read_known(fields, set(problems.classes)) if newer else None,
        )

    def write(self, path: Path) -> None:
        """Write the file, whole or not at all.

        Args:
            path: is replaced if it is there.

        Raises:
            DataError: it cannot be written, or would be too large to be read.
        """
        text = json.dumps(self.to_json(), allow_nan=False, ensure_ascii=False)
        data = f"{text}\n".encode()
        if len(data) > strict.MAX_BYTES:
            raise DataError(
                f"{path}: expected a classifier of at most {strict.MAX_BYTES:,} bytes, "
                f"got {len(data):,}; take fewer problems, or fewer rounds"
            )
        write_file(path, data, "classifier")

    @classmethod
    def read(cls, path: Path) -> Classifiers:
        """Read a file that `write` has written.

        Args:
            path: of it.

        Raises:
            InputError: there is none, or something else is in it.
        """
        try:
            data = strict.read(path)
        except OSError as error:
            raise ConfigError(
                f"{path}: expected a classifier, got: {error.strerror or error}; "
                "`minibench train` makes one of a database"
            ) from error
        return cls.from_json(strict.parse(data, str(path)), str(path))


def _format(fields: strict.Fields) -> int:
    """The format of a file, if it is one that can be read."""
    kind = fields.raw("kind") if fields.has("kind") else None
    if kind != KIND:
        raise DataError(
            f"{fields.place}: kind: expected {KIND!r}, as `minibench train` writes it, "
            f"got {shown(kind)}"
        )
    found = fields.raw("format")
    if type(found) is not int or found not in _FORMATS:
        raise DataError(
            f"{fields.place}: format: expected {' or '.join(map(str, _FORMATS))}, got "
            f"{shown(found)}; it is from another version of minibench: make it again "
            "with `minibench train`"
        )
    return found


def _read_threshold(fields: strict.Fields, judged: set[str]) -> Threshold | None:
    data, place = fields.raw("threshold"), f"{fields.place}: threshold"
    if data is None:
        return None
    found = Threshold.from_json(data, place)
    if set(found.held_out) != judged:
        raise DataError(
            f"{place}: held_out: expected the {len(judged)} problems of `best`, got "
            f"{len(found.held_out)} that are not the same"
        )
    return found


def _read_known(fields: strict.Fields, classes: set[str]) -> Known | None:
    data, place = fields.raw("known"), f"{fields.place}: known"
    if data is None:
        return None
    found = Known.from_json(data, place)
    strangers = sorted({one.problem for one in found.networks} - classes)
    if strangers:
        raise DataError(
            f"{place}: networks: expected problems that are among the classes, got "
            f"{strangers[0]}"
        )
    return found


def _by_key(fields: strict.Fields, name: str) -> Mapping[str, Any]:
    """An object whose keys are problems."""
    found, place = fields.raw(name), f"{fields.place}: {name}"
    if not isinstance(found, Mapping):
        raise DataError(f"{place}: expected an object, got {shown(found)}")
    for key in found:
        check_key(key, place)
    return found


def _read_best(model: type[Classifier], data: Any, place: str) -> Classifier:
    found = model.from_json(data, place)
    if set(found.classes) != {BEST, BACKGROUND}:
        raise DataError(
            f"{place}: classes: expected {BACKGROUND} and {BEST}, got "
            f"{', '.join(map(shown, found.classes))}"
        )
    return found


def _read_encoding(data: Any, place: str) -> Encoding:
    fields = strict.Fields(data, place, _ENCODING)
    statistics = fields.raw("statistics")
    if type(statistics) is not bool:
        raise DataError(
            f"{place}: statistics: expected true or false, got {shown(statistics)}"
        )
    hidden = [
        strict.text(one, f"{place}: hidden[{at}]", 200)
        for at, one in enumerate(fields.items("hidden", 1_000))
    ]
    try:
        return Encoding(
            fields.whole("folding"), fields.whole("rounds"), statistics, tuple(hidden)
        )
    except ConfigError as error:
        raise DataError(f"{place}: {error}") from None
